// The pool: what pool.h promises.
#include "pool.h"

#include "cpu_count.h"
#include "work.h"

namespace mish::cpu {
namespace {

// A job gets one thread for each so much work: two from 48 us on. There a helper that has to be
// woken, on an idle CPU of a virtual machine, costs as much as it gains; float32 forward, two
// threads against one: 1.5 at 27 us, 0.85 to 1.02 at 50, 0.76 at 119, 0.65 at 234, 0.58 at 480. One
// that still looks gains from 27 us on (0.54). Where no CPU is free, calling for help costs 2 to 4
// us.
constexpr double kThreadNs = 24000;

// Constant-initialised and never destroyed: nothing happens when the addon is loaded or the process
// ends.
class Pool {
 public:
  void run(const Job& job, size_t most_threads);
  Threads threads();
  void set_threads(int count);
  void set_threads_of_environment(int count);

 private:
  static void helper();

  // ---- callers
  bool add(Work& work, size_t most_threads);
  void remove(Work& work);
  void start_helpers(int count);

  // ---- helpers
  void help();
  Work* join();
  void leave(Work& work);
  void rest(uint32_t seen);
  void signal(int count);

  // ---- under the lock
  Threads wanted_threads();
  Threads possible_threads();
  void count_computing(int callers, int helpers);
  int room() const { return limit_ - callers_ - helpers_; }
  Work* first_that_wants_help();

  Lock lock_;
  Work* first_ = nullptr;          // the queue, oldest first
  int limit_ = 1;                  // threads, as the last job found it
  int callers_ = 0, helpers_ = 0;  // that compute now
  int created_ = 0;                // helpers that there are
  bool creation_failed_ = false;   // so it is not tried again and again
  int of_call_ = 0, of_environment_ = 0;
  CpuCount usable_ = {0, nullptr};  // asked for when needed

  std::atomic<bool> crowded_{false};  // more threads compute than the limit
  Word signals_{0};                   // changes whenever helpers have reason to look at the queue
  std::atomic<int> sleepers_{0};
};

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

// ---------------------------------------------------------------- the queue
void Pool::count_computing(int callers, int helpers) {
  callers_ += callers;
  helpers_ += helpers;
  crowded_.store(room() < 0, std::memory_order_relaxed);
}

Work* Pool::first_that_wants_help() {
  Work* work = first_;
  while (work && !work->wants_help()) work = work->next;
  return work;
}

// ---------------------------------------------------------------- callers
void Pool::run(const Job& job, size_t most_threads) {
  Work work(job);
  if (!add(work, most_threads)) return run_range(job, 0, job.length);
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
    Work** end = &first_;
    while (*end) end = &(*end)->next;
    *end = &work;
    count_computing(1, 0);
    if (wanted > room()) wanted = room();
    const int idle = created_ - helpers_;
    missing = creation_failed_ ? 0 : wanted - idle;
    if (missing > 0) created_ += missing;
  }
  if (missing > 0) start_helpers(missing);
  if (wanted > 0) signal(wanted);
  return true;
}

// They are counted already, so that no two callers start the same one.
void Pool::start_helpers(int count) {
  while (count > 0 && start_thread(helper)) --count;
  if (count == 0) return;
  const Locked locked(lock_);
  created_ -= count;
  creation_failed_ = true;
}

// No helper joins it any more. The caller's CPU is free for another's work.
void Pool::remove(Work& work) {
  bool others;
  {
    const Locked locked(lock_);
    Work** at = &first_;
    while (*at != &work) at = &(*at)->next;
    *at = work.next;
    count_computing(-1, 0);
    others = room() > 0 && first_that_wants_help();
  }
  if (others) signal(1);
}

// ---------------------------------------------------------------- helpers
void Pool::helper() { pool.help(); }

void Pool::help() {
  for (;;) {
    // Read before the queue: a job that is not seen there changes it afterwards.
    const uint32_t seen = signals_.load(std::memory_order_acquire);
    if (Work* work = join()) {
      // A caller's own thread is there already: where CPUs are short, helpers give way.
      work->run_pieces([this] { return crowded_.load(std::memory_order_relaxed); });
      leave(*work);
    } else {
      rest(seen);
    }
  }
}

Work* Pool::join() {
  const Locked locked(lock_);
  Work* work = room() > 0 ? first_that_wants_help() : nullptr;
  if (!work) return nullptr;
  work->join();
  count_computing(0, 1);
  return work;
}

void Pool::leave(Work& work) {
  {
    const Locked locked(lock_);
    count_computing(0, -1);
  }
  work.leave();
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

}  // namespace

void run(const Job& job) {
  const double most_threads = static_cast<double>(job.length) * job.element_ns / kThreadNs;
  if (most_threads < 2) return run_range(job, 0, job.length);
  pool.run(job, static_cast<size_t>(most_threads));
}

Threads threads() { return pool.threads(); }
void set_threads(int count) { pool.set_threads(count); }
void set_threads_of_environment(int count) { pool.set_threads_of_environment(count); }

}  // namespace mish::cpu
