// The driver and its devices, each opened once: what devices.h promises.
#include "devices.h"

#include <new>

#include "../../binding/system/seams.h"
#include "load_driver.h"

namespace mish::cuda {
namespace {

// Held while the driver works, which may take seconds.
Lock opening;
Driver driver;
Gpu* gpus[kMostDevices];
bool is_loaded = false, is_started = false;

// Held for a moment, by who publishes and who reads.
Lock publishing;
DriverFacts published_driver;
struct {
  DeviceFacts facts;
  const Gpu* gpu;
} published[kMostDevices];

bool is_final(Status status) {
  return status == kNoDriver || status == kDriverTooOld || status == kDeviceLost;
}

// ---------------------------------------------------------------- under `opening`
Result start_driver(DriverFacts* facts) {
  if (!is_loaded) {
    const Result result = load_driver(&driver);
    if (!result.is_ok()) return result;
    is_loaded = true;
  }
  const auto failed = [](Code code) { return result_of(code, kCudaInit); };
  if (const Code code = driver.init(0)) return failed(code);
  if (const Code code = driver.driver_version(&facts->version)) return failed(code);
  if (facts->version < kLeastDriverVersion) return {kDriverTooOld};
  if (const Code code = driver.device_count(&facts->device_count)) return failed(code);
  if (facts->device_count > kMostDevices) facts->device_count = kMostDevices;
  return facts->device_count > 0 ? Result{} : Result{kNoDevice};
}

DriverFacts started_driver() {
  DriverFacts facts = driver_facts();
  if (is_started || is_final(facts.result.status)) return facts;
  facts = {true, {}, 0, 0};
  facts.result = start_driver(&facts);
  is_started = facts.result.is_ok();
  const Locked locked(publishing);
  return published_driver = facts;
}

Gpu* gpu_at(int index) {
  if (gpus[index]) return gpus[index];
  void* memory = seams::allocate(sizeof(Gpu));
  return memory ? gpus[index] = new (memory) Gpu(driver, index) : nullptr;
}

void publish(int index, const DeviceFacts& facts) {
  const Locked locked(publishing);
  published[index] = {facts, gpus[index]};
}

Result open_locked(int index, Gpu** gpu) {
  const DriverFacts facts = started_driver();
  if (!facts.result.is_ok()) return facts.result;
  if (index < 0 || index >= facts.device_count) return {kNoDevice};
  *gpu = gpu_at(index);
  if (!*gpu) return {kMemory};
  const DeviceFacts before = device_facts(index);
  if (before.is_asked && (before.result.is_ok() || is_final(before.result.status)))
    return before.result;
  const Result result = (*gpu)->open();
  publish(index, {true, result, (*gpu)->facts()});
  return result;
}

}  // namespace

// ---------------------------------------------------------------- for all threads
Result open_device(int index, Gpu** gpu) {
  const Locked locked(opening);
  return open_locked(index, gpu);
}

void open_all_devices() {
  const Locked locked(opening);
  Gpu* gpu;
  open_locked(0, &gpu);  // starts the driver
  const int count = driver_facts().device_count;
  for (int index = 0; index < count; ++index) {
    if (!open_locked(index, &gpu).is_ok() || !gpu->ask_memory().is_ok()) continue;
    publish(index, {true, {}, gpu->facts()});
  }
}

DriverFacts driver_facts() {
  const Locked locked(publishing);
  return published_driver;
}

DeviceFacts device_facts(int index) {
  const Locked locked(publishing);
  const auto& [known, gpu] = published[index];
  DeviceFacts facts = known;
  const Code lost = gpu ? gpu->lost() : kSuccess;
  if (lost) facts.result = {kDeviceLost, lost};
  return facts;
}

#if MISH_TEST_SEAMS
void forget_devices() {
  const Locked locked(opening);
  const Locked also(publishing);
  is_loaded = is_started = false;
  published_driver = {};
  for (auto& device : published) device = {};
  for (Gpu*& gpu : gpus) {
    if (!gpu) continue;
    gpu->close();
    seams::release(gpu);
    gpu = nullptr;
  }
}
#endif

}  // namespace mish::cuda
