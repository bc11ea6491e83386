// A libFuzzer target: kernels on random bits, lengths, addresses, pieces, in place and not,
// streamed and not. Every ISA level of this CPU gives the bits of one plain call, as it is shipped
// and under sanitizers, and touches nothing but its range of its operands.
//
// npm run test:fuzz builds and runs it (scripts/test/fuzz.mjs).
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../binding/cpu/copy.h"
#include "../../../binding/cpu/isa.h"
#include "input.h"

// kernels.cc again, with sanitizers: so compiled its loops are scalar, so the shipped are run too.
namespace mish::cpu {
namespace x86_64_v3_sanitized {
extern const KernelTable kTable;
}
namespace x86_64_v4_sanitized {
extern const KernelTable kTable;
}
namespace arm64_sanitized {
extern const KernelTable kTable;
}
}  // namespace mish::cpu

namespace {

using fuzz::Form;
using fuzz::kMaxBytes;
using fuzz::kMaxOperands;
using fuzz::kNotInPlace;
using mish::kMaxInputs;
using mish::kMaxOutputs;
using mish::cpu::KernelTable;
using mish::cpu::Operands;

// ---------------------------------------------------------------- what is run
// A table of kernels, and how it was compiled.
struct Subject {
  const KernelTable* table;  // null for the copies, of which there is no level
  const char* build;

