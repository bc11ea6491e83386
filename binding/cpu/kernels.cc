// The loops of one ISA level: this file is compiled once per level, with MISH_ISA naming the
// namespace and MISH_ISA_NAME the level. The body of each loop is one call into math/mish.h.
//
// Nothing here has external linkage but the table, and the compiler vectorises every loop: clang 19
// at -O2, gcc 12 at -O3 -fno-math-errno -fno-trapping-math. The scalar tail does the same IEEE
// operations as the vector body, so its bits are the same.
#include "kernels.h"

#include "../math/mish.h"

// In-place calls alias x and y exactly, which no iteration but its own can see; without the promise
// the compiler would check for overlap at run time and take the scalar loop for them.
#if defined(__clang__)
#define MISH_INDEPENDENT_ITERATIONS \
  _Pragma("clang loop vectorize(assume_safety) interleave_count(4)")
#else
#define MISH_INDEPENDENT_ITERATIONS _Pragma("GCC ivdep")
#endif

namespace mish::cpu::MISH_ISA {
namespace {

template <class T>
const T* input(const Operands& o, int i) {
  return static_cast<const T*>(o.in[i]);
}

template <class T>
T* output(const Operands& o, int i) {
  return static_cast<T*>(o.out[i]);
}

template <class T>
void forward(const Operands& o, size_t begin, size_t end) {
  const T* x = input<T>(o, 0);
  T* y = output<T>(o, 0);
  MISH_INDEPENDENT_ITERATIONS
  for (size_t i = begin; i < end; ++i) y[i] = math::forward(x[i]);
}

template <class T>
void derivative(const Operands& o, size_t begin, size_t end) {
  const T* x = input<T>(o, 0);
  T* y = output<T>(o, 0);
  MISH_INDEPENDENT_ITERATIONS
  for (size_t i = begin; i < end; ++i) y[i] = math::derivative(x[i]);
}

template <class T>
void second_derivative(const Operands& o, size_t begin, size_t end) {
  const T* x = input<T>(o, 0);
  T* y = output<T>(o, 0);
  MISH_INDEPENDENT_ITERATIONS
  for (size_t i = begin; i < end; ++i) y[i] = math::second_derivative(x[i]);
}

template <class T>
void backward(const Operands& o, size_t begin, size_t end) {
  const T *x = input<T>(o, 0), *dy = input<T>(o, 1);
  T* dx = output<T>(o, 0);
  MISH_INDEPENDENT_ITERATIONS
  for (size_t i = begin; i < end; ++i) dx[i] = math::backward(x[i], dy[i]);
}

template <class T>
void backward_accumulate(const Operands& o, size_t begin, size_t end) {
  const T *x = input<T>(o, 0), *dy = input<T>(o, 1);
  T* dx = output<T>(o, 0);
  MISH_INDEPENDENT_ITERATIONS
  for (size_t i = begin; i < end; ++i) dx[i] = math::backward_accumulate(x[i], dy[i], dx[i]);
}

template <class T>
void double_backward(const Operands& o, size_t begin, size_t end) {
  const T *x = input<T>(o, 0), *dy = input<T>(o, 1), *ddx = input<T>(o, 2);
  T *grad_x = output<T>(o, 0), *grad_dy = output<T>(o, 1);
  MISH_INDEPENDENT_ITERATIONS
  for (size_t i = begin; i < end; ++i) {
    const T x_i = x[i], dy_i = dy[i], ddx_i = ddx[i];  // read before either store: in place
    grad_x[i] = math::double_backward_x(x_i, dy_i, ddx_i);
    grad_dy[i] = math::backward(x_i, ddx_i);
  }
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
