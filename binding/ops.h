// The operations and dtypes that native kernels exist for. One row per operation makes the
// enumeration, the names that JavaScript sees, the CPU kernel tables, and the CUDA entries with
// their names. The order is not part of any contract; the names are.
#pragma once

#include <stddef.h>

namespace mish {

// ---------------------------------------------------------------- dtypes
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

// ---------------------------------------------------------------- operations
// identifier, name in JavaScript, inputs, outputs, whether an output is also an operand, and the
// dtype whose kernel serves float32_fast: f'' is always exact. The identifier names the kernel
// template of cpu/kernels.cc and the functions of math/mish.h and cuda/device/device_functions.h.
#define MISH_OPS(OP)                                                                            \
  OP(forward, "forward", 1, 1, false, float32_fast)                       /* x -> y */          \
  OP(derivative, "derivative", 1, 1, false, float32_fast)                 /* x -> f'(x) */      \
  OP(second_derivative, "secondDerivative", 1, 1, false, float32)         /* x -> f''(x) */     \
  OP(backward, "backward", 2, 1, false, float32_fast)                     /* x, dy -> dx */     \
  OP(backward_accumulate, "backwardAccumulate", 2, 1, true, float32_fast) /* x, dy, dx -> dx */ \
  OP(double_backward, "doubleBackward", 3, 2, false, float32_fast) /* x, dy, ddx -> dx, ddy */

enum class Op {
#define MISH_OP_ENUMERATOR(op, ...) op,
  MISH_OPS(MISH_OP_ENUMERATOR)
#undef MISH_OP_ENUMERATOR
};

struct OpInfo {
  const char* name;
  int inputs, outputs;
  bool reads_output;  // an output is also an operand, so it may not be one of the inputs
  Dtype fast;         // the dtype whose kernel serves float32_fast
};

// Indexed by Op.
constexpr OpInfo kOps[] = {
#define MISH_OP_INFO(op, name, inputs, outputs, reads_output, fast) \
  {name, inputs, outputs, reads_output, Dtype::fast},
    MISH_OPS(MISH_OP_INFO)
#undef MISH_OP_INFO
};
constexpr int kOpCount = sizeof kOps / sizeof *kOps;
constexpr int kMaxInputs = 3, kMaxOutputs = 2;

constexpr bool every_op_fits() {
  for (const OpInfo& op : kOps)
    if (op.inputs + op.reads_output > kMaxInputs || op.outputs > kMaxOutputs) return false;
  return true;
}
static_assert(every_op_fits(), "kernels take at most so many operands");

}  // namespace mish