  mish::cpu::Kernel kernel(const Form& form) const {
    if (table) return table->kernel[form.op][form.dtype];
    return mish::cpu::copy_kernel(form.streamed, static_cast<mish::Dtype>(form.dtype));
  }
};

struct Subjects {
  Subject subject[2 * mish::cpu::kMaxLevels];
  int count = 0;
};

Subjects subjects_here() {
#if defined(__x86_64__)
  const KernelTable* sanitized[] = {&mish::cpu::x86_64_v4_sanitized::kTable,
                                    &mish::cpu::x86_64_v3_sanitized::kTable};
#else
  const KernelTable* sanitized[] = {&mish::cpu::arm64_sanitized::kTable};
#endif
  Subjects all;
  for (const KernelTable* table : sanitized) {
    const KernelTable* shipped = mish::cpu::find_level(table->isa);
    if (!shipped) continue;  // this CPU lacks it
    all.subject[all.count++] = {table, "with sanitizers"};
    all.subject[all.count++] = {shipped, "as shipped"};
  }
  return all;
}

// ---------------------------------------------------------------- memory
// Further than any vector that is stored or loaded past an end; whole cache lines.
constexpr size_t kGuardBytes = 320;
constexpr size_t kBlockBytes = kGuardBytes + 64 + kMaxBytes + kGuardBytes;
constexpr uint8_t kGuard = 0xa5, kUnwritten = 0x5a;

// One block for each operand: first the inputs', then the outputs'. What they must hold is beside.
alignas(64) uint8_t memory[kMaxOperands][kBlockBytes];
alignas(64) uint8_t image[kMaxOperands][kBlockBytes];
uint8_t expected[kMaxOutputs][kMaxBytes];

// Where the operands of a form are.
struct Layout {
  int block[kMaxOperands];  // in `memory`, outputs from kMaxInputs on; -1 for no operand
  size_t begin[kMaxOperands];
};

Layout layout_of(const Form& form) {
  Layout layout;
  for (int k = 0; k < kMaxOperands; ++k) {
    const bool is_input = k < kMaxInputs;
    const bool exists = is_input ? k < form.inputs() : k - kMaxInputs < form.outputs();
    int block = k;
    if (is_input && form.shares_inputs) block = form.like[k];
    if (!is_input && form.in_place[k - kMaxInputs] != kNotInPlace)
      block = layout.block[form.in_place[k - kMaxInputs]];
    layout.block[k] = exists ? block : -1;
    layout.begin[k] = kGuardBytes + form.offset[block];
  }
  return layout;
}

void fill(const Form& form, const fuzz::Input& input, const Layout& layout) {
  for (int k = 0; k < kMaxOperands; ++k) {
    if (layout.block[k] != k) continue;
    memset(memory[k], kGuard, sizeof memory[k]);
    uint8_t* elements = memory[k] + layout.begin[k];
    if (k < kMaxInputs || form.reads_output())
      input.elements(k < kMaxInputs ? form.like[k] : k, elements, form.bytes());
    else
      memset(elements, kUnwritten, form.bytes());
    memcpy(image[k], memory[k], sizeof memory[k]);
  }
}

// Only elements [begin, end) of every operand may be touched, as far as ASan can say it.
void guard(const Layout& layout, size_t begin_byte, size_t end_byte) {
  for (int k = 0; k < kMaxOperands; ++k) {
    if (layout.block[k] != k) continue;
    const size_t begin = layout.begin[k] + begin_byte, end = layout.begin[k] + end_byte;
    ASAN_POISON_MEMORY_REGION(memory[k], begin);
    ASAN_POISON_MEMORY_REGION(memory[k] + end, kBlockBytes - end);
  }
}

void unguard() { ASAN_UNPOISON_MEMORY_REGION(memory, sizeof memory); }

// ---------------------------------------------------------------- checks
[[noreturn]] void fail(const Form& form, const Subject& subject, const Layout& layout, int operand,
                       const size_t range[2]) {
  const int block = layout.block[operand];
  size_t at = 0;
  while (memory[block][at] == image[block][at]) ++at;
  const char* isa = subject.table ? subject.table->isa : "all levels";
  fprintf(stderr, "\nFINDING: %s, %s: after elements [%zu, %zu) of\n  ", isa, subject.build,
          range[0], range[1]);
  form.print(stderr);
  const bool is_input = operand < kMaxInputs;
  fprintf(stderr, "\n  %s %d is wrong at byte %td of %zu: %02x, expected %02x\n",
          is_input ? "input" : "output", is_input ? operand : operand - kMaxInputs,
          (ptrdiff_t)at - (ptrdiff_t)layout.begin[operand], form.bytes(), memory[block][at],
          image[block][at]);
  abort();
}

void run_piece(const Form& form, const Subject& subject, const Layout& layout,
               const size_t range[2]) {
  Operands operands = {{}, {}, form.streamed};
  for (int k = 0; k < form.inputs(); ++k)
    operands.in[k] = memory[layout.block[k]] + layout.begin[k];
  for (int k = 0; k < form.outputs(); ++k)
    operands.out[k] = memory[layout.block[kMaxInputs + k]] + layout.begin[kMaxInputs + k];
  const size_t size = form.element_bytes();
  guard(layout, range[0] * size, range[1] * size);
  subject.kernel(form)(operands, range[0], range[1]);
  unguard();
}

// Runs the pieces, and holds all memory after each to what it has to be.
void check(const Form& form, const fuzz::Input& input, const Subject& subject) {
  const Layout layout = layout_of(form);
  fill(form, input, layout);
  for (int i = 0; i < form.pieces; ++i) {
    const int piece = form.is_reversed ? form.pieces - 1 - i : i;
    const size_t range[2] = {form.cut[piece], form.cut[piece + 1]};
    run_piece(form, subject, layout, range);
    const size_t size = form.element_bytes(), from = range[0] * size, to = range[1] * size;
    for (int k = 0; k < form.outputs(); ++k) {
      const int operand = kMaxInputs + k;
      memcpy(image[layout.block[operand]] + layout.begin[operand] + from, expected[k] + from,
             to - from);
    }
    for (int k = 0; k < kMaxOperands; ++k)
      if (layout.block[k] >= 0 &&
          memcmp(memory[layout.block[k]], image[layout.block[k]], kBlockBytes) != 0)
        fail(form, subject, layout, k, range);
  }
}

// The results that every way must have: of one plain call, on memory of its own.
void expect(const Form& form, const fuzz::Input& input, const Subject& subject) {
  const Form plain = form.plain();
  const Layout layout = layout_of(plain);
  fill(plain, input, layout);
  const size_t range[2] = {0, form.length};
  run_piece(plain, subject, layout, range);
  for (int k = 0; k < form.outputs(); ++k)
    memcpy(expected[k], memory[kMaxInputs + k] + layout.begin[kMaxInputs + k], form.bytes());
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const Subjects levels = subjects_here();
  fprintf(stderr, levels.count > 0 ? "kernels:" : "skipped: this CPU has none of the ISA levels");
  for (int i = 0; i < levels.count; ++i)
    fprintf(stderr, "%s %s %s", i > 0 ? "," : "", levels.subject[i].table->isa,
            levels.subject[i].build);
  fprintf(stderr, "\n");
  if (levels.count == 0) exit(0);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Subjects levels = subjects_here();
  static const Subjects copies = {{{nullptr, "with sanitizers"}}, 1};
  const fuzz::Input input(data, size);
  const Form form = input.form();
  const Subjects& subjects = form.is_copy() ? copies : levels;
  expect(form, input, subjects.subject[0]);
  for (int i = 0; i < subjects.count; ++i) {
    check(form, input, subjects.subject[i]);
    if (form.is_in_place()) check(form.apart(), input, subjects.subject[i]);
  }
  return 0;
}
