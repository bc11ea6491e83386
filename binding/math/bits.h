// The IEEE primitives that every kernel is written in: each is one correctly rounded operation or
// an exact bit operation, so a kernel gives the same bits on every CPU level, GPU and compiler.
//
// Compile with -ffp-contract=off (host) or -fmad=false (device): a fused operation is always
// spelled fma() here, never left to the compiler. Nothing branches on data, so loops over these
// vectorise.
#pragma once

#include <stdint.h>

// Internal linkage always: this header is compiled once per ISA level, and a weak inline function
// would let the linker keep the AVX-512 copy for baseline callers.
#if defined(__CUDACC__)
#define MISH_FN static __host__ __device__ __forceinline__
#else
#define MISH_FN static inline __attribute__((always_inline))
#endif

namespace mish::math {

// fma: rounded once, to nearest. The others are exact.
#if defined(__CUDA_ARCH__)
MISH_FN double fma(double a, double b, double c) { return __fma_rn(a, b, c); }
MISH_FN float fma(float a, float b, float c) { return __fmaf_rn(a, b, c); }
MISH_FN uint32_t bits_of(float x) { return __float_as_uint(x); }
MISH_FN uint64_t bits_of(double x) { return (uint64_t)__double_as_longlong(x); }
MISH_FN float float_of(uint32_t bits) { return __uint_as_float(bits); }
MISH_FN double double_of(uint64_t bits) { return __longlong_as_double((long long)bits); }
#else
MISH_FN double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
MISH_FN float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
MISH_FN uint32_t bits_of(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}
MISH_FN uint64_t bits_of(double x) {
  uint64_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}
MISH_FN float float_of(uint32_t bits) {
  float x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}
MISH_FN double double_of(uint64_t bits) {
  double x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}
#endif

// Clamps that let NaN through: the comparison is false for it.
template <class T>
MISH_FN T clamp_below(T x, T low) {
  return x < low ? low : x;
}
template <class T>
MISH_FN T clamp_above(T x, T high) {
  return x > high ? high : x;
}

// As integers, for CPUs where the multipliers also compare floats (Zen 4). A positive NaN becomes
// `high`, a negative one the negative `low`, so what is computed needs to meet the NaN elsewhere.
MISH_FN float clamp_above_or_nan(float x, float high) {
  const int32_t x_bits = (int32_t)bits_of(x), high_bits = (int32_t)bits_of(high);
  return float_of((uint32_t)(x_bits > high_bits ? high_bits : x_bits));
}
MISH_FN float clamp_below_or_nan(float x, float low) {
  const uint32_t x_bits = bits_of(x), low_bits = bits_of(low);
  return float_of(x_bits > low_bits ? low_bits : x_bits);
}

// One comparison each: gcc 12 left the loops scalar in which a select had two of them.
MISH_FN bool is_negative_infinity(float x) { return x < -0x1.fffffep+127f; }
MISH_FN bool is_negative_infinity(double x) { return x < -0x1.fffffffffffffp+1023; }
MISH_FN bool is_infinite(float x) { return float_of(bits_of(x) & 0x7fffffffu) > 0x1.fffffep+127f; }
MISH_FN bool is_infinite(double x) {
  return double_of(bits_of(x) & 0x7fffffffffffffffu) > 0x1.fffffffffffffp+1023;
}

MISH_FN double copy_sign(double magnitude, double sign) {
  constexpr uint64_t kSign = 0x8000000000000000u;
  return double_of((bits_of(magnitude) & ~kSign) | (bits_of(sign) & kSign));
}

// The one NaN a kernel stores, whatever payload or sign came in or the hardware made.
MISH_FN float canonical(float x) { return x != x ? float_of(0x7fc00000u) : x; }
MISH_FN double canonical(double x) { return x != x ? double_of(0x7ff8000000000000u) : x; }

}  // namespace mish::math
