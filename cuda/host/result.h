// How a request to a CUDA device ended, and what the driver's numbers mean for those who asked.
#pragma once

#include "driver.h"

namespace mish::cuda {

enum class Outcome {
  ok,
  no_driver,
  driver_too_old,
  no_device,
  unsupported_arch,
  init,           // the device cannot be opened now
  error,          // one request failed; the device goes on
  lost,           // the device is of no use to this process any more
  device_memory,  // there is no room on the device
  host_memory,    // nor on this side
  no_image,       // the addon was built without nvcc
};

struct Result {
  Outcome outcome = Outcome::ok;
  Code code = kSuccess;  // the driver's, where it is behind it

  bool is_ok() const { return outcome == Outcome::ok; }
};

// After these the driver's header says that "the process must be terminated": every later call
// returns the same. 4: the driver is being taken down, as the process exits.
constexpr bool is_sticky(Code code) {
  return code == 4 || code == 214 || code == 226 || code == 700 || code == 702 ||
         (code >= 714 && code <= 719) || code == 721 || code == 810;
}

// `otherwise` is what an error without a meaning of its own is: Outcome::init while a device is
// being opened, Outcome::error later.
constexpr Result result_of(Code code, Outcome otherwise) {
  if (is_sticky(code)) return {Outcome::lost, code};
  switch (code) {
    case kSuccess:
      return {};
    case 2:  // out of memory
      return {Outcome::device_memory, code};
    case 34:  // the stub that the toolkit links with
      return {Outcome::no_driver, code};
    case 35:   // insufficient driver
    case 36:   // the driver cannot serve this call
    case 803:  // driver and its libraries do not match
    case 804:  // forward compatibility is not there for this GPU
      return {Outcome::driver_too_old, code};
    case 100:  // no device
    case 101:  // no such device
      return {Outcome::no_device, code};
    case 200:  // an image that it does not know
    case 209:  // an image without code for this GPU
    case 218:  // PTX that it cannot compile
    case 222:
      return {Outcome::unsupported_arch, code};
    default:
      return {otherwise, code};
  }
}

}  // namespace mish::cuda
