// What every call goes through: it is counted, failed as planned, logged; and a failure that the
// driver does not recover from is told to every later call.
#pragma once

#include <stdint.h>

#include <array>
#include <memory>
#include <mutex>

#include "settings.h"

namespace mish::fake {

#define MISH_FAKE_MEMBER(member, symbol, parameters) member,
enum class Entry { MISH_CUDA_ENTRIES(MISH_FAKE_MEMBER) count };
#undef MISH_FAKE_MEMBER

// Of CUresult, where driver.h has no use for them.
constexpr Code kNotInitialized = 3, kNoDevice = 100, kInvalidDevice = 101, kInvalidImage = 200,
               kInvalidContext = 201, kInvalidHandle = 400, kNotFound = 500, kIllegalAddress = 700,
               kMisalignedAddress = 716;

class Calls {
 public:
  // Another case: counts from 0, nothing has failed, nothing is initialised.
  void begin_case();
  std::shared_ptr<const Settings> settings();

  // What the call has to fail with before it does anything; 0: nothing.
  Code begin(Entry entry);
  // What the call returns.
  Code end(Entry entry, Code code);

  // Work in a queue failed: every later call says so, whatever the code.
  void fail(Code code);
  Code failure();
  // Counts one more kernel that a queue comes to, and says what it has to fail with.
  Code next_kernel();

  uint64_t made(), after_sticky();
  uint64_t made(Entry entry);

 private:
  void log(const char* name, Code code);

  std::mutex mutex_;
  std::shared_ptr<const Settings> settings_ = std::make_shared<Settings>();
  std::array<uint64_t, (size_t)Entry::count> made_{};
  uint64_t after_sticky_ = 0, kernels_ = 0;
  bool initialized_ = false;
  Code failure_ = cuda::kSuccess;
  bool told_ = false;  // a call has returned failure_
  int log_ = -1;
};

}  // namespace mish::fake
