// The kernels of cuda/ on the host: every block and thread of a grid, one after the other.
#pragma once

#include "../../../../cuda/device/kernel_abi.h"

namespace mish::fake {

// False where kernel_abi.h names no such entry. What the parameters point to must be there, and
// aligned as launch_plan.h promises.
bool run_kernel(const char* entry, const cuda::Parameters& parameters, unsigned grid);

}  // namespace mish::fake
