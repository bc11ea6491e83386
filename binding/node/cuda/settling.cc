// What is in flight on devices, and how it gets back to JavaScript; what is held until then.
#include <new>

#include "../../system/seams.h"
#include "environment.h"

namespace mish {
namespace {

// Settled in one turn of the event loop, as asynchronous calls on the CPU are.
constexpr int kBatch = 64;

}  // namespace

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
  int index = -1;        // of the device, unless it is of a probe
  Held* held = nullptr;  // `aborted` among it
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

// ---------------------------------------------------------------- the way back
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
  if (napi_add_env_cleanup_hook(env_, close, this) == napi_ok) return kOk;
  napi_release_threadsafe_function(handle_, napi_tsfn_abort);
  handle_ = nullptr;
  return kMemory;
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
  if (!cpu::start_thread(*probe, cuda::kDriverStackBytes)) Probe::run(*probe);
  return kOk;
}

bool CudaEnvironment::hold(int index, napi_value value) {
  Held* held = static_cast<Held*>(seams::allocate(sizeof(Held)));
  if (!held) return false;
  if (napi_create_reference(env_, value, 1, &held->value) != napi_ok) {
    seams::release(held);
    return false;
  }
  held->next = held_[index];
  held_[index] = held;
  return true;
}

void CudaEnvironment::release(Held* held) {
  while (Held* first = held) {
    held = first->next;
    napi_delete_reference(env_, first->value);
    seams::release(first);
  }
}

// Without memory to tell that it is done, it is waited for; what is held is let go by the next.
Status CudaEnvironment::finish(int index, napi_value record, napi_value aborted) {
  cuda::Queue* queue = queue_in_use(index);
  napi_valuetype kind = napi_undefined;
  napi_typeof(env_, aborted, &kind);
  const int32_t* flag = int32_elements(env_, aborted);
  if (!queue || (kind != napi_undefined && !flag)) return kArgument;
  Settlement* settlement = make_settlement(record);
  if (!settlement || (flag && !hold(index, aborted))) {
    if (settlement) release(settlement);
    const Status status = note(queue->wait());
    return status == kOk ? kMemory : status;
  }
  static_assert(sizeof(std::atomic<int32_t>) == sizeof(int32_t));
  settlement->aborted = reinterpret_cast<const std::atomic<int32_t>*>(flag);
  settlement->index = index;
  settlement->held = held_[index];
  held_[index] = nullptr;
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

// What is done and was not settled, and what is held, when nobody is left to settle for.
void CudaEnvironment::let_go() {
  while (Settlement* settlement = take()) release(settlement);
  for (Held*& held : held_) {
    release(held);
    held = nullptr;
  }
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
  cuda::Queue* queue = queue_in_use(settlement->index);
  release(settlement);
  if (!is_aborted) return call(settle, record, result.status, result.code);
  if (queue) queue->note(result);  // of calls before it, perhaps: for the next to tell
  return call(settle, record, kAborted, 0);
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
  release(settlement->held);
  count_in_flight(-1);
  seams::release(settlement);
}

}  // namespace mish
