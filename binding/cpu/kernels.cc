// The loops of one ISA level: this file is compiled once per level, with MISH_ISA naming the
// namespace and MISH_ISA_NAME the level. The body of each loop is one call into math/mish.h.
//
// Nothing here has external linkage but the table, and the compiler vectorises every loop: clang 19
// at -O2, gcc 12 at -O3 -fno-math-errno -fno-trapping-math.
#include "kernels.h"

#include <stdint.h>
#include <string.h>

#include "../math/mish.h"
#include "compiler.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

// kVectors: how many are computed side by side, where the compiler can be told; gcc 12 cannot.
#if defined(__clang__)
#define MISH_INDEPENDENT_ITERATIONS \
  _Pragma("clang loop vectorize(assume_safety) interleave_count(kVectors)")
#else
#define MISH_INDEPENDENT_ITERATIONS _Pragma("GCC ivdep")
#endif

// For members and lambdas, where MISH_FN's `static` cannot stand: a call left in a loop would keep
// it from being vectorised.
#define MISH_INLINE __attribute__((always_inline))

namespace mish::cpu::MISH_ISA {
namespace {

// The operands of one block.
template <class T, int kInputCount, int kOutputCount>
struct Block {
  const T* in[kInputCount];
  T* out[kOutputCount];
};

// Long blocks with a constant number of iterations, so that their loops have no scalar head or
// tail; then short ones; the last of them through the stack, filled up with zeros, when it is not
// whole.
constexpr size_t kLongBytes = 256, kShortBytes = 64;

// Vectors side by side in a long block. Zen 4, AVX-512, clang 19, ns an element of forward with 2,
// 4 and 8: float32 0.73, 0.72, 0.73; fast 0.32, 0.29, 0.46; float16 0.37, 0.34, 0.31; bfloat16 with
// 4 and 8 0.30, 0.31.
constexpr int kSideBySide = 4;
template <class T>
constexpr int kForwardSideBySide = kSideBySide;
template <>
constexpr int kForwardSideBySide<math::float16> = 8;

// How far ahead of a long block its inputs are asked for. Hardware alone leaves these loops
// waiting, as they read little between long computations. Sapphire Rapids, 16 Mi elements, ns each
// with and without: forward 0.87 and 0.99 (clang 19), 0.97 and 1.21 (gcc 12); backward 1.23
// and 1.49, 1.41 and 2.35; in cache no difference.
constexpr size_t kPrefetchBytes = 1024;

template <size_t kLength, int kVectors, class Block, class Each>
MISH_FN void run_block(const Block& block, Each each) {
  MISH_INDEPENDENT_ITERATIONS
  for (size_t i = 0; i < kLength; ++i) each(block, i);
}

template <class T, int kInputCount, int kOutputCount>
MISH_FN Block<T, kInputCount, kOutputCount> block_at(const Operands& o, size_t i) {
  Block<T, kInputCount, kOutputCount> block;
  for (int k = 0; k < kInputCount; ++k) block.in[k] = static_cast<const T*>(o.in[k]) + i;
  for (int k = 0; k < kOutputCount; ++k) block.out[k] = static_cast<T*>(o.out[k]) + i;
  return block;
}

template <class T, int kInputCount, int kOutputCount>
MISH_FN void prefetch(const Block<T, kInputCount, kOutputCount>& block) {
  for (int k = 0; k < kInputCount; ++k)
    for (size_t line = 0; line < kLongBytes; line += 64)
      __builtin_prefetch(reinterpret_cast<const char*>(block.in[k]) + kPrefetchBytes + line);
}

template <int kVectors, class T, int kInputCount, int kOutputCount, class Each>
MISH_FN void run_long(const Block<T, kInputCount, kOutputCount>& block, Each each) {
  prefetch(block);
  run_block<kLongBytes / sizeof(T), kVectors>(block, each);
}

// Fewer bytes than a short block has, to and from whole ones on the stack, zeros after them. With
// masks they take 10 to 20 ns less, as vectors loaded from bytes just stored in parts have to wait
// for them (Zen 4, clang 19).
#if defined(__AVX512BW__)
MISH_FN __mmask64 mask_of(size_t bytes) { return ((__mmask64)1 << bytes) - 1; }
MISH_FN void copy_part_in(void* block, const void* from, size_t bytes) {
  _mm512_store_si512(block, _mm512_maskz_loadu_epi8(mask_of(bytes), from));
}
MISH_FN void copy_part_out(void* to, const void* block, size_t bytes) {
  _mm512_mask_storeu_epi8(to, mask_of(bytes), _mm512_load_si512(block));
}
#else
MISH_FN void copy_part_in(void* block, const void* from, size_t bytes) {
  memset(block, 0, kShortBytes);
  memcpy(block, from, bytes);
}
MISH_FN void copy_part_out(void* to, const void* block, size_t bytes) { memcpy(to, block, bytes); }
#endif

// Elements up to a short block's length.
template <class T, int kInputCount, int kOutputCount, class Each>
MISH_FN void run_short(Block<T, kInputCount, kOutputCount> block, size_t length, Each each) {
  constexpr size_t kShort = kShortBytes / sizeof(T);
  const auto whole = block;
  alignas(64) T in[kInputCount][kShort], out[kOutputCount][kShort];
  if (length < kShort) {
    for (int k = 0; k < kInputCount; ++k) {
      copy_part_in(in[k], whole.in[k], length * sizeof(T));
      block.in[k] = in[k];
    }
    for (int k = 0; k < kOutputCount; ++k) block.out[k] = out[k];
  }
  run_block<kShort, 1>(block, each);
  if (length < kShort)
    for (int k = 0; k < kOutputCount; ++k) copy_part_out(whole.out[k], out[k], length * sizeof(T));
}

#if defined(__AVX2__)

// To whole cache lines, past the caches.
MISH_FN void stream(void* target, const void* lines, size_t bytes) {
#if defined(__AVX512F__)
  using Vector = __m512i;
  const auto store = [](Vector* to, const Vector* from)
                         MISH_INLINE { _mm512_stream_si512(to, _mm512_load_si512(from)); };
#else
  using Vector = __m256i;
  const auto store = [](Vector* to, const Vector* from)
                         MISH_INLINE { _mm256_stream_si256(to, _mm256_load_si256(from)); };
#endif
  for (size_t i = 0; i < bytes / sizeof(Vector); ++i)
    store(static_cast<Vector*>(target) + i, static_cast<const Vector*>(lines) + i);
}

// Computes the long blocks into the stack and streams them from there, once outputs are at a cache
// line; where they never all are, nothing. Returns where it stopped. A function of its own:
// inlined, it took registers from the other loop (clang 19, fast forward in cache 0.285 to 0.33
// ns).
template <class T, int kInputCount, int kOutputCount, int kVectors, class Each>
__attribute__((noinline)) size_t run_streamed(const Operands& o, size_t begin, size_t end,
                                              Each each) {
  constexpr size_t kLong = kLongBytes / sizeof(T);
  const auto phase = [&](int k) {
    return reinterpret_cast<uintptr_t>(static_cast<T*>(o.out[k]) + begin) % 64;
  };
  if (phase(0) % sizeof(T) != 0) return begin;  // no element begins with a cache line
  for (int k = 1; k < kOutputCount; ++k)
    if (phase(k) != phase(0)) return begin;
  const size_t head = (64 - phase(0)) % 64 / sizeof(T);
  if (end - begin < head + kLong) return begin;
  if (head > 0) run_short(block_at<T, kInputCount, kOutputCount>(o, begin), head, each);
  size_t i = begin + head;
  alignas(64) T out[kOutputCount][kLong];
  for (; end - i >= kLong; i += kLong) {
    auto block = block_at<T, kInputCount, kOutputCount>(o, i);
    for (int k = 0; k < kOutputCount; ++k) block.out[k] = out[k];
    run_long<kVectors>(block, each);
    for (int k = 0; k < kOutputCount; ++k)
      stream(static_cast<T*>(o.out[k]) + i, out[k], kLongBytes);
  }
  _mm_sfence();
  return i;
}

#else

template <class T, int kInputCount, int kOutputCount, int kVectors, class Each>
MISH_FN size_t run_streamed(const Operands&, size_t begin, size_t, Each) {
  return begin;
}

#endif

template <class T, int kInputCount, int kOutputCount, int kVectors = kSideBySide, class Each>
MISH_FN void run_blocks(const Operands& o, size_t begin, size_t end, Each each) {
  constexpr size_t kLong = kLongBytes / sizeof(T), kShort = kShortBytes / sizeof(T);
  size_t i = begin;
  if (o.streamed) i = run_streamed<T, kInputCount, kOutputCount, kVectors>(o, begin, end, each);
  for (; end - i >= kLong; i += kLong)
    run_long<kVectors>(block_at<T, kInputCount, kOutputCount>(o, i), each);
  for (; i < end; i += kShort) {
    const size_t length = end - i < kShort ? end - i : kShort;
    run_short(block_at<T, kInputCount, kOutputCount>(o, i), length, each);
  }
}

template <class T>
void forward(const Operands& o, size_t begin, size_t end) {
  run_blocks<T, 1, 1, kForwardSideBySide<T>>(
      o, begin, end,
      [](const auto& b, size_t i) MISH_INLINE { b.out[0][i] = math::forward(b.in[0][i]); });
}

template <class T>
void derivative(const Operands& o, size_t begin, size_t end) {
  run_blocks<T, 1, 1>(o, begin, end, [](const auto& b, size_t i) MISH_INLINE {
    b.out[0][i] = math::derivative(b.in[0][i]);
  });
}

template <class T>
void second_derivative(const Operands& o, size_t begin, size_t end) {
  run_blocks<T, 1, 1>(o, begin, end, [](const auto& b, size_t i) MISH_INLINE {
    b.out[0][i] = math::second_derivative(b.in[0][i]);
  });
}

template <class T>
void backward(const Operands& o, size_t begin, size_t end) {
  run_blocks<T, 2, 1>(o, begin, end, [](const auto& b, size_t i) MISH_INLINE {
    b.out[0][i] = math::backward(b.in[0][i], b.in[1][i]);
  });
}

template <class T>
void backward_accumulate(const Operands& o, size_t begin, size_t end) {
  const Operands with_dx = {{o.in[0], o.in[1], o.out[0]}, {o.out[0]}, false};
  run_blocks<T, 3, 1>(with_dx, begin, end, [](const auto& b, size_t i) MISH_INLINE {
    b.out[0][i] = math::backward_accumulate(b.in[0][i], b.in[1][i], b.in[2][i]);
  });
}

template <class T>
void double_backward(const Operands& o, size_t begin, size_t end) {
  run_blocks<T, 3, 2>(o, begin, end, [](const auto& b, size_t i) MISH_INLINE {
    const T x = b.in[0][i], dy = b.in[1][i], ddx = b.in[2][i];  // all, before one is overwritten
    b.out[0][i] = math::double_backward_x(x, dy, ddx);
    b.out[1][i] = math::backward(x, ddx);
  });
}

}  // namespace

#define MISH_EVERY_DTYPE(loop) \
  {loop<float>, loop<double>, loop<math::float16>, loop<math::bfloat16>, loop<math::float32_fast>}

extern const KernelTable kTable = {
    MISH_ISA_NAME,
    kCompiler,
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
