// The CUDA side of one Node environment: a queue for each device that it uses, its device memory,
// and what is to be told to JavaScript when the device is done.
#pragma once

#include <node_api.h>

#include "../../../cuda/host/devices.h"
#include "../operands.h"
#include "memory.h"

namespace mish {

class CudaEnvironment {
 public:
  // Null when there is no memory. Ends with the environment.
  static CudaEnvironment* create(napi_env env);

  // ---- settling
  Status connect(napi_value settle);
  void settle_more() {
    if (handle_) notify(this);
  }
  // Both need connect().
  Status probe(napi_value record);
  Status finish(int index, napi_value record, napi_value aborted);
  // Keeps a value, and so its memory, until the next finish of that device has been settled.
  bool hold(int index, napi_value value);

  // ---- queues
  // Of the device, opened if need be, when there is nothing wrong with it.
  Status queue_of(int index, cuda::Queue** queue);
  // Null when this environment has not used it.
  cuda::Queue* queue_in_use(int index) { return is_index(index) ? queues_[index] : nullptr; }
  // What went wrong, for last_code() and the caller.
  Status note(cuda::Result result);
  int last_code() const { return last_code_; }

  // ---- memory
  Status allocate(int index, size_t bytes, int64_t* handle);
  void free(int64_t handle);
  CudaMemory::Entry* find(int64_t handle) { return memory_.find(handle); }

  // Closes all queues: what was asked for and has not begun is let go.
  void close_queues();

 private:
  struct Settlement;
  struct Probe;
  struct Held {
    napi_ref value;
    Held* next;
  };

  explicit CudaEnvironment(napi_env env) : env_(env) {}

  static bool is_index(int index) { return index >= 0 && index < cuda::kMostDevices; }
  static void notify(void* environment);
  static void settle_some(napi_env env, napi_value settle, void* environment, void*);
  static void close(void* environment);
  static void destroy(void* environment);

  Settlement* make_settlement(napi_value record);
  void count_in_flight(int change);
  void append(Settlement& settlement);
  Settlement* take();
  bool is_any_done();
  bool settle(napi_value settle, Settlement* settlement);
  bool call(napi_value settle, napi_value record, Status status, int code);
  void release(Settlement* settlement);
  void release(Held* held);
  void let_go();

  const napi_env env_;
  napi_threadsafe_function handle_ = nullptr;
  size_t in_flight_ = 0;
  int last_code_ = 0;
  CudaMemory memory_;
  cuda::Queue* queues_[cuda::kMostDevices] = {};
  Held* held_[cuda::kMostDevices] = {};  // by device, since its last finish

  cpu::Lock lock_;
  Settlement *first_ = nullptr, *last_ = nullptr;  // done, not settled
  cpu::Word probing_{0};                           // threads that do
};

}  // namespace mish
