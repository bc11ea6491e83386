// Device memory that was freed, kept for later by size: cuMemAlloc took 144 us for 64 MiB on an
// H200, and waits for the device when it gives memory back.
#pragma once

#include "gpu.h"

namespace mish::cuda {

// What is allocated for a request of so many bytes: an eighth more at most, so that requests of
// about one size share blocks; multiples of 512.
size_t class_bytes(size_t bytes);

struct Block {
  Pointer address;
  size_t bytes;  // of its class
  Block* next;   // in the pool
};

// Blocks of one queue. One that was freed is there again at once, also while the device is still at
// it: whatever uses it next comes later in the same queue. Its lock is for trim() by other threads.
class MemoryPool {
 public:
  explicit MemoryPool(Gpu& gpu) : gpu_(gpu) {}

  // From what is kept, else from the driver.
  Result allocate(size_t bytes, Block** block);
  // The smallest that is kept and has room; null when there is none.
  Block* take_larger(size_t bytes);
  void keep(Block* block);
  // All that is kept, no longer the pool's.
  Block* take_all();
  // Back to the driver, which may wait for the device.
  void give_back(Block* blocks);

  size_t kept_bytes() const { return kept_bytes_.load(std::memory_order_relaxed); }

 private:
  static constexpr int kClasses = 64 * 8;

  Gpu& gpu_;
  Lock lock_;
  Block* kept_[kClasses] = {};
  std::atomic<size_t> kept_bytes_{0};
};

}  // namespace mish::cuda
