// How requests reach a device's queue, and their ends JavaScript.
#include "cuda_environment.h"

#include <new>

#include "seams.h"

namespace mish {
namespace {

// Settled in one turn of the event loop, as asynchronous calls on the CPU are.
constexpr int kBatch = 64;

}  // namespace

Status status_of(cuda::Outcome outcome) {
  switch (outcome) {
    case cuda::Outcome::ok:
      return kOk;
    case cuda::Outcome::no_driver:
      return kNoDriver;
    case cuda::Outcome::driver_too_old:
      return kDriverTooOld;
    case cuda::Outcome::no_device:
      return kNoDevice;
    case cuda::Outcome::unsupported_arch:
      return kUnsupportedArch;
    case cuda::Outcome::init:
      return kCudaInit;
    case cuda::Outcome::error:
      return kCuda;
    case cuda::Outcome::lost:
      return kDeviceLost;
    case cuda::Outcome::device_memory:
      return kDeviceMemory;
    case cuda::Outcome::host_memory:
      return kMemory;
    case cuda::Outcome::no_image:
      return kNoImage;
  }
  return kCuda;
}

// What is to be settled: a completion of a queue, or of a probe.
struct CudaEnvironment::Settlement : cuda::Completion {
  Settlement(CudaEnvironment& owner, napi_ref record)
      : Completion(tell), owner(owner), record(record) {}
  static void tell(cuda::Completion& completion) {
    Settlement& own = static_cast<Settlement&>(completion);
    own.owner.append(own);
  }

  CudaEnvironment& owner;
  const napi_ref record;
  const std::atomic<int32_t>* aborted = nullptr;
  Settlement* next_done = nullptr;
};

// A thread that opens all devices and then is done.
struct CudaEnvironment::Probe : cpu::ThreadBody {
  explicit Probe(Settlement& settlement) : ThreadBody{run}, settlement(settlement) {}
  static void run(ThreadBody& body) {
    Probe& own = static_cast<Probe&>(body);
    cuda::open_all_devices();
    Settlement& settlement = own.settlement;
    cpu::Word& probing = settlement.owner.probing_;
    seams::release(&own);
    settlement.done(settlement);
    probing.fetch_sub(1, std::memory_order_release);
    cpu::wake(probing, 1);  // looks at nothing: the environment may be gone
  }

