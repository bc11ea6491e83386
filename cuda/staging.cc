// While one buffer is on its way, the other is filled or emptied: what staging.h promises.
#include "staging.h"

#include <string.h>

namespace mish::cuda {
namespace {

size_t part_of(size_t rest, size_t most) { return rest < most ? rest : most; }

}  // namespace

// The slot whose turn it is, free.
Code Staging::prepare(Slot** next) {
  const Driver& driver = gpu_.driver;
  Slot& slot = slots_[second_];
  *next = &slot;
  second_ = !second_;
  if (!slot.memory)
    if (const Code code =
            gpu_.call(driver.allocate_pinned, &slot.memory, (size_t)kSlotBytes, kHostAllocPortable))
      return code;
  if (!slot.copied)
    if (const Code code =
            gpu_.call(driver.create_event, &slot.copied, kEventBlockingSync | kEventDisableTiming))
      return code;
  return settle(slot);
}

// Waits for what the slot carries, and delivers it.
Code Staging::settle(Slot& slot) {
  if (!slot.is_in_flight) return kSuccess;
  slot.is_in_flight = false;
  const Code code = gpu_.call(gpu_.driver.wait_for_event, slot.copied);
  if (code == kSuccess && slot.target) memcpy(slot.target, slot.memory, slot.bytes);
  slot.target = nullptr;
  return code;
}

Code Staging::start(Slot& slot) {
  const Code code = gpu_.call(gpu_.driver.record_event, slot.copied, stream_);
  slot.is_in_flight = code == kSuccess;
  return code;
}

Code Staging::upload(Pointer target, const char* source, size_t bytes) {
  for (size_t begin = 0; begin < bytes; begin += kSlotBytes) {
    Slot* slot;
    if (const Code code = prepare(&slot)) return code;
    slot->bytes = part_of(bytes - begin, kSlotBytes);
    memcpy(slot->memory, source + begin, slot->bytes);
    const Code code = gpu_.call(gpu_.driver.copy_to_device, target + begin,
                                (const void*)slot->memory, slot->bytes, stream_);
    if (code) return code;
    if (const Code late = start(*slot)) return late;
  }
  return kSuccess;
}

Code Staging::download(char* target, Pointer source, size_t bytes) {
  Code code = kSuccess;
  for (size_t begin = 0; begin < bytes && !code; begin += kSlotBytes) {
    Slot* slot;
    code = prepare(&slot);
    if (code) break;
    slot->bytes = part_of(bytes - begin, kSlotBytes);
    code = gpu_.call(gpu_.driver.copy_to_host, slot->memory, source + begin, slot->bytes, stream_);
    if (!code) code = start(*slot);
    if (!code) slot->target = target + begin;
  }
  for (Slot& slot : slots_) {
    const Code late = settle(slot);
    if (!code) code = late;
  }
  return code;
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
