// Commands of a queue: plain records, carried out one after the other.
#pragma once

#include "../device/kernel_abi.h"
#include "result.h"

namespace mish::cuda {

struct Command {
  enum class Kind { launch, upload, download, copy, clear, finish };

  Kind kind = Kind::finish;
  Command* next = nullptr;
  size_t bytes = 0;                // of upload, download, copy, clear
  Pointer target = 0, source = 0;  // on the device
  char* host = nullptr;            // of upload, download
  bool owns_host = false;          // to be released once it was uploaded
  Function entry = nullptr;        // of launch, as are these
  unsigned blocks = 0;
  Parameters parameters = {};
};

// A command that is told, on the queue's thread, when the device is done with all that was asked
// for before it. Its memory is its owner's.
struct Completion : Command {
  explicit Completion(void (*done)(Completion&)) : done(done) {}

  void (*const done)(Completion&);
  Result result;  // of what was before it
};

}  // namespace mish::cuda
