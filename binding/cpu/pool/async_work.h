// An asynchronous job: run by the pool's helpers alone, and handed back to its owner at its end.
//
// No thread waits for it, so it lives on the heap, from submit() until its owner has it back. Until
// then its operands must stay where they are.
#pragma once

#include "../../system/seams.h"
#include "work.h"

namespace mish::cpu {

class AsyncWork;

// The owner of jobs: one per Node environment. Its own thread submits and closes; helpers finish.
class Owner {
 public:
  // `take_back` gets each job that has ended, done or aborted, and owns it from then on. It is
  // called on any thread, but never after close() has returned. It must not block.
  explicit Owner(void (*take_back)(AsyncWork&)) : take_back_(take_back) {}

  // Aborts what is submitted, and returns once every job was taken back.
  void close();

  // ---- the pool's
  bool is_closing() const { return closing_.load(std::memory_order_relaxed); }
  void begin() { unfinished_.fetch_add(1, std::memory_order_relaxed); }
  void finish(AsyncWork& work);

 private:
  void (*const take_back_)(AsyncWork&);
  Word unfinished_{0};  // submitted, not finished
  std::atomic<bool> closing_{false};
};

class AsyncWork : public Work {
 public:
  // Aborts before the next piece when `aborted` is not null and `*aborted` is not 0.
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

  bool is_done = false;  // once finished: not aborted. First, in the padding of Work: 16 bytes less
  Owner& owner;

 private:
  const std::atomic<int32_t>* const aborted_;
};

}  // namespace mish::cpu
