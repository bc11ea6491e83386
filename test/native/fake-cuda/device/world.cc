// Contexts by device, and work that fails as a device's does: late, and for good.
#include "world.h"

#include <algorithm>
#include <utility>

namespace mish::fake {

World& world() {
  static World* const only = new World;
  return *only;
}

cuda::Context World::context_of(int device) {
  const std::lock_guard lock(mutex_);
  cuda::Context& context = primary_[device];
  if (!context) {
    const auto made = std::make_shared<PrimaryContext>();
    made->device = device;
    context = contexts.add(made);
  }
  return context;
}

Code World::carry_out(int device, const std::vector<Range>& touched,
                      const std::function<Code()>& body) {
  const bool all_there = std::all_of(touched.begin(), touched.end(), [&](const Range& range) {
    return range.bytes == 0 || memory.holds(device, range);
  });
  return all_there ? body() : kIllegalAddress;
}

void World::enqueue(Queue& queue, std::vector<Range> touched, std::function<Code()> body) {
  queue.add([this, device = queue.device, touched = std::move(touched), body = std::move(body)] {
    if (calls.failure()) return;
    const Code code = carry_out(device, touched, body);
    if (code) calls.fail(code);
  });
}

std::shared_ptr<Queue> World::start_queue(int device) {
  const auto queue = Queue::start(device);
  const std::lock_guard lock(mutex_);
  const auto gone = [](const std::weak_ptr<Queue>& one) { return one.expired(); };
  queues_.erase(std::remove_if(queues_.begin(), queues_.end(), gone), queues_.end());
  queues_.push_back(queue);
  return queue;
}

Code World::drain(int device) {
  std::unique_lock lock(mutex_);
  const auto queues = queues_;
  lock.unlock();
  for (const std::weak_ptr<Queue>& one : queues) {
    const auto queue = one.lock();
    if (queue && queue->device == device) queue->wait_for(queue->added());
  }
  return calls.failure();
}

}  // namespace mish::fake
