// Blocks by size class, eight for each doubling: what memory_pool.h promises.
#include "memory_pool.h"

#include "../../binding/system/seams.h"

namespace mish::cuda {
namespace {

constexpr size_t kLeastBytes = 512;

// The exponent of the highest bit.
int exponent_of(size_t bytes) { return 63 - __builtin_clzll((unsigned long long)bytes); }

// Of sizes that class_bytes() returns: the next class has the next index.
int index_of(size_t bytes) {
  const int exponent = exponent_of(bytes);
  const size_t eighth = exponent < 3 ? 0 : (bytes >> (exponent - 3)) & 7;
  return exponent * 8 + (int)eighth;
}

}  // namespace

size_t class_bytes(size_t bytes) {
  if (bytes <= kLeastBytes) return kLeastBytes;
  const int exponent = exponent_of(bytes - 1);  // a power of two is a class itself
  const size_t step = (size_t)1 << (exponent - 3);
  const size_t unit = step < kLeastBytes ? kLeastBytes : step;
  return (bytes + unit - 1) / unit * unit;
}

Result MemoryPool::allocate(size_t bytes, Block** block) {
  if (const Code lost = gpu_.lost()) return {kDeviceLost, lost};
  const size_t size = class_bytes(bytes);
  {
    const Locked locked(lock_);
    Block*& first = kept_[index_of(size)];
    if ((*block = first)) {
      first = first->next;
      kept_bytes_.fetch_sub(size, std::memory_order_relaxed);
      return {};
    }
  }
  *block = static_cast<Block*>(seams::allocate(sizeof(Block)));
  if (!*block) return {kMemory};
  (*block)->bytes = size;
  const Current current(gpu_);
  Code code = current.code();
  if (!code) code = gpu_.call(gpu_.driver.allocate, &(*block)->address, size);
  if (code) seams::release(*block);
  return result_of(code, kCuda);
}

Block* MemoryPool::take_larger(size_t bytes) {
  const Locked locked(lock_);
  for (int i = index_of(class_bytes(bytes)); i < kClasses; ++i) {
    Block* block = kept_[i];
    if (!block) continue;
    kept_[i] = block->next;
    kept_bytes_.fetch_sub(block->bytes, std::memory_order_relaxed);
    return block;
  }
  return nullptr;
}

void MemoryPool::keep(Block* block) {
  const Locked locked(lock_);
  Block*& first = kept_[index_of(block->bytes)];
  block->next = first;
  first = block;
  kept_bytes_.fetch_add(block->bytes, std::memory_order_relaxed);
}

Block* MemoryPool::take_all() {
  const Locked locked(lock_);
  Block* all = nullptr;
  for (Block*& first : kept_) {
    while (Block* block = first) {
      first = block->next;
      block->next = all;
      all = block;
    }
  }
  kept_bytes_.store(0, std::memory_order_relaxed);
  return all;
}

void MemoryPool::give_back(Block* blocks) {
  const Current current(gpu_);
  while (Block* block = blocks) {
    blocks = block->next;
    gpu_.call(gpu_.driver.free, block->address);
    seams::release(block);
  }
}

}  // namespace mish::cuda
