// The plan of one launch on a GPU: which elements go 16 bytes at a time, and how many blocks. Plain
// arithmetic on addresses: nothing here needs a GPU or the driver.
#pragma once

#include "kernel_abi.h"

namespace mish::cuda {

constexpr uint64_t kVectorBytes = 16;

// Vectors of each operand that a thread has in flight: loads of all come before the first result.
// On an H200 copies, float32's and float64's forward and most fast kernels did best with one;
// float16's forward and backward by table with two, as a lookup waits for memory once more. With
// two, operations that read three operands made ptxas spill registers.
constexpr uint64_t vectors_of_thread(const OpInfo& op, uint64_t element_bytes) {
  return element_bytes == 2 && op.inputs + op.reads_output < 3 ? 2 : 1;
}

constexpr uint64_t kMostBlocks = 0x7fffffff;  // of a grid, by CUDA

// What half kernels are limited to: 2,048 threads on a multiprocessor, the most that one holds.
// With a table they were fastest so on an H200, nearly all others with a block for each tile.
constexpr uint64_t kHalfBlocksOfMultiprocessor = 2048 / kBlockThreads;

constexpr unsigned kTableBlocks = HalfTables::kEntries / kBlockThreads;
static_assert(kTableBlocks * kBlockThreads == HalfTables::kEntries, "one thread for each entry");

struct Plan {
  Parameters parameters;
  unsigned grid_blocks;
};

constexpr uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }
constexpr uint64_t quotient_up(uint64_t a, uint64_t b) { return a / b + (a % b != 0); }

// Elements before the first multiple of 16 bytes, when that is the same for all operands: else all.
inline uint64_t head_of(const Parameters& p, const OpInfo& op, uint64_t element_bytes) {
  const auto phase = [](const void* operand) {
    return reinterpret_cast<uintptr_t>(operand) % kVectorBytes;
  };
  const uint64_t common = phase(p.out[0]);
  for (int k = 0; k < op.inputs; ++k)
    if (phase(p.in[k]) != common) return p.length;
  for (int k = 1; k < op.outputs; ++k)
    if (phase(p.out[k]) != common) return p.length;
  return least((kVectorBytes - common) % kVectorBytes / element_bytes, p.length);
}

inline unsigned grid_of(const Parameters& p, const OpInfo& op, uint64_t element_bytes,
                        int multiprocessors) {
  const uint64_t tile = kBlockThreads * vectors_of_thread(op, element_bytes);
  const uint64_t one_by_one = p.length - p.vectors * (kVectorBytes / element_bytes);
  const uint64_t for_vectors = quotient_up(p.vectors, tile);
  const uint64_t for_others = quotient_up(one_by_one, kBlockThreads);
  const uint64_t useful = for_vectors > for_others ? for_vectors : for_others;
  const uint64_t most = element_bytes == 2
                            ? kHalfBlocksOfMultiprocessor * static_cast<uint64_t>(multiprocessors)
                            : kMostBlocks;
  return static_cast<unsigned>(useful == 0 ? 1 : least(useful, most));
}

// `in` and `out` are device addresses, multiples of the element's size; as many as the op has are
// read. `tables` is for the half types.
inline Plan plan(Op op, Dtype dtype, const uint64_t in[kMaxInputs], const uint64_t out[kMaxOutputs],
                 HalfTables* tables, uint64_t length, int multiprocessors) {
  const OpInfo& info = kOps[static_cast<int>(op)];
  const uint64_t element_bytes = kDtypes[static_cast<int>(dtype)].bytes;
  Plan made = {};
  Parameters& p = made.parameters;
  for (int k = 0; k < info.inputs; ++k) p.in[k] = reinterpret_cast<const void*>(in[k]);
  for (int k = 0; k < info.outputs; ++k) p.out[k] = reinterpret_cast<void*>(out[k]);
  p.tables = tables;
  p.length = length;
  p.head = head_of(p, info, element_bytes);
  p.vectors = (length - p.head) / (kVectorBytes / element_bytes);
  made.grid_blocks = grid_of(p, info, element_bytes, multiprocessors);
  return made;
}

}  // namespace mish::cuda
