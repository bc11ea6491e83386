// Plays the threads of kernels.cu with the same code that nvcc compiles, so that indexing, tables
// and vectors are those of a GPU. Compiled for CPUs with fma, as these formulas have many.
#include "kernels.h"

#include <string.h>

#include "../../../../cuda/device/grid_loop.h"

namespace mish::fake {
namespace {

using namespace cuda;

template <class Thread>
void play(unsigned grid, Thread thread) {
  for (uint64_t block = 0; block < grid; ++block)
    for (uint64_t at = 0; at < kBlockThreads; ++at)
      thread(Position{block, grid, at, kBlockThreads});
}

template <class Operation>
void play_operation(const Parameters& p, unsigned grid) {
  play(grid, [&](const Position& at) { run_thread<Operation>(p, at); });
}

template <class Half>
void play_tables(const Parameters& p, unsigned grid) {
  play(grid, [&](const Position& at) {
    make_table_entry<Half>(*p.tables, (uint16_t)(at.block * at.threads + at.thread));
  });
}

using Kernel = void (*)(const Parameters&, unsigned grid);

#define MISH_FAKE_KERNELS(op, name, inputs, outputs, reads_output, fast)                    \
  {play_operation<Operation<Op::op, float>>, play_operation<Operation<Op::op, double>>,     \
   play_operation<Operation<Op::op, float16>>, play_operation<Operation<Op::op, bfloat16>>, \
   play_operation<Operation<Op::op, fast>>},
using float32 = float;
// By Op and Dtype, as kEntryNames.
constexpr Kernel kKernels[kOpCount][kDtypeCount] = {MISH_OPS(MISH_FAKE_KERNELS)};
#undef MISH_FAKE_KERNELS
constexpr Kernel kTableKernels[] = {play_tables<float16>, play_tables<bfloat16>};

Kernel find_kernel(const char* entry) {
  for (int op = 0; op < kOpCount; ++op)
    for (int dtype = 0; dtype < kDtypeCount; ++dtype)
      if (strcmp(entry, kEntryNames[op][dtype]) == 0) return kKernels[op][dtype];
  for (int half = 0; half < 2; ++half)
    if (strcmp(entry, kTableEntryNames[half]) == 0) return kTableKernels[half];
  return nullptr;
}

}  // namespace

bool run_kernel(const char* entry, const Parameters& parameters, unsigned grid) {
  const Kernel kernel = find_kernel(entry);
  if (kernel) kernel(parameters, grid);
  return kernel != nullptr;
}

}  // namespace mish::fake
