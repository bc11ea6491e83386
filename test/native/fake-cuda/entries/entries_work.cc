// Entry points: memory, streams, events, and what is put into streams.
#include <string.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "../../../../cuda/device/kernel_abi.h"
#include "../device/kernels.h"
#include "../device/launch.h"
#include "entries.h"

namespace mish::fake {
namespace {

void* host(cuda::Pointer memory) { return reinterpret_cast<void*>(memory); }
Range host_range(const void* memory, size_t bytes) {
  return {reinterpret_cast<uintptr_t>(memory), bytes};
}

// A copy, or fill, in a queue.
template <class Body>
Code enqueued(Queue& queue, std::vector<Range> touched, Body body) {
  world().enqueue(queue, std::move(touched), [body] {
    body();
    return cuda::kSuccess;
  });
  return cuda::kSuccess;
}

}  // namespace
}  // namespace mish::fake

namespace mish::cuda {

using namespace fake;

// ---- memory

Code cuMemGetInfo_v2(size_t* free, size_t* total) {
  return answer_in_context(Entry::memory_info, [&](int device) -> Code {
    *total = world().calls.settings()->memory;
    *free = *total - std::min(*total, world().memory.bytes(device));
    return kSuccess;
  });
}

Code cuMemAlloc_v2(Pointer* memory, size_t bytes) {
  return answer_in_context(Entry::allocate, [&](int device) -> Code {
    if (bytes == 0) return kInvalidValue;
    *memory = world().memory.allocate(device, bytes, world().calls.settings()->memory);
    return *memory ? kSuccess : kCodeOutOfMemory;
  });
}

Code cuMemFree_v2(Pointer memory) {
  return answer_in_context(Entry::free, [&](int) -> Code {
    const int device = world().memory.device_at(memory);
    if (device < 0) return kInvalidValue;
    const Code failed = world().drain(device);
    if (failed) return failed;
    return world().memory.free(memory) ? kSuccess : kInvalidValue;
  });
}

Code cuMemHostAlloc(void** memory, size_t bytes, unsigned) {
  return answer_in_context(Entry::allocate_pinned, [&](int device) -> Code {
    if (bytes == 0) return kInvalidValue;
    *memory = host(world().pinned.allocate(device, bytes, SIZE_MAX));
    return *memory ? kSuccess : kCodeOutOfMemory;
  });
}

// Does not wait for copies under way: one that is left behind is to be seen.
Code cuMemFreeHost(void* memory) {
  return answer_in_context(Entry::free_pinned, [&](int) -> Code {
    return world().pinned.free(host_range(memory, 0).begin) ? kSuccess : kInvalidValue;
  });
}

// ---- copies. Memory that is not pinned is the caller's again when the call returns.

Code cuMemcpyHtoDAsync_v2(Pointer target, const void* source, size_t bytes, Stream stream) {
  return answer_in_stream(Entry::copy_to_device, stream, [&](Queue& queue) -> Code {
    if (world().pinned.holds(host_range(source, bytes)))
      return enqueued(queue, {{target, bytes}}, [=] { memcpy(host(target), source, bytes); });
    const auto* bytes_now = static_cast<const unsigned char*>(source);
    const auto copy = std::make_shared<std::vector<unsigned char>>(bytes_now, bytes_now + bytes);
    return enqueued(queue, {{target, bytes}}, [=] {
      std::copy(copy->begin(), copy->end(), static_cast<unsigned char*>(host(target)));
    });
  });
}

Code cuMemcpyDtoHAsync_v2(void* target, Pointer source, size_t bytes, Stream stream) {
  return answer_in_stream(Entry::copy_to_host, stream, [&](Queue& queue) -> Code {
    enqueued(queue, {{source, bytes}}, [=] { memcpy(target, host(source), bytes); });
    if (world().pinned.holds(host_range(target, bytes))) return kSuccess;
    queue.wait_for(queue.added());
    return world().calls.failure();
  });
}

Code cuMemcpyDtoDAsync_v2(Pointer target, Pointer source, size_t bytes, Stream stream) {
  return answer_in_stream(Entry::copy_on_device, stream, [&](Queue& queue) -> Code {
    return enqueued(queue, {{target, bytes}, {source, bytes}},
                    [=] { memcpy(host(target), host(source), bytes); });
  });
}

Code cuMemsetD8Async(Pointer target, unsigned char byte, size_t bytes, Stream stream) {
  return answer_in_stream(Entry::fill_bytes, stream, [&](Queue& queue) -> Code {
    return enqueued(queue, {{target, bytes}}, [=] { memset(host(target), byte, bytes); });
  });
}

// ---- streams and events

Code cuStreamCreate(Stream* stream, unsigned) {
  return answer_in_context(Entry::create_stream, [&](int device) -> Code {
    *stream = world().streams.add(world().start_queue(device));
    return kSuccess;
  });
}

Code cuStreamDestroy_v2(Stream stream) {
  return answer_in_context(Entry::destroy_stream, [&](int) -> Code {
    const auto queue = world().streams.remove(stream);
    if (!queue) return kInvalidHandle;
    queue->close();
    return kSuccess;
  });
}

Code cuEventCreate(Event* event, unsigned) {
  return answer_in_context(Entry::create_event, [&](int device) -> Code {
    const auto made = std::make_shared<RecordedEvent>();
    made->device = device;
    *event = world().events.add(made);
    return kSuccess;
  });
}

Code cuEventDestroy_v2(Event event) {
  return answer_in_context(Entry::destroy_event, [&](int) -> Code {
    return world().events.remove(event) ? kSuccess : kInvalidHandle;
  });
}

Code cuEventRecord(Event event, Stream stream) {
  return answer_in_context(Entry::record_event, [&](int device) -> Code {
    const auto recorded = world().events.find(event);
    const auto queue = world().streams.find(stream);
    if (!recorded || !queue || recorded->device != device || queue->device != device)
      return kInvalidHandle;
    const std::lock_guard lock(recorded->mutex);
    recorded->queue = queue;
    recorded->tasks = queue->added();
    return kSuccess;
  });
}

Code cuEventSynchronize(Event event) {
  return answer_in_context(Entry::wait_for_event, [&](int) -> Code {
    const auto recorded = world().events.find(event);
    if (!recorded) return kInvalidHandle;
    std::unique_lock lock(recorded->mutex);
    const auto queue = recorded->queue;
    const uint64_t tasks = recorded->tasks;
    lock.unlock();
    if (queue) queue->wait_for(tasks);
    return world().calls.failure();
  });
}

// ---- kernels

Code cuLaunchKernel(Function function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                    unsigned block_x, unsigned block_y, unsigned block_z, unsigned, Stream stream,
                    void** parameters, void** extra) {
  return answer_in_stream(Entry::launch, stream, [&](Queue& queue) -> Code {
    const auto loaded = world().functions.find(function);
    if (!loaded || loaded->device != queue.device) return kInvalidHandle;
    const bool one_row = grid_y == 1 && grid_z == 1 && block_y == 1 && block_z == 1;
    if (!one_row || grid_x == 0 || block_x != kBlockThreads || !parameters || extra)
      return kInvalidValue;
    const Parameters p = *static_cast<const Parameters*>(parameters[0]);
    const auto body = [loaded, p, grid_x]() -> Code {
      const auto end = std::chrono::steady_clock::now() + world().calls.settings()->delay;
      const Code code = carry_out(loaded->entry.c_str(), p, grid_x);
      std::this_thread::sleep_until(end);
      return code;
    };
    world().enqueue(queue, memory_of(loaded->entry.c_str(), p), body);
    return kSuccess;
  });
}

}  // namespace mish::cuda
