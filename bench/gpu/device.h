// The device under test, opened as the addon opens it, and its memory, launches and clock for a
// program of one thread; what fails is thrown.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

#include "../../cuda/device/launch_plan.h"
#include "../../cuda/host/devices.h"

namespace gpu_check {

using mish::Dtype, mish::kDtypeCount, mish::kDtypes, mish::kOpCount, mish::kOps, mish::Op,
    mish::OpInfo;
namespace cuda = mish::cuda;

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// There is nothing to test: no driver, no device, no image.
struct Unavailable : Failure {
  using Failure::Failure;
};

// What is launched: an entry of the addon's image, or of another one that stands for it.
struct Entry {
  Op op;
  Dtype dtype;
  cuda::Function function;

  const OpInfo& info() const { return kOps[static_cast<int>(op)]; }
  const char* op_name() const { return info().name; }
  const char* dtype_name() const { return kDtypes[static_cast<int>(dtype)].name; }
  size_t element_bytes() const { return kDtypes[static_cast<int>(dtype)].bytes; }
  // Operands that are read; of accumulate the last of them is the output.
  int operands() const { return info().inputs + info().reads_output; }
  int outputs() const { return info().outputs; }
};

struct Addresses {
  cuda::Pointer in[mish::kMaxInputs], out[mish::kMaxOutputs];
};

// Its context is the thread's current one while it is in scope.
class Device {
 public:
  Device() : Device(opened()) {}
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  template <class... P, class... A>
  void call(const char* what, cuda::Code (*entry)(P...), A... arguments) {
    if (const cuda::Code code = gpu.call(entry, arguments...)) fail(what, code);
  }
  [[noreturn]] static void fail(const char* what, cuda::Code code);

  Entry entry(Op op, Dtype dtype) const { return {op, dtype, gpu.entry(op, dtype)}; }
  // Whether the operation has a kernel for that dtype itself.
  static bool exists(Op op, Dtype dtype) {
    return dtype != Dtype::float32_fast || kOps[static_cast<int>(op)].fast == dtype;
  }
  // In the stream, like copies.
  void launch(const Entry& entry, const Addresses& operands, uint64_t length);
  void upload(cuda::Pointer target, const void* source, size_t bytes);
  void download(void* target, cuda::Pointer source, size_t bytes);
  void copy(cuda::Pointer target, cuda::Pointer source, size_t bytes);
  void wait();

  // 0 where the driver does not tell.
  uint64_t attribute(int which);
  size_t free_bytes();
  bool is_fake() const;

  cuda::Gpu& gpu;

 private:
  friend class Stopwatch;
  explicit Device(cuda::Gpu& gpu);
  static cuda::Gpu& opened();

  cuda::Current current_;
  cuda::Stream stream_ = nullptr;
  cuda::Event done_ = nullptr;
};

// Memory of the device, and pinned memory of the host.
class Memory {
 public:
  Memory(Device& device, size_t bytes);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  cuda::Pointer address = 0;

 private:
  Device& device_;
};

class Pinned {
 public:
  Pinned(Device& device, size_t bytes);
  ~Pinned();
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

  char* data = nullptr;

 private:
  Device& device_;
};

// The device's own clock, by events in the stream; the host's, where the driver has none.
class Stopwatch {
 public:
  explicit Stopwatch(Device& device);
  ~Stopwatch();
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

  void start();
  double stop();  // milliseconds; waits for the stream
  bool is_of_device() const { return elapsed_ != nullptr; }

 private:
  using Elapsed = cuda::Code (*)(float* milliseconds, cuda::Event begin, cuda::Event end);

  Device& device_;
  Elapsed elapsed_;
  cuda::Event begin_ = nullptr, end_ = nullptr;
  std::chrono::steady_clock::time_point host_begin_;
};

// Seconds since it was made.
class Seconds {
 public:
  double passed() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace gpu_check
