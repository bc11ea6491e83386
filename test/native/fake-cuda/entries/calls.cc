// Counts, plans, logs and remembers failures: what the driver's calls have in common.
#include "calls.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <numeric>

namespace mish::fake {
namespace {

#define MISH_FAKE_NAME(member, symbol, parameters) #symbol,
const char* const kNames[] = {MISH_CUDA_ENTRIES(MISH_FAKE_NAME)};
#undef MISH_FAKE_NAME

// After these the CUDA header wants the process terminated.
bool sticks(Code code) {
  return code == 214 || code == 226 || code == 700 || code == 702 || (code >= 714 && code <= 719) ||
         code == 721 || code == 810;
}

int open_log(const std::string& path) {
  if (path.empty()) return -1;
  const int file = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (file >= 0) return file;
  perror("fake-cuda: MISH_FAKE_CUDA_LOG");
  abort();
}

}  // namespace

void Calls::begin_case() {
  const auto settings = std::make_shared<const Settings>(read_settings());
  const std::lock_guard lock(mutex_);
  settings_ = settings;
  made_ = {};
  after_sticky_ = kernels_ = 0;
  initialized_ = told_ = false;
  failure_ = cuda::kSuccess;
  if (log_ >= 0) close(log_);
  log_ = open_log(settings->log);
}

std::shared_ptr<const Settings> Calls::settings() {
  const std::lock_guard lock(mutex_);
  return settings_;
}

Code Calls::begin(Entry entry) {
  const std::lock_guard lock(mutex_);
  const uint64_t call = ++made_[(size_t)entry];
  after_sticky_ += told_ ? 1 : 0;
  if (failure_) return failure_;
  const bool needs_init = entry != Entry::init && entry != Entry::driver_version;
  if (needs_init && !initialized_) return kNotInitialized;
  return settings_->planned(kNames[(size_t)entry], call);
}

Code Calls::end(Entry entry, Code code) {
  const std::lock_guard lock(mutex_);
  if (entry == Entry::init && !failure_) initialized_ = code == cuda::kSuccess;
  if (!failure_ && sticks(code)) failure_ = code;
  if (failure_ && code == failure_) told_ = true;
  log(kNames[(size_t)entry], code);
  return code;
}

void Calls::fail(Code code) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = code;
}

Code Calls::failure() {
  const std::lock_guard lock(mutex_);
  return failure_;
}

Code Calls::next_kernel() {
  const std::lock_guard lock(mutex_);
  return settings_->planned("@kernel", ++kernels_);
}

uint64_t Calls::made() {
  const std::lock_guard lock(mutex_);
  return std::accumulate(made_.begin(), made_.end(), uint64_t{0});
}

uint64_t Calls::made(Entry entry) {
  const std::lock_guard lock(mutex_);
  return made_[(size_t)entry];
}

uint64_t Calls::after_sticky() {
  const std::lock_guard lock(mutex_);
  return after_sticky_;
}

// One write a line: lines of several processes do not mix either.
void Calls::log(const char* name, Code code) {
  if (log_ < 0) return;
  char line[64];
  const int length = snprintf(line, sizeof line, "%s -> %d\n", name, code);
  if (write(log_, line, (size_t)length) != length) perror("fake-cuda: MISH_FAKE_CUDA_LOG");
}

}  // namespace mish::fake
