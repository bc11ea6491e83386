// What the bytes of a fuzzer's input mean: which operation, on what, in which way. Every input is a
// valid one; missing bytes are 0.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../../../binding/ops.h"

namespace fuzz {

constexpr int kMaxOperands = mish::kMaxInputs + mish::kMaxOutputs;
constexpr size_t kMaxLength = 4500, kMaxBytes = kMaxLength * 8;
constexpr int kMaxPieces = 4;
constexpr int kCopy = mish::kOpCount;  // beside the operations, the copies of binding/cpu/copy.h
constexpr int kNotInPlace = -1;

// One call of a kernel, in pieces.
struct Form {
  int op, dtype;
  size_t length;
  bool streamed;
  int like[mish::kMaxInputs];       // the input whose elements it has: itself, or the first
  bool shares_inputs;               // and then it is that very memory
  int in_place[mish::kMaxOutputs];  // the input that it replaces
  size_t offset[kMaxOperands];      // of its memory from a cache line, bytes
  int pieces;
  size_t cut[kMaxPieces + 1];  // piece i is elements [cut[i], cut[i + 1])
  bool is_reversed;            // the last piece first

  bool is_copy() const { return op == kCopy; }
  int inputs() const { return is_copy() ? 1 : mish::kOps[op].inputs; }
  int outputs() const { return is_copy() ? 1 : mish::kOps[op].outputs; }
  bool reads_output() const { return !is_copy() && mish::kOps[op].reads_output; }
  size_t element_bytes() const { return mish::kDtypes[dtype].bytes; }
  size_t bytes() const { return length * element_bytes(); }
  bool is_in_place() const {
    for (int input : in_place)
      if (input != kNotInPlace) return true;
    return false;
  }

  // The same call with outputs of their own; as in `plain`, but where memory lies, and pieces.
  Form apart() const;
  // The same with all memory apart, at the beginning of a line, in one piece, and not streamed.
  Form plain() const;
  void print(FILE* file) const;
};

class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  Form form() const;
  // The bits of operand `k`: the bytes after the header, each operand from another one on, and
  // again from the first where they end.
  void elements(int k, uint8_t* target, size_t bytes) const;

 private:
  uint8_t byte(size_t i) const { return i < size_ ? data_[i] : 0; }
  size_t word(size_t i) const { return byte(i) | static_cast<size_t>(byte(i + 1)) << 8; }
  void set_memory(Form* form) const;
  void set_pieces(Form* form) const;
  void stir(int k, uint8_t* target, size_t bytes) const;

  const uint8_t* data_;
  size_t size_;
};

}  // namespace fuzz
