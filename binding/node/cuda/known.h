// The known facts of CUDA devices as a JavaScript object, made without asking the driver.
#pragma once

#include <node_api.h>

namespace mish {

napi_value make_known(napi_env env);

}  // namespace mish
