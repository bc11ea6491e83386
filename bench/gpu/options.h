// What the program was asked for, and its parts: each adds to the report what it found, and throws
// what keeps it from going on.
#pragma once

#include "device.h"
#include "report.h"

namespace gpu_check {

struct Options {
  bool quick = false;                // few elements: for the fake driver, which is a CPU
  int threads = 1;                   // of the host
  double seconds = 150;              // after which no more inputs are compared
  const char* candidates = nullptr;  // their image, a file
};

void check_device(Device&, const Options&, Report&);
void check_bits(Device&, const Options&, Report&);
void check_speed(Device&, const Options&, Report&);
void check_candidates(Device&, const Options&, Report&);
void check_transfers(Device&, const Options&, Report&);
void check_sanitized(Device&, const Options&, Report&);

}  // namespace gpu_check
