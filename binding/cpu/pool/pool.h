// The thread pool of this process: runs a job on the calling thread and, when it is large enough to
// pay, on helper threads too; or, asynchronously, on helpers alone. Callers may be any number of
// threads at once.
//
// No thread exists before the first job that is large enough, or asynchronous. Helpers are shared
// by all callers and never end: there is nothing to join at exit, and no destructor that could hang
// or change the exit code. A forked child has none of them and computes on its own; no caller waits
// for a helper that has not begun.
#pragma once

#include "async_work.h"

namespace mish::cpu {

// Runs the whole job; done when it returns.
void run_job(const Job& job);

// Leaves the job to the helpers, in turn, and returns at once: `work` is the pool's until its owner
// takes it back. Asynchronous jobs use one thread less than run_job may, at least one, so that one
// CPU is left to the event loop; where callers need the CPUs, one. False, and nothing was done,
// when the system gives no thread at all.
bool submit(AsyncWork& work);

// Ends those jobs of the owner that are aborted and that no helper is at.
void withdraw(Owner& owner);

// Threads that a large job uses, the caller's among them, and what says so: the names that
// cpu_count.h has, or "call", "environment", "failure" (the system gave no more threads).
struct Threads {
  int count;
  const char* from;
};
Threads threads();

// For all of the process, from the next job on. 0 leaves it to the environment and the system,
// which is then asked again.
void set_threads(int count);

// What threads() is unless set_threads says otherwise; 0 leaves it to the system.
void set_threads_of_environment(int count);

}  // namespace mish::cpu
