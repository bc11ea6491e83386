// One lock, one condition: the thread of the queue and those that wait for it.
#include "queue.h"

#include <thread>
#include <utility>

namespace mish::fake {

std::shared_ptr<Queue> Queue::start(int device) {
  const auto queue = std::make_shared<Queue>(device);
  std::thread([queue] { queue->work(); }).detach();
  return queue;
}

void Queue::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return closed_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
    ++done_;
    changed_.notify_all();
  }
}

void Queue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

void Queue::add(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  ++added_;
  changed_.notify_all();
}

uint64_t Queue::added() {
  const std::lock_guard lock(mutex_);
  return added_;
}

void Queue::wait_for(uint64_t tasks) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return done_ >= tasks; });
}

}  // namespace mish::fake
