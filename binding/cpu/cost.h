// Rough time per element on one thread: enough to say whether a second thread pays.
#pragma once

#include "../ops.h"

namespace mish::cpu {

// Nanoseconds in cache, measured on a Sapphire Rapids with AVX-512, gcc 12 (forward of float16 and
// bfloat16 on a Zen 4); with AVX2 alone it is 1.6 to 2 times as much. Columns as in Dtype, rows as
// in Op.
constexpr double kElementNs[kOpCount][kDtypeCount] = {
    // float32, float64, float16, bfloat16, float32_fast
    {0.76, 1.5, 0.4, 0.35, 0.33},  // forward
    {1.2, 4.8, 2.1, 1.5, 0.39},    // derivative
    {1.4, 4.7, 2.3, 1.8, 1.4},     // second_derivative
    {1.2, 5.1, 2.8, 1.8, 0.41},    // backward
    {1.3, 4.8, 2.8, 1.9, 0.42},    // backward_accumulate
    {3.1, 10.0, 6.1, 3.9, 2.4},    // double_backward
};

constexpr bool every_cost_is_known() {
  for (const auto& row : kElementNs)
    for (double ns : row)
      if (ns <= 0) return false;
  return true;
}
static_assert(every_cost_is_known(), "a new operation or dtype needs its row or column");

}  // namespace mish::cpu
