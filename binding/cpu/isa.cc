// ISA detection: what isa.h promises. x86-64-v3 and v4 as the x86-64 psABI defines them.
#include "isa.h"

#include <stdint.h>
#include <string.h>

#include "../system/seams.h"
#include "../system/x86_cpuid.h"

namespace mish::cpu {

#if MISH_X86_64
namespace {

// The register states that the operating system saves and restores. Without them AVX instructions
// fault even where the CPU has them. Only to be asked when CPUID says OSXSAVE.
uint64_t enabled_states() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

bool has_all(uint64_t value, uint64_t mask) { return (value & mask) == mask; }

constexpr uint32_t bit(int n) { return 1u << n; }

// 0, 3 or 4: the x86-64 level, as far as kernels are compiled for it.
int x86_64_level() {
  const Registers basic = cpuid(1), extended = cpuid(7), amd = cpuid(0x80000001u);
  constexpr uint32_t fma = bit(12), movbe = bit(22), osxsave = bit(27), avx = bit(28),
                     f16c = bit(29);
  constexpr uint32_t bmi1 = bit(3), avx2 = bit(5), bmi2 = bit(8), lzcnt = bit(5);
  constexpr uint32_t avx512 = bit(16) | bit(17) | bit(28) | bit(30) | bit(31);  // F DQ CD BW VL
  constexpr uint64_t ymm_state = 0x6, zmm_state = 0xe6;

  if (!has_all(basic.ecx, fma | movbe | osxsave | avx | f16c)) return 0;
  if (!has_all(extended.ebx, bmi1 | avx2 | bmi2) || !has_all(amd.ecx, lzcnt)) return 0;
  const uint64_t states = seams::limit_register_states(enabled_states());
  if (!has_all(states, ymm_state)) return 0;
  return has_all(extended.ebx, avx512) && has_all(states, zmm_state) ? 4 : 3;
}

}  // namespace

Levels supported_levels() {
  const int level = seams::limit_x86_64_level(x86_64_level());
  if (level >= 4) return {{&x86_64_v4::kTable, &x86_64_v3::kTable}};
  if (level >= 3) return {{&x86_64_v3::kTable, nullptr}};
  return {{nullptr, nullptr}};
}

#else

// Every arm64 CPU has the vector unit and fma.
Levels supported_levels() { return {{&arm64::kTable, nullptr}}; }

#endif

const KernelTable* find_level(const char* isa) {
  const Levels levels = supported_levels();
  for (const KernelTable* table : levels.table)
    if (table && strcmp(table->isa, isa) == 0) return table;
  return nullptr;
}

}  // namespace mish::cpu
