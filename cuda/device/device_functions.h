// One element of every operation as a GPU computes it: the bits that binding/math gives, by cheaper
// instructions where these are proven to give the same. The host compiles it too, for tests.
//
// Measured on an H200: bench/results/2026-11-26-h200-formulas.txt.
#pragma once

#include "../../binding/math/mish.h"
#include "kernel_abi.h"

namespace mish::cuda {

using math::bfloat16, math::float16, math::float32_fast;

// ---------------------------------------------------------------- instructions
#if defined(__CUDA_ARCH__)
// Memory that no kernel writes while this one runs.
template <class T>
MISH_FN T read_only(const T* from) {
  return __ldg(from);
}

// to_double is exact; narrow rounds once, to nearest even.
MISH_FN double to_double(float16 x) {
  float widened;
  asm("cvt.f32.f16 %0, %1;" : "=f"(widened) : "h"(x.bits));
  return (double)widened;
}

MISH_FN void narrow(double x, float16& out) {
  uint16_t bits;
  asm("cvt.rn.f16.f64 %0, %1;" : "=h"(bits) : "d"(x));
  out.bits = x != x ? 0x7e00 : bits;
}
#else
template <class T>
MISH_FN T read_only(const T* from) {
  return *from;
}

MISH_FN double to_double(float16 x) { return math::wide(x); }

MISH_FN void narrow(double x, float16& out) { out = math::narrow_float16(x); }
#endif

MISH_FN double to_double(bfloat16 x) { return math::wide(x); }

MISH_FN void narrow(double x, bfloat16& out) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  uint16_t bits;
  asm("cvt.rn.bf16.f64 %0, %1;" : "=h"(bits) : "d"(x));
  out.bits = x != x ? 0x7fc0 : bits;
#else
  out = math::narrow_bfloat16(x);
#endif
}

// a / d from the GPU's estimate of 1 / d, good to 2^-19.9, by one step of third order: four
// operations where the IEEE division has about ten. Not correctly rounded; npm run gpu-check (bits)
// proves what is made of it on a device.
struct ByReciprocal {
  MISH_FN double divide(double a, double d) {
#if defined(__CUDA_ARCH__)
    double estimate;
    asm("rcp.approx.ftz.f64 %0, %1;" : "=d"(estimate) : "d"(d));
    const double e = math::fma(-d, estimate, 1.0);
    return a * math::fma(math::fma(e, e, e), estimate, estimate);
#else
    return math::divide(a, d);
#endif
  }
};

// The quotient of which float32's f, f' and f'' are made. On compute capability 9.0 the cheaper one
// was seen to give the same float for all 2^32 inputs of each; others round their estimates in
// their own way. forward on an H200, time of a copy over time of the kernel: 0.69 with the IEEE
// division, 0.89 with this.
struct Quotient {
  MISH_FN double divide(double a, double d) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ == 900
    return ByReciprocal::divide(a, d);
#else
    return math::divide(a, d);
#endif
  }
};

// ---------------------------------------------------------------- functions of each dtype
// The functions of binding/math/mish.h, with their bounds.
template <class T>
struct ByFormula {
  MISH_FN T forward(T x, const HalfTables*) { return math::forward(x); }
  MISH_FN T derivative(T x, const HalfTables*) { return math::derivative(x); }
  MISH_FN T second_derivative(T x, const HalfTables*) { return math::second_derivative(x); }
  MISH_FN T backward(T x, T dy, const HalfTables*) { return math::backward(x, dy); }
  MISH_FN T backward_accumulate(T x, T dy, T dx, const HalfTables*) {
    return math::backward_accumulate(x, dy, dx);
  }
  MISH_FN T double_backward_x(T x, T dy, T ddx, const HalfTables*) {
    return math::double_backward_x(x, dy, ddx);
  }
};

