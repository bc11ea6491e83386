// Operands from JavaScript: unwrapped, checked, and made a job.
//
// Nothing may run JavaScript between the moment an operand's pointer is taken and the moment that
// the job has it in use or is over.
#pragma once

#include <node_api.h>

#include <atomic>

#include "../cpu/job.h"
#include "../status.h"

namespace mish {

constexpr size_t kMaxOperands = kMaxInputs + kMaxOutputs;

// Memory of an operand, on the host or on a device.
struct Range {
  uintptr_t begin;
  size_t bytes;
};

// Outputs may be inputs exactly (in place) unless the operation also reads them, never each other.
Status check_overlap(const OpInfo& op, const Range* in, const Range* out);

// The elements of a typed array, and what it says they are; false for anything else.
struct Elements {
  char* data;
  size_t length;
  napi_typedarray_type type;
};
bool unwrap(napi_env env, napi_value value, Elements* elements);

// An operation to be run: which, in what dtype (an index, or -1 for what the kind of the first
// operand says), by which kernels.
struct Request {
  int op, dtype;
  const cpu::KernelTable* table;
};

// The index that a JavaScript number is, or -1 when it is none below `count`.
int index_argument(napi_env env, napi_value value, int count);
// The same for a dtype; -1 stays -1, and what is wrong is -2.
int dtype_argument(napi_env env, napi_value value);

// The job of an operation over those operands, inputs first.
Status make_job(napi_env env, const Request& request, const napi_value* operands, cpu::Job* job);

// The same for a copy, from the first to the second.
Status make_copy(napi_env env, bool streaming, int dtype, const napi_value* operands,
                 cpu::Job* job);

// The first element of an Int32Array, which aborts a job once it is not 0; null for undefined.
// False for anything else.
bool abort_flag(napi_env env, napi_value value, const std::atomic<int32_t>** flag);

}  // namespace mish
