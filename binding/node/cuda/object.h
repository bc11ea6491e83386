// The addon's `cuda` object: what JavaScript asks of CUDA devices. src/backend/native/addon.ts says
// what each of its functions does.
#pragma once

#include <node_api.h>

namespace mish {

// Null when there is no memory.
napi_value make_cuda(napi_env env);

}  // namespace mish
