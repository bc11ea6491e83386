// The entries of candidates.h. What an H200 said of each: bench/results, h200-formulas, 2f to 3c.
#include "candidates.h"
#include "grid_loop.h"

namespace mish::cuda {

// ---------------------------------------------------------------- float32: factor of backward
// The reciprocal is nearly always the correctly rounded one, and the residual corrects the rest.
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

struct FactorProof : Operation<Op::derivative, float> {
  MISH_FN void compute(const float* in, float* out, const HalfTables*) {
    const double ours = math::canonical(FactorByReciprocal::factor(in[0]));
    const double theirs = math::canonical(math::derivative_factor(in[0]));
    out[0] = math::bits_of(ours) == math::bits_of(theirs) ? 0.0f : 1.0f;
  }
};

// ---------------------------------------------------------------- float: quotients, exponentials
MISH_FN float reciprocal(float d) {
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(d));
  return y;
}

template <bool newton>
MISH_FN float divide_in_float(float a, float d) {
  const float estimate = reciprocal(d);
  const float y = newton ? math::fma(math::fma(-d, estimate, 1.0f), estimate, estimate) : estimate;
  const float q = a * y;
  return math::fma(math::fma(-q, d, a), y, q);
}

// 2^x; to zero below the normal floats, or into the subnormal ones.
MISH_FN float exp2_to_zero(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
MISH_FN float exp2(float x) {
  float y;
  asm("ex2.approx.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// ---------------------------------------------------------------- float32_fast
// float32_fast.h with another division.
template <bool newton>
struct FastByReciprocal : ByFormula<float32_fast> {
  MISH_FN float32_fast forward(float32_fast x_whole, const HalfTables*) {
    const float x = math::clamp_below(x_whole.value, math::kFastLow);
    const math::SplitExp e = math::split_exp(math::clamp_above_or_nan(x, math::kFastHigh));
    const float n = math::fma(e.w, e.w, e.w + e.w);
    const float scaled =
        math::float_of(math::bits_of(x) + (math::bits_of(e.rest) - math::bits_of(1.0f)));
    return {math::canonical(scaled * divide_in_float<newton>(n, n + 2.0f))};
  }
  MISH_FN float32_fast derivative(float32_fast x_whole, const HalfTables*) {
    using namespace math;
    const float x = clamp_above(clamp_below(x_whole.value, kFastLow), kFastHigh);
    const SplitExp e = split_exp(x);
    const float w = e.w, d = fma(w, w + 2.0f, 2.0f);
    const float cubic = w * fma(w, w + 4.0f, 2.0f);
    const float bracket = fma(fma(4.0f, x, 4.0f), w + 1.0f, cubic);
    return {canonical(divide_in_float<newton>(w * bracket, d * d) * e.rest)};
  }
};

// ---------------------------------------------------------------- float16
// A float16 where float has its bits, which is 2^-112 of it; and back, half a last place up.
MISH_FN float moved(float16 h) {
  return math::float_of(((uint32_t)(int32_t)(int16_t)h.bits << 13) & 0x8fffffffu);
}
MISH_FN float16 moved_back(float y, float16 h) {
  const uint16_t rounded = (uint16_t)((math::bits_of(y) + 0x1000u) >> 13);
  const uint16_t sign = (uint16_t)(math::bits_of(y) >> 16 & 0x8000u);
  const uint16_t bits = (uint16_t)((rounded & 0x7fffu) | sign);
  return {(h.bits & 0x7fffu) > 0x7c00u ? (uint16_t)0x7e00u : bits};
}

// log2(e), what is added to its product with x, and the twos of n = w (w + 2) and of n + 2: chosen
// so that the errors of ex2 and rcp on compute capability 9.0 fall to the right side. As read from
// the record of that search: its program is gone.
struct ApproximateHalf {
  float log2e, shift, two_of_n, two_of_d;
};
constexpr ApproximateHalf kForward16 = {math::kFloatLog2e - 2 * 0x1p-23f, 2 * 0x1p-25f,
                                        2.0f - 4 * 0x1p-22f, 2.0f};
constexpr ApproximateHalf kDerivative16 = {math::kFloatLog2e, 9 * 0x1p-25f, 2.0f + 2 * 0x1p-22f,
                                           2.0f - 1 * 0x1p-22f};

struct Float16ByApproximation : ByTable<float16> {
  MISH_FN float16 forward(float16 h, const HalfTables*) {
    constexpr ApproximateHalf c = kForward16;
    const float scaled = moved(h), x = math::clamp_below_or_nan(scaled * 0x1p112f, -45.0f);
    const float most = math::clamp_above_or_nan(x, math::kFastHigh);
    const float w = exp2_to_zero(math::fma(most, c.log2e, c.shift));
    const float n = w * (w + c.two_of_n);
    return moved_back(scaled * (n * reciprocal(n + c.two_of_d)), h);
  }
  MISH_FN float16 derivative(float16 h, const HalfTables*) {
    constexpr ApproximateHalf c = kDerivative16;
    const float low = math::clamp_below_or_nan(moved(h) * 0x1p112f, -45.0f);
    const float x = math::clamp_above_or_nan(low, math::kFastHigh);
    const float w = exp2_to_zero(math::fma(x, c.log2e, c.shift));
    const float d = math::fma(w, w + c.two_of_n, c.two_of_d);
    const float cubic = w * math::fma(w, w + 4.0f, 2.0f);
    const float bracket = math::fma(math::fma(4.0f, x, 4.0f), w + 1.0f, cubic);
    return moved_back((w * bracket) * reciprocal(d * d) * 0x1p-112f, h);
  }
};

struct Float16ByPolynomial : ByTable<float16> {
  MISH_FN float16 forward(float16 h, const HalfTables*) {
    const float scaled = moved(h), x = math::clamp_below_or_nan(scaled * 0x1p112f, -45.0f);
    const float most = math::clamp_above_or_nan(x, math::kFastHigh);
    const float w = math::exp_for_float16(most, math::kFloat16Exp);
    const float n = math::fma(w, w, w + w);
    return moved_back(scaled * divide_in_float<true>(n, n + 2.0f), h);
  }
};

// ---------------------------------------------------------------- bfloat16
// Nearest even.
MISH_FN bfloat16 rounded_to_bfloat16(float y) {
  const uint32_t bits = math::bits_of(y);
  const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  return {(uint16_t)(y != y ? 0x7fc0u : rounded)};
}

struct Bfloat16ByApproximation : ByTable<bfloat16> {
  MISH_FN bfloat16 forward(bfloat16 h, const HalfTables*) {
    const float x = math::clamp_below(math::widen(h), math::kFastLow);
    const float w = exp2(math::clamp_above(x, math::kFastHigh) * math::kFloatLog2e);
    const float n = w * (w + 2.0f);
    return rounded_to_bfloat16(x * (n * reciprocal(n + 2.0f)));
  }
  MISH_FN bfloat16 derivative(bfloat16 h, const HalfTables*) {
    const float low = math::clamp_below(math::widen(h), math::kFastLow);
    const float x = math::clamp_above(low, math::kFastHigh);
    const float root = exp2_to_zero(x * (math::kFloatLog2e * 0.5f)), w = root * root;
    const float d = math::fma(w, w + 2.0f, 2.0f);
    const float cubic = w * math::fma(w, w + 4.0f, 2.0f);
    const float bracket = math::fma(math::fma(4.0f, x, 4.0f), w + 1.0f, cubic);
    return rounded_to_bfloat16((w * bracket) * reciprocal(d * d));
  }
};

// ---------------------------------------------------------------- a table in shared memory
template <class Half>
struct BySharedTable : ByTable<Half> {
  MISH_FN Half forward(Half x, const HalfTables* shared) { return {shared->forward[x.bits]}; }
};

// The copy has the table of forward alone, which is the first.
template <class Half>
MISH_FN void run_shared(const Parameters& given, const Position& at) {
  extern __shared__ uint4 table[];
  const uint4* from = reinterpret_cast<const uint4*>(given.tables->forward);
  for (uint64_t i = at.thread; i < kTableBytes / sizeof *table; i += at.threads) table[i] = from[i];
  __syncthreads();
  Parameters parameters = given;
  parameters.tables = reinterpret_cast<HalfTables*>(table);
  run_thread<Operation<Op::forward, Half, BySharedTable<Half>>>(parameters, at);
}

}  // namespace mish::cuda

#define CANDIDATE(name, ...)                                                           \
  extern "C" __global__ void candidate_##name(                                         \
      const __grid_constant__ mish::cuda::Parameters parameters) {                     \
    using namespace mish::cuda;                                                        \
    __VA_ARGS__(parameters, Position{blockIdx.x, gridDim.x, threadIdx.x, blockDim.x}); \
  }

CANDIDATE(forward_float32, run_thread<Operation<Op::forward, float, ByQuotient<ByReciprocal>>>)
CANDIDATE(derivative_float32,
          run_thread<Operation<Op::derivative, float, ByQuotient<ByReciprocal>>>)
CANDIDATE(second_derivative_float32,
          run_thread<Operation<Op::second_derivative, float, ByQuotient<ByReciprocal>>>)
CANDIDATE(backward_float32, run_thread<Operation<Op::backward, float, FactorByReciprocal>>)
CANDIDATE(backward_float32_proof, run_thread<FactorProof>)
CANDIDATE(forward_float32_fast,
          run_thread<Operation<Op::forward, float32_fast, FastByReciprocal<false>>>)
CANDIDATE(derivative_float32_fast,
          run_thread<Operation<Op::derivative, float32_fast, FastByReciprocal<false>>>)
CANDIDATE(forward_float32_fast_newton,
          run_thread<Operation<Op::forward, float32_fast, FastByReciprocal<true>>>)
CANDIDATE(derivative_float32_fast_newton,
          run_thread<Operation<Op::derivative, float32_fast, FastByReciprocal<true>>>)
CANDIDATE(forward_float16, run_thread<Operation<Op::forward, float16, Float16ByApproximation>>)
CANDIDATE(derivative_float16,
          run_thread<Operation<Op::derivative, float16, Float16ByApproximation>>)
CANDIDATE(forward_float16_polynomial,
          run_thread<Operation<Op::forward, float16, Float16ByPolynomial>>)
CANDIDATE(forward_bfloat16, run_thread<Operation<Op::forward, bfloat16, Bfloat16ByApproximation>>)
CANDIDATE(derivative_bfloat16,
          run_thread<Operation<Op::derivative, bfloat16, Bfloat16ByApproximation>>)
CANDIDATE(forward_float16_shared, run_shared<float16>)
CANDIDATE(forward_bfloat16_shared, run_shared<bfloat16>)
