// The CUDA side of one Node environment: a queue per device that it uses, its device memory, and
// what the settler reports to JavaScript once a device is done.
#pragma once

#include <node_api.h>

#include "../../../cuda/host/devices.h"
#include "../operands.h"
#include "../settler.h"
#include "memory.h"

namespace mish {

class CudaEnvironment {
 public:
  // Null when there is no memory. Ends with the environment.
  static CudaEnvironment* create(napi_env env);

  // ---- in flight
  void connect(Settler& settler) { settler_ = &settler; }
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
  // Returns once no thread of this environment is left; then nothing reports to the settler.
  void close();

 private:
  struct InFlight;
  struct Probe;
  struct Held {
    napi_ref value;
    Held* next;
  };

  explicit CudaEnvironment(napi_env env) : env_(env) {}

  static bool is_index(int index) { return index >= 0 && index < cuda::kMostDevices; }
  static void destroy(void* environment);

  InFlight* begin(napi_value record);
  void cancel(InFlight* in_flight);
  void release(Held* held);

  const napi_env env_;
  Settler* settler_ = nullptr;  // until connect()
  int last_code_ = 0;
  CudaMemory memory_;
  cuda::Queue* queues_[cuda::kMostDevices] = {};
  Held* held_[cuda::kMostDevices] = {};  // by device, since its last finish
  Word probing_{0};                      // threads that do
};

}  // namespace mish
