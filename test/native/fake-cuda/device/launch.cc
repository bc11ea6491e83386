// Reads from an entry's name what operands it has, and so what the parameters must point to.
#include "launch.h"

#include <string.h>

#include <algorithm>

#include "kernels.h"
#include "world.h"

namespace mish::fake {
namespace {

using namespace cuda;

constexpr uint64_t kVectorBytes = 16;

struct Operands {
  bool exist;  // false: not an entry of an operation
  OpInfo op;
  Dtype dtype;
};

Operands operands_of(const char* entry) {
  for (int op = 0; op < kOpCount; ++op)
    for (int dtype = 0; dtype < kDtypeCount; ++dtype)
      if (strcmp(entry, kEntryNames[op][dtype]) == 0) return {true, kOps[op], (Dtype)dtype};
  return {};
}

bool makes_tables(const char* entry) {
  return std::any_of(std::begin(kTableEntryNames), std::end(kTableEntryNames),
                     [&](const char* name) { return strcmp(entry, name) == 0; });
}

uint64_t bytes_of(Dtype dtype) { return kDtypes[(int)dtype].bytes; }
bool is_half(Dtype dtype) { return dtype == Dtype::float16 || dtype == Dtype::bfloat16; }

std::vector<uintptr_t> addresses(const Operands& operands, const Parameters& p) {
  std::vector<uintptr_t> found;
  for (int k = 0; k < operands.op.inputs; ++k) found.push_back((uintptr_t)p.in[k]);
  for (int k = 0; k < operands.op.outputs; ++k) found.push_back((uintptr_t)p.out[k]);
  return found;
}

bool misaligned(const Operands& operands, const Parameters& p) {
  const uint64_t element = bytes_of(operands.dtype), first_vector = p.head * element;
  const auto all = addresses(operands, p);
  return std::any_of(all.begin(), all.end(), [&](uintptr_t address) {
    return address % element != 0 ||
           (p.vectors > 0 && (address + first_vector) % kVectorBytes != 0);
  });
}

}  // namespace

bool is_entry(const char* name) { return operands_of(name).exist || makes_tables(name); }

std::vector<Range> memory_of(const char* entry, const Parameters& p) {
  const Range tables = {(uintptr_t)p.tables, sizeof(HalfTables)};
  const Operands operands = operands_of(entry);
  if (!operands.exist) return {tables};
  const uint64_t element = bytes_of(operands.dtype);
  // Vectors beyond the length are read as well.
  const uint64_t end_of_vectors = p.vectors ? p.head + p.vectors * (kVectorBytes / element) : 0;
  std::vector<Range> touched;
  for (const uintptr_t address : addresses(operands, p))
    touched.push_back({address, std::max(p.length, end_of_vectors) * element});
  if (is_half(operands.dtype)) touched.push_back(tables);
  return touched;
}

Code carry_out(const char* entry, const Parameters& p, unsigned grid) {
  if (const Code planned = world().calls.next_kernel()) return planned;
  const Operands operands = operands_of(entry);
  if (operands.exist && misaligned(operands, p)) return kMisalignedAddress;
  return run_kernel(entry, p, grid) ? kSuccess : kNotFound;
}

}  // namespace mish::fake
