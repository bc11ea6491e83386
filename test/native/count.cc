// Counts what every native kernel does for one element: floating-point operations, and bytes that
// it reads from its inputs and writes to its outputs. Prints them as JSON; src/operators/cost.ts
// has them.
//
// The kernels are compiled with types that count in place of float and double. A sum, a product and
// a quotient are one operation, an fma two; comparisons, conversions, changes of sign and steps on
// bits are none. Counted is what the source says of an element on the longest path, before the
// compiler folds constants, leaves out what is not used, or evaluates both arms of a choice.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint64_t operations;

namespace mish::math {

template <class Real>
struct Counted {
  Real value;

  Counted() = default;
  constexpr Counted(Real real) : value(real) {}
  template <class Other>
  explicit constexpr Counted(Counted<Other> other) : value((Real)other.value) {}

  static Counted counted(Real result, int count = 1) {
    operations += count;
    return result;
  }
  friend Counted operator+(Counted a, Counted b) { return counted(a.value + b.value); }
  friend Counted operator-(Counted a, Counted b) { return counted(a.value - b.value); }
  friend Counted operator*(Counted a, Counted b) { return counted(a.value * b.value); }
  friend Counted operator/(Counted a, Counted b) { return counted(a.value / b.value); }
  friend Counted counted_fma(Counted a, Counted b, Counted c) {
    return counted(__builtin_fma(a.value, b.value, c.value), 2);
  }
  friend constexpr Counted operator-(Counted a) { return -a.value; }
  friend bool operator<(Counted a, Counted b) { return a.value < b.value; }
  friend bool operator>(Counted a, Counted b) { return a.value > b.value; }
  friend bool operator==(Counted a, Counted b) { return a.value == b.value; }
  friend bool operator!=(Counted a, Counted b) { return a.value != b.value; }
};

// A literal stays a real number, from which the templates of bits.h would deduce a second type.
template <class T>
T clamp_below(T x, double low) {
  return clamp_below(x, T(low));
}
template <class T>
T clamp_above(T x, double high) {
  return clamp_above(x, T(high));
}

using Counted32 = Counted<float>;
using Counted64 = Counted<double>;
static_assert(sizeof(Counted32) == 4 && sizeof(Counted64) == 8, "as wide as what they stand for");

}  // namespace mish::math

// ---- memory: the operands of the kernel that runs
namespace {

// A multiple of the length of every block, so that no short block is filled up.
constexpr size_t kLength = 1024, kMostBytes = kLength * 8;

unsigned char inputs[3][kMostBytes], outputs[2][kMostBytes];
uint64_t bytes_read, bytes_written;

template <size_t kCount>
bool lies_in(const unsigned char (&operands)[kCount][kMostBytes], const void* address) {
  const uintptr_t begin = (uintptr_t)operands, at = (uintptr_t)address;
  return at >= begin && at < begin + sizeof operands;
}

void counted_memcpy(void* to, const void* from, size_t bytes) {
  if (lies_in(inputs, from) || lies_in(outputs, from)) bytes_read += bytes;
  if (lies_in(inputs, to) || lies_in(outputs, to)) bytes_written += bytes;
  memcpy(to, from, bytes);
}

}  // namespace

#define MISH_ISA counted
#define MISH_ISA_NAME "counted"
#define float ::mish::math::Counted32
#define double ::mish::math::Counted64
#define __builtin_fma counted_fma
#define memcpy counted_memcpy
#include "../../binding/cpu/kernels.cc"
#undef float
#undef double
#undef memcpy

namespace {

// One number in every dtype of kDtypes, in its order.
struct Sample {
  float float32;
  double float64;
  uint16_t float16, bfloat16;
};

// Left and right of 0 and of the roots, where choices go one way and the other.
constexpr Sample kSamples[] = {
    {-3.0f, -3.0, 0xc200, 0xc040},
    {-0.5f, -0.5, 0xb800, 0xbf00},
    {0.5f, 0.5, 0x3800, 0x3f00},
    {3.0f, 3.0, 0x4200, 0x4040},
};

const void* element(const Sample& sample, int dtype) {
  const void* elements[] = {&sample.float32, &sample.float64, &sample.float16, &sample.bfloat16};
  return elements[dtype];
}

// The counts of one run, on operands that hold the sample everywhere.
void run(int op, int dtype, const Sample& sample) {
  const size_t bytes = mish::kDtypes[dtype].bytes;
  for (auto& input : inputs)
    for (size_t i = 0; i < kLength; ++i) memcpy(input + i * bytes, element(sample, dtype), bytes);
  operations = bytes_read = bytes_written = 0;
  const mish::cpu::Operands operands = {{inputs[0], inputs[1], inputs[2]},
                                        {outputs[0], outputs[1]}};
  mish::cpu::counted::kTable.kernel[op][dtype](operands, 0, kLength);
}

void print(int op, int dtype) {
  uint64_t most = 0;
  for (const Sample& sample : kSamples) {
    run(op, dtype, sample);
    if (operations > most) most = operations;
  }
  printf("\"%s\":{\"flops\":%g,\"bytesRead\":%g,\"bytesWritten\":%g}", mish::kDtypes[dtype].name,
         most / (double)kLength, bytes_read / (double)kLength, bytes_written / (double)kLength);
}

}  // namespace

int main() {
  for (int op = 0; op < mish::kOpCount; ++op) {
    printf("%s\"%s\":{", op == 0 ? "{" : "},", mish::kOps[op].name);
    for (int dtype = 0; dtype < mish::kDtypeCount; ++dtype) {
      if (dtype > 0) printf(",");
      print(op, dtype);
    }
  }
  printf("}}\n");
}
