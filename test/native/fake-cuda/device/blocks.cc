// Blocks by their address, over malloc; one lock, never held while a block is filled.
#include "blocks.h"

#include <stdlib.h>
#include <string.h>

#include <iterator>

namespace mish::fake {

// Blocks begin at multiples of this, as the driver's do.
constexpr size_t kAlignment = 256;

uintptr_t Blocks::allocate(int device, size_t bytes, size_t limit) {
  if (bytes > limit) return 0;
  void* memory = nullptr;
  if (posix_memalign(&memory, kAlignment, bytes) != 0) return 0;
  const auto begin = reinterpret_cast<uintptr_t>(memory);
  {
    const std::lock_guard lock(mutex_);
    if (sum(device) > limit - bytes) {
      ::free(memory);
      return 0;
    }
    blocks_[begin] = {bytes, device, case_};
  }
  memset(memory, 0xcd, bytes);  // nobody else knows of it yet
  return begin;
}

int Blocks::device_at(uintptr_t begin) {
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find(begin);
  return found == blocks_.end() ? -1 : found->second.device;
}

bool Blocks::free(uintptr_t begin) {
  {
    const std::lock_guard lock(mutex_);
    if (blocks_.erase(begin) == 0) return false;
  }
  ::free(reinterpret_cast<void*>(begin));
  return true;
}

const Blocks::Block* Blocks::around(Range range) {
  const auto after = blocks_.upper_bound(range.begin);
  if (after == blocks_.begin()) return nullptr;
  const auto& [begin, block] = *std::prev(after);
  const size_t offset = range.begin - begin;
  return offset <= block.bytes && range.bytes <= block.bytes - offset ? &block : nullptr;
}

bool Blocks::holds(int device, Range range) {
  const std::lock_guard lock(mutex_);
  const Block* block = around(range);
  return block && block->device == device;
}

bool Blocks::holds(Range range) {
  const std::lock_guard lock(mutex_);
  return around(range) != nullptr;
}

void Blocks::begin_case() {
  const std::lock_guard lock(mutex_);
  ++case_;
}

size_t Blocks::sum(int device) {
  size_t bytes = 0;
  for (const auto& [begin, block] : blocks_)
    if (device == kAnyDevice || (block.device == device && block.case_number == case_))
      bytes += block.bytes;
  return bytes;
}

size_t Blocks::count() {
  const std::lock_guard lock(mutex_);
  return blocks_.size();
}

size_t Blocks::bytes() { return bytes(kAnyDevice); }

size_t Blocks::bytes(int device) {
  const std::lock_guard lock(mutex_);
  return sum(device);
}

}  // namespace mish::fake
