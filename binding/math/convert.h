// Conversions between the dtypes and the arithmetic that the formulas are in: double, or float for
// the arguments of float32.h.
#pragma once

#include "half.h"

namespace mish::math {

// `wide` is an operand as a double, exactly. `rounded<T>` is a result as a T, rounded once, to
// nearest even; NaN becomes the dtype's canonical one.
MISH_FN double wide(float x) { return (double)x; }
MISH_FN double wide(float16 x) { return (double)widen(x); }
MISH_FN double wide(bfloat16 x) { return (double)widen(x); }

MISH_FN void round_to(double x, float& out) { out = canonical((float)x); }
MISH_FN void round_to(double x, double& out) { out = canonical(x); }
MISH_FN void round_to(double x, float16& out) { out = narrow_float16(x); }
MISH_FN void round_to(double x, bfloat16& out) { out = narrow_bfloat16(x); }

template <class T>
MISH_FN T rounded(double x) {
  T out;
  round_to(x, out);
  return out;
}

// The argument of float32.h's or float64.h's functions, exactly.
MISH_FN float argument(float x) { return x; }
MISH_FN double argument(double x) { return x; }
MISH_FN float argument(float16 x) { return widen(x); }
MISH_FN float argument(bfloat16 x) { return widen(x); }

}  // namespace mish::math
