// The loops of float16's and bfloat16's derivatives, by way of float32's kernels.
//
// f' and f'' of halves are computed a piece at a time: x is widened, float32's kernels make factors
// of it, and `each` gets these. Computing everything in one loop needs four vectors of doubles for
// one of halves: ten kernels took 98 KB at x86-64-v3 and 84 KB at v4 (gcc 12), and were a fifth
// slower. By way of factors they take 32 and 19 KB.
#pragma once

#include "../math/convert.h"
#include "loops.h"

namespace mish::cpu::MISH_ISA {
namespace {

template <class T>
constexpr bool kIsHalf = sizeof(T) == 2;
constexpr size_t kPiece = 512;

// Vectors side by side in a long block, as in kernels.cc. For gcc 12 long blocks are 23 KB a level,
// 4 % faster at x86-64-v4 and no faster at v3.
template <int kInputCount, int kOutputCount>
#if defined(__clang__)
constexpr int kHalvesSideBySide = kInputCount == 1 ? 1 : 4 / kOutputCount;
#else
constexpr int kHalvesSideBySide = 1;
#endif

// Calls each(range, i, factors, at) for the elements [begin, end): factors[k][at] is what the k-th
// kernel of float32 makes of x.
template <class T, int kInputCount, int kOutputCount, Kernel... kFactors, class Each>
MISH_FN void run_halves(const Operands& o, size_t begin, size_t end, Each each) {
  constexpr size_t kFloats = kShortBytes / sizeof(float);
  alignas(64) float x[kPiece], factors[sizeof...(kFactors)][kPiece];
  for (size_t i = begin; i < end; i += kPiece) {
    const size_t length = end - i < kPiece ? end - i : kPiece;
    run_blocks<T, 1, 0, 1>(o, i, i + length, [&x](const auto& r, size_t j) MISH_INLINE {
      x[r.at + j] = math::argument(r.in[0][j]);
    });
    const size_t computed = (length + kFloats - 1) / kFloats * kFloats;
    int k = 0;
    (kFactors({{x}, {factors[k++]}, false}, 0, computed), ...);
    if (computed % (2 * kFloats) != 0)  // half a short block of halves
      for (auto& factor : factors) memset(factor + computed, 0, kShortBytes);
    run_blocks<T, kInputCount, kOutputCount, kHalvesSideBySide<kInputCount, kOutputCount>>(
        o, i, i + length,
        [&factors, each](const auto& r, size_t j) MISH_INLINE { each(r, j, factors, r.at + j); });
  }
}

// The x at which float32's f' lies between two halves, and f' itself just below: rounded twice, it
// would go up. f'' has no such x. Of all 65,536 inputs of each half (test/native/verify, "float16
// f'" to "bfloat16 f''": every one).
template <class T>
constexpr uint16_t kTie = 0x1060;
template <>
constexpr uint16_t kTie<math::bfloat16> = 0xba20;

// f' or f'' of x, from that of float32: correctly rounded.
template <class T>
MISH_FN T narrow(T x, float value) {
  return math::rounded<T>((double)(value * (x.bits == kTie<T> ? 0x1.fffffep-1f : 1.0f)));
}

}  // namespace
}  // namespace mish::cpu::MISH_ISA
