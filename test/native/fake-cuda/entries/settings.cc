// Reads the case to play from the environment, strictly: nothing that is set is passed over.
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>

#include <algorithm>

namespace mish::fake {
namespace {

#define MISH_FAKE_NAME(member, symbol, parameters) #symbol,
const char* const kFailing[] = {MISH_CUDA_ENTRIES(MISH_FAKE_NAME) "@kernel"};
#undef MISH_FAKE_NAME

[[noreturn]] void reject(const char* what, const std::string& text) {
  fprintf(stderr, "fake-cuda: %s is not understood: '%s'\n", what, text.c_str());
  abort();
}

std::string text_of(const char* variable, const char* fallback) {
  const char* text = getenv(variable);
  return text ? text : fallback;
}

uint64_t number(const char* what, const std::string& text) {
  char* end;
  const uint64_t value = strtoull(text.c_str(), &end, 10);
  if (text.empty() || *end) reject(what, text);
  return value;
}

uint64_t number_of(const char* variable, const char* fallback) {
  return number(variable, text_of(variable, fallback));
}

std::vector<std::string> parts(const std::string& list) {
  std::vector<std::string> found;
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    found.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return found;
}

// As the driver does, up to the first that is none.
std::vector<int> visible_of(int count) {
  std::vector<int> devices;
  const char* chosen = getenv("CUDA_VISIBLE_DEVICES");
  if (!chosen) {
    for (int i = 0; i < count; ++i) devices.push_back(i);
    return devices;
  }
  for (const std::string& part : parts(chosen)) {
    char* end;
    const long index = strtol(part.c_str(), &end, 10);
    if (part.empty() || *end || index < 0 || index >= count) break;
    devices.push_back((int)index);
  }
  return devices;
}

Fault fault_of(const std::string& text) {
  const char* what = "MISH_FAKE_CUDA_FAULT";
  const size_t colon = text.find(':'), equals = text.find('=');
  if (colon == std::string::npos || equals == std::string::npos || equals < colon)
    reject(what, text);
  const std::string entry = text.substr(0, colon);
  if (std::find(std::begin(kFailing), std::end(kFailing), entry) == std::end(kFailing))
    reject(what, text);
  const std::string call = text.substr(colon + 1, equals - colon - 1);
  return {entry, call == "*" ? 0 : number(what, call), (Code)number(what, text.substr(equals + 1))};
}

}  // namespace

Code Settings::planned(const std::string& entry, uint64_t call) const {
  for (const Fault& fault : faults)
    if (fault.entry == entry && (fault.call == 0 || fault.call == call)) return fault.code;
  return cuda::kSuccess;
}

Settings read_settings() {
  Settings read;
  read.devices = visible_of((int)number_of("MISH_FAKE_CUDA_DEVICES", "1"));
  const std::string capability = text_of("MISH_FAKE_CUDA_CAPABILITY", "9.0");
  if (sscanf(capability.c_str(), "%d.%d", &read.capability_major, &read.capability_minor) != 2)
    reject("MISH_FAKE_CUDA_CAPABILITY", capability);
  read.driver_version = (int)number_of("MISH_FAKE_CUDA_VERSION", "13000");
  read.memory = number_of("MISH_FAKE_CUDA_MEMORY", "8589934592");
  read.delay = std::chrono::microseconds(number_of("MISH_FAKE_CUDA_DELAY_US", "0"));
  for (const std::string& part : parts(text_of("MISH_FAKE_CUDA_FAULT", "")))
    read.faults.push_back(fault_of(part));
  read.log = text_of("MISH_FAKE_CUDA_LOG", "");
  return read;
}

}  // namespace mish::fake
