// The kernels that this CPU can run, decided once from CPUID and the operating system's state mask.
#pragma once

#include "kernels.h"

namespace mish::cpu {

constexpr int kMaxLevels = 2;

// The kernel tables this CPU supports, best first, then nulls. None on an x86-64 without AVX2 and
// FMA: that is the JS kernel's business.
struct Levels {
  const KernelTable* table[kMaxLevels];
};

Levels supported_levels();

// The supported table of that name, or null.
const KernelTable* find_level(const char* isa);

}  // namespace mish::cpu
