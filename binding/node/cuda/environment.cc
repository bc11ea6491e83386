// Opens the queues of one environment, allocates device memory, and closes both: environment.h.
#include "environment.h"

#include <new>

#include "../../system/seams.h"

namespace mish {

// ---------------------------------------------------------------- its life
CudaEnvironment* CudaEnvironment::create(napi_env env) {
  void* memory = seams::allocate(sizeof(CudaEnvironment));
  if (!memory) return nullptr;
  CudaEnvironment* own = new (memory) CudaEnvironment(env);
  if (napi_add_env_cleanup_hook(env, destroy, own) == napi_ok) return own;
  seams::release(own);
  return nullptr;
}

// The environment's memory, arrays in use among it, goes after this.
void CudaEnvironment::close() {
  for (uint32_t probing; (probing = probing_.load(std::memory_order_acquire)) > 0;)
    sleep_while(probing_, probing);
  close_queues();
  for (Held*& held : held_) {
    release(held);
    held = nullptr;
  }
}

// Closes again what was used without connect().
void CudaEnvironment::destroy(void* environment) {
  CudaEnvironment* self = static_cast<CudaEnvironment*>(environment);
  self->close();
  self->memory_.release();
  seams::release(self);
}

void CudaEnvironment::close_queues() {
  for (cuda::Queue*& queue : queues_) {
    if (!queue) continue;
    queue->close(memory_.remove_all_of(*queue));
    seams::release(queue);
    queue = nullptr;
  }
}

// ---------------------------------------------------------------- asking
Status CudaEnvironment::note(cuda::Result result) {
  if (!result.is_ok()) last_code_ = result.code;
  return result.status;
}

Status CudaEnvironment::queue_of(int index, cuda::Queue** queue) {
  if (!is_index(index)) return note({kNoDevice});
  *queue = queues_[index];
  if (*queue) return note((*queue)->take_error());
  cuda::Gpu* gpu;
  const cuda::Result opened = cuda::open_device(index, &gpu);
  if (!opened.is_ok()) return note(opened);
  void* memory = seams::allocate(sizeof(cuda::Queue));
  if (!memory) return kMemory;
  cuda::Queue* made = new (memory) cuda::Queue(*gpu);
  const cuda::Result result = made->open();
  if (result.is_ok()) {
    *queue = queues_[index] = made;
    return kOk;
  }
  made->close(nullptr);
  seams::release(made);
  return note(result);
}

Status CudaEnvironment::allocate(int index, size_t bytes, int64_t* handle) {
  cuda::Queue* queue;
  const Status status = queue_of(index, &queue);
  if (status != kOk) return status;
  cuda::Block* block = nullptr;
  if (bytes > 0) {
    const cuda::Result result = queue->allocate(bytes, &block);
    if (!result.is_ok()) return note(result);
  }
  *handle = memory_.add(*queue, block, bytes);
  if (*handle == 0) {
    if (block) queue->free(block);
    return kMemory;
  }
  int64_t external;
  napi_adjust_external_memory(env_, (int64_t)bytes, &external);
  return kOk;
}

void CudaEnvironment::free(int64_t handle) {
  CudaMemory::Entry* entry = memory_.find(handle);
  if (!entry) return;
  int64_t external;
  napi_adjust_external_memory(env_, -(int64_t)entry->bytes, &external);
  if (entry->block) entry->queue->free(entry->block);
  memory_.remove(*entry);
}

}  // namespace mish
