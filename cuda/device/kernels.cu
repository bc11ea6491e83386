// The kernels: one entry for each name in kernel_abi.h, compiled once for every architecture
// (image/compile.cmake). device_functions.h computes an element, grid_loop.h goes over memory.
#include "grid_loop.h"
#include "kernel_abi.h"

// The threads of a block are a constant here: then a tile's size is one too.
#define MISH_POSITION \
  mish::cuda::Position { blockIdx.x, gridDim.x, threadIdx.x, mish::cuda::kBlockThreads }

#define MISH_ENTRY(op, dtype, T)                                                       \
  extern "C" __global__ void __launch_bounds__(mish::cuda::kBlockThreads)              \
      mish_##op##_##dtype(const __grid_constant__ mish::cuda::Parameters parameters) { \
    using namespace mish::cuda;                                                        \
    run_thread<Operation<mish::Op::op, T>>(parameters, MISH_POSITION);                 \
  }

#define MISH_ENTRIES(op, name, inputs, outputs, reads_output, fast) \
  MISH_ENTRY(op, float32, float)                                    \
  MISH_ENTRY(op, float64, double)                                   \
  MISH_ENTRY(op, float16, float16)                                  \
  MISH_ENTRY(op, bfloat16, bfloat16)
MISH_OPS(MISH_ENTRIES)

// The entries of float32_fast; an operation that float32's kernel serves has none. They come last:
// with similar code side by side, the compressed image is 1,448 bytes smaller.
#define MISH_FAST_ENTRY_float32_fast(op) MISH_ENTRY(op, float32_fast, float32_fast)
#define MISH_FAST_ENTRY_float32(op)
#define MISH_FAST_ENTRY(op, name, inputs, outputs, reads_output, fast) MISH_FAST_ENTRY_##fast(op)
MISH_OPS(MISH_FAST_ENTRY)

#define MISH_TABLE_ENTRY(name, Half)                                                  \
  extern "C" __global__ void __launch_bounds__(mish::cuda::kBlockThreads)             \
      mish_tables_##name(const __grid_constant__ mish::cuda::Parameters parameters) { \
    using namespace mish::cuda;                                                       \
    const Position at = MISH_POSITION;                                                \
    make_table_entry<Half>(*parameters.tables, at.block * at.threads + at.thread);    \
  }
MISH_TABLE_ENTRY(float16, float16)
MISH_TABLE_ENTRY(bfloat16, bfloat16)
