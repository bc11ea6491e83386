// The outcomes of a call, on the CPU and on CUDA devices alike: one list, from which the
// enumeration and the names that JavaScript sees are made. The order is not part of any contract;
// the names are.
#pragma once

namespace mish {

// The enumerator, and its name in JavaScript.
#define MISH_STATUSES(STATUS)                                                      \
  STATUS(kOk, "ok")                                                                \
  STATUS(kEmpty, "empty") /* no elements: there was nothing to do */               \
  STATUS(kArgument, "argument")                                                    \
  STATUS(kLength, "length")                                                        \
  STATUS(kOverlap, "overlap")                                                      \
  STATUS(kInputIsOutput, "inputIsOutput")                                          \
  STATUS(kMemory, "memory")     /* the host has none for the call */               \
  STATUS(kNoThread, "noThread") /* the system gave no thread that could run it */  \
  STATUS(kAborted, "aborted")                                                      \
  /* ---- of CUDA */                                                               \
  STATUS(kNoDriver, "noDriver")                                                    \
  STATUS(kDriverTooOld, "driverTooOld")                                            \
  STATUS(kNoDevice, "noDevice")                                                    \
  STATUS(kUnsupportedArch, "unsupportedArch")                                      \
  STATUS(kCudaInit, "cudaInit")     /* the device cannot be opened now */          \
  STATUS(kCuda, "cuda")             /* one request failed; the device goes on */   \
  STATUS(kDeviceLost, "deviceLost") /* this process cannot use the device again */ \
  STATUS(kDeviceMemory, "deviceMemory")                                            \
  STATUS(kNoImage, "noImage") /* the addon was built without nvcc */

enum Status {
#define MISH_STATUS_ENUMERATOR(enumerator, name) enumerator,
  MISH_STATUSES(MISH_STATUS_ENUMERATOR)
#undef MISH_STATUS_ENUMERATOR
};

// Indexed by Status.
constexpr const char* kStatusNames[] = {
#define MISH_STATUS_NAME(enumerator, name) name,
    MISH_STATUSES(MISH_STATUS_NAME)
#undef MISH_STATUS_NAME
};

}  // namespace mish
