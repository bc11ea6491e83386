// The judgement of blocks of float results: what float_judge.h promises.
#include "float_judge.h"

namespace verify {

void FloatBlock::evaluate(Function function) {
  margin = 0.5;
  if (!is_finite(x[0])) {
    for (int i = 0; i < count; ++i) nearest[i] = limit(function, x[i]);
    return;
  }
  reference_of_floats(function, x, exact, count);
  double least = 0.5;
  for (int i = 0; i < count; ++i) {
    nearest[i] = nearest_float(exact[i]);
    const double distance = distance_from_boundary(exact[i], nearest[i]);
    least = distance < least ? distance : least;
  }
  margin = least;
}

// A zero that should be something, or has the wrong sign; NaN is never right here.
VERIFY_INLINE bool is_wrong(float result, DoubleDouble exact, float nearest) {
  const bool false_zero = absolute(exact.hi) >= 0x1p-149;
  const bool wrong_sign = bits_of(result) >> 31 != bits_of(nearest) >> 31;
  return result == 0.0f ? false_zero || wrong_sign : result != result;
}

static void judge_finite(const FloatBlock& block, const float* results, double inverse_unit,
                         Tally& tally) {
  static thread_local double errors[kBlock];
  int64_t misrounded = 0;
  double worst = 0.0;
  for (int i = 0; i < block.count; ++i) {
    const DoubleDouble v = block.exact[i];
    const double distance = absolute((results[i] - v.hi) - v.lo);
    const double error = distance * (inverse_unit != 0.0 ? inverse_unit : inverse_ulp(v.hi));
    errors[i] = is_wrong(results[i], v, block.nearest[i]) ? 1.0 / 0.0 : error;
    worst = errors[i] > worst ? errors[i] : worst;
    misrounded += bits_of(results[i]) != bits_of(block.nearest[i]);
  }
  tally.misrounded += misrounded;
  if (worst <= tally.worst) return;
  for (int i = 0; i < block.count; ++i) tally.worse(errors[i], bits_of(block.x[i]));
}

void judge(const FloatBlock& block, const float* results, double absolute_unit, Tally& tally) {
  tally.inputs += block.count;
  if (block.margin < tally.margin) tally.margin = block.margin;
  if (is_finite(block.x[0])) {
    const double inverse_unit = absolute_unit == 0.0 ? 0.0 : 1.0 / absolute_unit;
    return judge_finite(block, results, inverse_unit, tally);
  }
  for (int i = 0; i < block.count; ++i) {
    if (bits_of(results[i]) == bits_of(block.nearest[i])) continue;
    ++tally.misrounded;
    tally.worse(1.0 / 0.0, bits_of(block.x[i]));
  }
}

}  // namespace verify
