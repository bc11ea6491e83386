// The case to play, as the environment has it when cuInit is called: which devices there are and
// which calls are to fail.
//
// | CUDA_VISIBLE_DEVICES      | indices, as the driver reads it; unset: all                  |
// | MISH_FAKE_CUDA_DEVICES    | how many devices there are (1)                               |
// | MISH_FAKE_CUDA_CAPABILITY | compute capability of each (9.0)                             |
// | MISH_FAKE_CUDA_VERSION    | what cuDriverGetVersion says (13000)                         |
// | MISH_FAKE_CUDA_MEMORY     | bytes of each device (8 GiB)                                 |
// | MISH_FAKE_CUDA_DELAY_US   | how long a launch takes at least (0)                         |
// | MISH_FAKE_CUDA_FAULT      | entry:call=code,... with call from 1, or * for every one;    |
// |                           | entry @kernel: a kernel in a queue, whose failure comes late |
// | MISH_FAKE_CUDA_LOG        | file that "entry -> code" is appended to, a line a call      |
#pragma once

#include <stdint.h>

#include <chrono>
#include <string>
#include <vector>

#include "../../../../cuda/host/driver.h"

namespace mish::fake {

using cuda::Code;

struct Fault {
  std::string entry;
  uint64_t call;  // from 1; 0: every one
  Code code;
};

struct Settings {
  std::vector<int> devices;  // by the index that the program sees: which of those there are
  int capability_major = 9, capability_minor = 0;
  int driver_version = 13000;
  size_t memory = 0;
  std::chrono::microseconds delay{0};
  std::vector<Fault> faults;
  std::string log;

  // What the `call`th call of an entry has to fail with; 0: nothing.
  Code planned(const std::string& entry, uint64_t call) const;
};

// Aborts with a sentence where the environment says something that is not understood: a test that
// misspells its case is to fail.
Settings read_settings();

}  // namespace mish::fake
