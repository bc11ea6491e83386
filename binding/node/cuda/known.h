// What is known of CUDA devices, as JavaScript reads it; asks the driver nothing.
#pragma once

#include <node_api.h>

namespace mish {

napi_value make_known(napi_env env);

}  // namespace mish
