// One CUDA device of this process: opened once, with its kernels and tables, and lost for ever when
// the driver says so.
#pragma once

#include <atomic>

#include "../../binding/system/thread.h"
#include "../device/kernel_abi.h"
#include "result.h"

namespace mish::cuda {

class Queue;

// For threads that call the driver: it compiles PTX on them, where the image has no code for a GPU.
constexpr size_t kDriverStackBytes = 8 << 20;

// What is known of a device, whether it is open or not. Zeros and empty where it is not known.
struct Facts {
  char name[128];
  bool has_uuid;
  Uuid uuid;
  size_t total_bytes, free_bytes;  // free: when it was last asked
  int compute_major, compute_minor, multiprocessors;
};

class Gpu {
 public:
  // Nothing is asked of the driver yet.
  Gpu(const Driver& driver, int index) : driver(driver), index_(index) {}

  // Goes on where an earlier call failed; once ok, it has nothing left to do. Under one lock for
  // the process. Makes the device's primary context, which other users of it in this process share.
  Result open();
  // Free memory, for facts; ok only while the device is open.
  Result ask_memory();
  const Facts& facts() const { return facts_; }

  // Calls the driver, unless the device is lost: then nothing of it is ever called again.
  template <class... P, class... A>
  Code call(Code (*entry)(P...), A... arguments) {
    if (const Code lost = lost_.load(std::memory_order_acquire)) return lost;
    const Code code = entry(arguments...);
    if (is_sticky(code)) note_lost(code);
    return code;
  }
  // The code that it was lost with, or 0.
  Code lost() const { return lost_.load(std::memory_order_acquire); }

  const Driver& driver;
  int index() const { return index_; }

  // ---- once it is open
  Context context() const { return context_; }
  int multiprocessors() const { return facts_.multiprocessors; }
  Function entry(Op op, Dtype dtype) const {
    return entries_[static_cast<int>(op)][static_cast<int>(dtype)];
  }
  // Null unless the dtype is a half type.
  HalfTables* tables(Dtype dtype) const;

  // ---- the queues that use it, for whoever needs memory that others keep
  void add(Queue& queue);
  void remove(Queue& queue);
  // Has every queue give back what it keeps for later; `own` is the caller's.
  void trim_all(Queue& own);

#if MISH_TEST_SEAMS
  // Gives its tables back: for tests, when no queue is open.
  void close();
#endif

 private:
  Code ask();
  Code load();
  Code find_entries();
  Code fill_tables();
  Code run_table_entries(Stream stream, Event done);
  void note_lost(Code code);

  const int index_;
  Device device_ = 0;
  Facts facts_ = {};
  std::atomic<Code> lost_{kSuccess};
  Context context_ = nullptr;
  Module module_ = nullptr;
  Function entries_[kOpCount][kDtypeCount] = {}, table_entries_[2] = {};
  Pointer tables_[2] = {};  // float16's and bfloat16's
  bool has_facts_ = false, has_entries_ = false, has_tables_ = false;

  Lock queues_lock_;
  Queue* queues_ = nullptr;
};

// Makes the device's context the calling thread's current one while it is in scope: another user of
// CUDA in this process may have its own.
class Current {
 public:
  explicit Current(Gpu& gpu) : gpu_(gpu), code_(gpu.call(gpu.driver.push_context, gpu.context())) {}
  ~Current() {
    Context popped;
    if (code_ == kSuccess) gpu_.call(gpu_.driver.pop_context, &popped);
  }
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;

  Code code() const { return code_; }

 private:
  Gpu& gpu_;
  const Code code_;
};

}  // namespace mish::cuda
