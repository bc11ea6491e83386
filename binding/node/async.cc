// How jobs get from JavaScript to the pool, and their results back.
#include "async.h"

#include <new>

#include "../cpu/pool/pool.h"
#include "../system/seams.h"

namespace mish {

class Async {
 public:
  explicit Async(napi_env env) : env_(env), owner_(notify, this) {}

  bool open(napi_value settle);
  Status submit(const cpu::Job& job, napi_value record, const std::atomic<int32_t>* aborted);
  void settle_more() { notify(this); }
  void sweep() { cpu::withdraw(owner_); }

 private:
  static void notify(void* async);
  static void settle_some(napi_env env, napi_value settle, void* async, void*);
  static void close(void* async);

  bool settle(napi_value settle, cpu::AsyncWork* work);
  bool call(napi_value settle, napi_value record, bool is_done);
  void release(cpu::AsyncWork* work);
  void count_in_flight(int change);

  const napi_env env_;
  cpu::Owner owner_;
  napi_threadsafe_function handle_ = nullptr;
  size_t in_flight_ = 0;
};

namespace {
// Settled in one turn of the event loop: some 50 us. Node itself would go on with up to 1,000 calls
// of the handle, 63,872 jobs in one turn.
constexpr int kBatch = 64;
}  // namespace

// The hook is added after the handle's own, so it runs before that: no helper uses a handle that
// has been closed.
bool Async::open(napi_value settle) {
  napi_value name;
  if (napi_create_string_utf8(env_, "node-mish", NAPI_AUTO_LENGTH, &name) != napi_ok) return false;
  if (napi_create_threadsafe_function(env_, settle, nullptr, name, 0, 1, nullptr, nullptr, this,
                                      settle_some, &handle_) != napi_ok)
    return false;
  napi_unref_threadsafe_function(env_, handle_);  // only jobs in flight keep the process alive
  return napi_add_env_cleanup_hook(env_, close, this) == napi_ok;
}

// ---------------------------------------------------------------- to the pool
Status Async::submit(const cpu::Job& job, napi_value record, const std::atomic<int32_t>* aborted) {
  napi_ref reference;
  if (napi_create_reference(env_, record, 1, &reference) != napi_ok) return kArgument;
  void* memory = seams::allocate(sizeof(cpu::AsyncWork));
  if (!memory) {
    napi_delete_reference(env_, reference);
    return kMemory;
  }
  cpu::AsyncWork* work = new (memory) cpu::AsyncWork(job, owner_, aborted);
  work->record = reference;
  count_in_flight(1);
  if (cpu::submit(*work)) return kOk;
  count_in_flight(-1);
  release(work);
  return kNoThread;
}

void Async::count_in_flight(int change) {
  const bool was_idle = in_flight_ == 0;
  in_flight_ += static_cast<size_t>(change);
  if (was_idle) napi_ref_threadsafe_function(env_, handle_);
  if (in_flight_ == 0) napi_unref_threadsafe_function(env_, handle_);
}

// ---------------------------------------------------------------- back
void Async::notify(void* async) {
  napi_call_threadsafe_function(static_cast<Async*>(async)->handle_, nullptr,
                                napi_tsfn_nonblocking);
}

// Without an environment there is nobody left to settle for; close() has had the rest.
void Async::settle_some(napi_env env, napi_value settle, void* async, void*) {
  if (!env) return;
  Async& self = *static_cast<Async*>(async);
  for (int i = 0; i < kBatch; ++i) {
    cpu::AsyncWork* work = self.owner_.take();
    if (!work) return;
    if (!self.settle(settle, work)) break;  // the environment is being stopped
  }
  if (!self.owner_.has_finished()) return;
  napi_value none;
  napi_get_undefined(env, &none);
  if (!self.call(settle, none, false)) notify(async);
}

bool Async::settle(napi_value settle, cpu::AsyncWork* work) {
  napi_value record;
  napi_get_reference_value(env_, static_cast<napi_ref>(work->record), &record);
  const bool is_done = work->is_done;
  release(work);
  count_in_flight(-1);
  return call(settle, record, is_done);
}

bool Async::call(napi_value settle, napi_value record, bool is_done) {
  napi_value undefined, arguments[2] = {record};
  napi_get_undefined(env_, &undefined);
  napi_get_boolean(env_, is_done, &arguments[1]);
  return napi_call_function(env_, undefined, settle, 2, arguments, nullptr) == napi_ok;
}

void Async::release(cpu::AsyncWork* work) {
  napi_delete_reference(env_, static_cast<napi_ref>(work->record));
  seams::release(work);
}

// The environment's memory, operands among it, goes after this.
void Async::close(void* async) {
  Async* self = static_cast<Async*>(async);
  self->owner_.close();
  while (cpu::AsyncWork* work = self->owner_.take()) self->release(work);
  seams::release(self);
}

// ---------------------------------------------------------------- for the addon
Async* connect(napi_env env, napi_value settle) {
  void* memory = seams::allocate(sizeof(Async));
  if (!memory) return nullptr;
  Async* async = new (memory) Async(env);
  if (async->open(settle)) return async;
  seams::release(async);
  return nullptr;
}

Status submit(napi_env env, Async& async, const Request& request, napi_value record,
              napi_value aborted, const napi_value* operands) {
  napi_valuetype kind = napi_undefined;
  napi_typeof(env, aborted, &kind);
  const int32_t* flag = int32_elements(env, aborted);
  if (kind != napi_undefined && !flag) return kArgument;
  cpu::Job job;
  const Status status = make_job(env, request, operands, &job);
  if (status != kOk) return status;
  static_assert(sizeof(std::atomic<int32_t>) == sizeof(int32_t));
  return async.submit(job, record, reinterpret_cast<const std::atomic<int32_t>*>(flag));
}

void settle_more(Async& async) { async.settle_more(); }
void sweep(Async& async) { async.sweep(); }

}  // namespace mish
