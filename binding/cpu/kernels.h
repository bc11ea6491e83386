// The CPU kernels: one table per ISA level, each entry a loop over a range of elements.
//
// A kernel touches only elements [begin, end) of its operands, so any partition of a job over
// threads gives the same bits. Outputs may be inputs (exactly the same memory), never partly
// overlap them.
#pragma once

#include <stddef.h>

#include "../ops.h"

namespace mish::cpu {

struct Operands {
  const void* in[kMaxInputs];
  void* out[kMaxOutputs];
  bool streamed;  // kernels.cc writes outputs past the caches, where the CPU can; not in place
};

using Kernel = void (*)(const Operands&, size_t begin, size_t end);

struct KernelTable {
  const char *isa, *compiler;
  Kernel kernel[kOpCount][kDtypeCount];
};

// One definition per ISA level built: kernels.cc compiled with that level's flags.
namespace x86_64_v3 {
extern const KernelTable kTable;
}
namespace x86_64_v4 {
extern const KernelTable kTable;
}
namespace arm64 {
extern const KernelTable kTable;
}

}  // namespace mish::cpu
