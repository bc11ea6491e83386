// Operands as Node-API has them: lengths and buffers that JavaScript reports can be faked.
#include "operands.h"

#include "../cpu/copy.h"
#include "../cpu/cost.h"
#include "../cpu/streaming.h"
#include "../system/seams.h"

namespace mish {
namespace {

// The inputs and outputs of one call.
struct Operation {
  Elements in[kMaxInputs], out[kMaxOutputs];
};

// ---------------------------------------------------------------- unwrapping
bool unwrap_all(napi_env env, const OpInfo& op, const napi_value* operands, Operation* all) {
  for (int i = 0; i < op.inputs; ++i)
    if (!unwrap(env, *operands++, &all->in[i])) return false;
  for (int o = 0; o < op.outputs; ++o)
    if (!unwrap(env, *operands++, &all->out[o])) return false;
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

// Which the first operand is; -1 when its kind does not say that.
int dtype_of(const Elements& first) {
  if (first.type == napi_float32_array) return static_cast<int>(Dtype::float32);
  return first.type == napi_float64_array ? static_cast<int>(Dtype::float64) : -1;
}

// ---------------------------------------------------------------- checks
bool overlap(const Range& a, const Range& b) {
  return a.begin < b.begin + b.bytes && b.begin < a.begin + a.bytes;
}

bool is_in_place(const OpInfo& op, const Operation& all) {
  for (int o = 0; o < op.outputs; ++o)
    for (int i = 0; i < op.inputs; ++i)
      if (all.out[o].data == all.in[i].data) return true;
  return false;
}

// Whether these elements may be an operand of the job, and where they are.
Status check(const cpu::Job& job, napi_typedarray_type type, const Elements& elements,
             Range* range) {
  *range = {reinterpret_cast<uintptr_t>(elements.data), job.length * job.element_bytes};
  if (elements.type != type) return kArgument;
  return elements.length == job.length ? kOk : kLength;
}

// The job of a kernel over operands that have been unwrapped.
Status make(const OpInfo& op, int dtype, cpu::Kernel kernel, double element_ns,
            const Operation& all, cpu::Job* job) {
  const auto& [in, out] = all;
  *job = {kernel,       {},
          in[0].length, kDtypes[dtype].bytes,
          element_ns,   op.reads_output || is_in_place(op, all)};
  Range in_ranges[kMaxInputs], out_ranges[kMaxOutputs];
  Status status = kOk;
  for (int i = 0; i < op.inputs && status == kOk; ++i) {
    status = check(*job, array_of(dtype), in[i], &in_ranges[i]);
    job->operands.in[i] = in[i].data;
  }
  for (int o = 0; o < op.outputs && status == kOk; ++o) {
    status = check(*job, array_of(dtype), out[o], &out_ranges[o]);
    job->operands.out[o] = out[o].data;
  }
  if (status == kOk && job->length == 0) status = kEmpty;
  if (status == kOk) status = check_overlap(op, in_ranges, out_ranges);
  if (status == kOk) job->operands.streamed = seams::note_streamed(cpu::pays_to_stream(*job));
  return status;
}

}  // namespace

// Older versions (Node 24.3) leave the type of a Float16Array as it was: then it is one that no
// operand has.
bool unwrap(napi_env env, napi_value value, Elements* elements) {
  void* data;
  elements->type = napi_int8_array;
  if (napi_get_typedarray_info(env, value, &elements->type, &elements->length, &data, nullptr,
                               nullptr) != napi_ok)
    return false;
  elements->data = static_cast<char*>(data);
  return true;
}

Status check_overlap(const OpInfo& op, const Range* in, const Range* out) {
  for (int o = 0; o < op.outputs; ++o) {
    for (int i = 0; i < op.inputs; ++i) {
      if (!overlap(out[o], in[i])) continue;
      if (op.reads_output) return kInputIsOutput;
      if (out[o].begin != in[i].begin) return kOverlap;
    }
  }
  return op.outputs == 2 && overlap(out[0], out[1]) ? kOverlap : kOk;
}

// ---------------------------------------------------------------- arguments
// Not napi_get_value_int32, to which 2^32 is 0.
int index_argument(napi_env env, napi_value value, int count) {
  double index = -1;
  napi_get_value_double(env, value, &index);
  const bool is_in_range = index >= 0 && index < count;  // false for NaN
  return is_in_range && index == (int)index ? (int)index : -1;
}

int dtype_argument(napi_env env, napi_value value) {
  double index = -2;
  napi_get_value_double(env, value, &index);
  if (index == -1) return -1;
  const int found = index_argument(env, value, kDtypeCount);
  return found < 0 ? -2 : found;
}

bool abort_flag(napi_env env, napi_value value, const std::atomic<int32_t>** flag) {
  static_assert(sizeof(std::atomic<int32_t>) == sizeof(int32_t));
  napi_valuetype kind = napi_undefined;
  napi_typeof(env, value, &kind);
  *flag = nullptr;
  if (kind == napi_undefined) return true;
  Elements found;
  if (!unwrap(env, value, &found) || found.type != napi_int32_array || found.length == 0)
    return false;
  *flag = reinterpret_cast<const std::atomic<int32_t>*>(found.data);
  return true;
}

// ---------------------------------------------------------------- jobs
Status make_job(napi_env env, const Request& request, const napi_value* operands, cpu::Job* job) {
  const auto [op, asked, table] = request;
  Operation all;
  if (op < 0 || !table || !unwrap_all(env, kOps[op], operands, &all)) return kArgument;
  const int dtype = asked == -1 ? dtype_of(all.in[0]) : asked;
  if (dtype < 0) return kArgument;
  return make(kOps[op], dtype, table->kernel[op][dtype], cpu::kElementNs[op][dtype], all, job);
}

Status make_copy(napi_env env, bool streaming, int dtype, const napi_value* operands,
                 cpu::Job* job) {
  Operation all;
  if (dtype < 0 || !unwrap_all(env, cpu::kCopy, operands, &all)) return kArgument;
  const double element_ns = cpu::kCopyByteNs * (double)kDtypes[dtype].bytes;
  const cpu::Kernel kernel = cpu::copy_kernel(streaming, static_cast<Dtype>(dtype));
  return make(cpu::kCopy, dtype, kernel, element_ns, all, job);
}

}  // namespace mish