  Settlement& settlement;
};

// ---------------------------------------------------------------- its life
CudaEnvironment* CudaEnvironment::create(napi_env env) {
  void* memory = seams::allocate(sizeof(CudaEnvironment));
  if (!memory) return nullptr;
  CudaEnvironment* own = new (memory) CudaEnvironment(env);
  if (napi_add_env_cleanup_hook(env, destroy, own) == napi_ok) return own;
  seams::release(own);
  return nullptr;
}

// The hook is added after the handle's own, so it runs before that: nobody uses a handle that has
// been closed.
Status CudaEnvironment::connect(napi_value settle) {
  napi_valuetype kind = napi_undefined;
  napi_typeof(env_, settle, &kind);
  if (kind != napi_function) return kArgument;
  if (handle_) return kOk;
  napi_value name;
  if (napi_create_string_utf8(env_, "node-mish cuda", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_threadsafe_function(env_, settle, nullptr, name, 0, 1, nullptr, nullptr, this,
                                      settle_some, &handle_) != napi_ok)
    return kMemory;
  napi_unref_threadsafe_function(env_, handle_);  // only what is in flight keeps the process alive
  return napi_add_env_cleanup_hook(env_, close, this) == napi_ok ? kOk : kMemory;
}

// The environment's memory, arrays in use among it, goes after this.
void CudaEnvironment::close(void* environment) {
  CudaEnvironment& self = *static_cast<CudaEnvironment*>(environment);
  for (uint32_t probing; (probing = self.probing_.load(std::memory_order_acquire)) > 0;)
    cpu::sleep_while(self.probing_, probing);
  self.close_queues();
  while (Settlement* settlement = self.take()) self.release(settlement);
}

void CudaEnvironment::destroy(void* environment) {
  CudaEnvironment* self = static_cast<CudaEnvironment*>(environment);
  close(self);
  self->memory_.release();
  seams::release(self);
}

void CudaEnvironment::close_queues() {
  for (cuda::Queue*& queue : queues_) {
    if (!queue) continue;
    queue->close(memory_.remove_all_of(*queue));
    seams::release(queue);
    queue = nullptr;
  }
}

// ---------------------------------------------------------------- asking
Status CudaEnvironment::note(cuda::Result result) {
  if (!result.is_ok()) last_code_ = result.code;
  return status_of(result.outcome);
}

Status CudaEnvironment::queue_of(int index, cuda::Queue** queue) {
  if (!is_index(index)) return note({cuda::Outcome::no_device});
  *queue = queues_[index];
  if (*queue) return note((*queue)->take_error());
  cuda::Gpu* gpu;
  const cuda::Result opened = cuda::open_device(index, &gpu);
  if (!opened.is_ok()) return note(opened);
  void* memory = seams::allocate(sizeof(cuda::Queue));
  if (!memory) return kMemory;
  cuda::Queue* made = new (memory) cuda::Queue(*gpu);
  const cuda::Result result = made->open();
  if (result.is_ok()) {
    *queue = queues_[index] = made;
    return kOk;
  }
  made->close(nullptr);
  seams::release(made);
  return note(result);
}

Status CudaEnvironment::allocate(int index, size_t bytes, int64_t* handle) {
  cuda::Queue* queue;
  const Status status = queue_of(index, &queue);
  if (status != kOk) return status;
  cuda::Block* block = nullptr;
  if (bytes > 0) {
    const cuda::Result result = queue->allocate(bytes, &block);
    if (!result.is_ok()) return note(result);
  }
  *handle = memory_.add(*queue, block, bytes);
  if (*handle == 0) {
    if (block) queue->free(block);
    return kMemory;
  }
  int64_t external;
  napi_adjust_external_memory(env_, (int64_t)bytes, &external);
  return kOk;
}

void CudaEnvironment::free(int64_t handle) {
  CudaMemory::Entry* entry = memory_.find(handle);
  if (!entry) return;
  int64_t external;
  napi_adjust_external_memory(env_, -(int64_t)entry->bytes, &external);
  if (entry->block) entry->queue->free(entry->block);
  memory_.remove(*entry);
}

// ---------------------------------------------------------------- what is in flight
CudaEnvironment::Settlement* CudaEnvironment::make_settlement(napi_value record) {
  napi_ref reference;
  if (!handle_ || napi_create_reference(env_, record, 1, &reference) != napi_ok) return nullptr;
  void* memory = seams::allocate(sizeof(Settlement));
  if (!memory) {
    napi_delete_reference(env_, reference);
    return nullptr;
  }
  count_in_flight(1);
  return new (memory) Settlement(*this, reference);
}

void CudaEnvironment::count_in_flight(int change) {
  const bool was_idle = in_flight_ == 0;
  in_flight_ += static_cast<size_t>(change);
  if (was_idle) napi_ref_threadsafe_function(env_, handle_);
  if (in_flight_ == 0) napi_unref_threadsafe_function(env_, handle_);
}

Status CudaEnvironment::probe(napi_value record) {
  Settlement* settlement = make_settlement(record);
  if (!settlement) return kMemory;
  void* memory = seams::allocate(sizeof(Probe));
  if (!memory) {
    release(settlement);
    return kMemory;
  }
  Probe* probe = new (memory) Probe(*settlement);
  probing_.fetch_add(1, std::memory_order_relaxed);
  if (!cpu::start_thread(*probe)) Probe::run(*probe);
  return kOk;
}

// Without memory to tell that it is done, it is waited for: arrays that were held are free then.
Status CudaEnvironment::finish(int index, napi_value record, const std::atomic<int32_t>* aborted) {
  cuda::Queue* queue = queue_in_use(index);
  if (!queue) return kArgument;
  Settlement* settlement = make_settlement(record);
  if (!settlement) {
    queue->wait();
    return kMemory;
  }
  settlement->aborted = aborted;
  queue->submit(*settlement);
  return kOk;
}

// ---------------------------------------------------------------- settling
void CudaEnvironment::append(Settlement& settlement) {
  bool was_empty;
  {
    const cpu::Locked locked(lock_);
    was_empty = first_ == nullptr;
    (last_ ? last_->next_done : first_) = &settlement;
    last_ = &settlement;
  }
  if (was_empty) notify(this);
}

CudaEnvironment::Settlement* CudaEnvironment::take() {
  const cpu::Locked locked(lock_);
  Settlement* settlement = first_;
  if (settlement) first_ = settlement->next_done;
  if (!first_) last_ = nullptr;
  return settlement;
}

bool CudaEnvironment::is_any_done() {
  const cpu::Locked locked(lock_);
  return first_ != nullptr;
}

void CudaEnvironment::notify(void* environment) {
  const auto handle = static_cast<CudaEnvironment*>(environment)->handle_;
  napi_call_threadsafe_function(handle, nullptr, napi_tsfn_nonblocking);
}

// Without an environment there is nobody left to settle for; close() has had the rest.
void CudaEnvironment::settle_some(napi_env env, napi_value settle, void* environment, void*) {
  if (!env) return;
  CudaEnvironment& self = *static_cast<CudaEnvironment*>(environment);
  for (int i = 0; i < kBatch; ++i) {
    Settlement* settlement = self.take();
    if (!settlement) return;
    if (!self.settle(settle, settlement)) break;  // the environment is being stopped
  }
  if (!self.is_any_done()) return;
  napi_value none;
  napi_get_undefined(env, &none);
  if (!self.call(settle, none, kOk, 0)) notify(environment);
}

bool CudaEnvironment::settle(napi_value settle, Settlement* settlement) {
  napi_value record;
  napi_get_reference_value(env_, settlement->record, &record);
  const cuda::Result result = settlement->result;
  const bool is_aborted = settlement->aborted && settlement->aborted->load() != 0;
  release(settlement);
  return call(settle, record, is_aborted ? kAborted : status_of(result.outcome), result.code);
}

bool CudaEnvironment::call(napi_value settle, napi_value record, Status status, int code) {
  napi_value undefined, arguments[3] = {record};
  napi_get_undefined(env_, &undefined);
  napi_create_int32(env_, status, &arguments[1]);
  napi_create_int32(env_, code, &arguments[2]);
  return napi_call_function(env_, undefined, settle, 3, arguments, nullptr) == napi_ok;
}

void CudaEnvironment::release(Settlement* settlement) {
  napi_delete_reference(env_, settlement->record);
  count_in_flight(-1);
  seams::release(settlement);
}

}  // namespace mish
