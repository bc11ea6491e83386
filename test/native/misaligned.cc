// Runs every kernel with streamed outputs that lie at no multiple of their elements' size, as
// another addon's memory may: results must be those of aligned memory. Prints how many calls gave
// other bytes. Compiled for one level, of which MISH_ISA is the namespace.
#include <stdio.h>
#include <string.h>

#include "../../binding/cpu/kernels.cc"

namespace {

constexpr size_t kLength = 1000, kMostBytes = kLength * 8 + 64;
alignas(64) char inputs[mish::kMaxInputs][kMostBytes];
alignas(64) char aligned[mish::kMaxOutputs][kMostBytes], shifted[mish::kMaxOutputs][kMostBytes];

bool differs(int op, int dtype, size_t shift) {
  mish::cpu::Operands operands = {
      {inputs[0], inputs[1], inputs[2]}, {aligned[0], aligned[1]}, false};
  const auto kernel = mish::cpu::MISH_ISA::kTable.kernel[op][dtype];
  memset(aligned, 0, sizeof aligned);
  memset(shifted, 0, sizeof shifted);
  kernel(operands, 0, kLength);
  for (int o = 0; o < mish::kMaxOutputs; ++o) operands.out[o] = shifted[o] + shift;
  operands.streamed = true;
  kernel(operands, 0, kLength);
  const size_t bytes = kLength * mish::kDtypes[dtype].bytes;
  for (int o = 0; o < mish::kOps[op].outputs; ++o)
    if (memcmp(aligned[o], shifted[o] + shift, bytes) != 0) return true;
  return false;
}

}  // namespace

int main() {
  for (auto& input : inputs)
    for (size_t i = 0; i < kLength; ++i) {
      const float x = (float)i / 100 - 5;
      memcpy(input + i * sizeof x, &x, sizeof x);
    }
  int calls = 0, wrong = 0;
  for (int op = 0; op < mish::kOpCount; ++op)
    for (int dtype = 0; dtype < mish::kDtypeCount; ++dtype)
      for (size_t shift = 0; shift < 64; ++shift, ++calls) wrong += differs(op, dtype, shift);
  printf("%d calls, %d wrong\n", calls, wrong);
}
