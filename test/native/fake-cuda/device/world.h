// All that the fake driver knows, in one place, never destroyed: queues may still work while the
// process ends.
#pragma once

#include <stdint.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "../entries/calls.h"
#include "blocks.h"
#include "handles.h"
#include "queue.h"

namespace mish::fake {

// `device` is everywhere one of those there are, not the index by which the program sees it.
struct PrimaryContext {
  int device;
  std::atomic<uint64_t> retained{0};
};
struct LoadedModule {
  int device;
};
struct LoadedFunction {
  int device;
  std::string entry;
};
// What was in the queue when it was recorded last; no queue: it never was.
struct RecordedEvent {
  int device;
  std::mutex mutex;
  std::shared_ptr<Queue> queue;
  uint64_t tasks;
};

struct World {
  Calls calls;
  Blocks memory, pinned;
  Handles<cuda::Context, PrimaryContext> contexts;
  Handles<cuda::Module, LoadedModule> modules;
  Handles<cuda::Function, LoadedFunction> functions;
  Handles<cuda::Stream, Queue> streams;
  Handles<cuda::Event, RecordedEvent> events;

  // The one context of the device, made when it is first asked for.
  cuda::Context context_of(int device);

  // `body` in the queue, once all that it touches is found to be memory of the queue's device.
  // Nothing is carried out any more once something has failed.
  void enqueue(Queue& queue, std::vector<Range> touched, std::function<Code()> body);
  std::shared_ptr<Queue> start_queue(int device);
  // Waits for all queues of the device, of destroyed streams too. Returns what has failed until
  // then.
  Code drain(int device);

 private:
  Code carry_out(int device, const std::vector<Range>& touched, const std::function<Code()>& body);

  std::mutex mutex_;
  std::map<int, cuda::Context> primary_;
  std::vector<std::weak_ptr<Queue>> queues_;  // those that still work among them
};

World& world();

}  // namespace mish::fake
