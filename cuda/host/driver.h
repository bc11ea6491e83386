// The CUDA driver as this addon uses it: the few entry points of libcuda that it calls, found with
// dlopen at the first request, so that nothing is linked, installed or started for who has no GPU.
//
// Declarations are our own: nothing here needs the CUDA toolkit.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace mish::cuda {

using Device = int;
using Context = struct ContextOfDriver*;
using Module = struct ModuleOfDriver*;
using Function = struct FunctionOfDriver*;
using Stream = struct StreamOfDriver*;
using Event = struct EventOfDriver*;
using Pointer = uint64_t;  // of device memory
struct Uuid {
  unsigned char bytes[16];
};

// What the driver's calls return: 0, or a number of its error table (CUresult).
using Code = int;
constexpr Code kSuccess = 0, kInvalidValue = 1, kCodeOutOfMemory = 2;

// Of cuDeviceGetAttribute, cuStreamCreate, cuEventCreate and cuMemHostAlloc.
enum Attribute {
  kMultiprocessorCount = 16,
  kComputeCapabilityMajor = 75,
  kComputeCapabilityMinor = 76,
};
constexpr unsigned kStreamNonBlocking = 1;
constexpr unsigned kEventBlockingSync = 1, kEventDisableTiming = 2;
constexpr unsigned kHostAllocPortable = 1;

// name in the table, name in the library, parameters. All of them are there since CUDA 11.4.
#define MISH_CUDA_ENTRIES(ENTRY)                                                                 \
  ENTRY(init, cuInit, (unsigned flags))                                                          \
  ENTRY(driver_version, cuDriverGetVersion, (int* version))                                      \
  ENTRY(device_count, cuDeviceGetCount, (int* count))                                            \
  ENTRY(device, cuDeviceGet, (Device * device, int index))                                       \
  ENTRY(device_name, cuDeviceGetName, (char* name, int bytes, Device device))                    \
  ENTRY(device_uuid, cuDeviceGetUuid_v2, (Uuid * uuid, Device device))                           \
  ENTRY(device_memory, cuDeviceTotalMem_v2, (size_t* bytes, Device device))                      \
  ENTRY(device_attribute, cuDeviceGetAttribute, (int* value, int attribute, Device device))      \
  ENTRY(retain_context, cuDevicePrimaryCtxRetain, (Context * context, Device device))            \
  ENTRY(push_context, cuCtxPushCurrent_v2, (Context context))                                    \
  ENTRY(pop_context, cuCtxPopCurrent_v2, (Context * context))                                    \
  ENTRY(load_module, cuModuleLoadData, (Module * module, const void* image))                     \
  ENTRY(module_function, cuModuleGetFunction,                                                    \
        (Function * function, Module module, const char* name))                                  \
  ENTRY(memory_info, cuMemGetInfo_v2, (size_t* free, size_t* total))                             \
  ENTRY(allocate, cuMemAlloc_v2, (Pointer * memory, size_t bytes))                               \
  ENTRY(free, cuMemFree_v2, (Pointer memory))                                                    \
  ENTRY(allocate_pinned, cuMemHostAlloc, (void** memory, size_t bytes, unsigned flags))          \
  ENTRY(free_pinned, cuMemFreeHost, (void* memory))                                              \
  ENTRY(copy_to_device, cuMemcpyHtoDAsync_v2,                                                    \
        (Pointer target, const void* source, size_t bytes, Stream stream))                       \
  ENTRY(copy_to_host, cuMemcpyDtoHAsync_v2,                                                      \
        (void* target, Pointer source, size_t bytes, Stream stream))                             \
  ENTRY(copy_on_device, cuMemcpyDtoDAsync_v2,                                                    \
        (Pointer target, Pointer source, size_t bytes, Stream stream))                           \
  ENTRY(fill_bytes, cuMemsetD8Async,                                                             \
        (Pointer target, unsigned char byte, size_t bytes, Stream stream))                       \
  ENTRY(create_stream, cuStreamCreate, (Stream * stream, unsigned flags))                        \
  ENTRY(destroy_stream, cuStreamDestroy_v2, (Stream stream))                                     \
  ENTRY(create_event, cuEventCreate, (Event * event, unsigned flags))                            \
  ENTRY(destroy_event, cuEventDestroy_v2, (Event event))                                         \
  ENTRY(record_event, cuEventRecord, (Event event, Stream stream))                               \
  ENTRY(wait_for_event, cuEventSynchronize, (Event event))                                       \
  ENTRY(launch, cuLaunchKernel,                                                                  \
        (Function function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, \
         unsigned block_y, unsigned block_z, unsigned shared_bytes, Stream stream,               \
         void** parameters, void** extra))

struct Driver {
#define MISH_CUDA_MEMBER(member, symbol, parameters) Code(*member) parameters;
  MISH_CUDA_ENTRIES(MISH_CUDA_MEMBER)
#undef MISH_CUDA_MEMBER
};

}  // namespace mish::cuda
