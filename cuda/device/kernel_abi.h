// The interface between the kernels and the code that launches them: names of entries, and what one
// takes. Nothing else is shared between kernels.cu, compiled once by nvcc, and the addon that
// embeds it.
#pragma once

#include <stdint.h>

#include "../../binding/ops.h"

namespace mish::cuda {

// The correctly rounded values of a half type for all its 65,536 bit patterns, made on the device
// when it is opened (by the formulas of binding/math): 896 KiB for each of the two. With them a
// half kernel costs a cached load instead of fp64 arithmetic. H200, time of a copy over time of the
// kernel: backward 0.28 to 0.34 by formula, 0.96 by table (bench/results, h200-formulas).
struct HalfTables {
  static constexpr int kEntries = 65536;
  uint16_t forward[kEntries], derivative[kEntries], second_derivative[kEntries];
  float derivative_factor[kEntries], second_derivative_factor[kEntries];
};

// The one parameter of every entry.
struct Parameters {
  const void* in[kMaxInputs];
  void* out[kMaxOutputs];
  HalfTables* tables;  // of the operands' dtype; null unless that is a half type
  uint64_t length;     // elements
  // Elements [head, head + vectors * (elements of 16 bytes)) begin at a multiple of 16 bytes in
  // every operand and are computed 16 bytes at a time; the others one by one.
  uint64_t head, vectors;
};
static_assert(sizeof(Parameters) == 72, "the same on host and device");

// The names of the entries, by Op and Dtype.
#define MISH_ENTRY_NAMES(op, name, inputs, outputs, reads_output, fast)    \
  {"mish_" #op "_float32", "mish_" #op "_float64", "mish_" #op "_float16", \
   "mish_" #op "_bfloat16", "mish_" #op "_" #fast},
constexpr const char* kEntryNames[kOpCount][kDtypeCount] = {MISH_OPS(MISH_ENTRY_NAMES)};
#undef MISH_ENTRY_NAMES

// They fill `tables`, one entry of them a thread.
constexpr const char* kTableEntryNames[] = {"mish_tables_float16", "mish_tables_bfloat16"};

constexpr unsigned kBlockThreads = 128;

// The image: kernels.cu for every architecture below as one fatbin, and PTX for later ones; without
// nvcc at build time there is none, and the size is 0. A build with test seams has then a
// placeholder, which only the fake driver takes.
extern const unsigned char kImage[];
extern const uint64_t kImageBytes;
// cuDriverGetVersion must be at least this: the major version of the nvcc that made the image.
extern const int kLeastDriverVersion;
// The first bytes of the placeholder.
constexpr char kPlaceholder[] = "node-mish: no image";

// The least compute capability, 10 * major + minor.
constexpr int kLeastComputeCapability = 75;

}  // namespace mish::cuda
