// The addon's exports. No mathematics here, and no text for users: statuses are names that
// src/backend/native/codes.ts and cuda-errors.ts turn into errors. operands.h unwraps and checks
// what JavaScript passes, async.h submits what is not done when the call returns, settler.h reports
// its end.
#include <napi.h>

#include "../cpu/isa.h"
#include "../cpu/pool/pool.h"
#include "../cpu/streaming.h"
#include "../system/compiler.h"
#include "../system/seams.h"
#include "../system/thread.h"
#include "async.h"
#include "cuda/object.h"
#include "operands.h"

namespace mish {
namespace {

// Raised whenever the exported functions or their meaning change; src/backend/native/load.ts asks
// for exactly it.
constexpr int kAbi = 8;

// One per Node environment (main thread, each worker).
struct AddonData {
  AddonData(const cpu::KernelTable* table, CudaEnvironment* cuda) : table(table), cuda(cuda) {}

  const cpu::KernelTable* table;
  CudaEnvironment* const cuda;
  Settler* settler = nullptr;  // until connect()
  AsyncJobs jobs;
};

void release_addon_data(Napi::Env, AddonData* data) { seams::release(data); }

// Returns once nothing of the environment reports to its settler any more.
void close_sources(void* addon_data) {
  AddonData* data = static_cast<AddonData*>(addon_data);
  data->jobs.close();
  data->cuda->close();
}

// ---------------------------------------------------------------- operations
Request request_of(napi_env env, const AddonData& data, const napi_value* op_and_dtype) {
  return {index_argument(env, op_and_dtype[0], kOpCount), dtype_argument(env, op_and_dtype[1]),
          data.table};
}

Status run_operation(napi_env env, AddonData& data, const napi_value* arguments) {
  cpu::Job job;
  const Status status = make_job(env, request_of(env, data, arguments), arguments + 2, &job);
  if (status == kOk) cpu::run_job(job);
  return status;
}

Status run_copy(napi_env env, AddonData&, const napi_value* arguments) {
  bool streaming = false;
  const int dtype = index_argument(env, arguments[1], kDtypeCount);
  if (napi_get_value_bool(env, arguments[0], &streaming) != napi_ok) return kArgument;
  cpu::Job job;
  const Status status = make_copy(env, streaming, dtype, arguments + 2, &job);
  if (status == kOk) cpu::run_job(job);
  return status;
}

Status connect(napi_env env, AddonData& data, const napi_value* arguments) {
  napi_valuetype kind = napi_undefined;
  napi_typeof(env, arguments[0], &kind);
  if (kind != napi_function) return kArgument;
  // Where the package is loaded twice, as by a test runner for each file, both load this addon
  // once. The function of the first settles the records of both: it calls them, and knows nothing.
  if (data.settler) return kOk;
  data.settler = Settler::connect(env, arguments[0], close_sources, &data);
  if (!data.settler) return kMemory;
  data.jobs.connect(*data.settler);
  data.cuda->connect(*data.settler);
  return kOk;
}

Status submit(napi_env env, AddonData& data, const napi_value* arguments) {
  const Request request = request_of(env, data, arguments + 2);
  return data.jobs.submit(env, request, arguments[0], arguments[1], arguments + 4);
}

Status settle_more(napi_env, AddonData& data, const napi_value*) {
  if (data.settler) data.settler->settle_more();
  return kOk;
}

Status sweep(napi_env, AddonData& data, const napi_value*) {
  data.jobs.sweep();
  return kOk;
}

// run(op, dtype or -1, ...inputs, ...outputs), copy(streaming, dtype, source, target),
// connect(settle), submit(record, aborted or undefined, op, dtype, ...inputs, ...outputs),
// settleMore() and sweep(): a status, as an index into `statuses`. Plain callbacks:
// Napi::CallbackInfo allocates for more than six arguments, and cannot say when that fails.
constexpr size_t kMaxArguments = 4 + kMaxOperands;

template <Status (*kCall)(napi_env, AddonData&, const napi_value*)>
napi_value Call(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments];  // those that are missing are set to undefined
  size_t count = kMaxArguments;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  napi_value status = nullptr;
  napi_create_uint32(env, kCall(env, *static_cast<AddonData*>(data), arguments), &status);
  return status;
}

// ---------------------------------------------------------------- settings
// select(isa): whether this environment now runs the kernels of that level.
Napi::Value Select(const Napi::CallbackInfo& info) {
  AddonData* data = info.Env().GetInstanceData<AddonData>();
  char isa[16] = "";  // longer names are truncated, and then match no level
  napi_get_value_string_utf8(info.Env(), info[0], isa, sizeof isa, nullptr);
  const cpu::KernelTable* table = cpu::find_level(isa);
  if (table) data->table = table;
  return Napi::Boolean::New(info.Env(), table != nullptr);
}

// setThreads(count, ofEnvironment): a count of 0 leaves it to the environment, and that to the
// system.
Napi::Value SetThreads(const Napi::CallbackInfo& info) {
  int32_t count = 0;
  bool of_environment = false;
  napi_get_value_int32(info.Env(), info[0], &count);
  napi_get_value_bool(info.Env(), info[1], &of_environment);
  if (count < 0) count = 0;
  if (of_environment)
    cpu::set_threads_of_environment(count);
  else
    cpu::set_threads(count);
  return info.Env().Undefined();
}

// threads(): { count, from }, as cpu/pool/pool.h has them.
Napi::Value Threads(const Napi::CallbackInfo& info) {
  const cpu::Threads threads = cpu::threads();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("count", Napi::Number::New(info.Env(), threads.count));
  result.Set("from", Napi::String::New(info.Env(), threads.from));
  return result;
}

#if MISH_TEST_SEAMS
template <auto kValue>
Napi::Value Number(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(kValue()));
}
template <auto kSet>
Napi::Value SetMode(const Napi::CallbackInfo& info) {
  uint32_t mode = kDefaultFpMode;
  napi_get_value_uint32(info.Env(), info[0], &mode);
  kSet(mode);
  return info.Env().Undefined();
}

