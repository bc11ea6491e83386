// Device memory as JavaScript has it: a handle is a number that is valid until it is freed, and
// whatever number is passed instead, nothing but the memory behind valid ones is reached.
#pragma once

#include <stdint.h>

#include "../../../cuda/host/queue.h"

namespace mish {

class CudaMemory {
 public:
  struct Entry {
    cuda::Block* block;   // null for no bytes
    size_t bytes;         // that were asked for
    cuda::Queue* queue;   // null when it is free
    uint32_t generation;  // of its handles
    uint32_t next_free;
  };

  // A handle, from 1 on; 0 when there is no memory for it.
  int64_t add(cuda::Queue& queue, cuda::Block* block, size_t bytes);
  // Null for what is no valid handle.
  Entry* find(int64_t handle);
  void remove(Entry& entry);
  // The blocks of all that are of that queue, whose handles are valid no more.
  cuda::Block* remove_all_of(cuda::Queue& queue);
  void release();

 private:
  bool grow();

  Entry* entries_ = nullptr;
  uint32_t size_ = 0, first_free_ = kNone;
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr int kIndexBits = 24;  // 16 M at a time
};

}  // namespace mish
