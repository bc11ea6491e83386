// The CUDA devices of this process: the driver, opened at the first request and never before, and
// what is known of its devices. For all threads.
#pragma once

#include "gpu.h"

namespace mish::cuda {

constexpr int kMostDevices = 64;

// The device, open. What failed is tried again at the next call, as a busy device may be free then;
// not what cannot change while the process runs: no driver, one that is too old, a lost device.
Result open_device(int index, Gpu** gpu);

// Opens every device, and asks for its free memory.
void open_all_devices();

// ---- what is known, without asking the driver anything; while another thread opens a device, what
// was known before that
struct DriverFacts {
  bool is_asked;
  Result result;
  int version, device_count;
};
DriverFacts driver_facts();

// `is_asked`: an attempt to open it was made, with that result.
struct DeviceFacts {
  bool is_asked;
  Result result;
  Facts facts;
};
DeviceFacts device_facts(int index);

#if MISH_TEST_SEAMS
// As in a new process: for tests, when nothing of CUDA is in use. Contexts and modules are left.
void forget_devices();
#endif

}  // namespace mish::cuda
