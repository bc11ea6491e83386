// Settles endings in batches, on the environment's own thread: what settler.h promises.
#include "settler.h"

#include <new>

#include "../system/seams.h"

namespace mish {
namespace {

// Settled in one turn of the event loop: some 50 us. Node itself would go on with up to 1,000 calls
// of the handle, 63,872 endings in one turn.
constexpr int kBatch = 64;

}  // namespace

// ---------------------------------------------------------------- lifetime
Settler* Settler::connect(napi_env env, napi_value settle, void (*close)(void*), void* data) {
  void* memory = seams::allocate(sizeof(Settler));
  if (!memory) return nullptr;
  Settler* settler = new (memory) Settler(env, close, data);
  if (settler->open(settle)) return settler;
  seams::release(settler);
  return nullptr;
}

// The hook is added after the handle's own, so it runs before that: no thread uses a handle that
// has been closed.
bool Settler::open(napi_value settle) {
  napi_value name;
  if (napi_create_string_utf8(env_, "node-mish", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_threadsafe_function(env_, settle, nullptr, name, 0, 1, nullptr, nullptr, this,
                                      settle_some, &handle_) != napi_ok)
    return false;
  napi_unref_threadsafe_function(env_, handle_);  // only what is in flight keeps the process alive
  if (napi_add_env_cleanup_hook(env_, close, this) == napi_ok) return true;
  napi_release_threadsafe_function(handle_, napi_tsfn_abort);
  return false;
}

// The environment's memory, operands among it, goes after this.
void Settler::close(void* settler) {
  Settler* self = static_cast<Settler*>(settler);
  self->close_sources_(self->sources_);
  while (Ending* ending = self->take_reported()) {
    napi_delete_reference(self->env_, ending->record);
    ending->take(*ending);
  }
  seams::release(self);
}

// ---------------------------------------------------------------- in flight
bool Settler::begin(Ending& ending, napi_value record) {
  if (napi_create_reference(env_, record, 1, &ending.record) != napi_ok) return false;
  count_in_flight(1);
  return true;
}

void Settler::cancel(Ending& ending) {
  napi_delete_reference(env_, ending.record);
  count_in_flight(-1);
}

void Settler::count_in_flight(int change) {
  const bool was_idle = in_flight_ == 0;
  in_flight_ += static_cast<size_t>(change);
  if (was_idle) napi_ref_threadsafe_function(env_, handle_);
  if (in_flight_ == 0) napi_unref_threadsafe_function(env_, handle_);
}

// ---------------------------------------------------------------- reported
void Settler::report(Ending& ending) {
  bool was_empty;
  {
    const Locked locked(lock_);
    was_empty = first_ == nullptr;
    (last_ ? last_->next : first_) = &ending;
    last_ = &ending;
  }
  if (was_empty) notify();
}

Ending* Settler::take_reported() {
  const Locked locked(lock_);
  Ending* ending = first_;
  if (ending) first_ = ending->next;
  if (!first_) last_ = nullptr;
  return ending;
}

bool Settler::has_reported() {
  const Locked locked(lock_);
  return first_ != nullptr;
}

void Settler::notify() { napi_call_threadsafe_function(handle_, nullptr, napi_tsfn_nonblocking); }

// ---------------------------------------------------------------- settling
// Without an environment there is nothing left to settle: close() took the rest.
void Settler::settle_some(napi_env env, napi_value settle, void* settler, void*) {
  if (!env) return;
  Settler& self = *static_cast<Settler*>(settler);
  for (int i = 0; i < kBatch; ++i) {
    Ending* ending = self.take_reported();
    if (!ending) return;
    if (!self.settle(settle, *ending)) break;  // the environment is being stopped
  }
  if (!self.has_reported()) return;
  napi_value none;
  napi_get_undefined(env, &none);
  if (!self.call(settle, none, {kOk, 0})) self.notify();
}

bool Settler::settle(napi_value settle, Ending& ending) {
  napi_value record;
  napi_get_reference_value(env_, ending.record, &record);
  napi_delete_reference(env_, ending.record);
  const Outcome outcome = ending.take(ending);
  count_in_flight(-1);
  return call(settle, record, outcome);
}

bool Settler::call(napi_value settle, napi_value record, Outcome outcome) {
  napi_value undefined, arguments[3] = {record};
  napi_get_undefined(env_, &undefined);
  napi_create_int32(env_, outcome.status, &arguments[1]);
  napi_create_int32(env_, outcome.code, &arguments[2]);
  return napi_call_function(env_, undefined, settle, 3, arguments, nullptr) == napi_ok;
}

}  // namespace mish
