// What one thread takes for an element, roughly: enough to say whether a second thread pays.
#pragma once

#include "../ops.h"

namespace mish::cpu {

// Nanoseconds for each operand of an element, measured on a Sapphire Rapids with AVX-512:
// operations of a dtype are within a factor of 1.5 of it, float64 within 2.
constexpr double operand_ns(Dtype dtype) {
  switch (dtype) {
    case Dtype::float64:
      return 1.8;
    case Dtype::float16:
      return 1.1;
    case Dtype::bfloat16:
      return 0.75;
    default:
      return 0.5;
  }
}

constexpr double element_ns(const OpInfo& op, Dtype dtype) {
  return (op.inputs + op.outputs + (op.reads_output ? 1 : 0)) * operand_ns(dtype);
}

}  // namespace mish::cpu
