// Seams at which tests make the outside world misbehave. In the shipped build every seam is the
// plain call; only the test build (MISH_TEST_SEAMS) reads the environment, and
// scripts/release/check-binary.mjs checks that no trace of the seams ships.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

namespace mish::seams {

#if MISH_TEST_SEAMS

// Fails at call number MISH_TEST_FAIL_ALLOCATION (from 1). live_allocations() are not released.
void* allocate(size_t bytes);
void release(void* memory);
uint32_t live_allocations();

// At most MISH_TEST_X86_64_LEVEL, an older CPU than this one.
int limit_x86_64_level(int level);

// Only the register states in MISH_TEST_XCR0, an operating system that saves fewer.
uint64_t limit_register_states(uint64_t states);

// MISH_TEST_CACHE_BYTES, another last-level cache; SIZE_MAX, where nothing is streamed, stays.
size_t replace_cache(size_t bytes);

// That a job is streamed, or is not; streamed_jobs() of them were.
bool note_streamed(bool streamed);
uint32_t streamed_jobs();

// False at call number MISH_TEST_FAIL_THREAD (from 1) and after it.
bool may_start_thread();

// From piece number MISH_TEST_FAIL_PIECE (from 1) on asynchronous jobs end early, as if aborted.
bool fails_piece();

// What floating-point mode a helper gets into before its next asynchronous job: `found`, unless one
// was set since; and the mode that it was in after it.
void set_helper_fp_mode(uint64_t mode);
uint64_t change_helper_fp_mode(uint64_t found);
void note_helper_fp_mode(uint64_t mode);
uint64_t helper_fp_mode();

// With MISH_TEST_NO_IMAGE an addon without CUDA kernels, as it is built without nvcc.
bool has_image(uint64_t image_bytes);

// MISH_TEST_FILE_ROOT, a directory that /proc and /sys are read from.
const char* file_root();

#else

inline void* allocate(size_t bytes) { return malloc(bytes); }
inline void release(void* memory) { free(memory); }
inline int limit_x86_64_level(int level) { return level; }
inline uint64_t limit_register_states(uint64_t states) { return states; }
inline size_t replace_cache(size_t bytes) { return bytes; }
inline bool note_streamed(bool streamed) { return streamed; }
inline bool may_start_thread() { return true; }
inline bool fails_piece() { return false; }
inline uint64_t change_helper_fp_mode(uint64_t found) { return found; }
inline void note_helper_fp_mode(uint64_t) {}
inline bool has_image(uint64_t image_bytes) { return image_bytes > 0; }
inline const char* file_root() { return ""; }

#endif

}  // namespace mish::seams
