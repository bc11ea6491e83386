// Loads the CUDA driver: libcuda.so.1, or nvcuda.dll of the system's own directory.
#pragma once

#include "result.h"

namespace mish::cuda {

// kNoDriver, or kDriverTooOld when an entry point is missing.
Result load_driver(Driver* driver);

// Anything else that the library exports; null when it is not loaded or has no such symbol.
void* driver_symbol(const char* name);

}  // namespace mish::cuda
