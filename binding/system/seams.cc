// The seams of the test build, driven by environment variables. Not part of the shipped build.
#include "seams.h"

#include <atomic>

#if !MISH_TEST_SEAMS
#error "seams.cc belongs to the test build only"
#endif

namespace mish::seams {
namespace {

int integer_from_environment(const char* name, int otherwise) {
  const char* text = getenv(name);
  return text ? atoi(text) : otherwise;
}

std::atomic<uint32_t> streamed_so_far{0}, live{0};
constexpr uint64_t kNoMode = UINT64_MAX;
std::atomic<uint64_t> next_helper_mode{kNoMode}, last_helper_mode{kNoMode};

}  // namespace

void* allocate(size_t bytes) {
  static std::atomic<int> calls{0};
  const bool fail = ++calls == integer_from_environment("MISH_TEST_FAIL_ALLOCATION", 0);
  void* memory = fail ? nullptr : malloc(bytes);
  if (memory) ++live;
  return memory;
}

void release(void* memory) {
  --live;
  free(memory);
}

uint32_t live_allocations() { return live; }

int limit_x86_64_level(int level) {
  const int limit = integer_from_environment("MISH_TEST_X86_64_LEVEL", level);
  return limit < level ? limit : level;
}

uint64_t limit_register_states(uint64_t states) {
  return states & (uint64_t)integer_from_environment("MISH_TEST_XCR0", -1);
}

size_t replace_cache(size_t bytes) {
  const size_t told = (size_t)integer_from_environment("MISH_TEST_CACHE_BYTES", 0);
  return told > 0 && bytes < SIZE_MAX ? told : bytes;
}

bool note_streamed(bool streamed) {
  streamed_so_far += streamed;
  return streamed;
}

uint32_t streamed_jobs() { return streamed_so_far; }

bool may_start_thread() {
  static std::atomic<int> calls{0};
  const int limit = integer_from_environment("MISH_TEST_FAIL_THREAD", 0);
  return ++calls < limit || limit == 0;
}

bool fails_piece() {
  static std::atomic<int> calls{0};
  const int from = integer_from_environment("MISH_TEST_FAIL_PIECE", 0);
  return from > 0 && ++calls >= from;
}

void set_helper_fp_mode(uint64_t mode) { next_helper_mode = mode; }

uint64_t change_helper_fp_mode(uint64_t found) {
  const uint64_t next = next_helper_mode.exchange(kNoMode);
  return next == kNoMode ? found : next;
}

void note_helper_fp_mode(uint64_t mode) { last_helper_mode = mode; }
uint64_t helper_fp_mode() { return last_helper_mode; }

bool has_image(uint64_t image_bytes) { return image_bytes > 0 && !getenv("MISH_TEST_NO_IMAGE"); }

const char* file_root() {
  const char* root = getenv("MISH_TEST_FILE_ROOT");
  return root ? root : "";
}

}  // namespace mish::seams
