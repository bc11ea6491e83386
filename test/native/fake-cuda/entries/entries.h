// The exported functions, declared just as driver.h has them, and what each is wrapped in.
#pragma once

#include <exception>

#include "../device/world.h"

#define MISH_FAKE_EXPORTED extern "C" __attribute__((visibility("default")))

namespace mish::cuda {

#define MISH_FAKE_DECLARATION(member, symbol, parameters) MISH_FAKE_EXPORTED Code symbol parameters;
MISH_CUDA_ENTRIES(MISH_FAKE_DECLARATION)
#undef MISH_FAKE_DECLARATION

}  // namespace mish::cuda

namespace mish::fake {

// The device of the thread's current context; -1: there is none.
int current_device();

// Every call: counted and logged, not carried out where it is to fail. What C++ throws is what the
// system had no more of.
template <class Body>
Code answer(Entry entry, Body body) {
  Calls& calls = world().calls;
  Code code = calls.begin(entry);
  try {
    if (code == cuda::kSuccess) code = body();
  } catch (const std::exception&) {
    code = cuda::kCodeOutOfMemory;
  }
  return calls.end(entry, code);
}

// A call that needs a current context; `body` is given its device.
template <class Body>
Code answer_in_context(Entry entry, Body body) {
  return answer(entry, [&]() -> Code {
    const int device = current_device();
    return device < 0 ? kInvalidContext : body(device);
  });
}

// A call that puts something into a stream of the current context.
template <class Body>
Code answer_in_stream(Entry entry, cuda::Stream stream, Body body) {
  return answer_in_context(entry, [&](int device) -> Code {
    const std::shared_ptr<Queue> queue = world().streams.find(stream);
    return queue && queue->device == device ? body(*queue) : kInvalidHandle;
  });
}

}  // namespace mish::fake
