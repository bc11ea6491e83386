// How asynchronous jobs end: what async_work.h promises of their owner.
#include "async_work.h"

#include "pool.h"

namespace mish::cpu {

void Owner::close() {
  closing_.store(true, std::memory_order_relaxed);
  withdraw(*this);
  for (uint32_t left; (left = unfinished_.load(std::memory_order_acquire)) > 0;)
    sleep_while(unfinished_, left);
}

AsyncWork* Owner::take() {
  const Locked locked(lock_);
  AsyncWork* work = first_;
  if (work) first_ = work->next_finished;
  if (!first_) last_ = nullptr;
  return work;
}

bool Owner::has_finished() {
  const Locked locked(lock_);
  return first_ != nullptr;
}

void Owner::append(AsyncWork& work, bool* was_empty) {
  const Locked locked(lock_);
  *was_empty = first_ == nullptr;
  (last_ ? last_->next_finished : first_) = &work;
  last_ = &work;
}

// Once the last is no longer counted the owner may be gone; waking does not look at the word.
void Owner::finish(AsyncWork& work) {
  bool was_empty;
  append(work, &was_empty);
  if (was_empty && !is_closing()) notify_(context_);
  if (unfinished_.fetch_sub(1, std::memory_order_release) == 1) wake(unfinished_, 1);
}

}  // namespace mish::cpu
