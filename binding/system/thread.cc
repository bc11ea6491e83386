// Threads on Linux, macOS and Windows: what thread.h promises.
#include "thread.h"

#include <stddef.h>

#include "seams.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <pthread.h>
#include <signal.h>
#endif

#if defined(__APPLE__)
#include <dlfcn.h>
#endif

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace mish {

static_assert(sizeof(Word) == 4 && Word::is_always_lock_free, "the system sleeps on a plain word");

// ---------------------------------------------------------------- sleeping
#if defined(__linux__)

void sleep_while(Word& word, uint32_t value) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr);
}

void wake(Word& word, int count) { syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count); }

#elif defined(_WIN32)

void sleep_while(Word& word, uint32_t value) {
  WaitOnAddress(&word, &value, sizeof value, INFINITE);
}

void wake(Word& word, int count) {
  for (; count > 0; --count) WakeByAddressSingle(&word);
}

#else

// One condition for all words: few threads sleep at a time, and who is woken for another's word
// looks and sleeps again.
namespace {
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t woken = PTHREAD_COND_INITIALIZER;
}  // namespace

void sleep_while(Word& word, uint32_t value) {
  pthread_mutex_lock(&mutex);
  if (word.load(std::memory_order_acquire) == value) pthread_cond_wait(&woken, &mutex);
  pthread_mutex_unlock(&mutex);
}

void wake(Word&, int) {
  pthread_mutex_lock(&mutex);
  pthread_cond_broadcast(&woken);
  pthread_mutex_unlock(&mutex);
}

#endif

// ---------------------------------------------------------------- staying
#if defined(_WIN32)

void keep_loaded() {
  HMODULE self;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                     reinterpret_cast<LPCWSTR>(&keep_loaded), &self);
}

#elif defined(__APPLE__)

void keep_loaded() {
  Dl_info self;
  if (dladdr(reinterpret_cast<const void*>(&keep_loaded), &self))
    dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

#else

void keep_loaded() {}

#endif

// ---------------------------------------------------------------- starting
#if defined(_WIN32)

namespace {
DWORD WINAPI enter(void* body) {
  ThreadBody& own = *static_cast<ThreadBody*>(body);
  own.run(own);
  return 0;
}
}  // namespace

bool start_thread(ThreadBody& body, size_t stack_bytes) {
  if (!seams::may_start_thread()) return false;
  const HANDLE thread =
      CreateThread(nullptr, stack_bytes, enter, &body, STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr);
  return thread && CloseHandle(thread);
}

#else

namespace {

void* enter(void* body) {
#if defined(__linux__)
  syscall(SYS_prctl, PR_SET_NAME, "node-mish");  // what top -H and a debugger show
#elif defined(__APPLE__)
  pthread_setname_np("node-mish");
#endif
  ThreadBody& own = *static_cast<ThreadBody*>(body);
  own.run(own);
  return nullptr;
}

bool create_detached(ThreadBody& body, size_t stack_bytes) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_t thread;
  const bool created = pthread_attr_setstacksize(&attributes, stack_bytes) == 0 &&
                       pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0 &&
                       pthread_create(&thread, &attributes, enter, &body) == 0;
  pthread_attr_destroy(&attributes);
  return created;
}

}  // namespace

// A thread inherits its mask, so signals are blocked here while it is made: there is no moment in
// which one could be delivered to it. sigfillset leaves out those that libc itself sends to
// threads.
bool start_thread(ThreadBody& body, size_t stack_bytes) {
  if (!seams::may_start_thread()) return false;
  sigset_t all, found;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &found) != 0) return false;
  const bool created = create_detached(body, stack_bytes);
  pthread_sigmask(SIG_SETMASK, &found, nullptr);
  return created;
}

#endif

}  // namespace mish
