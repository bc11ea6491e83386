// Calls on device memory: unwraps and checks their arguments, and makes commands of a queue.
#include "calls.h"

#include <string.h>

#include "../../../cuda/device/launch_plan.h"
#include "../../system/seams.h"

namespace mish {

int64_t integer(napi_env env, napi_value value) {
  double number = -1;
  napi_get_value_double(env, value, &number);
  const bool is_in_range = number >= 0 && number <= 9007199254740991.0;  // false for NaN
  return is_in_range && number == (double)(int64_t)number ? (int64_t)number : -1;
}

namespace {

using cuda::Command;

// Bytes of device memory of one queue.
struct Place {
  cuda::Queue* queue;
  cuda::Pointer address;
};

// `bytes` from the place on that two arguments say, a handle and an offset.
bool find_place(napi_env env, CudaEnvironment& own, const napi_value* arguments, size_t bytes,
                Place* place) {
  const CudaMemory::Entry* entry = own.find(integer(env, arguments[0]));
  const int64_t offset = integer(env, arguments[1]);
  if (!entry || offset < 0 || (size_t)offset > entry->bytes || bytes > entry->bytes - offset)
    return false;
  *place = {entry->queue, entry->block ? entry->block->address + (size_t)offset : 0};
  return true;
}

Status submit(CudaEnvironment& own, cuda::Queue& queue, const Command& command) {
  const Status error = own.note(queue.take_error());
  return error == kOk ? own.note(queue.submit(command)) : error;
}

// ---------------------------------------------------------------- operations
struct Call {
  int op, dtype;
  size_t length;
  Place in[kMaxInputs], out[kMaxOutputs];
};

// All operands, on one queue, each at a multiple of its elements' size.
Status find_operands(napi_env env, CudaEnvironment& own, const napi_value* places, Call* call) {
  const OpInfo& op = kOps[call->op];
  const size_t element_bytes = kDtypes[call->dtype].bytes, bytes = call->length * element_bytes;
  Range in[kMaxInputs], out[kMaxOutputs];
  for (int k = 0; k < op.inputs + op.outputs; ++k) {
    const bool is_input = k < op.inputs;
    Place& place = is_input ? call->in[k] : call->out[k - op.inputs];
    if (!find_place(env, own, places + 2 * k, bytes, &place)) return kArgument;
    if (place.queue != call->in[0].queue || place.address % element_bytes != 0) return kArgument;
    (is_input ? in[k] : out[k - op.inputs]) = {(uintptr_t)place.address, bytes};
  }
  return call->length == 0 ? kEmpty : check_overlap(op, in, out);
}

}  // namespace

Status cuda_launch(napi_env env, CudaEnvironment& own, const napi_value* arguments) {
  const int64_t length = integer(env, arguments[2]);
  Call call = {index_argument(env, arguments[0], kOpCount),
               index_argument(env, arguments[1], kDtypeCount),
               (size_t)length,
               {},
               {}};
  if (call.op < 0 || call.dtype < 0 || length < 0 || length > INT64_MAX / 8) return kArgument;
  const Status found = find_operands(env, own, arguments + 3, &call);
  if (found != kOk) return found;
  cuda::Queue& queue = *call.in[0].queue;
  cuda::Pointer in[kMaxInputs], out[kMaxOutputs];
  for (int i = 0; i < kMaxInputs; ++i) in[i] = call.in[i].address;
  for (int o = 0; o < kMaxOutputs; ++o) out[o] = call.out[o].address;
  const auto op = static_cast<Op>(call.op);
  const auto dtype = static_cast<Dtype>(call.dtype);
  const cuda::Plan plan = cuda::plan(op, dtype, in, out, queue.gpu.tables(dtype), call.length,
                                     queue.gpu.multiprocessors());
  Command command;
  command.kind = Command::Kind::launch;
  command.entry = queue.gpu.entry(op, dtype);
  command.blocks = plan.grid_blocks;
  command.parameters = plan.parameters;
  return submit(own, queue, command);
}

// ---------------------------------------------------------------- copies
namespace {

// An upload or download, from (place, array, held); kEmpty when there is nothing to do.
struct Transfer {
  Command command;
  cuda::Queue* queue;
  bool held;
};

size_t element_bytes_of(napi_typedarray_type type) {
  if (type == napi_float64_array) return 8;
  if (type == napi_float32_array) return 4;
  return type == napi_uint16_array ? 2 : 0;
}

Status find_transfer(napi_env env, CudaEnvironment& own, const napi_value* arguments,
                     Transfer* transfer) {
  Elements elements;
  Place place;
  if (!unwrap(env, arguments[2], &elements)) return kArgument;
  const size_t element_bytes = element_bytes_of(elements.type);
  const size_t bytes = elements.length * element_bytes;
  if (element_bytes == 0 || napi_get_value_bool(env, arguments[3], &transfer->held) != napi_ok ||
      !find_place(env, own, arguments, bytes, &place))
    return kArgument;
  if (bytes == 0) return kEmpty;
  transfer->queue = place.queue;
  transfer->command.bytes = bytes;
  transfer->command.host = elements.data;
  transfer->command.target = transfer->command.source = place.address;
  const bool is_kept = !transfer->held || own.hold(place.queue->gpu.index(), arguments[2]);
  return is_kept ? kOk : kMemory;
}

}  // namespace

Status cuda_upload(napi_env env, CudaEnvironment& own, const napi_value* arguments) {
  Transfer transfer;
  auto& [command, queue, held] = transfer;
  const Status found = find_transfer(env, own, arguments, &transfer);
  if (found != kOk) return found;
  command.kind = Command::Kind::upload;
  command.owns_host = !held;
  if (command.owns_host) {
    char* copy = static_cast<char*>(seams::allocate(command.bytes));
    if (!copy) return kMemory;
    memcpy(copy, command.host, command.bytes);
    command.host = copy;
  }
  const Status status = submit(own, *queue, command);
  if (status != kOk && command.owns_host) seams::release(command.host);
  return status;
}

Status cuda_download(napi_env env, CudaEnvironment& own, const napi_value* arguments) {
  Transfer transfer;
  auto& [command, queue, held] = transfer;
  const Status found = find_transfer(env, own, arguments, &transfer);
  if (found != kOk) return found;
  command.kind = Command::Kind::download;
  const Status status = submit(own, *queue, command);
  return status != kOk || held ? status : own.note(queue->wait());
}

Status cuda_copy(napi_env env, CudaEnvironment& own, const napi_value* arguments) {
  const int64_t bytes = integer(env, arguments[4]);
  Place target, source;
  if (bytes < 0 || !find_place(env, own, arguments, (size_t)bytes, &target) ||
      !find_place(env, own, arguments + 2, (size_t)bytes, &source) || target.queue != source.queue)
    return kArgument;
  if (bytes == 0) return kEmpty;
  Command command;
  command.kind = Command::Kind::copy;
  command.bytes = (size_t)bytes;
  command.target = target.address;
  command.source = source.address;
  return submit(own, *target.queue, command);
}

Status cuda_clear(napi_env env, CudaEnvironment& own, const napi_value* arguments) {
  const int64_t bytes = integer(env, arguments[2]);
  Place place;
  if (bytes < 0 || !find_place(env, own, arguments, (size_t)bytes, &place)) return kArgument;
  if (bytes == 0) return kEmpty;
  Command command;
  command.kind = Command::Kind::clear;
  command.bytes = (size_t)bytes;
  command.target = place.address;
  return submit(own, *place.queue, command);
}

}  // namespace mish
