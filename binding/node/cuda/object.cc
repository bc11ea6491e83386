// The functions of the addon's `cuda` object. Each takes numbers, typed arrays and records, and
// returns a number: a status, unless it says otherwise.
#include "object.h"

#include <stdio.h>

#include "../../../cuda/host/load_driver.h"
#include "calls.h"
#include "known.h"

namespace mish {
namespace {

// Those that are missing are undefined, which is no number, array or record.
constexpr size_t kMaxArguments = 3 + 2 * kMaxOperands;

// ---------------------------------------------------------------- devices
int device_index(napi_env env, napi_value value) {
  const int64_t index = integer(env, value);
  return index < cuda::kMostDevices ? (int)index : -1;
}

Status open(napi_env env, CudaEnvironment& own, const napi_value* arguments) {
  cuda::Gpu* gpu;
  const int index = device_index(env, arguments[0]);
  return own.note(cuda::open_device(index, &gpu));
}

Status probe(napi_env, CudaEnvironment& own, const napi_value* arguments) {
  return own.probe(arguments[0]);
}

// finish(index, record, aborted or undefined)
Status finish(napi_env env, CudaEnvironment& own, const napi_value* arguments) {
  return own.finish(device_index(env, arguments[0]), arguments[1], arguments[2]);
}

// ---------------------------------------------------------------- the object
// Each of these returns a status.
template <Status (*kCall)(napi_env, CudaEnvironment&, const napi_value*)>
double status(napi_env env, CudaEnvironment& own, const napi_value* arguments) {
  return kCall(env, own, arguments);
}

// A handle, else the status, negated.
double alloc(napi_env env, CudaEnvironment& own, const napi_value* arguments) {
  const int64_t bytes = integer(env, arguments[1]);
  int64_t handle = 0;
  const Status status =
      bytes < 0 ? kArgument : own.allocate(device_index(env, arguments[0]), (size_t)bytes, &handle);
  return status == kOk ? (double)handle : -(double)status;
}

double free_memory(napi_env env, CudaEnvironment& own, const napi_value* arguments) {
  own.free(integer(env, arguments[0]));
  return kOk;
}

double last_code(napi_env, CudaEnvironment& own, const napi_value*) { return own.last_code(); }

double pooled(napi_env env, CudaEnvironment& own, const napi_value* arguments) {
  const cuda::Queue* queue = own.queue_in_use(device_index(env, arguments[0]));
  return queue ? (double)queue->kept_bytes() : 0;
}

template <double (*kCall)(napi_env, CudaEnvironment&, const napi_value*)>
napi_value Number(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments], result = nullptr;
  size_t count = kMaxArguments;
  void* own = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &own);
  napi_create_double(env, kCall(env, *static_cast<CudaEnvironment*>(own), arguments), &result);
  return result;
}

napi_value Known(napi_env env, napi_callback_info) { return make_known(env); }

#if MISH_TEST_SEAMS
// reset(): as in a new process. fake(name): what the fake driver counts under that name.
double reset(napi_env, CudaEnvironment& own, const napi_value*) {
  own.close_queues();
  cuda::forget_devices();
  return kOk;
}

double fake(napi_env env, CudaEnvironment&, const napi_value* arguments) {
  char name[64] = "", symbol[96];
  napi_get_value_string_utf8(env, arguments[0], name, sizeof name, nullptr);
  snprintf(symbol, sizeof symbol, "mish_fake_%s", name);
  const auto counter = reinterpret_cast<unsigned long long (*)()>(cuda::driver_symbol(symbol));
  return counter ? (double)counter() : -1;
}
#endif

}  // namespace

napi_value make_cuda(napi_env env, CudaEnvironment* own) {
  napi_value object;
  if (napi_create_object(env, &object) != napi_ok) return nullptr;
#define MISH_FUNCTION(name, callback) \
  {name, nullptr, callback, nullptr, nullptr, nullptr, napi_default_jsproperty, own}
  const napi_property_descriptor functions[] = {
      MISH_FUNCTION("open", Number<status<open>>),
      MISH_FUNCTION("known", Known),
      MISH_FUNCTION("lastCode", Number<last_code>),
      MISH_FUNCTION("probe", Number<status<probe>>),
      MISH_FUNCTION("alloc", Number<alloc>),
      MISH_FUNCTION("free", Number<free_memory>),
      MISH_FUNCTION("run", Number<status<cuda_launch>>),
      MISH_FUNCTION("upload", Number<status<cuda_upload>>),
      MISH_FUNCTION("download", Number<status<cuda_download>>),
      MISH_FUNCTION("copy", Number<status<cuda_copy>>),
      MISH_FUNCTION("clear", Number<status<cuda_clear>>),
      MISH_FUNCTION("finish", Number<status<finish>>),
      MISH_FUNCTION("pooled", Number<pooled>),
#if MISH_TEST_SEAMS
      MISH_FUNCTION("reset", Number<reset>),
      MISH_FUNCTION("fake", Number<fake>),
#endif
  };
#undef MISH_FUNCTION
  napi_define_properties(env, object, sizeof functions / sizeof *functions, functions);
  return object;
}

}  // namespace mish
