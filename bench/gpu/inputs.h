// Inputs by number: what each operand has at element i, so that any thread can make any piece of
// them and that the same number is the same input on every machine.
#pragma once

#include <stdint.h>

#include "device.h"

namespace gpu_check {

struct Inputs {
  enum class Kind {
    every,  // x is number * stride, modulo 2^bits: every bit pattern, where the stride is odd
    pairs,  // of 16 bits each: x is the upper half of number * stride, dy the lower
    mixed,  // a quarter random bits, an eighth special values, the others from 2^-8 to 2^6
  };
  Kind kind;
  const char* name;
  uint64_t count;
  uint64_t stride = 1;
};

// Where the exponent of a dtype is.
struct Format {
  int bits, mantissa_bits;
};
constexpr Format format_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::float64:
      return {64, 52};
    case Dtype::float16:
      return {16, 10};
    case Dtype::bfloat16:
      return {16, 7};
    default:
      return {32, 23};
  }
}

// splitmix64 of a number: random bits.
inline uint64_t random_bits(uint64_t z) {
  z = (z + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

// Bits that may be more than the dtype's.
inline uint64_t mixed_bits(Format format, uint64_t random) {
  const uint64_t sign = random << 63 >> (64 - format.bits), kind = random >> 1 & 15;
  const uint64_t high = random >> 32, one = uint64_t{1} << format.mantissa_bits;
  const int exponent_bits = format.bits - 1 - format.mantissa_bits;
  const uint64_t most = (uint64_t{1} << exponent_bits) - 1, bias = most >> 1;
  if (kind < 4) return random_bits(random);
  if (kind < 6) {
    const uint64_t special[] = {0,          1,          one - 1,        one,
                                most * one, bias * one, most * one - 1, most * one + 1 + one / 2};
    return sign | special[high % 8];
  }
  const uint64_t exponent = bias - 8 + high % 14;
  return sign | exponent * one | (random_bits(random) & (one - 1));
}

inline uint64_t bits_of(const Inputs& inputs, Format format, int operand, uint64_t i) {
  switch (inputs.kind) {
    case Inputs::Kind::every:
      return i * inputs.stride;
    case Inputs::Kind::pairs:
      return operand == 0 ? i * inputs.stride >> 16 : i * inputs.stride;
    default:
      return mixed_bits(format, random_bits(4 * i + static_cast<uint64_t>(operand)));
  }
}

template <class Bits>
void fill_as(const Inputs& inputs, Format format, int operand, uint64_t first, uint64_t count,
             Bits* to) {
  for (uint64_t i = 0; i < count; ++i)
    to[i] = static_cast<Bits>(bits_of(inputs, format, operand, first + i));
}

// The operand's elements [first, first + count).
inline void fill(const Inputs& inputs, Dtype dtype, int operand, uint64_t first, uint64_t count,
                 char* to) {
  const Format format = format_of(dtype);
  if (format.bits == 64)
    fill_as(inputs, format, operand, first, count, reinterpret_cast<uint64_t*>(to));
  else if (format.bits == 32)
    fill_as(inputs, format, operand, first, count, reinterpret_cast<uint32_t*>(to));
  else
    fill_as(inputs, format, operand, first, count, reinterpret_cast<uint16_t*>(to));
}

}  // namespace gpu_check
