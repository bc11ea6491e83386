// Counts the instructions that the built kernels of one ISA level execute for an element, by
// stepping through them one by one. bench/count-instructions.mjs links it with their object file,
// MISH_ISA being the level's namespace. Prints { compiler, ops: { op: { dtype: instructions } } }
// as JSON. Linux on x86-64.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../binding/cpu/kernels.h"

using mish::cpu::Kernel;
using mish::cpu::Operands;

namespace {

// Both a multiple of every block's length. What differs between them is the loop alone.
constexpr size_t kFew = 128, kMany = 256;

alignas(64) unsigned char memory[5][kMany * 8];

// About 0.5 in every dtype, so that nothing is subnormal.
void fill(size_t bytes) {
  const unsigned char elements[][8] = {{0, 0x38}, {0, 0, 0, 0x3f}, {0, 0, 0, 0, 0, 0, 0xe0, 0x3f}};
  const unsigned char* element = elements[bytes == 2 ? 0 : bytes == 4 ? 1 : 2];
  for (auto& operand : memory)
    for (size_t i = 0; i < kMany; ++i) memcpy(operand + i * bytes, element, bytes);
}

// Instructions from one stop of a child to its next, with the call between them; -1 where processes
// may not be traced.
long steps(Kernel kernel, size_t length) {
  const Operands operands = {{memory[0], memory[1], memory[2]}, {memory[3], memory[4]}};
  const pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    raise(SIGSTOP);
    kernel(operands, 0, length);
    raise(SIGSTOP);
    _exit(0);
  }
  int status = 0;
  long count = 0;
  waitpid(child, &status, 0);
  do {
    ++count;
    if (ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) != 0) return -1;
    waitpid(child, &status, 0);
  } while (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
  const bool finished = WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP;
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return finished ? count : -1;
}

}  // namespace

int main() {
  const mish::cpu::KernelTable& table = mish::cpu::MISH_ISA::kTable;
  printf("{\"compiler\":\"%s\",\"ops\":", table.compiler);
  for (int op = 0; op < mish::kOpCount; ++op) {
    printf("%s\"%s\":{", op == 0 ? "{" : "},", mish::kOps[op].name);
    for (int dtype = 0; dtype < mish::kDtypeCount; ++dtype) {
      fill(mish::kDtypes[dtype].bytes);
      const Kernel kernel = table.kernel[op][dtype];
      const long few = steps(kernel, kFew), many = steps(kernel, kMany);
      if (few < 0 || many < few) return 3;
      printf("%s\"%s\":%.3f", dtype > 0 ? "," : "", mish::kDtypes[dtype].name,
             (double)(many - few) / (kMany - kFew));
    }
  }
  printf("}}}\n");
}
