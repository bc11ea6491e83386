// The entries of candidates.h: quotients from the GPU's estimates of reciprocals. The only
// constants are those of binding/math.
#include "candidates.h"
#include "grid_loop.h"

namespace mish::cuda {

// ---------------------------------------------------------------- float32: factor of backward
// a / d: the reciprocal is nearly always the correctly rounded one, and the residual corrects the
// rest (0 of 2^32 random d had another reciprocal on an H200).
struct ByCorrectedReciprocal {
  MISH_FN double divide(double a, double d) {
    const double estimate = ByReciprocal::divide(1.0, d);
    const double y = math::fma(math::fma(-d, estimate, 1.0), estimate, estimate);
    const double q = a * y;
    return math::fma(math::fma(-q, d, a), y, q);
  }
};

struct FactorByReciprocal : ByFormula<float> {
  MISH_FN double factor(float x) {
    const double f1 = math::derivative_in_double<ByCorrectedReciprocal::divide>(x);
    return math::is_negative_infinity(x) ? -0.0 : f1;
  }
  MISH_FN float backward(float x, float dy, const HalfTables*) {
    return math::rounded<float>(factor(x) * (double)dy);
  }
};

// 0 where both factors are the same number, 1 elsewhere.
struct FactorProof : Operation<Op::derivative, float> {
  MISH_FN void compute(const float* in, float* out, const HalfTables*) {
    const double ours = math::canonical(FactorByReciprocal::factor(in[0]));
    const double theirs = math::canonical(math::derivative_factor(in[0]));
    out[0] = math::bits_of(ours) == math::bits_of(theirs) ? 0.0f : 1.0f;
  }
};

// ---------------------------------------------------------------- float32_fast
// a / d: float32_fast.h's f and f' with it had the same bits for every x on an H200.
MISH_FN float divide_by_estimate(float a, float d) {
  float estimate;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(estimate) : "f"(d));
  const float q = a * estimate;
  return math::fma(math::fma(-q, d, a), estimate, q);
}

// float32_fast.h with another division.
struct FastByEstimate : ByFormula<float32_fast> {
  MISH_FN float32_fast forward(float32_fast x_whole, const HalfTables*) {
    const float x = math::clamp_below(x_whole.value, math::kFastLow);
    const math::SplitExp e = math::split_exp(math::clamp_above_or_nan(x, math::kFastHigh));
    const float n = math::fma(e.w, e.w, e.w + e.w);
    const float scaled =
        math::float_of(math::bits_of(x) + (math::bits_of(e.rest) - math::bits_of(1.0f)));
    return {math::canonical(scaled * divide_by_estimate(n, n + 2.0f))};
  }
  MISH_FN float32_fast derivative(float32_fast x_whole, const HalfTables*) {
    using namespace math;
    const float x = clamp_above(clamp_below(x_whole.value, kFastLow), kFastHigh);
    const SplitExp e = split_exp(x);
    const float w = e.w, d = fma(w, w + 2.0f, 2.0f);
    const float cubic = w * fma(w, w + 4.0f, 2.0f);
    const float bracket = fma(fma(4.0f, x, 4.0f), w + 1.0f, cubic);
    return {canonical(divide_by_estimate(w * bracket, d * d) * e.rest)};
  }
};

}  // namespace mish::cuda

#define CANDIDATE(name, ...)                                              \
  extern "C" __global__ void candidate_##name(                            \
      const __grid_constant__ mish::cuda::Parameters parameters) {        \
    using namespace mish::cuda;                                           \
    const Position at = {blockIdx.x, gridDim.x, threadIdx.x, blockDim.x}; \
    run_thread<__VA_ARGS__>(parameters, at);                              \
  }

CANDIDATE(forward_float32, Operation<mish::Op::forward, float, ByQuotient<ByReciprocal>>)
CANDIDATE(derivative_float32, Operation<mish::Op::derivative, float, ByQuotient<ByReciprocal>>)
CANDIDATE(second_derivative_float32,
          Operation<mish::Op::second_derivative, float, ByQuotient<ByReciprocal>>)
CANDIDATE(backward_float32, Operation<mish::Op::backward, float, FactorByReciprocal>)
CANDIDATE(backward_float32_proof, FactorProof)
CANDIDATE(forward_float32_fast, Operation<mish::Op::forward, float32_fast, FastByEstimate>)
CANDIDATE(derivative_float32_fast, Operation<mish::Op::derivative, float32_fast, FastByEstimate>)
