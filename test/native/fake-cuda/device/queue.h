// The work of one stream, carried out in order on a thread of its own, so that what the driver does
// later is done later here too.
#pragma once

#include <stdint.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace mish::fake {

class Queue {
 public:
  explicit Queue(int device_of_it) : device(device_of_it) {}

  // Its thread ends, unjoined, once it is closed and all work is done.
  static std::shared_ptr<Queue> start(int device);
  void close();

  void add(std::function<void()> task);
  // How many tasks there have been: an event is such a number.
  uint64_t added();
  void wait_for(uint64_t tasks);

  const int device;

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  uint64_t added_ = 0, done_ = 0;
  bool closed_ = false;
};

}  // namespace mish::fake
