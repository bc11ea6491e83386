// Judges float results against the reference, a block at a time, and counts by region of x.
#pragma once

#include "reference/reference.h"
#include "report.h"
#include "rounding.h"

namespace verify {

constexpr int kBlock = 4096;

// Consecutive bit patterns from `begin` on. Every begin is a multiple of 2^20, so that no block of
// a sweep lies in two regions.
struct FloatRegion {
  uint32_t begin;
  const char* name;
};
constexpr FloatRegion kFloatRegions[] = {
    {0x00000000, "[0, 2^-126)"},    {0x00800000, "[2^-126, 1.375)"},
    {0x3fb00000, "[1.375, 1.5)"},   {0x3fc00000, "[1.5, 20)"},
    {0x41a00000, "[20, inf)"},      {0x7f800000, "inf, NaN"},
    {0x80000000, "(-2^-126, -0]"},  {0x80800000, "(-0.5, -2^-126]"},
    {0xbf000000, "(-1.125, -0.5]"}, {0xbf900000, "(-1.25, -1.125]"},
    {0xbfa00000, "(-2, -1.25]"},    {0xc0000000, "(-2.25, -2]"},
    {0xc0100000, "(-2.5, -2.25]"},  {0xc0200000, "(-20, -2.5]"},
    {0xc1a00000, "(-inf, -20]"},    {0xff800000, "-inf, NaN"},
};
constexpr int kFloatRegionCount = sizeof kFloatRegions / sizeof *kFloatRegions;

inline int region_of(uint32_t bits) {
  int region = kFloatRegionCount - 1;
  while (kFloatRegions[region].begin > bits) --region;
  return region;
}

inline bool is_finite(float x) { return (bits_of(x) & 0x7fffffffu) < 0x7f800000u; }
inline bool is_nan(float x) { return (bits_of(x) & 0x7fffffffu) > 0x7f800000u; }

// The limit of a function at an infinity, or the NaN.
inline float limit(Function function, float x) {
  if (is_nan(x)) return float_of(0x7fc00000u);
  const bool positive = x > 0;
  if (function == Function::f) return positive ? x : -0.0f;
  return function == Function::f1 && positive ? 1.0f : -0.0f;
}

// 1 / ulp(v), the ulp of float32: 2^-149 at least.
VERIFY_INLINE double inverse_ulp(double v) {
  const uint64_t exponent = bits_of(v) >> 52 & 0x7ff, least = 1023 - 126;
  return double_of((2 * 1023 + 23 - (exponent < least ? least : exponent)) << 52);
}

// A block of arguments in one region, and what is exact there.
struct FloatBlock {
  int count;
  alignas(64) float x[kBlock];
  alignas(64) DoubleDouble exact[kBlock];
  alignas(64) float nearest[kBlock];
  double margin;  // the least distance from a rounding boundary, in ulp

  // Fills all but `count` and `x`.
  void evaluate(Function function);
};

// Adds to `tally`; errors are in ulp, or in `absolute_unit` unless that is 0.
void judge(const FloatBlock& block, const float* results, double absolute_unit, Tally& tally);

}  // namespace verify
