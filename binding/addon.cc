// The binding: unwraps what JavaScript passes, checks it, and calls one kernel. No mathematics
// here, and no text for users: outcomes are names that src/backend/cpu.ts turns into errors.
//
// Nothing runs JavaScript between the moment an operand's pointer is taken and the end of the job.
#include <napi.h>

#include "cpu/compiler.h"
#include "cpu/copy.h"
#include "cpu/cost.h"
#include "cpu/isa.h"
#include "cpu/pool.h"
#include "cpu/streaming.h"
#include "ops.h"
#include "seams.h"

namespace mish {
namespace {

// Raised whenever the exported functions or their meaning change; src/native.ts asks for exactly
// it.
constexpr int kAbi = 3;

enum Status { kOk, kEmpty, kArgument, kLength, kOverlap, kInputIsOutput };  // kEmpty: no elements
constexpr const char* kStatusNames[] = {"ok",     "empty",   "argument",
                                        "length", "overlap", "inputIsOutput"};

// One per Node environment (main thread, each worker).
struct AddonData {
  const cpu::KernelTable* table;
};

void release_addon_data(Napi::Env, AddonData* data) { seams::release(data); }

struct Span {
  char* begin;
  size_t bytes, length;
  napi_typedarray_type type;
};

// Asks Node-API only: lengths and buffers that JavaScript reports can be faked. Older ones
// (Node 24.3) leave the type of a Float16Array as it was: then it is one that no operand has.
bool unwrap(napi_env env, napi_value value, Span* span) {
  void* data;
  span->type = napi_int8_array;
  if (napi_get_typedarray_info(env, value, &span->type, &span->length, &data, nullptr, nullptr) !=
      napi_ok)
    return false;
  span->begin = static_cast<char*>(data);
  return true;
}

// What holds elements of that dtype; half types live in a Uint16Array.
napi_typedarray_type array_of(int dtype) {
  switch (kDtypes[dtype].bytes) {
    case 4:
      return napi_float32_array;
    case 8:
      return napi_float64_array;
    default:
      return napi_uint16_array;
  }
}

bool overlap(const Span& a, const Span& b) {
  return a.begin < b.begin + b.bytes && b.begin < a.begin + a.bytes;
}

bool is_in_place(const OpInfo& op, const Span* in, const Span* out) {
  for (int o = 0; o < op.outputs; ++o)
    for (int i = 0; i < op.inputs; ++i)
      if (out[o].begin == in[i].begin) return true;
  return false;
}

// Outputs may be inputs exactly (in place) unless the operation also reads them, never each other.
Status check_overlap(const OpInfo& op, const Span* in, const Span* out) {
  for (int o = 0; o < op.outputs; ++o) {
    for (int i = 0; i < op.inputs; ++i) {
      if (!overlap(out[o], in[i])) continue;
      if (op.reads_output) return kInputIsOutput;
      if (out[o].begin != in[i].begin) return kOverlap;
    }
  }
  return op.outputs == 2 && overlap(out[0], out[1]) ? kOverlap : kOk;
}

int index_argument(napi_env env, napi_value value, int count) {
  int32_t index = -1;
  const bool fine = napi_get_value_int32(env, value, &index) == napi_ok;
  return fine && index >= 0 && index < count ? index : -1;
}

// The inputs and outputs of one call.
struct Spans {
  Span in[kMaxInputs], out[kMaxOutputs];
};

bool unwrap_all(napi_env env, const OpInfo& op, const napi_value* operands, Spans* spans) {
  for (int i = 0; i < op.inputs; ++i)
    if (!unwrap(env, *operands++, &spans->in[i])) return false;
  for (int o = 0; o < op.outputs; ++o)
    if (!unwrap(env, *operands++, &spans->out[o])) return false;
  return true;
}

// Whether `span` may be an operand of the job; kOk, and it knows where it ends.
Status check(const cpu::Job& job, napi_typedarray_type type, Span* span) {
  span->bytes = job.length * job.element_bytes;
  if (span->type != type) return kArgument;
  return span->length == job.length ? kOk : kLength;
}

// Runs a kernel over operands that have been unwrapped.
Status launch(const OpInfo& op, int dtype, cpu::Kernel kernel, double element_ns, Spans* spans) {
  auto& [in, out] = *spans;
  cpu::Job job = {kernel,       {},
                  in[0].length, kDtypes[dtype].bytes,
                  element_ns,   op.reads_output || is_in_place(op, in, out)};
  Status status = kOk;
  for (int i = 0; i < op.inputs && status == kOk; ++i) {
    status = check(job, array_of(dtype), &in[i]);
    job.operands.in[i] = in[i].begin;
  }
  for (int o = 0; o < op.outputs && status == kOk; ++o) {
    status = check(job, array_of(dtype), &out[o]);
    job.operands.out[o] = out[o].begin;
  }
  if (status == kOk && job.length == 0) status = kEmpty;
  if (status == kOk) status = check_overlap(op, in, out);
  if (status != kOk) return status;
  job.operands.streamed = seams::note_streamed(cpu::pays_to_stream(job));
  cpu::run(job);
  return kOk;
}

constexpr size_t kMaxArguments = 2 + kMaxInputs + kMaxOutputs;

// What `argument` says: an index, or -1 for the dtype that the first input's kind holds. Else -1.
int dtype_argument(napi_env env, napi_value argument, const Span& first) {
  int32_t index = kDtypeCount;
  napi_get_value_int32(env, argument, &index);
  if (index >= 0) return index < kDtypeCount ? index : -1;
  if (index != -1) return -1;
  if (first.type == napi_float32_array) return static_cast<int>(Dtype::float32);
  return first.type == napi_float64_array ? static_cast<int>(Dtype::float64) : -1;
}

Status run(napi_env env, const AddonData& data, const napi_value* arguments) {
  const cpu::KernelTable* table = data.table;
  const int op = index_argument(env, arguments[0], kOpCount);
  Spans spans;
  if (op < 0 || !table || !unwrap_all(env, kOps[op], arguments + 2, &spans)) return kArgument;
  const int dtype = dtype_argument(env, arguments[1], spans.in[0]);
  if (dtype < 0) return kArgument;
  return launch(kOps[op], dtype, table->kernel[op][dtype], cpu::kElementNs[op][dtype], &spans);
}

Status copy(napi_env env, const AddonData&, const napi_value* arguments) {
  bool streaming = false;
  const int dtype = index_argument(env, arguments[1], kDtypeCount);
  if (napi_get_value_bool(env, arguments[0], &streaming) != napi_ok || dtype < 0) return kArgument;
  Spans spans;
  if (!unwrap_all(env, cpu::kCopy, arguments + 2, &spans)) return kArgument;
  const double element_ns = cpu::kCopyByteNs * (double)kDtypes[dtype].bytes;
  const cpu::Kernel kernel = cpu::copy_kernel(streaming, static_cast<Dtype>(dtype));
  return launch(cpu::kCopy, dtype, kernel, element_ns, &spans);
}

// run(op, dtype or -1, ...inputs, ...outputs) and copy(streaming, dtype, source, target): a status,
// as an index into `statuses`. Plain callbacks: Napi::CallbackInfo allocates for more than six
// arguments, and cannot say when that fails.
template <Status (*kCall)(napi_env, const AddonData&, const napi_value*)>
napi_value Call(napi_env env, napi_callback_info info) {
  napi_value arguments[kMaxArguments];  // those that are missing are set to undefined
  size_t count = kMaxArguments;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  napi_value status = nullptr;
  napi_create_uint32(env, kCall(env, *static_cast<AddonData*>(data), arguments), &status);
  return status;
}

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

// threads(): { count, from }, as cpu/pool.h has them.
Napi::Value Threads(const Napi::CallbackInfo& info) {
  const cpu::Threads threads = cpu::threads();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("count", Napi::Number::New(info.Env(), threads.count));
  result.Set("from", Napi::String::New(info.Env(), threads.from));
  return result;
}

#if MISH_TEST_SEAMS
Napi::Value FpMode(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(cpu::fp_mode()));
}
Napi::Value SetFpMode(const Napi::CallbackInfo& info) {
  uint32_t mode = cpu::kDefaultFpMode;
  napi_get_value_uint32(info.Env(), info[0], &mode);
  cpu::set_fp_mode(mode);
  return info.Env().Undefined();
}
Napi::Value StreamedJobs(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), seams::streamed_jobs());
}
Napi::Value CacheBytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(cpu::cache_bytes()));
}
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
  void* memory = seams::allocate(sizeof(AddonData));
  if (!memory) {
    napi_throw_error(env, nullptr, "out of memory while the addon was initialised");
    return exports;
  }
  const cpu::Levels levels = cpu::supported_levels();
  AddonData* data = static_cast<AddonData*>(memory);
  data->table = levels.table[0];
  env.SetInstanceData<AddonData, release_addon_data>(data);

  exports.Set("abi", Napi::Number::New(env, kAbi));
  exports.Set("ops", names(env, kOps, [](const OpInfo& op) { return op.name; }));
  exports.Set("dtypes", names(env, kDtypes, [](const DtypeInfo& dtype) { return dtype.name; }));
  exports.Set("statuses", names(env, kStatusNames, [](const char* name) { return name; }));
  exports.Set("levels", names(env, levels.table, [](const cpu::KernelTable* table) {
                return table ? table->isa : nullptr;
              }));
  exports.Set("compiler", Napi::String::New(env, cpu::kCompiler));
  napi_value run_function = nullptr, copy_function = nullptr;
  napi_create_function(env, "run", NAPI_AUTO_LENGTH, Call<run>, data, &run_function);
  napi_create_function(env, "copy", NAPI_AUTO_LENGTH, Call<copy>, data, &copy_function);
  exports.Set("run", run_function);
  exports.Set("copy", copy_function);
  exports.Set("select", Napi::Function::New<Select>(env, "select"));
  exports.Set("setThreads", Napi::Function::New<SetThreads>(env, "setThreads"));
  exports.Set("threads", Napi::Function::New<Threads>(env, "threads"));
#if MISH_TEST_SEAMS
  exports.Set("fpMode", Napi::Function::New<FpMode>(env, "fpMode"));
  exports.Set("setFpMode", Napi::Function::New<SetFpMode>(env, "setFpMode"));
  exports.Set("streamedJobs", Napi::Function::New<StreamedJobs>(env, "streamedJobs"));
  exports.Set("cacheBytes", Napi::Function::New<CacheBytes>(env, "cacheBytes"));
#endif
  return exports;
}

}  // namespace
}  // namespace mish

static Napi::Object MishInit(Napi::Env env, Napi::Object exports) {
  return mish::Init(env, exports);
}
NODE_API_MODULE(node_mish, MishInit)
