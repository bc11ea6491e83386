// The size of the last-level cache, and what streaming.h promises.
#include "streaming.h"

#include <stdint.h>

#include <atomic>

#include "../system/seams.h"
#include "../system/x86_cpuid.h"

namespace mish::cpu {
namespace {

#if MISH_X86_64

// The largest cache that this leaf describes: its sub-leaves are the caches, up to one of type 0.
size_t largest_cache_bytes(uint32_t leaf) {
  size_t largest = 0;
  for (uint32_t i = 0; i < 16; ++i) {
    const Registers r = cpuid(leaf, i);
    if ((r.eax & 31) == 0) break;
    const size_t ways = (r.ebx >> 22) + 1, partitions = ((r.ebx >> 12) & 0x3ff) + 1,
                 line_bytes = (r.ebx & 0xfff) + 1, sets = (size_t)r.ecx + 1;
    const size_t bytes = ways * partitions * line_bytes * sets;
    if (bytes > largest) largest = bytes;
  }
  return largest;
}

// 0 where the CPU does not say. Intel's leaf, and AMD's, which has the same form.
size_t last_level_cache_bytes() {
  const size_t bytes = largest_cache_bytes(4);
  const bool has_topology_extensions = cpuid(0x80000001u).ecx & 1u << 22;
  return bytes == 0 && has_topology_extensions ? largest_cache_bytes(0x8000001du) : bytes;
}

#else

size_t last_level_cache_bytes() { return 0; }  // kernels have no streaming stores there

#endif

}  // namespace

size_t cache_bytes() {
  static std::atomic<size_t> known{0};
  size_t bytes = known.load(std::memory_order_relaxed);
  if (bytes == 0) {
    bytes = last_level_cache_bytes();
    if (bytes == 0) bytes = SIZE_MAX;
    known.store(bytes, std::memory_order_relaxed);
  }
  return seams::replace_cache(bytes);
}

bool pays_to_stream(const Job& job) {
  return !job.rewrites && job.length * job.element_bytes > cache_bytes() / 2;
}

}  // namespace mish::cpu
