// The pool itself, for the two files that it is made of: pool.cc (callers and helpers) and
// pool_async.cc (asynchronous jobs).
#pragma once

#include "../../system/cpu_count.h"
#include "pool.h"

namespace mish::cpu {

// A job gets one thread for each so much work: two from 48 us on. There a helper that has to be
// woken, on an idle CPU of a virtual machine, costs as much as it gains; float32 forward, two
// threads against one: 1.5 at 27 us, 0.85 to 1.02 at 50, 0.76 at 119, 0.65 at 234, 0.58 at 480. One
// that still looks gains from 27 us on (0.54). Where no CPU is free, calling for help costs 2 to 4
// us.
constexpr double kThreadNs = 24000;

// How many that is, as a fraction too.
inline double threads_worth(const Job& job) {
  return static_cast<double>(job.length) * job.element_ns / kThreadNs;
}

// Constant-initialised and never destroyed: nothing happens when the addon is loaded or the process
// ends.
class Pool {
 public:
  void run_job(const Job& job, size_t most_threads);
  bool submit(AsyncWork& work, size_t most_threads);
  void withdraw(Owner& owner);
  Threads threads();
  void set_threads(int count);
  void set_threads_of_environment(int count);

 private:
  static void helper(ThreadBody&);

  // ---- callers
  bool add(Work& work, size_t most_threads);
  void remove(Work& work);
  int helpers_missing(int wanted);
  bool start_helpers(int count);

  // ---- helpers
  void help();
  bool help_caller();
  bool help_async();
  Work* join_caller();
  AsyncWork* join_async(bool* gives_way, bool* more);
  void leave_async(AsyncWork& work);
  void rest(uint32_t seen);
  void signal(int count);

  // ---- under the lock
  Threads wanted_threads();
  Threads possible_threads();
  void count_computing(int callers, int helpers);
  int room() const { return limit_ - callers_ - helpers_; }
  int most_async_helpers() const { return limit_ > 1 ? limit_ - 1 : 1; }
  bool has_place_for_async() const;
  Work* caller_that_wants_help();
  AsyncWork* async_that_wants_help();
  void append_async(AsyncWork& work);
  void remove_async(Work& work);

  ThreadBody helper_{helper};
  Lock lock_;
  Queue called_, async_;
  int limit_ = 1;                  // threads, as the last job found it
  int callers_ = 0, helpers_ = 0;  // that compute now
  int async_helpers_ = 0;          // those of the helpers that are at asynchronous jobs
  size_t async_wanted_ = 0;        // what all asynchronous jobs that are not finished want
  int created_ = 0;                // helpers that there are, or that a thread is about to start
  int started_ = 0;                // those of them that there are
  bool creation_failed_ = false;   // so it is not tried again and again
  int of_call_ = 0, of_environment_ = 0;
  CpuCount usable_ = {0, nullptr};  // asked for when needed

  std::atomic<bool> crowded_{false};  // more threads compute than the limit
  Word signals_{0};                   // changes whenever helpers have reason to look at the queue
  std::atomic<int> sleepers_{0};
};

extern Pool pool;

}  // namespace mish::cpu
