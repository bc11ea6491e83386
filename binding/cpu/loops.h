// The loops that kernels are made of, over blocks of a constant length: the compiler vectorises all
// of them, with no scalar heads or tails. For kernels.cc, which is compiled once per ISA level:
// nothing here has external linkage.
#pragma once

#include <stdint.h>
#include <string.h>

#include "../math/bits.h"
#include "kernels.h"

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

// Operands from where a loop begins, `at` elements after what it is run for begins: 0 but where the
// stack stands in for the last block.
template <class T>
struct Range {
  const T* in[kMaxInputs];
  T* out[kMaxOutputs];
  size_t at;
};

// Long blocks, where several vectors are computed side by side; then short ones, the last of them
// through the stack, filled up with zeros, when it is not whole.
constexpr size_t kLongBytes = 256, kShortBytes = 64;

// How far ahead of a block its inputs are asked for. Hardware alone leaves these loops waiting, as
// they read little between long computations. Sapphire Rapids, 16 Mi elements, ns each with and
// without: forward 0.87 and 0.99 (clang 19), 0.97 and 1.21 (gcc 12); backward 1.23 and 1.49, 1.41
// and 2.35; in cache no difference.
constexpr size_t kPrefetchBytes = 1024;

template <class T, int kInputCount, int kOutputCount>
MISH_FN Range<T> range_at(const Operands& o, size_t begin) {
  Range<T> range;
  for (int k = 0; k < kInputCount; ++k) range.in[k] = static_cast<const T*>(o.in[k]) + begin;
  for (int k = 0; k < kOutputCount; ++k) range.out[k] = static_cast<T*>(o.out[k]) + begin;
  range.at = 0;
  return range;
}

