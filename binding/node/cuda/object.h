// The addon's `cuda` object: the functions through which JavaScript uses CUDA devices.
// src/backend/native/addon.ts documents each.
#pragma once

#include "environment.h"

namespace mish {

// The object of that environment. Null when there is no memory.
napi_value make_cuda(napi_env env, CudaEnvironment* own);

}  // namespace mish
