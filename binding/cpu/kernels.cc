// The kernels of one ISA level: this file is compiled once per level, with MISH_ISA naming the
// namespace and MISH_ISA_NAME the level. Each operation says what it does to one element, in a call
// or two into math/mish.h; `kernel` makes the loops.
//
// Nothing here has external linkage but the table, and the compiler vectorises every loop: clang 19
// at -O2, gcc 12 at -O3 -fno-math-errno -fno-trapping-math.
#include "kernels.h"

#include "../math/mish.h"
#include "../system/compiler.h"
#include "half_loops.h"
#include "streaming_stores.h"

namespace mish::cpu::MISH_ISA {
namespace {

// Vectors side by side in a long block. Zen 4, AVX-512, clang 19, ns an element of forward with 2,
// 4 and 8: float32 0.73, 0.72, 0.73; fast 0.32, 0.29, 0.46; float16 0.37, 0.34, 0.31; bfloat16 with
// 4 and 8 0.30, 0.31.
template <class T>
constexpr int kSideBySide = 4;

// gcc 12 cannot be told, and at x86-64-v3 is no slower on short blocks of float32, with 10 KB less;
// at v4 it is by 9 %, as it keeps constants in registers over long ones only.
#if defined(__AVX2__) && !defined(__AVX512F__) && !defined(__clang__)
template <>
constexpr int kSideBySide<float> = 1;
#endif

template <class T>
constexpr int kForwardSideBySide = kSideBySide<T>;
template <>
constexpr int kForwardSideBySide<math::float16> = 8;

// ---------------------------------------------------------------- what operations are made of
// The operations whose float32 kernels halves get their factors from.
template <template <class> class... Of>
struct Factors {};

// The defaults of every operation below. An output that is also an operand is the last input.
template <Op op, class T>
struct Elementwise {
  using Element = T;
  static constexpr OpInfo kInfo = kOps[static_cast<int>(op)];
  static constexpr int kInputs = kInfo.inputs + kInfo.reads_output, kOutputs = kInfo.outputs;
  static constexpr int kVectors = kSideBySide<T>;
  static constexpr bool kWaitsForMemory = false;  // when it is streamed, rather than for arithmetic
  static constexpr bool kHalvesByFactors = true;
};

template <class Operation>
void kernel(const Operands& o, size_t begin, size_t end);

// ---------------------------------------------------------------- operations
// `each` computes element i of a range. `each_half` does where T is a half type: factors[k][at] is
// what the k-th of kFactors makes of x.
template <class T>
struct forward : Elementwise<Op::forward, T> {
  static constexpr int kVectors = kForwardSideBySide<T>;
  static constexpr bool kWaitsForMemory = true;
  static constexpr bool kHalvesByFactors = false;

  MISH_FN void each(const Range<T>& r, size_t i) { r.out[0][i] = math::forward(r.in[0][i]); }
};

template <class T>
struct derivative : Elementwise<Op::derivative, T> {
  static constexpr bool kWaitsForMemory = sizeof(T) == 4;
  static constexpr Factors<derivative> kFactors = {};

  MISH_FN void each(const Range<T>& r, size_t i) { r.out[0][i] = math::derivative(r.in[0][i]); }
  template <class F>
  MISH_FN void each_half(const Range<T>& r, size_t i, const F& factors, size_t at) {
    r.out[0][i] = narrow(r.in[0][i], factors[0][at]);
  }
};

template <class T>
struct second_derivative : Elementwise<Op::second_derivative, T> {
  static constexpr Factors<second_derivative> kFactors = {};

  MISH_FN void each(const Range<T>& r, size_t i) {
    r.out[0][i] = math::second_derivative(r.in[0][i]);
  }
  template <class F>
  MISH_FN void each_half(const Range<T>& r, size_t i, const F& factors, size_t at) {
    r.out[0][i] = narrow(r.in[0][i], factors[0][at]);
  }
};

template <class T>
struct backward : Elementwise<Op::backward, T> {
  static constexpr bool kWaitsForMemory = sizeof(T) == 4;
  static constexpr Factors<derivative> kFactors = {};

