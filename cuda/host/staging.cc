// While one buffer is on its way, the other is filled or emptied: what staging.h promises.
#include "staging.h"

#include <string.h>

namespace mish::cuda {
namespace {

size_t part_of(size_t rest, size_t most) { return rest < most ? rest : most; }

}  // namespace

// The slot whose turn it is, free. What lacks room for it is the host.
Result Staging::prepare(Slot** next) {
  const Driver& driver = gpu_.driver;
  Slot& slot = slots_[second_];
  *next = &slot;
  second_ = !second_;
  Code code = kSuccess;
  if (!slot.memory)
    code = gpu_.call(driver.allocate_pinned, &slot.memory, (size_t)kSlotBytes, kHostAllocPortable);
  if (code == kCodeOutOfMemory) return {kMemory, code};
  if (!code && !slot.copied)
    code = gpu_.call(driver.create_event, &slot.copied, kEventBlockingSync | kEventDisableTiming);
  return result_of(code ? code : settle(slot), kCuda);
}

// Waits for what the slot carries, and delivers it. Failed, it is not known to be over: then it is
// waited for again before the slot is used, but there is nobody left to deliver it to.
Code Staging::settle(Slot& slot) {
  if (!slot.is_in_flight) return kSuccess;
  char* const target = slot.target;
  slot.target = nullptr;
  Code code = slot.is_recorded ? kSuccess : start(slot);
  if (!code) code = gpu_.call(gpu_.driver.wait_for_event, slot.copied);
  if (code) return code;
  slot.is_in_flight = false;
  if (target) memcpy(target, slot.memory, slot.bytes);
  return kSuccess;
}

// The event after what was asked for.
Code Staging::start(Slot& slot) {
  slot.is_in_flight = true;
  const Code code = gpu_.call(gpu_.driver.record_event, slot.copied, stream_);
  slot.is_recorded = code == kSuccess;
  return code;
}

Result Staging::upload(Pointer target, const char* source, size_t bytes) {
  for (size_t begin = 0; begin < bytes; begin += kSlotBytes) {
    Slot* slot;
    const Result prepared = prepare(&slot);
    if (!prepared.is_ok()) return prepared;
    slot->bytes = part_of(bytes - begin, kSlotBytes);
    memcpy(slot->memory, source + begin, slot->bytes);
    Code code = gpu_.call(gpu_.driver.copy_to_device, target + begin, (const void*)slot->memory,
                          slot->bytes, stream_);
    if (!code) code = start(*slot);
    if (code) return result_of(code, kCuda);
  }
  return {};
}

Result Staging::download(char* target, Pointer source, size_t bytes) {
  Result result;
  for (size_t begin = 0; begin < bytes && result.is_ok(); begin += kSlotBytes) {
    Slot* slot;
    result = prepare(&slot);
    if (!result.is_ok()) break;
    slot->bytes = part_of(bytes - begin, kSlotBytes);
    Code code =
        gpu_.call(gpu_.driver.copy_to_host, slot->memory, source + begin, slot->bytes, stream_);
    if (!code) code = start(*slot);
    if (!code) slot->target = target + begin;
    result = result_of(code, kCuda);
  }
  for (Slot& slot : slots_) {
    const Code late = settle(slot);
    if (result.is_ok()) result = result_of(late, kCuda);
  }
  return result;
}

void Staging::close() {
  for (Slot& slot : slots_) {
    settle(slot);
    if (slot.copied) gpu_.call(gpu_.driver.destroy_event, slot.copied);
    if (slot.memory) gpu_.call(gpu_.driver.free_pinned, slot.memory);
    slot = {};
  }
}

}  // namespace mish::cuda
