// The device, its memory and its clock: what device.h promises.
#include "device.h"

#include <string.h>

#include "../../cuda/host/load_driver.h"

namespace gpu_check {
namespace {

const char* sentence_of(mish::Status status) {
  switch (status) {
    case mish::kNoDriver:
      return "no CUDA driver (libcuda.so.1) is found";
    case mish::kDriverTooOld:
      return "the CUDA driver is older than the nvcc that compiled the kernels";
    case mish::kNoDevice:
      return "the CUDA driver has no device";
    case mish::kUnsupportedArch:
      return "the kernels have no code for this device";
    case mish::kNoImage:
      return "this program was built without nvcc, so there are no kernels";
    default:
      return nullptr;
  }
}

bool has_placeholder() {
  return cuda::kImageBytes == sizeof cuda::kPlaceholder &&
         memcmp(cuda::kImage, cuda::kPlaceholder, sizeof cuda::kPlaceholder) == 0;
}

}  // namespace

// ---------------------------------------------------------------- device
cuda::Gpu& Device::opened() {
  cuda::Gpu* gpu = nullptr;
  cuda::Result result = cuda::open_device(0, &gpu);
  if (result.status == mish::kUnsupportedArch && has_placeholder()) result.status = mish::kNoImage;
  if (const char* sentence = sentence_of(result.status)) throw Unavailable(sentence);
  if (!result.is_ok()) fail("opening the device", result.code);
  return *gpu;
}

Device::Device(cuda::Gpu& gpu) : gpu(gpu), current_(gpu) {
  if (current_.code()) fail("cuCtxPushCurrent", current_.code());
  call("cuStreamCreate", gpu.driver.create_stream, &stream_, cuda::kStreamNonBlocking);
  call("cuEventCreate", gpu.driver.create_event, &done_, cuda::kEventDisableTiming);
}

Device::~Device() {
  gpu.call(gpu.driver.destroy_event, done_);
  gpu.call(gpu.driver.destroy_stream, stream_);
}

void Device::fail(const char* what, cuda::Code code) {
  using NameOf = cuda::Code (*)(cuda::Code, const char**);
  const char* name = nullptr;
  if (const auto name_of = reinterpret_cast<NameOf>(cuda::driver_symbol("cuGetErrorName")))
    name_of(code, &name);
  throw Failure(std::string(what) + " failed: CUDA error " + std::to_string(code) +
                (name ? std::string(" (") + name + ")" : ""));
}

void Device::launch(const Entry& entry, const Addresses& operands, uint64_t length) {
  cuda::Plan plan = cuda::plan(entry.op, entry.dtype, operands.in, operands.out,
                               gpu.tables(entry.dtype), length, gpu.multiprocessors());
  void* arguments[] = {&plan.parameters};
  call("cuLaunchKernel", gpu.driver.launch, entry.function, plan.grid_blocks, 1u, 1u,
       cuda::kBlockThreads, 1u, 1u, 0u, stream_, arguments, (void**)nullptr);
}

void Device::upload(cuda::Pointer target, const void* source, size_t bytes) {
  call("cuMemcpyHtoDAsync", gpu.driver.copy_to_device, target, source, bytes, stream_);
}

void Device::download(void* target, cuda::Pointer source, size_t bytes) {
  call("cuMemcpyDtoHAsync", gpu.driver.copy_to_host, target, source, bytes, stream_);
}

void Device::copy(cuda::Pointer target, cuda::Pointer source, size_t bytes) {
  call("cuMemcpyDtoDAsync", gpu.driver.copy_on_device, target, source, bytes, stream_);
}

void Device::wait() {
  call("cuEventRecord", gpu.driver.record_event, done_, stream_);
  call("the work of the device", gpu.driver.wait_for_event, done_);
}

uint64_t Device::attribute(int which) {
  cuda::Device device;
  int value = 0;
  if (gpu.call(gpu.driver.device, &device, 0)) return 0;
  return gpu.call(gpu.driver.device_attribute, &value, which, device) ? 0 : (uint64_t)value;
}

size_t Device::free_bytes() {
  size_t free = 0, total = 0;
  call("cuMemGetInfo", gpu.driver.memory_info, &free, &total);
  return free;
}

bool Device::is_fake() const { return cuda::driver_symbol("mish_fake_calls") != nullptr; }

// ---------------------------------------------------------------- memory
Memory::Memory(Device& device, size_t bytes) : device_(device) {
  device.call("cuMemAlloc", device.gpu.driver.allocate, &address, bytes);
}
Memory::~Memory() { device_.gpu.call(device_.gpu.driver.free, address); }

Pinned::Pinned(Device& device, size_t bytes) : device_(device) {
  void* memory = nullptr;
  device.call("cuMemHostAlloc", device.gpu.driver.allocate_pinned, &memory, bytes,
              cuda::kHostAllocPortable);
  data = static_cast<char*>(memory);
}
Pinned::~Pinned() { device_.gpu.call(device_.gpu.driver.free_pinned, (void*)data); }

// ---------------------------------------------------------------- clock
Stopwatch::Stopwatch(Device& device) : device_(device) {
  void* symbol = cuda::driver_symbol("cuEventElapsedTime_v2");
  if (!symbol) symbol = cuda::driver_symbol("cuEventElapsedTime");
  elapsed_ = reinterpret_cast<Elapsed>(symbol);
  for (cuda::Event* event : {&begin_, &end_})
    device.call("cuEventCreate", device.gpu.driver.create_event, event, 0u);
}

Stopwatch::~Stopwatch() {
  for (const cuda::Event event : {begin_, end_})
    device_.gpu.call(device_.gpu.driver.destroy_event, event);
}

void Stopwatch::start() {
  if (!elapsed_) device_.wait();
  host_begin_ = std::chrono::steady_clock::now();
  device_.call("cuEventRecord", device_.gpu.driver.record_event, begin_, device_.stream_);
}

double Stopwatch::stop() {
  device_.call("cuEventRecord", device_.gpu.driver.record_event, end_, device_.stream_);
  device_.call("the work of the device", device_.gpu.driver.wait_for_event, end_);
  const auto by_host = std::chrono::steady_clock::now() - host_begin_;
  if (!elapsed_) return std::chrono::duration<double, std::milli>(by_host).count();
  float milliseconds = 0;
  device_.call("cuEventElapsedTime", elapsed_, &milliseconds, begin_, end_);
  return milliseconds;
}

}  // namespace gpu_check
