// The driver's library by each system's own calls: what library.h promises.
#include "library.h"

#if defined(_WIN32)
#include <windows.h>
#elif defined(__linux__)
#include <dlfcn.h>
#endif

namespace mish::cuda {
namespace {

void* library = nullptr;

#if defined(_WIN32)
void* open_library() {
  return LoadLibraryExW(L"nvcuda.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
}
void* symbol_of(void* from, const char* name) {
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(from), name));
}
#elif defined(__linux__)
void* open_library() { return dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL); }
void* symbol_of(void* from, const char* name) { return dlsym(from, name); }
#else
void* open_library() { return nullptr; }  // there is no CUDA for macOS
void* symbol_of(void*, const char*) { return nullptr; }
#endif

template <class Entry>
bool find(const char* name, Entry* entry) {
  *entry = reinterpret_cast<Entry>(driver_symbol(name));
  return *entry != nullptr;
}

}  // namespace

void* driver_symbol(const char* name) { return library ? symbol_of(library, name) : nullptr; }

Result load_driver(Driver* driver) {
  if (!library) library = open_library();
  if (!library) return {kNoDriver};
#define MISH_CUDA_FIND(member, symbol, parameters) \
  if (!find(#symbol, &driver->member)) return {kDriverTooOld};
  MISH_CUDA_ENTRIES(MISH_CUDA_FIND)
#undef MISH_CUDA_FIND
  return {};
}

}  // namespace mish::cuda
