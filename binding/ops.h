// The operations and dtypes that native kernels exist for: the one list behind the kernel tables
// and behind the names that JavaScript sees. Order is not part of any contract; names are.
#pragma once

#include <stddef.h>

namespace mish {

enum class Op {
  forward,
  derivative,
  second_derivative,
  backward,
  backward_accumulate,
  double_backward,
};

struct OpInfo {
  const char* name;
  int inputs, outputs;
  bool reads_output;  // an output is also an operand, so it may not be one of the inputs
};

// Indexed by Op.
constexpr OpInfo kOps[] = {
    {"forward", 1, 1, false},            // x -> y
    {"derivative", 1, 1, false},         // x -> f'(x)
    {"secondDerivative", 1, 1, false},   // x -> f''(x)
    {"backward", 2, 1, false},           // x, dy -> dx
    {"backwardAccumulate", 2, 1, true},  // x, dy, dx -> dx
    {"doubleBackward", 3, 2, false},     // x, dy, ddx -> gradient of x, gradient of dy
};
constexpr int kOpCount = sizeof kOps / sizeof *kOps;
constexpr int kMaxInputs = 3, kMaxOutputs = 2;

// float32_fast is a dtype of the kernels only: float32 in precision 'fast'.
enum class Dtype { float32, float64, float16, bfloat16, float32_fast };

struct DtypeInfo {
  const char* name;
  size_t bytes;
};

// Indexed by Dtype.
constexpr DtypeInfo kDtypes[] = {
    {"float32", 4}, {"float64", 8}, {"float16", 2}, {"bfloat16", 2}, {"float32Fast", 4}};
constexpr int kDtypeCount = sizeof kDtypes / sizeof *kDtypes;

}  // namespace mish
