// Handles are indices into a table, with a generation that makes those of freed entries invalid.
#include "memory.h"

#include <string.h>

#include "../../system/seams.h"

namespace mish {
namespace {

constexpr uint32_t kFirstSize = 64;
constexpr uint32_t kGenerations = 1u << 28;  // with an index, what a double holds

}  // namespace

bool CudaMemory::grow() {
  const uint32_t size = size_ == 0 ? kFirstSize : size_ * 2;
  if (size > (1u << kIndexBits)) return false;
  Entry* entries = static_cast<Entry*>(seams::allocate(size * sizeof(Entry)));
  if (!entries) return false;
  if (size_ > 0) memcpy(entries, entries_, size_ * sizeof(Entry));
  for (uint32_t i = size_; i < size; ++i)
    entries[i] = {nullptr, 0, nullptr, 1, i + 1 < size ? i + 1 : kNone};
  if (entries_) seams::release(entries_);
  first_free_ = size_;
  entries_ = entries;
  size_ = size;
  return true;
}

int64_t CudaMemory::add(cuda::Queue& queue, cuda::Block* block, size_t bytes) {
  if (first_free_ == kNone && !grow()) return 0;
  const uint32_t index = first_free_;
  Entry& entry = entries_[index];
  first_free_ = entry.next_free;
  entry = {block, bytes, &queue, entry.generation, kNone};
  return ((int64_t)entry.generation << kIndexBits) | index;
}

CudaMemory::Entry* CudaMemory::find(int64_t handle) {
  if (handle <= 0) return nullptr;
  const uint64_t index = (uint64_t)handle & ((1u << kIndexBits) - 1);
  if (index >= size_) return nullptr;
  Entry& entry = entries_[index];
  return entry.queue && entry.generation == (uint64_t)handle >> kIndexBits ? &entry : nullptr;
}

void CudaMemory::remove(Entry& entry) {
  const uint32_t generation = entry.generation + 1 < kGenerations ? entry.generation + 1 : 1;
  entry = {nullptr, 0, nullptr, generation, first_free_};
  first_free_ = (uint32_t)(&entry - entries_);
}

cuda::Block* CudaMemory::remove_all_of(cuda::Queue& queue) {
  cuda::Block* blocks = nullptr;
  for (uint32_t i = 0; i < size_; ++i) {
    Entry& entry = entries_[i];
    if (entry.queue != &queue) continue;
    if (entry.block) {
      entry.block->next = blocks;
      blocks = entry.block;
    }
    remove(entry);
  }
  return blocks;
}

void CudaMemory::release() {
  if (entries_) seams::release(entries_);
  entries_ = nullptr;
  size_ = 0;
  first_free_ = kNone;
}

}  // namespace mish
