// Threads for the pool, over each system's own calls: start one, sleep on a word, wake.
//
// On Linux sleeping is futex through syscall(): pthread_cond_* has two ABIs in glibc, and the
// addon, which asks for symbols without a version, could be given the old one.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <atomic>

namespace mish {

// A word to sleep on.
using Word = std::atomic<uint32_t>;

// Sleeps until woken if the word still has that value; may return early, so call it in a loop.
void sleep_while(Word& word, uint32_t value);

// Wakes up to `count` threads that sleep on the word. Does not read it: the word's memory may
// already be used for something else.
void wake(Word& word, int count);

// What a thread does; it is there for as long as the thread.
struct ThreadBody {
  void (*run)(ThreadBody&);
};

// For kernels, which hold their blocks on it, in less than 16 KiB; musl's default is 128 KiB.
constexpr size_t kKernelStackBytes = 256 * 1024;

// A detached thread that receives no signals. False when there can be none.
bool start_thread(ThreadBody& body, size_t stack_bytes = kKernelStackBytes);

// Keeps this library loaded until the process ends: threads are in its code after the last of those
// that loaded it, workers perhaps, has ended. On Linux the linker has seen to it (-z nodelete).
void keep_loaded();

// Tells the CPU that this is a loop that waits.
inline void spin_pause() {
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");  // about as long as x86's pause; `yield` is over at once
#endif
}

// A lock without anything to construct or destroy; who waits for it sleeps.
class Lock {
 public:
  void lock() {
    uint32_t open = kOpen;
    if (state_.compare_exchange_strong(open, kClosed, std::memory_order_acquire)) return;
    while (state_.exchange(kAwaited, std::memory_order_acquire) != kOpen)
      sleep_while(state_, kAwaited);
  }
  void unlock() {
    if (state_.exchange(kOpen, std::memory_order_release) == kAwaited) wake(state_, 1);
  }

 private:
  enum : uint32_t { kOpen, kClosed, kAwaited };

  Word state_{kOpen};
};

// Holds a lock while it is in scope.
class Locked {
 public:
  explicit Locked(Lock& lock) : lock_(lock) { lock_.lock(); }
  ~Locked() { lock_.unlock(); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  Lock& lock_;
};

}  // namespace mish
