// Rounds the reference to float32 and says how far it is from where the rounding would change.
#pragma once

#include "reference/double_double.h"

namespace verify {

// hi + lo as a double that any rounding to fewer than 52 bits cannot tell from it: truncated, with
// the last bit set when anything was lost.
VERIFY_INLINE double round_to_odd(DoubleDouble v) {
  const uint64_t bits = bits_of(v.hi);
  const bool inexact_and_even = (v.lo != 0.0) & !(bits & 1);
  const uint64_t towards_lo = is_negative(v.hi) == is_negative(v.lo) ? 1 : ~(uint64_t)0;
  return double_of(bits + (inexact_and_even ? towards_lo : 0));
}

// The float nearest to hi + lo, ties to even.
VERIFY_INLINE float nearest_float(DoubleDouble v) { return (float)round_to_odd(v); }

// The distance of hi + lo from the nearest rounding boundary, in units of the gap between the two
// floats around it; `nearest` is nearest_float(v). NaN where v is zero.
VERIFY_INLINE double distance_from_boundary(DoubleDouble v, float nearest) {
  const double error = (v.hi - (double)nearest) + v.lo;
  const uint32_t bits = bits_of(nearest);
  const bool outward = is_negative(error) == (bits >> 31 != 0);
  const float neighbour = float_of(outward ? bits + 1 : bits - 1);
  return 0.5 - absolute(error) / absolute((double)neighbour - (double)nearest);
}

}  // namespace verify
