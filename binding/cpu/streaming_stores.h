// Streaming stores: jobs whose outputs are written past the caches, whole cache lines at a time.
// For kernels.cc, as loops.h; streaming.h decides which jobs these are.
#pragma once

#include "loops.h"

namespace mish::cpu::MISH_ISA {
namespace {

// The operands of a kernel: bytes per element, and the numbers of inputs and outputs.
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

// The elements of [begin, end) that are streamed: whole pieces of `piece` elements, from the first
// element at which every output is at a cache line. Empty when the outputs never are together.
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
