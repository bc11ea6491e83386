// The pool: what pool.h promises.
#include "pool_state.h"

namespace mish::cpu {

Pool pool;

// ---------------------------------------------------------------- how many threads
Threads Pool::wanted_threads() {
  if (of_call_) return {of_call_, "call"};
  if (of_environment_) return {of_environment_, "environment"};
  if (usable_.count == 0) usable_ = usable_cpus();
  return {usable_.count, usable_.from};
}

Threads Pool::possible_threads() {
  const Threads wanted = wanted_threads();
  const int possible = created_ + 1;
  return creation_failed_ && possible < wanted.count ? Threads{possible, "failure"} : wanted;
}

Threads Pool::threads() {
  const Locked locked(lock_);
  return possible_threads();
}

void Pool::set_threads(int count) {
  const Locked locked(lock_);
  of_call_ = count;
  usable_.count = 0;
  creation_failed_ = false;
}

void Pool::set_threads_of_environment(int count) {
  const Locked locked(lock_);
  of_environment_ = count;
}

// ---------------------------------------------------------------- the queues
void Pool::count_computing(int callers, int helpers) {
  callers_ += callers;
  helpers_ += helpers;
  crowded_.store(room() < 0, std::memory_order_relaxed);
}

Work* Pool::caller_that_wants_help() {
  Work* work = called_.first();
  while (work && !work->wants_help()) work = work->next;
  return work;
}

// ---------------------------------------------------------------- callers
void Pool::run_job(const Job& job, size_t most_threads) {
  Work work(job);
  if (!add(work, most_threads)) return run_kernel(job, 0, job.length);
  work.run_pieces([] { return false; });
  remove(work);
  work.wait_for_helpers();
}

// Queues the work and calls for help. False, and nothing is done, when it is for one thread.
bool Pool::add(Work& work, size_t most_threads) {
  int wanted, missing;
  {
    const Locked locked(lock_);
    limit_ = possible_threads().count;
    const size_t limit = static_cast<size_t>(limit_);
    wanted = static_cast<int>(most_threads < limit ? most_threads : limit) - 1;
    if (wanted == 0) return false;
    work.wanted_helpers = static_cast<uint32_t>(wanted);
    called_.append(work);
    count_computing(1, 0);
    if (wanted > room()) wanted = room();
    missing = helpers_missing(wanted);
  }
  if (missing > 0) start_helpers(missing);
  if (wanted > 0) signal(wanted);
  return true;
}

// How many to start so that as many are idle. They are counted at once, so that no two callers
// start the same one.
int Pool::helpers_missing(int wanted) {
  const int missing = creation_failed_ ? 0 : wanted - (created_ - helpers_);
  if (missing <= 0) return 0;
  created_ += missing;
  return missing;
}

// Whether there is any helper now.
bool Pool::start_helpers(int count) {
  int started = 0;
  while (started < count && start_thread(helper_)) ++started;
  const Locked locked(lock_);
  started_ += started;
  created_ -= count - started;
  if (started < count) creation_failed_ = true;
  return started_ > 0;
}

// No helper joins it any more. The caller's CPU is free for another's work.
void Pool::remove(Work& work) {
  bool others;
  {
    const Locked locked(lock_);
    called_.remove(work);
    count_computing(-1, 0);
    others = (room() > 0 && caller_that_wants_help()) ||
             (has_place_for_async() && async_that_wants_help());
  }
  if (others) signal(1);
}

// ---------------------------------------------------------------- helpers
void Pool::helper(ThreadBody&) { pool.help(); }

void Pool::help() {
  for (;;) {
    // Read before the queues: a job that is not seen there changes it afterwards.
    const uint32_t seen = signals_.load(std::memory_order_acquire);
    if (!help_caller() && !help_async()) rest(seen);
  }
}

bool Pool::help_caller() {
  Work* work = join_caller();
  if (!work) return false;
  // A caller's own thread is there already: where CPUs are short, helpers give way.
  work->run_pieces([this] { return crowded_.load(std::memory_order_relaxed); });
  {
    const Locked locked(lock_);
    count_computing(0, -1);
  }
  work->leave();
  return true;
}

Work* Pool::join_caller() {
  const Locked locked(lock_);
  Work* work = room() > 0 ? caller_that_wants_help() : nullptr;
  if (!work) return nullptr;
  work->join();
  count_computing(0, 1);
  return work;
}

// Until there is a signal after the one seen. Either the signaller sees the sleeper, or the sleeper
// the signal: both orders are sequentially consistent.
void Pool::rest(uint32_t seen) {
  for (int i = 0; i < kSpins; ++i) {
    if (signals_.load(std::memory_order_relaxed) != seen) return;
    spin_pause();
  }
  sleepers_.fetch_add(1);
  sleep_while(signals_, seen);
  sleepers_.fetch_sub(1);
}

void Pool::signal(int count) {
  signals_.fetch_add(1);
  if (sleepers_.load() > 0) wake(signals_, count);
}

void run_job(const Job& job) {
  const double most_threads = threads_worth(job);
  if (most_threads < 2) return run_kernel(job, 0, job.length);
  pool.run_job(job, static_cast<size_t>(most_threads));
}

Threads threads() { return pool.threads(); }
void set_threads(int count) { pool.set_threads(count); }
void set_threads_of_environment(int count) { pool.set_threads_of_environment(count); }

}  // namespace mish::cpu
