// Copies between the device and memory of the program, through two pinned buffers: 55 GB/s each way
// on an H200, where memory that is not pinned gets 7 and 11.
//
// All of it on the thread of a queue, with the device's context current.
#pragma once

#include "gpu.h"

namespace mish::cuda {

class Staging {
 public:
  Staging(Gpu& gpu, const Stream& stream) : gpu_(gpu), stream_(stream) {}

  // Returns when the source may change; the device is still to have it, in the stream's order.
  Result upload(Pointer target, const char* source, size_t bytes);
  // Returns when the target has it all.
  Result download(char* target, Pointer source, size_t bytes);
  // When nothing is in flight any more.
  void close();

 private:
  static constexpr size_t kSlotBytes = 4 << 20;
  struct Slot {
    void* memory;
    Event copied;
    bool is_in_flight, is_recorded;  // the device may be at it; the event comes after that
    char* target;                    // of a download, which is to get `bytes`
    size_t bytes;
  };

  Result prepare(Slot** slot);
  Code settle(Slot& slot);
  Code start(Slot& slot);

  Gpu& gpu_;
  const Stream& stream_;
  Slot slots_[2] = {};
  bool second_ = false;  // whose turn it is
};

}  // namespace mish::cuda
