// What is judged: the shipped kernels of every ISA level of this machine, and how they are run.
#pragma once

#include <stdint.h>
#include <string.h>

#include <string>
#include <vector>

#include "../../../binding/cpu/isa.h"
#include "parallel.h"
#include "report.h"

namespace verify {

struct Options {
  Settings settings;
  bool sampled;
  int thinned;              // of the sample, one in so many: a power of two
  const char* hard_inputs;  // the folder of float32-hard.*.u32.bin, or null
};

inline std::vector<const mish::cpu::KernelTable*> levels() {
  std::vector<const mish::cpu::KernelTable*> found;
  for (const mish::cpu::KernelTable* table : mish::cpu::supported_levels().table)
    if (table) found.push_back(table);
  return found;
}

// The column of the kernel tables of that name, or -1.
inline int dtype_named(const char* name) {
  for (int i = 0; i < mish::kDtypeCount; ++i)
    if (strcmp(mish::kDtypes[i].name, name) == 0) return i;
  return -1;
}

inline void run(const mish::cpu::KernelTable* level, mish::Op op, int dtype,
                const mish::cpu::Operands& operands, int count) {
  level->kernel[(int)op][dtype](operands, 0, count);
}

// How many of `count` elements differ in bits.
template <class T>
int64_t unequal(const T* a, const T* b, int count) {
  if (memcmp(a, b, count * sizeof(T)) == 0) return 0;
  int64_t sum = 0;
  for (int i = 0; i < count; ++i) sum += memcmp(a + i, b + i, sizeof(T)) != 0;
  return sum;
}

// Of the bits of `count` elements, in their order.
template <class T>
uint64_t hash_of(const T* results, int count) {
  uint64_t hash = 0;
  for (int i = 0; i < count; ++i) {
    uint64_t bits = 0;
    memcpy(&bits, results + i, sizeof(T));
    hash = (hash ^ bits) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32;  // else two flips of the highest bit would cancel
  }
  return hash;
}

// The claims of each file; each adds to the report what it ran.
void verify_floats(const Options&, const std::string& only, Report&);
void verify_float_products(const Options&, const std::string& only, Report&);
void verify_doubles(const Options&, const std::string& only, Report&);
void verify_halves(const Options&, const std::string& only, Report&);
void verify_reference(const Options&, const std::string& only, Report&);

// Writes the `most` hardest inputs of f, f' and f'' to float32-hard.*.u32.bin: pairs of the bits of
// x and of the correctly rounded result, in the order of x. False when it cannot.
bool list_hard_inputs(const Settings&, size_t most, const std::string& folder);

}  // namespace verify
