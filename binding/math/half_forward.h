// Mish of float16 and bfloat16 in float arithmetic, correctly rounded for all 65,536 inputs of each
// (npm run verify, "float16 f" and "bfloat16 f"). Other functions here are steps of these two, and
// proven with them.
//
// Rounding the nearest float again would be wrong at five float16 inputs, so float's errors have to
// fall to the right side: the constants here do that, found by
// scripts/constants/search-half-forward.cc for this order of evaluation. To 16 bits it is rounded
// by adding half a last place, since at every float result that lies on a tie, up is right.
#pragma once

#include "float32_fast.h"
#include "half.h"

namespace mish::math {

// e^x = e^r 2^k, with k = round(x / unit) left in the low bits of `shifted`.
struct HalfReduced {
  float r;
  uint32_t shifted;
};

MISH_FN HalfReduced reduce_for_half(float x, float per_unit, float unit) {
  const float shifted = fma(x, per_unit, kRoundFloatToInteger);
  return {fma(kRoundFloatToInteger - shifted, unit, x), bits_of(shifted)};
}

// e^x for x in [-45, 18]: ln 2, and the coefficients of degree 5. That of r is 1.
struct Float16Exp {
  float unit, c0, c2, c3, c4, c5;
};
constexpr Float16Exp kFloat16Exp = {0x1.62e432p-1f, 0x1.fffffap-1f, 0x1.ffff2cp-2f,
                                    0x1.5559f2p-3f, 0x1.56c39ap-5f, 0x1.0f4348p-7f};

MISH_FN float exp_for_float16(float x, Float16Exp c) {
  const HalfReduced e = reduce_for_half(x, kFloatLog2e, c.unit);
  const float r = e.r, r2 = r * r;
  const float c23 = fma(c.c3, r, c.c2);
  const float c45 = fma(c.c5, r, c.c4);
  const float p = c.c0 + fma(fma(c45, r2, c23), r2, r);
  return float_of(bits_of(p) + (e.shifted << 23));
}

// e^x for x in [-150, 18] as the square of e^(x/2): 2 ln 2, and the coefficients of degree 4.
// That of 1 is 1. Squared, it may be subnormal, but there a bfloat16 result has few bits.
constexpr float kHalfLog2e = 0x1.715476p-1f;
struct Bfloat16Exp {
  float unit, c1, c2, c3, c4;
};
constexpr Bfloat16Exp kBfloat16Exp = {0x1.62e42cp+0f, 0x1.ffffe6p-2f, 0x1.fffa7ep-4f,
                                      0x1.565cb4p-6f, 0x1.54ddf2p-9f};

MISH_FN float exp_for_bfloat16(float x, Bfloat16Exp c) {
  const HalfReduced e = reduce_for_half(x, kHalfLog2e, c.unit);
  const float r = e.r, r2 = r * r;
  const float c01 = fma(c.c1, r, 1.0f);
  const float c23 = fma(c.c3, r, c.c2);
  const float p = fma(fma(c.c4, r2, c23), r2, c01);
  const float root = float_of(bits_of(p) + (e.shifted << 23));
  return root * root;
}

// f, the nearest float16. The bits of a float16, moved to where a float has them, are the float x
// 2^-112. The result has that scale again, so that moving it back rounds it as a float16,
// subnormals too.
MISH_FN float16 forward_in_float(float16 h, Float16Exp constants = kFloat16Exp) {
  const uint32_t moved = ((uint32_t)(int32_t)(int16_t)h.bits << 13) & 0x8fffffffu;
  const float scaled = float_of(moved), x = clamp_below_or_nan(scaled * 0x1p112f, -45.0f);
  const float w = exp_for_float16(clamp_above_or_nan(x, kFastHigh), constants);
  const uint32_t y = bits_of(scaled * quotient_in_float(w)) + 0x1000u;
  const uint16_t magnitude = h.bits & 0x7fffu, sign = h.bits & 0x8000u;
  const uint16_t rounded = (uint16_t)(y >> 13) | sign;
  return {magnitude > 0x7c00u ? (uint16_t)0x7e00u : rounded};
}

// f, the nearest bfloat16.
MISH_FN bfloat16 forward_in_float(bfloat16 h, Bfloat16Exp constants = kBfloat16Exp) {
  const float x = clamp_below_or_nan(widen(h), kFastLow);
  const float w = exp_for_bfloat16(clamp_above_or_nan(x, kFastHigh), constants);
  const float y = x * quotient_in_float(w);
  const uint16_t magnitude = h.bits & 0x7fffu, rounded = (uint16_t)((bits_of(y) + 0x8000u) >> 16);
  return {magnitude > 0x7f80u ? (uint16_t)0x7fc0u : rounded};
}

}  // namespace mish::math
