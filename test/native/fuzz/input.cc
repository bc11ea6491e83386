// The layout of a fuzzer's input, which scripts/test/fuzz.mjs writes its first ones in.
#include "input.h"

#include <string.h>

namespace fuzz {
namespace {

// Where each field begins. A length is two bytes, shifted right to make most of them short.
constexpr size_t kOp = 0, kDtype = 1, kShift = 2, kLength = 3, kFlags = 5, kInPlace = 6,
                 kOffsets = 7, kPieces = 12, kCuts = 13, kElements = 19;

enum Flags : uint8_t {
  kStreamed = 1,
  kOnePhase = 2,
  kReversed = 4,
  kSecondIs = 8,
  kThirdIs = 16,
  kStirred = 32,
};

// An offset of 64 or more is at a multiple of the elements' size; others may be at none, as other
// addons' memory may.
size_t offset_of(uint8_t byte, size_t element_bytes) {
  const size_t offset = byte % 64;
  return byte < 64 ? offset : offset / element_bytes * element_bytes;
}

}  // namespace

Form Form::apart() const {
  Form form = *this;
  for (int& input : form.in_place) input = kNotInPlace;
  return form;
}

Form Form::plain() const {
  Form form = apart();
  for (size_t& each : form.offset) each = 0;
  form.pieces = 1;
  form.cut[1] = length;
  form.streamed = form.is_reversed = form.shares_inputs = false;
  return form;
}

void Form::print(FILE* file) const {
  fprintf(file, "%s of %s, %zu elements%s, at bytes", is_copy() ? "copy" : mish::kOps[op].name,
          mish::kDtypes[dtype].name, length, streamed ? " streamed" : "");
  for (int k = 0; k < inputs(); ++k) {
    fprintf(file, " %zu", offset[k]);
    if (like[k] != k) fprintf(file, " (input %d)", like[k]);
  }
  fprintf(file, " to");
  for (int k = 0; k < outputs(); ++k) {
    if (in_place[k] == kNotInPlace)
      fprintf(file, " %zu", offset[mish::kMaxInputs + k]);
    else
      fprintf(file, " input %d", in_place[k]);
  }
  fprintf(file, ", in %d piece%s%s", pieces, pieces == 1 ? "" : "s",
          is_reversed ? ", the last first" : "");
}

void Input::set_memory(Form* form) const {
  const uint8_t flags = byte(kFlags), choice = byte(kInPlace);
  for (int k = 0; k < kMaxOperands; ++k)
    form->offset[k] = offset_of(byte(kOffsets + k), form->element_bytes());
  if (flags & kOnePhase) form->offset[kMaxOperands - 1] = form->offset[mish::kMaxInputs];
  for (int k = 0; k < mish::kMaxInputs; ++k) form->like[k] = k;
  for (int& input : form->in_place) input = kNotInPlace;
  if ((flags & kSecondIs) && form->inputs() > 1) form->like[1] = 0;
  if ((flags & kThirdIs) && form->inputs() > 2) form->like[2] = 0;
  form->shares_inputs = true;
  if (form->reads_output() || form->is_copy()) return;  // those are not in place
  const int chosen[mish::kMaxOutputs] = {choice & 15, choice >> 4};
  for (int k = 0; k < form->outputs(); ++k)
    if (chosen[k] % 4 < form->inputs()) form->in_place[k] = chosen[k] % 4;
  const auto& [first, second] = form->in_place;
  if (first >= 0 && second >= 0 && form->like[first] == form->like[second])
    form->in_place[1] = kNotInPlace;  // outputs are apart from each other
}

void Input::set_pieces(Form* form) const {
  form->pieces = 1 + byte(kPieces) % kMaxPieces;
  form->is_reversed = byte(kFlags) & kReversed;
  form->cut[0] = 0;
  for (int i = 1; i < form->pieces; ++i) {
    const size_t cut = word(kCuts + 2 * (static_cast<size_t>(i) - 1)) % (form->length + 1);
    int at = i;
    for (; form->cut[at - 1] > cut; --at) form->cut[at] = form->cut[at - 1];
    form->cut[at] = cut;
  }
  form->cut[form->pieces] = form->length;
}

Form Input::form() const {
  Form form = {};
  form.op = byte(kOp) % (kCopy + 1);
  form.dtype = byte(kDtype) % mish::kDtypeCount;
  form.length = (word(kLength) >> byte(kShift) % 16) % (kMaxLength + 1);
  set_memory(&form);
  set_pieces(&form);
  form.streamed = (byte(kFlags) & kStreamed) && !form.is_in_place();
  return form;
}

// Exclusive or with numbers of a sequence of its own for each input and operand, in every second
// word: elements that no run had before, beside those of the bytes themselves. A fuzzer that
// changes some bytes of an input leaves the rest as they were, and kernels have no branches that
// would tell it of new values.
void Input::stir(int k, uint8_t* target, size_t bytes) const {
  uint64_t state = static_cast<uint64_t>(k) + 1;
  for (size_t i = 0; i < size_; ++i) state = (state ^ data_[i]) * 0x100000001b3;  // FNV-1a
  for (size_t at = 0; at + 8 <= bytes; at += 16) {
    state = state * 6364136223846793005 + 1442695040888963407;  // Knuth's MMIX
    uint64_t word;
    memcpy(&word, target + at, sizeof word);
    word ^= state ^ state >> 32;
    memcpy(target + at, &word, sizeof word);
  }
}

void Input::elements(int k, uint8_t* target, size_t bytes) const {
  const size_t count = size_ > kElements ? size_ - kElements : 0;
  if (count == 0) memset(target, 0, bytes);
  // At whole elements of any size, so that operands begin with elements too.
  size_t from = count / static_cast<size_t>(kMaxOperands) * static_cast<size_t>(k) / 8 * 8;
  for (size_t done = 0; count > 0 && done < bytes; from = 0) {
    const size_t rest = count - from;
    const size_t part = rest < bytes - done ? rest : bytes - done;
    memcpy(target + done, data_ + kElements + from, part);
    done += part;
  }
  if (byte(kFlags) & kStirred) stir(k, target, bytes);
}

}  // namespace fuzz
