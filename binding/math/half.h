// float16 and bfloat16 as raw bits: exact widening to float32, and narrowing from double with one
// correct rounding (nearest even), by integer and float steps that every compiler here vectorises
// (gcc 12 does not vectorise _Float16: 4 to 39 ns per element).
#pragma once

#include "bits.h"

namespace mish::math {

struct float16 {
  uint16_t bits;
};
struct bfloat16 {
  uint16_t bits;
};

// The float32 that a later rounding to fewer bits cannot tell from `x`: truncated, with the last
// bit set when anything was lost (round to odd). Rounding to float32 nearest first would round
// twice, and misround results that lie near the middle between two halves.
MISH_FN float round_to_odd(double x) {
  const float nearest = (float)x;
  const double back = (double)nearest;
  uint32_t bits = bits_of(nearest);
  constexpr uint64_t kMagnitude = 0x7fffffffffffffffu;
  bits -= double_of(bits_of(back) & kMagnitude) > double_of(bits_of(x) & kMagnitude) ? 1u : 0u;
  bits |= back != x ? 1u : 0u;
  return float_of(bits);
}

// Exact.
MISH_FN float widen(bfloat16 h) { return float_of((uint32_t)h.bits << 16); }

// Exact. Shifted into place, a float16 is off by 2^112 in its exponent; the product is exact for
// subnormals too. Infinity and NaN (at or above 0x7c00) get their exponent filled in.
MISH_FN float widen(float16 h) {
  const uint32_t sign = (uint32_t)(h.bits & 0x8000u) << 16;
  const uint32_t magnitude = (uint32_t)(h.bits & 0x7fffu) << 13;
  const uint32_t scaled = bits_of(float_of(magnitude) * 0x1p112f);
  return float_of((magnitude >= 0x0f800000u ? scaled | 0x7f800000u : scaled) | sign);
}

// double -> bfloat16, correctly rounded: nearest even on the upper half of the bits.
MISH_FN bfloat16 narrow_bfloat16(double x) {
  const uint32_t bits = bits_of(round_to_odd(x));
  const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  return {(uint16_t)(x != x ? 0x7fc0u : rounded)};
}

// double -> float16, correctly rounded. Adding and subtracting 2^13 times the operand's power of
// two (at least 2^-14, where subnormals begin) rounds at float16's last bit, nearest even.
MISH_FN float16 narrow_float16(double x) {
  const uint32_t bits = bits_of(round_to_odd(x));
  const uint32_t sign = (bits >> 16) & 0x8000u;
  const float magnitude = clamp_above(float_of(bits & 0x7fffffffu), 65536.0f);
  const uint32_t exponent = bits_of(magnitude) & 0x7f800000u;
  const uint32_t at_least_normal = exponent < 0x38800000u ? 0x38800000u : exponent;
  const float magic = float_of(at_least_normal + (13u << 23));
  const float rounded = (magnitude + magic) - magic;
  const uint32_t half = bits_of(rounded * 0x1p-112f) >> 13;
  return {(uint16_t)(x != x ? 0x7e00u : (half > 0x7c00u ? 0x7c00u : half) | sign)};
}

}  // namespace mish::math
