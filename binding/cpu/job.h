// A job: one operation over whole operands. It may be run in ranges, in any order, on any threads.
#pragma once

#include "fp_environment.h"
#include "kernels.h"

namespace mish::cpu {

struct Job {
  Kernel kernel;
  Operands operands;
  size_t length;  // elements
};

// Runs elements [begin, end) on the calling thread, under the default floating-point environment.
inline void run_range(const Job& job, size_t begin, size_t end) {
  const DefaultFpEnvironment environment;
  job.kernel(job.operands, begin, end);
}

inline void run(const Job& job) { run_range(job, 0, job.length); }

}  // namespace mish::cpu
