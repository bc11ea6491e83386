// An asynchronous job: run by the pool's helpers alone, and told to its owner when it has ended.
//
// Nobody waits for it, so it lives on the heap, from submit() until its owner has taken it back.
// Until then its operands must stay where they are.
#pragma once

#include "../../system/seams.h"
#include "work.h"

namespace mish::cpu {

class AsyncWork;

// Whose jobs they are: one for each Node environment. Its own thread submits, takes and closes;
// helpers finish.
class Owner {
 public:
  // `notify` is called by whoever finishes a job when none finished is waiting to be taken: on any
  // thread, but never after close() has returned. It must not block.
  Owner(void (*notify)(void* context), void* context) : notify_(notify), context_(context) {}

  // Aborts what is submitted, and returns once no helper is at any of it. Then all that is left is
  // to be taken, without any notice.
  void close();

  // A finished job, the first that has not been taken; null when there is none.
  AsyncWork* take();
  bool has_finished();

  // ---- the pool's
  bool is_closing() const { return closing_.load(std::memory_order_relaxed); }
  void begin() { unfinished_.fetch_add(1, std::memory_order_relaxed); }
  void finish(AsyncWork& work);

 private:
  void append(AsyncWork& work, bool* was_empty);

  void (*const notify_)(void*);
  void* const context_;
  Lock lock_;
  AsyncWork *first_ = nullptr, *last_ = nullptr;  // finished, not taken
  Word unfinished_{0};                            // submitted, not finished
  std::atomic<bool> closing_{false};
};

class AsyncWork : public Work {
 public:
  // It is aborted before its next piece once *`aborted`, unless that is null, is not 0.
  AsyncWork(const Job& job, Owner& owner, const std::atomic<int32_t>* aborted)
      : Work(job), owner(owner), aborted_(aborted) {}

  bool is_aborted() const {
    return owner.is_closing() || (aborted_ && aborted_->load(std::memory_order_relaxed) != 0) ||
           seams::fails_piece();
  }

  // ---- under the pool's lock
  // One helper is enough to find that it was aborted.
  bool wants_help() const { return Work::wants_help() && (helpers() == 0 || !is_aborted()); }
  bool is_waiting() const { return helpers() == 0; }
  // Whether that was the last helper, and there is nothing left to do.
  bool leave() {
    leave_locked();
    is_done = is_taken();
    return helpers() == 0 && (is_done || is_aborted());
  }

  Owner& owner;
  void* record = nullptr;  // whatever the owner wants back
  bool is_done = false;    // once finished: not aborted
  AsyncWork* next_finished = nullptr;

 private:
  const std::atomic<int32_t>* const aborted_;
};

}  // namespace mish::cpu
