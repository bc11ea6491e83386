// The loops of one ISA level: this file is compiled once per level, with MISH_ISA naming the
// namespace and MISH_ISA_NAME the level. The body of each loop is one call into math/mish.h, but
// for derivatives of halves.
//
// Nothing here has external linkage but the table, and the compiler vectorises every loop: clang 19
// at -O2, gcc 12 at -O3 -fno-math-errno -fno-trapping-math.
#include "kernels.h"

#include "../math/mish.h"
#include "../system/compiler.h"
#include "loops.h"

namespace mish::cpu::MISH_ISA {
namespace {

// Vectors side by side in a long block. Zen 4, AVX-512, clang 19, ns an element of forward with 2,
// 4 and 8: float32 0.73, 0.72, 0.73; fast 0.32, 0.29, 0.46; float16 0.37, 0.34, 0.31; bfloat16 with
// 4 and 8 0.30, 0.31.
template <class T>
constexpr int kSideBySide = 4;
template <class T>
constexpr int kForwardSideBySide = kSideBySide<T>;
template <>
constexpr int kForwardSideBySide<math::float16> = 8;

// All forwards but this one wait for memory when they are streamed.
template <class T>
constexpr bool kForwardWaits = true;
template <>
[[maybe_unused]] constexpr bool kForwardWaits<math::float16> = false;  // arm64 has no streaming

// gcc 12 cannot be told, and at x86-64-v3 is no slower on short blocks of float32, with 10 KB less;
// at v4 it is by 9 %, as it keeps constants in registers over long ones only.
#if defined(__AVX2__) && !defined(__AVX512F__) && !defined(__clang__)
template <>
constexpr int kSideBySide<float> = 1;
#endif

// `kernel` is the one that calls this.
template <class T, int kInputCount, int kOutputCount, int kVectors = kSideBySide<T>,
          bool kWaitsForMemory = false, class Each>
MISH_FN void run(Kernel kernel, const Operands& o, size_t begin, size_t end, Each each) {
  if constexpr (kWaitsForMemory) {
    constexpr int kInFlight = kVectors < 4 ? 4 : kVectors;
    if (o.streamed)
      begin = run_streamed_in_loop<T, kInputCount, kInFlight>(kernel, o, begin, end, each);
  } else if (o.streamed) {
    begin = run_streamed(kernel, {sizeof(T), kInputCount, kOutputCount}, o, begin, end);
  }
  run_range<T, kInputCount, kOutputCount, kVectors>(o, begin, end, each);
}

// ---- halves. Their f' and f'' are computed a piece at a time: x widened, factors made of it by
// float32's kernels, and these given to `each`. With the whole computation in loops of their own,
// where four vectors of doubles stand against one of halves, ten kernels took 98 KB at x86-64-v3
// and 84 KB at v4 (gcc 12), and derivatives were slower by a fifth; so they take 32 and 19.
template <class T>
constexpr bool kIsHalf = sizeof(T) == 2;
constexpr size_t kPiece = 512;

// As above. For gcc 12 long blocks are 23 KB a level, 4 % faster at x86-64-v4 and no faster at v3.
template <int kInputCount, int kOutputCount>
#if defined(__clang__)
constexpr int kHalvesSideBySide = kInputCount == 1 ? 1 : 4 / kOutputCount;
#else
constexpr int kHalvesSideBySide = 1;
#endif

template <class T, int kInputCount, int kOutputCount, Kernel... kFactors, class Each>
MISH_FN void run_halves(Kernel kernel, const Operands& o, size_t begin, size_t end, Each each) {
  if (o.streamed)
    begin = run_streamed(kernel, {sizeof(T), kInputCount, kOutputCount}, o, begin, end);
  constexpr size_t kFloats = kShortBytes / sizeof(float);
  alignas(64) float x[kPiece], factors[sizeof...(kFactors)][kPiece];
  for (size_t i = begin; i < end; i += kPiece) {
    const size_t length = end - i < kPiece ? end - i : kPiece;
    run_range<T, 1, 0, 1>(o, i, i + length, [&x](const auto& r, size_t j) MISH_INLINE {
      x[r.at + j] = math::argument(r.in[0][j]);
    });
    const size_t computed = (length + kFloats - 1) / kFloats * kFloats;
    int k = 0;
    (kFactors({{x}, {factors[k++]}, false}, 0, computed), ...);
    if (computed % (2 * kFloats) != 0)  // half a short block of halves
      for (auto& factor : factors) memset(factor + computed, 0, kShortBytes);
    run_range<T, kInputCount, kOutputCount, kHalvesSideBySide<kInputCount, kOutputCount>>(
        o, i, i + length,
        [&factors, each](const auto& r, size_t j) MISH_INLINE { each(r, j, factors, r.at + j); });
  }
}

// The x at which float32's f' lies between two halves, and f' itself just below: rounded twice, it
// would go up. f'' has no such x. Of all 65,536 (npm test holds it).
template <class T>
constexpr uint16_t kTie = 0x1060;
template <>
constexpr uint16_t kTie<math::bfloat16> = 0xba20;

// f' or f'' of x, from that of float32.
template <class T>
MISH_FN T narrow(T x, float value) {
  return math::rounded<T>((double)(value * (x.bits == kTie<T> ? 0x1.fffffep-1f : 1.0f)));
}

// ---- kernels
template <class T>
void forward(const Operands& o, size_t begin, size_t end) {
  run<T, 1, 1, kForwardSideBySide<T>, true>(
      forward<T>, o, begin, end,
      [](const auto& r, size_t i) MISH_INLINE { r.out[0][i] = math::forward(r.in[0][i]); });
}

template <class T>
void derivative(const Operands& o, size_t begin, size_t end) {
  if constexpr (kIsHalf<T>) {
    run_halves<T, 1, 1, derivative<float>>(
        derivative<T>, o, begin, end,
        [](const auto& r, size_t i, const auto& factors, size_t at)
            MISH_INLINE { r.out[0][i] = narrow(r.in[0][i], factors[0][at]); });
  } else {
    run<T, 1, 1, kSideBySide<T>, sizeof(T) == 4>(
        derivative<T>, o, begin, end,
        [](const auto& r, size_t i) MISH_INLINE { r.out[0][i] = math::derivative(r.in[0][i]); });
  }
}

template <class T>
void second_derivative(const Operands& o, size_t begin, size_t end) {
  if constexpr (kIsHalf<T>) {
    run_halves<T, 1, 1, second_derivative<float>>(
        second_derivative<T>, o, begin, end,
        [](const auto& r, size_t i, const auto& factors, size_t at)
            MISH_INLINE { r.out[0][i] = narrow(r.in[0][i], factors[0][at]); });
  } else {
    run<T, 1, 1>(second_derivative<T>, o, begin, end, [](const auto& r, size_t i) MISH_INLINE {
      r.out[0][i] = math::second_derivative(r.in[0][i]);
    });
  }
}

template <class T>
void backward(const Operands& o, size_t begin, size_t end) {
  if constexpr (kIsHalf<T>) {
    run_halves<T, 2, 1, derivative<float>>(
        backward<T>, o, begin, end,
        [](const auto& r, size_t i, const auto& factors, size_t at)
            MISH_INLINE { r.out[0][i] = math::times((double)factors[0][at], r.in[1][i]); });
  } else {
    run<T, 2, 1, kSideBySide<T>, sizeof(T) == 4>(
        backward<T>, o, begin, end, [](const auto& r, size_t i) MISH_INLINE {
          r.out[0][i] = math::backward(r.in[0][i], r.in[1][i]);
        });
  }
}

template <class T>
void backward_accumulate(const Operands& o, size_t begin, size_t end) {
  const Operands with_dx = {{o.in[0], o.in[1], o.out[0]}, {o.out[0]}, false};
  if constexpr (kIsHalf<T>) {
    run_halves<T, 3, 1, derivative<float>>(
        backward_accumulate<T>, with_dx, begin, end,
        [](const auto& r, size_t i, const auto& factors, size_t at) MISH_INLINE {
          r.out[0][i] = math::times_added((double)factors[0][at], r.in[1][i], r.in[2][i]);
        });
  } else {
    run<T, 3, 1>(backward_accumulate<T>, with_dx, begin, end,
                 [](const auto& r, size_t i) MISH_INLINE {
                   r.out[0][i] = math::backward_accumulate(r.in[0][i], r.in[1][i], r.in[2][i]);
                 });
  }
}

template <class T>
void double_backward(const Operands& o, size_t begin, size_t end) {
  if constexpr (kIsHalf<T>) {
    run_halves<T, 3, 2, derivative<float>, second_derivative<float>>(
        double_backward<T>, o, begin, end,
        [](const auto& r, size_t i, const auto& factors, size_t at) MISH_INLINE {
          const T dy = r.in[1][i], ddx = r.in[2][i];  // both, before one is overwritten
          r.out[0][i] = math::times_both((double)factors[1][at], dy, ddx);
          r.out[1][i] = math::times((double)factors[0][at], ddx);
        });
  } else {
    run<T, 3, 2>(double_backward<T>, o, begin, end, [](const auto& r, size_t i) MISH_INLINE {
      const T x = r.in[0][i], dy = r.in[1][i], ddx = r.in[2][i];  // all, before one is overwritten
      r.out[0][i] = math::double_backward_x(x, dy, ddx);
      r.out[1][i] = math::backward(x, ddx);
    });
  }
}

}  // namespace

using float32 = float;
using math::float32_fast;

#define MISH_OP_KERNELS(op, name, inputs, outputs, reads_output, fast) \
  {op<float>, op<double>, op<math::float16>, op<math::bfloat16>, op<fast>},

extern const KernelTable kTable = {MISH_ISA_NAME, kCompiler, {MISH_OPS(MISH_OP_KERNELS)}};

}  // namespace mish::cpu::MISH_ISA
