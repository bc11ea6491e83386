// CPUID, as isa.cc and streaming.cc ask it; nothing on other CPUs.
#pragma once

#if defined(__x86_64__) || defined(_M_X64)
#define MISH_X86_64 1

#include <cpuid.h>
#include <stdint.h>

namespace mish {

struct Registers {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

// All zero when the leaf is missing.
inline Registers cpuid(uint32_t leaf, uint32_t subleaf = 0) {
  Registers r;
  __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

}  // namespace mish

#endif
