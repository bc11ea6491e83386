// Stresses the pool by itself for some seconds: many callers, jobs of every size, a number of
// threads that changes, threads that cannot be made. Run under ThreadSanitizer it finds what is not
// ordered. Its kernel adds one to each element in place, so an element done twice or never is seen.
//
//   pool_stress <seconds>     prints how many jobs ran; exits with 1 when an element is wrong
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <atomic>

#include "../../binding/cpu/pool.h"
#include "../../binding/seams.h"

namespace mish::seams {

// One creation in three fails.
bool may_start_thread() {
  static std::atomic<int> calls{0};
  return calls++ % 3 != 2;
}

const char* file_root() { return "/nowhere"; }

}  // namespace mish::seams

namespace {

using mish::cpu::Job;
using mish::cpu::Operands;

constexpr int kCallers = 6;
constexpr size_t kMaxLength = 1 << 20;

double seconds;
std::atomic<uint64_t> jobs{0}, wrong{0};

double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void increment(const Operands& operands, size_t begin, size_t end) {
  uint16_t* elements = static_cast<uint16_t*>(operands.out[0]);
  for (size_t i = begin; i < end; ++i) ++elements[i];
}

uint32_t next_random(uint32_t* state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

void* call(void* seed) {
  uint32_t random = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(seed));
  uint16_t* memory = static_cast<uint16_t*>(calloc(kMaxLength + 64, sizeof(uint16_t)));
  const double end = now() + seconds;
  while (now() < end) {
    const size_t offset = next_random(&random) % 64;
    const size_t length = kMaxLength >> next_random(&random) % 6;
    uint16_t* elements = memory + offset;
    const uint16_t before = elements[0];
    for (size_t i = 0; i < length; ++i) elements[i] = before;
    if (next_random(&random) % 8 == 0)
      mish::cpu::set_threads(1 + static_cast<int>(next_random(&random) % 9));
    mish::cpu::run({increment, {{}, {elements}}, length, sizeof *elements, 1});
    for (size_t i = 0; i < length; ++i)
      if (elements[i] != static_cast<uint16_t>(before + 1)) ++wrong;
    if (mish::cpu::threads().count < 1) ++wrong;
    ++jobs;
  }
  free(memory);
  return nullptr;
}

}  // namespace

int main(int, char** arguments) {
  seconds = atof(arguments[1]);
  pthread_t callers[kCallers];
  for (uintptr_t i = 0; i < kCallers; ++i)
    pthread_create(&callers[i], nullptr, call, reinterpret_cast<void*>(i + 1));
  for (pthread_t caller : callers) pthread_join(caller, nullptr);
  printf("%llu jobs, %llu elements wrong\n", static_cast<unsigned long long>(jobs),
         static_cast<unsigned long long>(wrong));
  return wrong != 0;
}