  MISH_FN void each(const Range<T>& r, size_t i) {
    r.out[0][i] = math::backward(r.in[0][i], r.in[1][i]);
  }
  template <class F>
  MISH_FN void each_half(const Range<T>& r, size_t i, const F& factors, size_t at) {
    r.out[0][i] = math::times((double)factors[0][at], r.in[1][i]);
  }
};

template <class T>
struct backward_accumulate : Elementwise<Op::backward_accumulate, T> {
  static constexpr Factors<derivative> kFactors = {};

  MISH_FN void each(const Range<T>& r, size_t i) {
    r.out[0][i] = math::backward_accumulate(r.in[0][i], r.in[1][i], r.in[2][i]);
  }
  template <class F>
  MISH_FN void each_half(const Range<T>& r, size_t i, const F& factors, size_t at) {
    r.out[0][i] = math::times_added((double)factors[0][at], r.in[1][i], r.in[2][i]);
  }
};

template <class T>
struct double_backward : Elementwise<Op::double_backward, T> {
  static constexpr Factors<derivative, second_derivative> kFactors = {};

  MISH_FN void each(const Range<T>& r, size_t i) {
    const T x = r.in[0][i], dy = r.in[1][i], ddx = r.in[2][i];  // all, before one is overwritten
    r.out[0][i] = math::double_backward_x(x, dy, ddx);
    r.out[1][i] = math::backward(x, ddx);
  }
  template <class F>
  MISH_FN void each_half(const Range<T>& r, size_t i, const F& factors, size_t at) {
    const T dy = r.in[1][i], ddx = r.in[2][i];  // both, before one is overwritten
    r.out[0][i] = math::times_both((double)factors[1][at], dy, ddx);
    r.out[1][i] = math::times((double)factors[0][at], ddx);
  }
};

// ---------------------------------------------------------------- kernels
// The part of the job that is streamed; returns where the rest begins.
template <class Operation>
MISH_FN size_t run_streamed_part(const Operands& o, size_t begin, size_t end) {
  using T = typename Operation::Element;
  if constexpr (Operation::kWaitsForMemory) {
    constexpr int kInFlight = Operation::kVectors < 4 ? 4 : Operation::kVectors;
    return run_streamed_in_loop<T, Operation::kInputs, kInFlight>(
        kernel<Operation>, o, begin, end,
        [](const auto& r, size_t i) MISH_INLINE { Operation::each(r, i); });
  } else {
    constexpr Shape kShape = {sizeof(T), Operation::kInputs, Operation::kOutputs};
    return run_streamed(kernel<Operation>, kShape, o, begin, end);
  }
}

template <class Operation, template <class> class... Of>
MISH_FN void run_by_factors(Factors<Of...>, const Operands& o, size_t begin, size_t end) {
  using T = typename Operation::Element;
  run_halves<T, Operation::kInputs, Operation::kOutputs, kernel<Of<float>>...>(
      o, begin, end, [](const auto& r, size_t i, const auto& factors, size_t at) MISH_INLINE {
        Operation::each_half(r, i, factors, at);
      });
}

template <class Operation>
MISH_FN void run_operation(const Operands& o, size_t begin, size_t end) {
  using T = typename Operation::Element;
  if (o.streamed) begin = run_streamed_part<Operation>(o, begin, end);
  if constexpr (kIsHalf<T> && Operation::kHalvesByFactors)
    run_by_factors<Operation>(Operation::kFactors, o, begin, end);
  else
    run_blocks<T, Operation::kInputs, Operation::kOutputs, Operation::kVectors>(
        o, begin, end, [](const auto& r, size_t i) MISH_INLINE { Operation::each(r, i); });
}

template <class Operation>
void kernel(const Operands& o, size_t begin, size_t end) {
  if constexpr (Operation::kInfo.reads_output)
    run_operation<Operation>({{o.in[0], o.in[1], o.out[0]}, {o.out[0]}, false}, begin, end);
  else
    run_operation<Operation>(o, begin, end);
}

}  // namespace

using float32 = float;
using math::float32_fast;

#define MISH_OP_KERNELS(op, name, inputs, outputs, reads_output, fast)                           \
  {kernel<op<float>>, kernel<op<double>>, kernel<op<math::float16>>, kernel<op<math::bfloat16>>, \
   kernel<op<fast>>},

extern const KernelTable kTable = {MISH_ISA_NAME, kCompiler, {MISH_OPS(MISH_OP_KERNELS)}};

}  // namespace mish::cpu::MISH_ISA