void export_seams(Napi::Env env, Napi::Object exports) {
  exports.Set("setFpMode", Napi::Function::New<SetMode<set_fp_mode>>(env));
  exports.Set("fpMode", Napi::Function::New<Number<fp_mode>>(env));
  exports.Set("setHelperFpMode", Napi::Function::New<SetMode<seams::set_helper_fp_mode>>(env));
  exports.Set("helperFpMode", Napi::Function::New<Number<seams::helper_fp_mode>>(env));
  exports.Set("streamedJobs", Napi::Function::New<Number<seams::streamed_jobs>>(env));
  exports.Set("cacheBytes", Napi::Function::New<Number<cpu::cache_bytes>>(env));
  exports.Set("liveAllocations", Napi::Function::New<Number<seams::live_allocations>>(env));
}
#else
void export_seams(Napi::Env, Napi::Object) {}
#endif

// The names in `list` (of anything that has a name), as a JavaScript array.
template <class List, class NameOf>
Napi::Array names(Napi::Env env, const List& list, NameOf name_of) {
  Napi::Array array = Napi::Array::New(env);
  uint32_t length = 0;
  for (const auto& item : list)
    if (const char* name = name_of(item)) array.Set(length++, Napi::String::New(env, name));
  return array;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  keep_loaded();
  void* memory = seams::allocate(sizeof(AddonData));
  CudaEnvironment* own_cuda = memory ? CudaEnvironment::create(env) : nullptr;
  const napi_value cuda = own_cuda ? make_cuda(env, own_cuda) : nullptr;
  if (!cuda) {
    if (memory) seams::release(memory);
    napi_throw_error(env, nullptr, "out of memory while the addon was initialised");
    return exports;
  }
  const cpu::Levels levels = cpu::supported_levels();
  AddonData* data = new (memory) AddonData(levels.table[0], own_cuda);
  env.SetInstanceData<AddonData, release_addon_data>(data);

  exports.Set("abi", Napi::Number::New(env, kAbi));
  exports.Set("ops", names(env, kOps, [](const OpInfo& op) { return op.name; }));
  exports.Set("dtypes", names(env, kDtypes, [](const DtypeInfo& dtype) { return dtype.name; }));
  exports.Set("statuses", names(env, kStatusNames, [](const char* name) { return name; }));
  exports.Set("levels", names(env, levels.table, [](const cpu::KernelTable* table) {
                return table ? table->isa : nullptr;
              }));
  exports.Set("compiler", Napi::String::New(env, kCompiler));
  const napi_property_descriptor calls[] = {
      {"run", nullptr, Call<run_operation>, nullptr, nullptr, nullptr, napi_default_jsproperty,
       data},
      {"copy", nullptr, Call<run_copy>, nullptr, nullptr, nullptr, napi_default_jsproperty, data},
      {"connect", nullptr, Call<connect>, nullptr, nullptr, nullptr, napi_default_jsproperty, data},
      {"submit", nullptr, Call<submit>, nullptr, nullptr, nullptr, napi_default_jsproperty, data},
      {"settleMore", nullptr, Call<settle_more>, nullptr, nullptr, nullptr, napi_default_jsproperty,
       data},
      {"sweep", nullptr, Call<sweep>, nullptr, nullptr, nullptr, napi_default_jsproperty, data},
  };
  napi_define_properties(env, exports, sizeof calls / sizeof *calls, calls);
  exports.Set("select", Napi::Function::New<Select>(env, "select"));
  exports.Set("setThreads", Napi::Function::New<SetThreads>(env, "setThreads"));
  exports.Set("threads", Napi::Function::New<Threads>(env, "threads"));
  exports.Set("cuda", Napi::Value(env, cuda));
  export_seams(env, exports);
  return exports;
}

}  // namespace
}  // namespace mish

static Napi::Object MishInit(Napi::Env env, Napi::Object exports) {
  return mish::Init(env, exports);
}
NODE_API_MODULE(node_mish, MishInit)
