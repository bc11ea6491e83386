// float32 Mish and its first derivative in float arithmetic only, for precision 'fast': f within 4
// ulp at every input, f' within 8 ulp outside [-2, -0.5] and within 2^-22 inside, where its root
// lies. Limits and the signs of zeros are those of float32.h; no result is a false zero.
//
// About as many instructions as the exact kernels, on vectors twice as full: 2.3 for an element of
// f with AVX-512 instead of 4.6. Seen over all 2^32 inputs (npm run verify:exhaustive, "float32Fast
// f" and "f'"): f 3.93 ulp (at -13.8), f' 6.01 (at -6.57) and 2^-23.5 beside its root. Other
// functions here are steps of these two, and bounded with them.
#pragma once

#include "exp.h"

namespace mish::math {

// An element of float32 that is to be computed so.
struct float32_fast {
  float value;
};

// e^x = w * rest, for x in [-150, 88]: w is never below 2^-100, so that it and what is made of it
// keep all bits, and rest, a power of two, is 1 wherever that will do. What it is multiplied into
// comes last, so that only there a result is rounded into the subnormal range.
struct SplitExp {
  float w, rest;
};

MISH_FN SplitExp split_exp(float x) {
  const float shifted = fma(x, kFloatLog2e, kRoundFloatToInteger),
              k = shifted - kRoundFloatToInteger;
  const float r = fma(-k, kFloatLn2Lo, fma(-k, kFloatLn2Hi, x));
  // Unsigned, so that a NaN of either sign is above kLeast and leaves rest at 1.
  constexpr uint32_t kLeast = 0x4b400000u - 100u;  // the bits of `shifted` when k is -100
  const uint32_t found = bits_of(shifted), used = found < kLeast ? kLeast : found;
  return {float_of(bits_of(exp_degree6(r)) + (used << 23)),
          float_of(((found - used) << 23) + 0x3f800000u)};
}

// Below kFastLow all results are zeros. Above kFastHigh f rounds to x and f' to 1. There the two
// quotients below are exactly 1, which at most bounds the second is not.
constexpr float kFastLow = -150.0f;
constexpr float kFastHigh = 18.0f;

// n / d of float32.h.
MISH_FN float quotient_in_float(float w) {
  const float n = fma(w, w, w + w);
  return n / (n + 2.0f);
}

// f within 4 ulp, as x rest (n / d): the division first, or x n would overflow. Multiplying x by
// `rest`, a power of two that is not 1 only where x is below -69, is exact, and adding exponents
// does it.
MISH_FN float forward_in_float(float x_whole) {
  const float x = clamp_below(x_whole, kFastLow);
  const SplitExp e = split_exp(clamp_above_or_nan(x, kFastHigh));
  return float_of(bits_of(x) + (bits_of(e.rest) - 0x3f800000u)) * quotient_in_float(e.w);
}

// f' = value * rest, within 8 ulp or 2^-22. The bracket as 4(1 + x)(1 + w) + w (2 + w (4 + w)): 1 +
// x is exact where something cancels.
struct SplitDerivative {
  float value, rest;
};

MISH_FN SplitDerivative derivative_in_float(float x_whole) {
  const float x = clamp_above(clamp_below(x_whole, kFastLow), kFastHigh);
  const SplitExp e = split_exp(x);
  const float w = e.w, d = fma(w, w + 2.0f, 2.0f);
  const float cubic = w * fma(w, w + 4.0f, 2.0f);
  const float bracket = fma(fma(4.0f, x, 4.0f), w + 1.0f, cubic);
  return {(w * bracket) / (d * d), e.rest};
}

// What multiplies in backward, f' with the same bound; -0 at -inf, as derivative_factor of
// float32.h.
MISH_FN SplitDerivative derivative_factor(float32_fast x) {
  const SplitDerivative f1 = derivative_in_float(x.value);
  return {is_negative_infinity(x.value) ? -0.0f : f1.value, f1.rest};
}

}  // namespace mish::math
