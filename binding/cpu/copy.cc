// Copies as kernels: what copy.h promises, in the instructions that every CPU has.
#include "copy.h"

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) || defined(_M_X64)
#include <emmintrin.h>
#endif

namespace mish::cpu {
namespace {

#if defined(__x86_64__) || defined(_M_X64)

// Whole cache lines of the target are streamed; a line written in part would be read first.
void streaming_copy(char* target, const char* source, size_t bytes) {
  constexpr size_t kLine = 64;
  const size_t to_line = (size_t)(-(uintptr_t)target % kLine);
  const size_t head = to_line < bytes ? to_line : bytes;
  memcpy(target, source, head);
  size_t i = head;
  for (; bytes - i >= kLine; i += kLine) {
    for (size_t k = 0; k < kLine; k += sizeof(__m128i)) {
      const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(source + i + k));
      _mm_stream_si128(reinterpret_cast<__m128i*>(target + i + k), part);
    }
  }
  _mm_sfence();
  memcpy(target + i, source + i, bytes - i);
}

#else

void streaming_copy(char* target, const char* source, size_t bytes) {
  memcpy(target, source, bytes);
}

#endif

template <size_t kBytes>
void plain(const Operands& o, size_t begin, size_t end) {
  memcpy(static_cast<char*>(o.out[0]) + begin * kBytes,
         static_cast<const char*>(o.in[0]) + begin * kBytes, (end - begin) * kBytes);
}

template <size_t kBytes>
void streaming(const Operands& o, size_t begin, size_t end) {
  streaming_copy(static_cast<char*>(o.out[0]) + begin * kBytes,
                 static_cast<const char*>(o.in[0]) + begin * kBytes, (end - begin) * kBytes);
}

}  // namespace

Kernel copy_kernel(bool stream, Dtype dtype) {
  switch (kDtypes[static_cast<int>(dtype)].bytes) {
    case 2:
      return stream ? streaming<2> : plain<2>;
    case 4:
      return stream ? streaming<4> : plain<4>;
    default:
      return stream ? streaming<8> : plain<8>;
  }
}

}  // namespace mish::cpu