// float32's f, f' and f'', with a quotient that changes none of their floats: correctly rounded.
// What backward and double backward multiply by keeps the IEEE division: of their results not every
// input can be tried.
template <class Quotient>
struct ByQuotient : ByFormula<float> {
  MISH_FN float forward(float x, const HalfTables*) {
    return math::rounded<float>(math::forward_in_double<Quotient::divide>(x));
  }
  MISH_FN float derivative(float x, const HalfTables*) {
    return math::rounded<float>(math::derivative_in_double<Quotient::divide>(x));
  }
  MISH_FN float second_derivative(float x, const HalfTables*) {
    return math::rounded<float>(math::second_derivative_in_double<Quotient::divide>(x));
  }
};

// float16 and bfloat16: f, f' and f'' correctly rounded, by table. Factors are floats, so products
// with one half are exact in double and rounded once.
template <class Half>
struct ByTable {
  MISH_FN Half forward(Half x, const HalfTables* t) { return {read_only(t->forward + x.bits)}; }
  MISH_FN Half derivative(Half x, const HalfTables* t) {
    return {read_only(t->derivative + x.bits)};
  }
  MISH_FN Half second_derivative(Half x, const HalfTables* t) {
    return {read_only(t->second_derivative + x.bits)};
  }
  MISH_FN Half backward(Half x, Half dy, const HalfTables* t) {
    return narrowed(derivative_factor(x, t) * to_double(dy));
  }
  MISH_FN Half backward_accumulate(Half x, Half dy, Half dx, const HalfTables* t) {
    return narrowed(math::fma(derivative_factor(x, t), to_double(dy), to_double(dx)));
  }
  MISH_FN Half double_backward_x(Half x, Half dy, Half ddx, const HalfTables* t) {
    const double factor = (double)read_only(t->second_derivative_factor + x.bits);
    return narrowed((to_double(ddx) * to_double(dy)) * factor);
  }

 private:
  MISH_FN double derivative_factor(Half x, const HalfTables* t) {
    return (double)read_only(t->derivative_factor + x.bits);
  }
  MISH_FN Half narrowed(double x) {
    Half out;
    narrow(x, out);
    return out;
  }
};

template <class T>
struct Functions : ByFormula<T> {};
template <>
struct Functions<float> : ByQuotient<Quotient> {};
template <>
struct Functions<float16> : ByTable<float16> {};
template <>
struct Functions<bfloat16> : ByTable<bfloat16> {};

// All that ByTable looks up for one x.
template <class Half>
MISH_FN void make_table_entry(HalfTables& tables, uint16_t bits) {
  const Half x = {bits};
  tables.forward[bits] = math::forward(x).bits;
  tables.derivative[bits] = math::derivative(x).bits;
  tables.second_derivative[bits] = math::second_derivative(x).bits;
  tables.derivative_factor[bits] = math::canonical((float)math::derivative_factor(x));
  tables.second_derivative_factor[bits] = math::canonical((float)math::second_derivative_factor(x));
}

// ---------------------------------------------------------------- operations
// One operation on one element. kInputs counts an output that is also an operand: it comes last.
template <Op op, class T, class F = Functions<T>>
struct Operation {
  using Element = T;
  static constexpr Op kOp = op;
  static constexpr OpInfo kInfo = kOps[static_cast<int>(op)];
  static constexpr int kInputs = kInfo.inputs + kInfo.reads_output, kOutputs = kInfo.outputs;

  MISH_FN void compute(const T* in, T* out, const HalfTables* tables) {
    if constexpr (op == Op::forward) {
      out[0] = F::forward(in[0], tables);
    } else if constexpr (op == Op::derivative) {
      out[0] = F::derivative(in[0], tables);
    } else if constexpr (op == Op::second_derivative) {
      out[0] = F::second_derivative(in[0], tables);
    } else if constexpr (op == Op::backward) {
      out[0] = F::backward(in[0], in[1], tables);
    } else if constexpr (op == Op::backward_accumulate) {
      out[0] = F::backward_accumulate(in[0], in[1], in[2], tables);
    } else {
      static_assert(op == Op::double_backward, "a new operation needs its function here");
      out[0] = F::double_backward_x(in[0], in[1], in[2], tables);
      out[1] = F::backward(in[0], in[2], tables);
    }
  }
};

}  // namespace mish::cuda
