// Opens a device, as gpu.h promises.
#include "gpu.h"

#include "../../binding/system/seams.h"
#include "queue.h"

namespace mish::cuda {

// ---------------------------------------------------------------- opening
Result Gpu::open() {
  const auto failed = [](Code code) { return result_of(code, kCudaInit); };
  if (const Code code = ask()) return failed(code);
  const int capability = 10 * facts_.compute_major + facts_.compute_minor;
  if (capability < kLeastComputeCapability) return {kUnsupportedArch};
  if (!seams::has_image(kImageBytes)) return {kNoImage};
  if (!context_)
    if (const Code code = call(driver.retain_context, &context_, device_)) return failed(code);
  const Current current(*this);
  if (current.code()) return failed(current.code());
  if (const Code code = load()) return failed(code);
  if (const Code code = fill_tables()) return failed(code);
  return failed(call(driver.memory_info, &facts_.free_bytes, &facts_.total_bytes));
}

Code Gpu::ask() {
  if (has_facts_) return lost();
  Code code = call(driver.device, &device_, index_);
  if (!code) code = call(driver.device_name, facts_.name, (int)sizeof facts_.name, device_);
  if (!code) code = call(driver.device_uuid, &facts_.uuid, device_);
  if (!code) code = call(driver.device_memory, &facts_.total_bytes, device_);
  const auto attribute = [&](int* value, Attribute which) {
    if (!code) code = call(driver.device_attribute, value, (int)which, device_);
  };
  attribute(&facts_.compute_major, kComputeCapabilityMajor);
  attribute(&facts_.compute_minor, kComputeCapabilityMinor);
  attribute(&facts_.multiprocessors, kMultiprocessorCount);
  has_facts_ = facts_.has_uuid = code == kSuccess;
  return code;
}

Code Gpu::load() {
  if (!module_)
    if (const Code code = call(driver.load_module, &module_, (const void*)kImage)) return code;
  return has_entries_ ? kSuccess : find_entries();
}

Code Gpu::find_entries() {
  const auto find = [&](Function* entry, const char* name) {
    return call(driver.module_function, entry, module_, name);
  };
  for (int op = 0; op < kOpCount; ++op)
    for (int dtype = 0; dtype < kDtypeCount; ++dtype)
      if (const Code code = find(&entries_[op][dtype], kEntryNames[op][dtype])) return code;
  for (int half = 0; half < 2; ++half)
    if (const Code code = find(&table_entries_[half], kTableEntryNames[half])) return code;
  has_entries_ = true;
  return kSuccess;
}

// On a stream of their own, waited for, so that every later stream finds them complete.
Code Gpu::fill_tables() {
  if (has_tables_) return kSuccess;
  for (Pointer& tables : tables_)
    if (!tables)
      if (const Code code = call(driver.allocate, &tables, sizeof(HalfTables))) return code;
  Stream stream;
  Event done;
  Code code = call(driver.create_stream, &stream, kStreamNonBlocking);
  if (code) return code;
  code = call(driver.create_event, &done, kEventBlockingSync | kEventDisableTiming);
  if (!code) {
    code = run_table_entries(stream, done);
    const Code destroyed = call(driver.destroy_event, done);
    if (!code) code = destroyed;
  }
  const Code destroyed = call(driver.destroy_stream, stream);
  if (!code) code = destroyed;
  has_tables_ = code == kSuccess;
  return code;
}

Code Gpu::run_table_entries(Stream stream, Event done) {
  for (int half = 0; half < 2; ++half) {
    Parameters parameters = {};
    parameters.tables = reinterpret_cast<HalfTables*>(tables_[half]);
    parameters.length = HalfTables::kEntries;
    void* arguments[] = {&parameters};
    const unsigned blocks = HalfTables::kEntries / kBlockThreads;
    const Code code = call(driver.launch, table_entries_[half], blocks, 1u, 1u, kBlockThreads, 1u,
                           1u, 0u, stream, arguments, (void**)nullptr);
    if (code) return code;
  }
  const Code code = call(driver.record_event, done, stream);
  return code ? code : call(driver.wait_for_event, done);
}

Result Gpu::ask_memory() {
  const Current current(*this);
  if (current.code()) return result_of(current.code(), kCudaInit);
  size_t free = 0, total = 0;
  const Code code = call(driver.memory_info, &free, &total);
  if (code == kSuccess) facts_.free_bytes = free;
  return result_of(code, kCudaInit);
}

// ---------------------------------------------------------------- use
HalfTables* Gpu::tables(Dtype dtype) const {
  if (dtype == Dtype::float16) return reinterpret_cast<HalfTables*>(tables_[0]);
  return dtype == Dtype::bfloat16 ? reinterpret_cast<HalfTables*>(tables_[1]) : nullptr;
}

void Gpu::note_lost(Code code) {
  Code none = kSuccess;
  lost_.compare_exchange_strong(none, code, std::memory_order_acq_rel);
}

// ---------------------------------------------------------------- queues
void Gpu::add(Queue& queue) {
  const Locked locked(queues_lock_);
  queue.next_of_gpu = queues_;
  queues_ = &queue;
}

void Gpu::remove(Queue& queue) {
  const Locked locked(queues_lock_);
  Queue** place = &queues_;
  while (*place != &queue) place = &(*place)->next_of_gpu;
  *place = queue.next_of_gpu;
}

void Gpu::trim_all(Queue& own) {
  const Locked locked(queues_lock_);
  for (Queue* queue = queues_; queue; queue = queue->next_of_gpu) queue->trim(queue == &own);
}

#if MISH_TEST_SEAMS
void Gpu::close() {
  const Current current(*this);
  for (const Pointer tables : tables_)
    if (tables) call(driver.free, tables);
}
#endif

}  // namespace mish::cuda
