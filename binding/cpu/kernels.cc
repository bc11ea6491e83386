// The loops of one ISA level: this file is compiled once per level, with MISH_ISA naming the
// namespace and MISH_ISA_NAME the level. The body of each loop is one call into math/mish.h.
//
// Nothing here has external linkage but the table, and the compiler vectorises every loop: clang 19
// at -O2, gcc 12 at -O3 -fno-math-errno -fno-trapping-math.
#include "kernels.h"

#include <string.h>

#include "../math/mish.h"

#if defined(__clang__)
#define MISH_INDEPENDENT_ITERATIONS \
  _Pragma("clang loop vectorize(assume_safety) interleave_count(4)")
#else
#define MISH_INDEPENDENT_ITERATIONS _Pragma("GCC ivdep")
#endif

// For members and lambdas, where MISH_FN's `static` cannot stand: a call left in a loop would keep
// it from being vectorised.
#define MISH_INLINE __attribute__((always_inline))

namespace mish::cpu::MISH_ISA {
namespace {

// Operands pass through blocks on the stack. All loads of a block are under way before its first
// result is computed, no operand can alias another, in place or not, and every loop has a constant
// number of iterations, so there is no scalar tail. Against plain loops, gcc 12, one thread of a
// Sapphire Rapids, ns an element of float32: forward 0.78 -> 0.71 in cache and 2.8 -> 1.0 from
// memory, backward 1.19 -> 1.15 and 1.85 -> 1.57. clang 19 interleaves plain loops by itself; there
// blocks cost 5 %, and 20 % in backward from memory.
template <class T, int kInputCount, int kOutputCount, size_t kLength>
struct Block {
  alignas(64) T in[kInputCount][kLength];
  alignas(64) T out[kOutputCount][kLength];

  MISH_INLINE void load(const Operands& o, size_t begin, size_t length) {
    for (int k = 0; k < kInputCount; ++k)
      memcpy(in[k], static_cast<const T*>(o.in[k]) + begin, length * sizeof(T));
  }

  template <class Each>
  MISH_INLINE void compute(Each each) {
    MISH_INDEPENDENT_ITERATIONS
    for (size_t i = 0; i < kLength; ++i) each(*this, i);
  }

  MISH_INLINE void store(const Operands& o, size_t begin, size_t length) const {
    for (int k = 0; k < kOutputCount; ++k)
      memcpy(static_cast<T*>(o.out[k]) + begin, out[k], length * sizeof(T));
  }
};

constexpr size_t kLongBytes = 256, kShortBytes = 64;

// Long blocks, then short ones, the last of them filled up with zeros.
template <class T, int kInputCount, int kOutputCount, class Each>
MISH_FN void run_blocks(const Operands& o, size_t begin, size_t end, Each each) {
  constexpr size_t kLong = kLongBytes / sizeof(T), kShort = kShortBytes / sizeof(T);
  size_t i = begin;
  for (; end - i >= kLong; i += kLong) {
    Block<T, kInputCount, kOutputCount, kLong> block;
    block.load(o, i, kLong);
    block.compute(each);
    block.store(o, i, kLong);
  }
  for (; i < end; i += kShort) {
    Block<T, kInputCount, kOutputCount, kShort> block = {};
    const size_t length = end - i < kShort ? end - i : kShort;
    block.load(o, i, length);
    block.compute(each);
    block.store(o, i, length);
  }
}

template <class T>
void forward(const Operands& o, size_t begin, size_t end) {
  run_blocks<T, 1, 1>(o, begin, end, [](auto& b, size_t i) MISH_INLINE {
    b.out[0][i] = math::forward(b.in[0][i]);
  });
}

template <class T>
void derivative(const Operands& o, size_t begin, size_t end) {
  run_blocks<T, 1, 1>(o, begin, end, [](auto& b, size_t i) MISH_INLINE {
    b.out[0][i] = math::derivative(b.in[0][i]);
  });
}

template <class T>
void second_derivative(const Operands& o, size_t begin, size_t end) {
  run_blocks<T, 1, 1>(o, begin, end, [](auto& b, size_t i) MISH_INLINE {
    b.out[0][i] = math::second_derivative(b.in[0][i]);
  });
}

template <class T>
void backward(const Operands& o, size_t begin, size_t end) {
  run_blocks<T, 2, 1>(o, begin, end, [](auto& b, size_t i) MISH_INLINE {
    b.out[0][i] = math::backward(b.in[0][i], b.in[1][i]);
  });
}

template <class T>
void backward_accumulate(const Operands& o, size_t begin, size_t end) {
  const Operands with_dx = {{o.in[0], o.in[1], o.out[0]}, {o.out[0]}};
  run_blocks<T, 3, 1>(with_dx, begin, end, [](auto& b, size_t i) MISH_INLINE {
    b.out[0][i] = math::backward_accumulate(b.in[0][i], b.in[1][i], b.in[2][i]);
  });
}

template <class T>
void double_backward(const Operands& o, size_t begin, size_t end) {
  run_blocks<T, 3, 2>(o, begin, end, [](auto& b, size_t i) MISH_INLINE {
    b.out[0][i] = math::double_backward_x(b.in[0][i], b.in[1][i], b.in[2][i]);
    b.out[1][i] = math::backward(b.in[0][i], b.in[2][i]);
  });
}

}  // namespace

#define MISH_EVERY_DTYPE(loop) \
  {loop<float>, loop<double>, loop<math::float16>, loop<math::bfloat16>}

extern const KernelTable kTable = {
    MISH_ISA_NAME,
    {
        MISH_EVERY_DTYPE(forward),
        MISH_EVERY_DTYPE(derivative),
        MISH_EVERY_DTYPE(second_derivative),
        MISH_EVERY_DTYPE(backward),
        MISH_EVERY_DTYPE(backward_accumulate),
        MISH_EVERY_DTYPE(double_backward),
    },
};

}  // namespace mish::cpu::MISH_ISA
