// Cheaper instructions that a kernel could be made of, on architectures where a check shows that
// they change no bit: what candidates.cu has, for gpu-check alone. None of it is shipped.
#pragma once

#include "kernel_abi.h"

namespace mish::cuda {

// All take Parameters, laid out by plan(), of the operation and dtype whose kernel they would
// replace. Compared with that kernel they are to give the same bits for every bit pattern of x:
// 2^32 of float32, 65,536 of the half types.
struct Candidate {
  const char *name, *entry;
  Op op;
  Dtype dtype;
  // Where x is not the only operand: an entry that takes x alone, as `derivative` does, and writes
  // 0 where what x gives to the result has the same bits, 1 elsewhere.
  const char* proof;
  unsigned block_threads = kBlockThreads;
  unsigned shared_bytes = 0;              // dynamic: more than 48 KiB have to be asked for
  unsigned blocks_of_multiprocessor = 0;  // at most; 0: as planned
};

constexpr unsigned kTableBytes = HalfTables::kEntries * sizeof(uint16_t);

// A name says how the quotient or the exponential is made. Most were right for every x on an H200
// (bench/results, h200-formulas); of these the cubic step alone is taken there, as with tables, and
// with fast's IEEE division, kernels were near memory speed already.
constexpr Candidate kCandidates[] = {
    {"cubic step", "candidate_forward_float32", Op::forward, Dtype::float32, nullptr},
    {"cubic step", "candidate_derivative_float32", Op::derivative, Dtype::float32, nullptr},
    {"cubic step", "candidate_second_derivative_float32", Op::second_derivative, Dtype::float32,
     nullptr},
    {"cubic step, Newton step, residual", "candidate_backward_float32", Op::backward,
     Dtype::float32, "candidate_backward_float32_proof"},
    {"rcp, residual", "candidate_forward_float32_fast", Op::forward, Dtype::float32_fast, nullptr},
    {"rcp, residual", "candidate_derivative_float32_fast", Op::derivative, Dtype::float32_fast,
     nullptr},
    {"rcp, Newton step, residual", "candidate_forward_float32_fast_newton", Op::forward,
     Dtype::float32_fast, nullptr},
    {"rcp, Newton step, residual", "candidate_derivative_float32_fast_newton", Op::derivative,
     Dtype::float32_fast, nullptr},
    {"ex2, rcp", "candidate_forward_float16", Op::forward, Dtype::float16, nullptr},
    {"ex2, rcp", "candidate_derivative_float16", Op::derivative, Dtype::float16, nullptr},
    {"ex2, rcp", "candidate_forward_bfloat16", Op::forward, Dtype::bfloat16, nullptr},
    {"ex2, rcp", "candidate_derivative_bfloat16", Op::derivative, Dtype::bfloat16, nullptr},
    {"half_forward.h with rcp, Newton step, residual", "candidate_forward_float16_polynomial",
     Op::forward, Dtype::float16, nullptr},
    {"table in shared memory", "candidate_forward_float16_shared", Op::forward, Dtype::float16,
     nullptr, 512, kTableBytes, 1},
    {"table in shared memory", "candidate_forward_bfloat16_shared", Op::forward, Dtype::bfloat16,
     nullptr, 512, kTableBytes, 1},
};

}  // namespace mish::cuda
