// A job: one operation over whole operands. It may be run in ranges, in any order, on any threads.
#pragma once

#include "../system/fp_environment.h"
#include "kernels.h"

namespace mish::cpu {

struct Job {
  Kernel kernel;
  Operands operands;
  size_t length;         // elements
  size_t element_bytes;  // of each operand
  double element_ns;     // what one thread takes for it, roughly
  bool rewrites;         // an output is an input too
};

// Runs elements [begin, end) on the calling thread, under the default floating-point environment.
inline void run_kernel(const Job& job, size_t begin, size_t end) {
  const DefaultFpEnvironment environment;
  job.kernel(job.operands, begin, end);
}

}  // namespace mish::cpu
