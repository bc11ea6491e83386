// Cheaper forms of shipped kernels, for npm run gpu-check alone: a form ships for the architectures
// on which gpu-check shows that it changes no bit.
#pragma once

#include "kernel_abi.h"

namespace mish::cuda {

// All take Parameters, laid out by plan(), of the operation and dtype whose kernel they would
// replace. gpu-check compares both for every bit pattern of x.
struct Candidate {
  const char *name, *entry;
  Op op;
  Dtype dtype;
  // The compute capability where it is the shipped kernel itself, 10 * major + minor; 0: none.
  int shipped_on;
  // For operations with several operands: an entry that takes x alone, as `derivative` does, and
  // writes 0 where both forms give the same factor, else 1.
  const char* proof;
};

// A name says how the quotient is made. On an H200 float32's f, f' and f'' and both fast forms were
// right for every x (bench/results, h200-formulas, 3b and 3c). The cubic step ships there; with
// fast's IEEE division kernels are near memory speed already. Halves need no candidates: by table
// they are correctly rounded and near memory speed; forms of them by ex2 and rcp were right on an
// H200 with constants searched on it (2f to 2i).
constexpr Candidate kCandidates[] = {
    {"cubic step", "candidate_forward_float32", Op::forward, Dtype::float32, 90, nullptr},
    {"cubic step", "candidate_derivative_float32", Op::derivative, Dtype::float32, 90, nullptr},
    {"cubic step", "candidate_second_derivative_float32", Op::second_derivative, Dtype::float32, 90,
     nullptr},
    {"cubic step, Newton step, residual", "candidate_backward_float32", Op::backward,
     Dtype::float32, 0, "candidate_backward_float32_proof"},
    {"rcp, residual", "candidate_forward_float32_fast", Op::forward, Dtype::float32_fast, 0,
     nullptr},
    {"rcp, residual", "candidate_derivative_float32_fast", Op::derivative, Dtype::float32_fast, 0,
     nullptr},
};

}  // namespace mish::cuda
