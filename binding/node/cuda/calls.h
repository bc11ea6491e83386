// Commands for a device, from the arguments of a call. Memory on it is a handle and an offset in
// bytes; what is no such place, or has no room for what is asked, is kArgument.
#pragma once

#include "environment.h"

namespace mish {

// An integer from 0 to what a double holds exactly; -1 for anything else.
int64_t integer(napi_env env, napi_value value);

// (op, dtype, length, ...inputs, ...outputs), each operand a place.
Status cuda_launch(napi_env env, CudaEnvironment& own, const napi_value* arguments);
// (place, array, held)
Status cuda_upload(napi_env env, CudaEnvironment& own, const napi_value* arguments);
Status cuda_download(napi_env env, CudaEnvironment& own, const napi_value* arguments);
// (target place, source place, bytes)
Status cuda_copy(napi_env env, CudaEnvironment& own, const napi_value* arguments);
// (place, bytes)
Status cuda_clear(napi_env env, CudaEnvironment& own, const napi_value* arguments);

}  // namespace mish