template <size_t kBytes, int kVectors, int kInputCount, class T, class Each>
MISH_FN void run_block(const Range<T>& range, size_t i, Each each) {
  for (int k = 0; k < kInputCount; ++k)
    for (size_t line = 0; line < kBytes; line += 64)
      __builtin_prefetch(reinterpret_cast<const char*>(range.in[k] + i) + kPrefetchBytes + line);
  MISH_INDEPENDENT_ITERATIONS
  for (size_t j = 0; j < kBytes / sizeof(T); ++j) each(range, i + j);
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

// `each` of the elements [begin, end). kVectors: side by side in a long block; with 1 there are
// short ones only. These and the last one share a loop, as every loop holds the whole computation.
template <class T, int kInputCount, int kOutputCount, int kVectors, class Each>
MISH_FN void run_range(const Operands& o, size_t begin, size_t end, Each each) {
  constexpr size_t kLong = kLongBytes / sizeof(T), kShort = kShortBytes / sizeof(T);
  const auto given = range_at<T, kInputCount, kOutputCount>(o, begin);
  const size_t rest = (end - begin) % kShort, whole = end - begin - rest;
  alignas(64) T in[kMaxInputs][kShort], out[kMaxOutputs][kShort];
  size_t i = 0;
  if constexpr (kVectors > 1)
    for (; whole - i >= kLong; i += kLong)
      run_block<kLongBytes, kVectors, kInputCount>(given, i, each);
  auto range = given;
  size_t stop = whole;
  for (bool last = rest == 0;; last = true) {
    for (; i < stop; i += kShort) run_block<kShortBytes, 1, kInputCount>(range, i, each);
    if (last) break;
    for (int k = 0; k < kInputCount; ++k) {
      copy_part_in(in[k], given.in[k] + whole, rest * sizeof(T));
      range.in[k] = in[k];
    }
    for (int k = 0; k < kOutputCount; ++k) range.out[k] = out[k];
    range.at = whole, i = 0, stop = kShort;
  }
  if constexpr (kOutputCount > 0)
    for (int k = 0; k < kOutputCount && rest != 0; ++k)
      copy_part_out(given.out[k] + whole, out[k], rest * sizeof(T));
}

// Of the operands of a kernel: bytes of an element, and how many there are.
struct Shape {
  size_t bytes;
  int inputs, outputs;
};

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

// Which elements of [begin, end) are streamed, once outputs are at a cache line: whole pieces of
// `piece` elements from `first` on. Where outputs never all are, there is none.
struct Streamed {
  size_t first, end;
};
MISH_FN Streamed streamed_part(Shape shape, const Operands& o, size_t begin, size_t end,
                               size_t piece) {
  const auto phase = [&](int k) {
    return (reinterpret_cast<uintptr_t>(o.out[k]) + begin * shape.bytes) % 64;
  };
  const bool is_line_of_elements = phase(0) % shape.bytes == 0;
  const bool is_one_phase = shape.outputs == 1 || phase(1) == phase(0);
  if (!is_line_of_elements || !is_one_phase) return {begin, begin};
  const size_t head = (64 - phase(0)) % 64 / shape.bytes;
  if (end - begin < head + piece) return {begin, begin};
  return {begin + head, begin + head + (end - begin - head) / piece * piece};
}

MISH_FN Operands not_streamed(const Operands& o) {
  return {{o.in[0], o.in[1], o.in[2]}, {o.out[0], o.out[1]}, false};
}

// What is computed into the stack at a time, for each output, and streamed from there.
constexpr size_t kStreamedBytes = 4096;

// One copy, where compilers make one for every kernel's constants (clang 19: 12 KB over both levels
// of x86-64).
#if defined(__clang__)
#define MISH_ONE_COPY __attribute__((noinline, minsize))
#else
#define MISH_ONE_COPY __attribute__((noinline, noclone))
#endif

// Has the kernel compute pieces into the stack, and streams them from there; returns where it
// stopped. With loops of their own for streaming, kernels take twice the bytes.
MISH_ONE_COPY size_t run_streamed(Kernel kernel, Shape shape, const Operands& o, size_t begin,
                                  size_t end) {
  const size_t piece = kStreamedBytes / shape.bytes;
  const Streamed part = streamed_part(shape, o, begin, end, piece);
  if (part.first > begin) kernel(not_streamed(o), begin, part.first);
  alignas(64) char out[kMaxOutputs][kStreamedBytes];
  for (size_t i = part.first; i < part.end; i += piece) {
    const size_t at = i * shape.bytes;
    Operands here = {{}, {out[0], out[1]}, false};
    for (int k = 0; k < shape.inputs; ++k) here.in[k] = static_cast<const char*>(o.in[k]) + at;
    kernel(here, 0, piece);
    for (int k = 0; k < shape.outputs; ++k)
      stream(static_cast<char*>(o.out[k]) + at, out[k], kStreamedBytes);
  }
  _mm_sfence();
  return part.end;
}

// The same from the registers that a long block is computed in: for kernels with one output that
// wait for memory rather than for arithmetic. Zen 4, 16 Mi elements, ns each by this and by the one
// above: fast forward 0.46 and 0.55, its backward 0.69 and 0.75; exact forward 1.01 and 1.09.
template <class T, int kInputCount, int kVectors, class Each>
__attribute__((noinline)) size_t run_streamed_in_loop(Kernel kernel, const Operands& o,
                                                      size_t begin, size_t end, Each each) {
  constexpr size_t kLong = kLongBytes / sizeof(T);
  const Streamed part = streamed_part({sizeof(T), kInputCount, 1}, o, begin, end, kLong);
  if (part.first > begin) kernel(not_streamed(o), begin, part.first);
  alignas(64) T out[kLong];
  for (size_t i = part.first; i < part.end; i += kLong) {
    auto range = range_at<T, kInputCount, 1>(o, i);
    range.out[0] = out;
    run_block<kLongBytes, kVectors, kInputCount>(range, 0, each);
    stream(static_cast<T*>(o.out[0]) + i, out, kLongBytes);
  }
  _mm_sfence();
  return part.end;
}

#else

MISH_FN size_t run_streamed(Kernel, Shape, const Operands&, size_t begin, size_t) { return begin; }
template <class T, int kInputCount, int kVectors, class Each>
MISH_FN size_t run_streamed_in_loop(Kernel, const Operands&, size_t begin, size_t, Each) {
  return begin;
}

#endif

}  // namespace
}  // namespace mish::cpu::MISH_ISA
