// The operations of several operands, output by output, and random tuples for them.
#pragma once

#include "reference/reference.h"
#include "subject.h"

namespace verify {

// An output is a derivative of Mish times a multiplier, and dx more where it accumulates.
struct Output {
  const char* name;
  mish::Op op;
  int index;
  Function function;
};
constexpr Output kOutputs[] = {
    {"backward", mish::Op::backward, 0, Function::f1},
    {"backwardAccumulate", mish::Op::backward_accumulate, 0, Function::f1},
    {"doubleBackward, x", mish::Op::double_backward, 0, Function::f2},
    {"doubleBackward, dy", mish::Op::double_backward, 1, Function::f1},
};

inline bool accumulates(const Output& it) { return it.op == mish::Op::backward_accumulate; }
inline bool is_second(const Output& it) { return it.function == Function::f2; }
// The gradient of dy is backward's, of ddx.
inline bool multiplies_ddx(const Output& it) { return it.op == mish::Op::double_backward; }

constexpr int kTuples = 4096;  // a block of them

template <class T>
struct Tuples {
  alignas(64) T x[kTuples], dy[kTuples], ddx[kTuples], dx[kTuples];
  alignas(64) T results[2][kTuples];

  // Runs one level; the output is in the array returned.
  const T* run_level(const mish::cpu::KernelTable* level, const Output& it, int dtype) {
    if (accumulates(it)) memcpy(results[0], dx, sizeof dx);
    run(level, it.op, dtype, {{x, dy, ddx}, {results[0], results[1]}}, kTuples);
    return results[it.index];
  }

  // Runs every level, counts where another differs from the first, and gives the first's output,
  // hashed.
  const T* run_levels(const Output& it, int dtype, Tally& tally) {
    const auto tables = levels();
    for (size_t i = 1; i < tables.size(); ++i) {
      memcpy(other, run_level(tables[i], it, dtype), sizeof other);
      tally.unequal += unequal(other, run_level(tables[0], it, dtype), kTuples);
    }
    const T* first = run_level(tables[0], it, dtype);
    tally.hash += hash_of(first, kTuples);
    return first;
  }

 private:
  alignas(64) T other[kTuples];
};

// splitmix64: every piece of work has its own, so results do not depend on threads.
struct Random {
  uint64_t state;

  uint64_t bits() {
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  double between(double low, double high) {
    return low + (high - low) * ((bits() >> 11) * 0x1p-53);
  }
  int integer(int low, int high) { return low + (int)(bits() % (uint64_t)(high - low + 1)); }
  double sign() { return bits() & 1 ? 1.0 : -1.0; }
  // Of random sign, magnitude 2^low to 2^high.
  double magnitude(int low, int high) {
    return sign() * between(1.0, 2.0) * power_of_two(integer(low, high - 1));
  }
};

inline int64_t blocks_of(const Options& options, int64_t tuples, int64_t sampled) {
  return (options.sampled ? sampled / options.thinned : tuples) / kTuples;
}

}  // namespace verify
