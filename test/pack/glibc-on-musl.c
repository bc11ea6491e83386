// What Debian's libstdc++ and libgcc need of glibc and musl does not have: enough to start a runtime with them.
#include <stddef.h>

long syscall(long number, ...);
size_t strftime_l(char *text, size_t size, const char *format, const void *time, void *locale);

unsigned arc4random(void) {
  unsigned value = 0;
  syscall(318, &value, sizeof value, 0); // getrandom on x86-64
  return value;
}

size_t __strftime_l(char *text, size_t size, const char *format, const void *time, void *locale) {
  return strftime_l(text, size, format, time, locale);
}

// Destructors of thread-local objects do not run: threads here end with the process.
int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *library) {
  (void)destroy, (void)object, (void)library;
  return 0;
}

// Nothing is found: libgcc then asks dl_iterate_phdr, which musl has.
int _dl_find_object(void *address, void *result) {
  (void)address, (void)result;
  return -1;
}

char __libc_single_threaded = 0;
unsigned __cpu_model[16];
int __cpu_indicator_init(void) { return 0; }
