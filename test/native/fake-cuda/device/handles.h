// Handles that the program is given for our objects: numbers that are never used twice, so that one
// of something destroyed, or of another kind, is always found out.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace mish::fake {

inline uintptr_t next_handle() {
  static std::atomic<uintptr_t> last{0xfa4e0000};
  return last += 16;
}

template <class Handle, class Object>
class Handles {
 public:
  using Held = std::shared_ptr<Object>;

  Handle add(Held object) {
    const auto handle = reinterpret_cast<Handle>(next_handle());
    const std::lock_guard lock(mutex_);
    objects_[handle] = std::move(object);
    return handle;
  }
  // Null where there is none.
  Held find(Handle handle) {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(handle);
    return found == objects_.end() ? nullptr : found->second;
  }
  Held remove(Handle handle) {
    const Held object = find(handle);
    const std::lock_guard lock(mutex_);
    return objects_.erase(handle) ? object : nullptr;
  }
  std::vector<Held> all() {
    const std::lock_guard lock(mutex_);
    std::vector<Held> held;
    for (const auto& [handle, object] : objects_) held.push_back(object);
    return held;
  }
  size_t count() {
    const std::lock_guard lock(mutex_);
    return objects_.size();
  }

 private:
  std::mutex mutex_;
  std::map<Handle, Held> objects_;
};

}  // namespace mish::fake
