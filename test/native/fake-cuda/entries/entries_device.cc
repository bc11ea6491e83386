// Entry points: starting, devices, contexts, modules and their functions.
#include <stdio.h>
#include <string.h>

#include <utility>

#include "../../../../cuda/device/kernel_abi.h"
#include "../device/launch.h"
#include "entries.h"

namespace mish::fake {
namespace {

constexpr int kMultiprocessors = 4;

// Contexts of this thread, the current one last. Nothing to destroy, as threads end in any order;
// and in the static block: what dlopen adds to threads, the loader frees later, from another
// thread, which ThreadSanitizer takes for a race.
constexpr int kMostPushed = 16;
struct Pushed {
  cuda::Context context[kMostPushed];
  int count;
};
__attribute__((tls_model("initial-exec"))) thread_local Pushed pushed;

// A call about one device, by its index; `body` is given which of those there are it is.
template <class Body>
Code answer_for(Entry entry, cuda::Device index, Body body) {
  return answer(entry, [&]() -> Code {
    const auto settings = world().calls.settings();
    if (index < 0 || (size_t)index >= settings->devices.size()) return kInvalidDevice;
    return body(settings->devices[(size_t)index], *settings);
  });
}

// What the driver takes: a fatbin. And the stand-in for one, of a build without nvcc.
bool is_image(const void* image) {
  constexpr unsigned char kFatbin[] = {0x50, 0xed, 0x55, 0xba};
  const auto* text = static_cast<const char*>(image);
  return strncmp(text, cuda::kPlaceholder, sizeof cuda::kPlaceholder - 1) == 0 ||
         memcmp(image, kFatbin, sizeof kFatbin) == 0;
}

}  // namespace

int current_device() {
  return pushed.count ? world().contexts.find(pushed.context[pushed.count - 1])->device : -1;
}

}  // namespace mish::fake

namespace mish::cuda {

using namespace fake;

Code cuInit(unsigned flags) {
  world().calls.begin_case();
  world().memory.begin_case();
  pushed.count = 0;  // what a lost device of the case before left behind
  return answer(Entry::init, [&]() -> Code {
    if (flags != 0) return kInvalidValue;
    return world().calls.settings()->devices.empty() ? kNoDevice : kSuccess;
  });
}

Code cuDriverGetVersion(int* version) {
  return answer(Entry::driver_version, [&]() -> Code {
    *version = world().calls.settings()->driver_version;
    return kSuccess;
  });
}

Code cuDeviceGetCount(int* count) {
  return answer(Entry::device_count, [&]() -> Code {
    *count = (int)world().calls.settings()->devices.size();
    return kSuccess;
  });
}

Code cuDeviceGet(Device* device, int index) {
  return answer_for(Entry::device, index, [&](int, const Settings&) -> Code {
    *device = index;
    return kSuccess;
  });
}

Code cuDeviceGetName(char* name, int bytes, Device device) {
  return answer_for(Entry::device_name, device, [&](int which, const Settings&) -> Code {
    snprintf(name, (size_t)bytes, "Fake GPU %d", which);
    return kSuccess;
  });
}

Code cuDeviceGetUuid_v2(Uuid* uuid, Device device) {
  return answer_for(Entry::device_uuid, device, [&](int which, const Settings&) -> Code {
    memcpy(uuid->bytes, "node-mish fake ", 15);
    uuid->bytes[15] = (unsigned char)which;
    return kSuccess;
  });
}

Code cuDeviceTotalMem_v2(size_t* bytes, Device device) {
  return answer_for(Entry::device_memory, device, [&](int, const Settings& settings) -> Code {
    *bytes = settings.memory;
    return kSuccess;
  });
}

Code cuDeviceGetAttribute(int* value, int attribute, Device device) {
  return answer_for(Entry::device_attribute, device, [&](int, const Settings& settings) -> Code {
    switch (attribute) {
      case kMultiprocessorCount:
        *value = kMultiprocessors;
        return kSuccess;
      case kComputeCapabilityMajor:
        *value = settings.capability_major;
        return kSuccess;
      case kComputeCapabilityMinor:
        *value = settings.capability_minor;
        return kSuccess;
      default:
        return kInvalidValue;
    }
  });
}

Code cuDevicePrimaryCtxRetain(Context* context, Device device) {
  return answer_for(Entry::retain_context, device, [&](int which, const Settings&) -> Code {
    *context = world().context_of(which);
    ++world().contexts.find(*context)->retained;
    return kSuccess;
  });
}

Code cuCtxPushCurrent_v2(Context context) {
  return answer(Entry::push_context, [&]() -> Code {
    if (!world().contexts.find(context)) return kInvalidContext;
    if (pushed.count == kMostPushed) return kCodeOutOfMemory;
    pushed.context[pushed.count++] = context;
    return kSuccess;
  });
}

Code cuCtxPopCurrent_v2(Context* context) {
  return answer(Entry::pop_context, [&]() -> Code {
    if (pushed.count == 0) return kInvalidContext;
    const Context popped = pushed.context[--pushed.count];
    if (context) *context = popped;
    return kSuccess;
  });
}

Code cuModuleLoadData(Module* module, const void* image) {
  return answer_in_context(Entry::load_module, [&](int device) -> Code {
    if (!is_image(image)) return kInvalidImage;
    *module = world().modules.add(std::make_shared<LoadedModule>(LoadedModule{device}));
    return kSuccess;
  });
}

Code cuModuleGetFunction(Function* function, Module module, const char* name) {
  return answer_in_context(Entry::module_function, [&](int) -> Code {
    const auto loaded = world().modules.find(module);
    if (!loaded) return kInvalidHandle;
    if (!is_entry(name)) return kNotFound;
    *function = world().functions.add(
        std::make_shared<LoadedFunction>(LoadedFunction{loaded->device, name}));
    return kSuccess;
  });
}

}  // namespace mish::cuda
