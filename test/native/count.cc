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

// ---- memory: the operands of the kernel that runs, and which of their bytes it has touched
namespace {

// A multiple of the length of every block, so that no short block is filled up.
constexpr size_t kLength = 1024, kMostBytes = kLength * 8;

template <size_t kCount>
struct Memory {
  unsigned char operands[kCount][kMostBytes];
  bool touched[kCount * kMostBytes];

  void forget() { memset(touched, 0, sizeof touched); }
  void touch(const void* address, size_t bytes) {
    const uintptr_t offset = (uintptr_t)address - (uintptr_t)operands;
    if (offset < sizeof operands) memset(touched + offset, 1, bytes);
  }
  uint64_t bytes() const {
    uint64_t count = 0;
    for (bool byte : touched) count += byte;
    return count;
  }
};

Memory<3> inputs;
Memory<2> outputs, read_from_outputs;  // of the third only what is touched

void read(const void* address, size_t bytes) {
  inputs.touch(address, bytes);
  const uintptr_t offset = (uintptr_t)address - (uintptr_t)outputs.operands;
  if (offset < sizeof outputs.operands) memset(read_from_outputs.touched + offset, 1, bytes);
}

}  // namespace

namespace mish::math {

// A value that is seen when it is copied out of an operand, or assigned to one.
template <class Value>
struct Seen {
  Value value;

  Seen() = default;
  constexpr Seen(Value of) : value(of) {}
  Seen(const Seen& other) : value(other.value) { read(&other, sizeof other); }
  Seen& operator=(const Seen& other) {
    value = other.value;
    read(&other, sizeof other);
    outputs.touch(this, sizeof *this);
    return *this;
  }
};

// The bits of a half type.
struct SeenBits : Seen<uint16_t> {
  using Seen::Seen;
  operator uint16_t() const { return value; }
};

template <class Real>
struct Counted : Seen<Real> {
  using Seen<Real>::value;

  Counted() = default;
  constexpr Counted(Real real) : Seen<Real>(real) {}
  template <class Other>
  explicit constexpr Counted(Counted<Other> other) : Seen<Real>((Real)other.value) {}

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

#define MISH_ISA counted
#define MISH_ISA_NAME "counted"
#define float ::mish::math::Counted32
#define double ::mish::math::Counted64
#define __builtin_fma counted_fma
#define __builtin_fmaf counted_fma
#define uint16_t ::mish::math::SeenBits
#include "../../binding/cpu/kernels.cc"
#undef float
#undef double
#undef uint16_t

namespace {

// One number in every dtype of kDtypes, in its order.
struct Sample {
  float float32;
  double float64;
  uint16_t float16, bfloat16;
  float float32_fast;
};

// Left and right of 0 and of the roots, where choices go one way and the other.
constexpr Sample kSamples[] = {
    {-3.0f, -3.0, 0xc200, 0xc040, -3.0f},
    {-0.5f, -0.5, 0xb800, 0xbf00, -0.5f},
    {0.5f, 0.5, 0x3800, 0x3f00, 0.5f},
    {3.0f, 3.0, 0x4200, 0x4040, 3.0f},
};

const void* element(const Sample& sample, int dtype) {
  const void* elements[] = {&sample.float32, &sample.float64, &sample.float16, &sample.bfloat16,
                            &sample.float32_fast};
  static_assert(sizeof elements / sizeof *elements == mish::kDtypeCount, "one for each dtype");
  return elements[dtype];
}

// The counts of one run, on operands that hold the sample everywhere.
void run(int op, int dtype, const Sample& sample) {
  const size_t bytes = mish::kDtypes[dtype].bytes;
  for (auto& input : inputs.operands)
    for (size_t i = 0; i < kLength; ++i) memcpy(input + i * bytes, element(sample, dtype), bytes);
  operations = 0;
  inputs.forget();
  outputs.forget();
  read_from_outputs.forget();
  const mish::cpu::Operands operands = {
      {inputs.operands[0], inputs.operands[1], inputs.operands[2]},
      {outputs.operands[0], outputs.operands[1]}};
  mish::cpu::counted::kTable.kernel[op][dtype](operands, 0, kLength);
}

void print(int op, int dtype) {
  uint64_t most = 0;
  for (const Sample& sample : kSamples) {
    run(op, dtype, sample);
    if (operations > most) most = operations;
  }
  printf("\"%s\":{\"flops\":%g,\"bytesRead\":%g,\"bytesWritten\":%g}", mish::kDtypes[dtype].name,
         most / (double)kLength, (inputs.bytes() + read_from_outputs.bytes()) / (double)kLength,
         outputs.bytes() / (double)kLength);
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
