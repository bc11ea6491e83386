// The result of a request to a CUDA device: the status that a driver's code means, and the code.
#pragma once

#include "../../binding/status.h"
#include "driver.h"

namespace mish::cuda {

struct Result {
  Status status = kOk;
  Code code = kSuccess;  // the driver's, where it is behind it

  bool is_ok() const { return status == kOk; }
};

// After these the driver's header says that "the process must be terminated": every later call
// returns the same. 4: the driver is being taken down, as the process exits.
constexpr bool is_sticky(Code code) {
  return code == 4 || code == 214 || code == 226 || code == 700 || code == 702 ||
         (code >= 714 && code <= 719) || code == 721 || code == 810;
}

// `otherwise` is the status of an error without a meaning of its own: kCudaInit while a device is
// being opened, kCuda later.
constexpr Result result_of(Code code, Status otherwise) {
  if (is_sticky(code)) return {kDeviceLost, code};
  switch (code) {
    case kSuccess:
      return {};
    case 2:  // out of memory
      return {kDeviceMemory, code};
    case 34:  // the stub that the toolkit links with
      return {kNoDriver, code};
    case 35:   // insufficient driver
    case 36:   // the driver cannot serve this call
    case 803:  // driver and its libraries do not match
    case 804:  // forward compatibility is not there for this GPU
      return {kDriverTooOld, code};
    case 100:  // no device
    case 101:  // no such device
      return {kNoDevice, code};
    case 200:  // an image that it does not know
    case 209:  // an image without code for this GPU
    case 218:  // PTX that it cannot compile
    case 222:
      return {kUnsupportedArch, code};
    default:
      return {otherwise, code};
  }
}

}  // namespace mish::cuda
