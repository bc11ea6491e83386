// Copies as kernels: the yardstick of benchmarks, run as a Job so that they use the same threads.
#pragma once

#include "kernels.h"

namespace mish::cpu {

constexpr OpInfo kCopy = {"copy", 1, 1, false, Dtype::float32};

// For a byte that is copied, in cache: what cost.h has for operations.
constexpr double kCopyByteNs = 0.018;

// The kernel that copies elements of that dtype: memcpy as the process has it, or with streaming
// stores, which pass the caches by. Where no such instruction is known here, both are memcpy.
Kernel copy_kernel(bool streaming, Dtype dtype);

}  // namespace mish::cpu
