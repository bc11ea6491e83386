// The plain loop in C, x n / (n + 2) with n = e^x (e^x + 2), vectorised by the compiler with
// glibc's libmvec under -ffast-math: what one writes in a minute.
#include <math.h>

#include "peer.h"

namespace {

// e^x is cut off where x n would overflow; from there f is x in float32.
inline float exponential(float x) { return expf(x < 20.f ? x : 20.f); }

void forward(const float* __restrict x, float* __restrict out, size_t elements) {
  for (size_t i = 0; i < elements; ++i) {
    const float w = exponential(x[i]), n = w * (w + 2);
    out[i] = x[i] * n / (n + 2);
  }
}

void backward(const float* __restrict x, const float* __restrict dy, float* __restrict out,
              size_t elements) {
  for (size_t i = 0; i < elements; ++i) {
    const float w = exponential(x[i]), n = w * (w + 2), d = n + 2;
    out[i] = dy[i] * (n * d + 4 * x[i] * w * (w + 1)) / (d * d);
  }
}

}  // namespace

std::function<void()> prepare(const std::string& op, const std::string& dtype, const Operands& o) {
  if (dtype != "float32") return nullptr;
  const auto floats = [](char* memory) { return reinterpret_cast<float*>(memory); };
  float *x = floats(o.x), *dy = floats(o.dy), *out = floats(o.out);
  const size_t elements = o.elements;
  if (op == "forward") return [=] { forward(x, out, elements); };
  return [=] { backward(x, dy, out, elements); };
}
