// Loops over blocks of a constant length: the compiler vectorises all of them, without scalar heads
// or tails. For kernels.cc, which is compiled once per ISA level: nothing here has external
// linkage.
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

// The operands at the start of a loop. `at` is the offset from the start of the kernel's range, in
// elements: 0 except for the last block, which is computed on the stack.
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

// Calls `each` for the elements [begin, end). kVectors: vectors side by side in a long block; with
// 1 there are short ones only. These and the last one share a loop, as every loop holds the whole
// computation.
template <class T, int kInputCount, int kOutputCount, int kVectors, class Each>
MISH_FN void run_blocks(const Operands& o, size_t begin, size_t end, Each each) {
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

}  // namespace
}  // namespace mish::cpu::MISH_ISA
