// Finds the driver's library and its entry points: what load_driver.h promises.
#include "load_driver.h"

#include "../../binding/system/library.h"

namespace mish::cuda {
namespace {

#if defined(_WIN32)
constexpr const char* kLibraryName = "nvcuda.dll";
#else
constexpr const char* kLibraryName = "libcuda.so.1";  // there is no CUDA for macOS
#endif

void* library = nullptr;

template <class Entry>
bool find(const char* name, Entry* entry) {
  *entry = reinterpret_cast<Entry>(driver_symbol(name));
  return *entry != nullptr;
}

}  // namespace

void* driver_symbol(const char* name) { return library ? library_symbol(library, name) : nullptr; }

Result load_driver(Driver* driver) {
  if (!library) library = open_library(kLibraryName);
  if (!library) return {kNoDriver};
#define MISH_CUDA_FIND(member, symbol, parameters) \
  if (!find(#symbol, &driver->member)) return {kDriverTooOld};
  MISH_CUDA_ENTRIES(MISH_CUDA_FIND)
#undef MISH_CUDA_FIND
  return {};
}

}  // namespace mish::cuda
