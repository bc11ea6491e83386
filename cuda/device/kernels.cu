// The kernels: one entry for each name in manifest.h, compiled once for every architecture
// (image.cmake). All that they compute is in elements.h, how they go over memory in kernel_body.h.
#include "grid_loop.h"
#include "kernel_abi.h"

// The threads of a block are a constant here: then a tile's size is one too.
#define MISH_POSITION \
  mish::cuda::Position { blockIdx.x, gridDim.x, threadIdx.x, mish::cuda::kBlockThreads }

#define MISH_ENTRY(name, operation)                                            \
  extern "C" __global__ void __launch_bounds__(mish::cuda::kBlockThreads)      \
      mish_##name(const __grid_constant__ mish::cuda::Parameters parameters) { \
    using namespace mish::cuda;                                                \
    run<operation>(parameters, MISH_POSITION);                                 \
  }
#define MISH_ENTRIES(name, operation)            \
  MISH_ENTRY(name##_float32, operation<float>)   \
  MISH_ENTRY(name##_float64, operation<double>)  \
  MISH_ENTRY(name##_float16, operation<float16>) \
  MISH_ENTRY(name##_bfloat16, operation<bfloat16>)

MISH_ENTRIES(forward, Forward)
MISH_ENTRIES(derivative, Derivative)
MISH_ENTRIES(second_derivative, SecondDerivative)
MISH_ENTRIES(backward, Backward)
MISH_ENTRIES(backward_accumulate, BackwardAccumulate)
MISH_ENTRIES(double_backward, DoubleBackward)
MISH_ENTRY(forward_float32_fast, Forward<float32_fast>)
MISH_ENTRY(derivative_float32_fast, Derivative<float32_fast>)
MISH_ENTRY(backward_float32_fast, Backward<float32_fast>)
MISH_ENTRY(backward_accumulate_float32_fast, BackwardAccumulate<float32_fast>)
MISH_ENTRY(double_backward_float32_fast, DoubleBackward<float32_fast>)

#define MISH_TABLE_ENTRY(name, Half)                                                  \
  extern "C" __global__ void __launch_bounds__(mish::cuda::kBlockThreads)             \
      mish_tables_##name(const __grid_constant__ mish::cuda::Parameters parameters) { \
    using namespace mish::cuda;                                                       \
    const Position at = MISH_POSITION;                                                \
    make_table_entry<Half>(*parameters.tables, at.block * at.threads + at.thread);    \
  }
MISH_TABLE_ENTRY(float16, float16)
MISH_TABLE_ENTRY(bfloat16, bfloat16)
