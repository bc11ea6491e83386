// Memory that was handed out: each block of exactly the bytes asked for, so that AddressSanitizer
// sees what runs past it, and known, so that an access to any other is found.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <map>
#include <mutex>

namespace mish::fake {

struct Range {
  uintptr_t begin;
  size_t bytes;
};

class Blocks {
 public:
  // Filled with 0xCD, as fresh memory holds anything; 0 where the device then had more than `limit`
  // bytes in use.
  uintptr_t allocate(int device, size_t bytes, size_t limit);
  // The device of a block that begins there; -1: none does.
  int device_at(uintptr_t begin);
  // False where no block begins there.
  bool free(uintptr_t begin);
  // Whether it lies inside one block, of that device.
  bool holds(int device, Range range);
  // On whatever device.
  bool holds(Range range);

  // What is there takes no room of a device from here on: a lost device gave nothing back.
  void begin_case();

  size_t count(), bytes(), bytes(int device);

 private:
  struct Block {
    size_t bytes;
    int device, case_number;
  };
  const Block* around(Range range);
  size_t sum(int device);

  static constexpr int kAnyDevice = -1;
  std::mutex mutex_;
  int case_ = 0;
  std::map<uintptr_t, Block> blocks_;
};

}  // namespace mish::fake
