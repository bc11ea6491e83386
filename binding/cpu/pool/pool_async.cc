// Asynchronous jobs in the pool: queued, helped, ended.
#include "pool_state.h"

namespace mish::cpu {

// ---------------------------------------------------------------- the queue
AsyncWork* Pool::async_that_wants_help() {
  Work* work = async_.first();
  while (work && !static_cast<AsyncWork*>(work)->wants_help()) work = work->next;
  return static_cast<AsyncWork*>(work);
}

// One always has: jobs would never end under callers that never pause.
bool Pool::has_place_for_async() const {
  return async_helpers_ == 0 || (async_helpers_ < most_async_helpers() && room() > 0);
}

void Pool::append_async(AsyncWork& work) {
  async_.append(work);
  async_wanted_ += work.wanted_helpers;
}

void Pool::remove_async(Work& work) {
  async_.remove(work);
  async_wanted_ -= work.wanted_helpers;
}

// ---------------------------------------------------------------- owners
bool Pool::submit(AsyncWork& work, size_t most_threads) {
  int missing;
  {
    const Locked locked(lock_);
    limit_ = possible_threads().count;
    const size_t most = static_cast<size_t>(most_async_helpers());
    const size_t wanted = most_threads < most ? most_threads : most;
    work.wanted_helpers = wanted > 1 ? static_cast<uint32_t>(wanted) : 1;
    const size_t wanted_by_all = async_wanted_ + work.wanted_helpers;
    const size_t useful = wanted_by_all < most ? wanted_by_all : most;
    missing = helpers_missing(static_cast<int>(useful) - async_helpers_);
    // Those that another thread is about to start may never be: their job would wait for ever.
    if (missing == 0 && started_ == 0) return false;
  }
  if (missing > 0 && !start_helpers(missing)) return false;
  work.owner.begin();
  // The work is the helpers' from there on, and may be gone.
  const int wakes = static_cast<int>(work.wanted_helpers);
  bool signals;
  {
    const Locked locked(lock_);
    append_async(work);
    signals = has_place_for_async();  // else those that have the places look when they are done
  }
  if (signals) signal(wakes);
  return true;
}

void Pool::withdraw(Owner& owner) {
  Queue withdrawn;
  {
    const Locked locked(lock_);
    for (Work *work = async_.first(), *next; work; work = next) {
      next = work->next;
      const AsyncWork& each = *static_cast<AsyncWork*>(work);
      if (&each.owner != &owner || !each.is_waiting() || !each.is_aborted()) continue;
      remove_async(*work);
      withdrawn.append(*work);
    }
  }
  while (Work* work = withdrawn.first()) {
    withdrawn.remove(*work);
    owner.finish(*static_cast<AsyncWork*>(work));
  }
}

// ---------------------------------------------------------------- helpers
bool Pool::help_async() {
  bool gives_way, more;
  AsyncWork* work = join_async(&gives_way, &more);
  if (!work) return false;
  if (more) signal(1);
  const FpMode found = fp_mode();
  const FpMode changed = static_cast<FpMode>(seams::change_helper_fp_mode(found));
  if (changed != found) set_fp_mode(changed);
  work->run_pieces([&] {
    return work->is_aborted() || (gives_way && crowded_.load(std::memory_order_relaxed));
  });
  seams::note_helper_fp_mode(fp_mode());
  leave_async(*work);
  return true;
}

// `gives_way` to callers, unless it is the only one; `more` could join.
AsyncWork* Pool::join_async(bool* gives_way, bool* more) {
  const Locked locked(lock_);
  AsyncWork* work = has_place_for_async() ? async_that_wants_help() : nullptr;
  if (!work) return nullptr;
  work->join();
  *gives_way = async_helpers_++ > 0;
  count_computing(0, 1);
  *more = has_place_for_async() && async_that_wants_help();
  return work;
}

void Pool::leave_async(AsyncWork& work) {
  {
    const Locked locked(lock_);
    --async_helpers_;
    count_computing(0, -1);
    if (!work.leave()) return;
    remove_async(work);
  }
  work.owner.finish(work);
}

// ---------------------------------------------------------------- for owners
bool submit(AsyncWork& work) {
  return pool.submit(work, static_cast<size_t>(threads_worth(work.job())));
}

void withdraw(Owner& owner) { pool.withdraw(owner); }

}  // namespace mish::cpu
