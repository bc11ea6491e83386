// The pool under stress: callers that run and owners that submit jobs of random lengths and
// alignments at once, while threads come, fail to come and are limited, jobs are aborted and owners
// close. Each job adds one to every element; every element, and its neighbours, must then have been
// touched exactly as often, those of aborted jobs at most as often. Every job must end.
//
// pool_stress SECONDS: prints how many jobs ran; exits with 1 when an element is wrong
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <atomic>
#include <new>

#include "../../binding/cpu/pool/pool.h"
#include "../../binding/system/seams.h"

namespace mish::seams {

// One creation in three fails, but not the first: without any helper nothing can be submitted.
bool may_start_thread() {
  static std::atomic<int> calls{0};
  return calls++ % 3 != 2;
}

const char* file_root() { return "/nowhere"; }
bool fails_piece() { return false; }
uint64_t change_helper_fp_mode(uint64_t found) { return found; }
void note_helper_fp_mode(uint64_t) {}

}  // namespace mish::seams

namespace {

using mish::Word;
using mish::cpu::AsyncWork;
using mish::cpu::Job;
using mish::cpu::Operands;
using mish::cpu::Owner;

constexpr int kCallers = 4, kOwners = 3;
constexpr size_t kMaxLength = 1 << 20, kJobs = 8;

double seconds;
std::atomic<uint64_t> calls{0}, jobs{0}, aborted_jobs{0}, wrong{0};

double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void increment(const Operands& operands, size_t begin, size_t end) {
  uint16_t* elements = static_cast<uint16_t*>(operands.out[0]);
  for (size_t i = begin; i < end; ++i) ++elements[i];
}

Job job_on(uint16_t* elements, size_t length) {
  return {increment, {{}, {elements}, false}, length, sizeof *elements, 1, true};
}

class Random {
 public:
  explicit Random(void* seed)
      : state_(static_cast<uint32_t>(reinterpret_cast<uintptr_t>(seed)) + 1) {}
  uint32_t below(uint32_t limit) {
    state_ = state_ * 1664525u + 1013904223u;
    return (state_ >> 8) % limit;
  }

 private:
  uint32_t state_;
};

// ---------------------------------------------------------------- callers
void* call(void* seed) {
  Random random(seed);
  uint16_t* memory = static_cast<uint16_t*>(calloc(kMaxLength + 64, sizeof(uint16_t)));
  const double end = now() + seconds;
  while (now() < end) {
    const size_t length = kMaxLength >> random.below(6);
    uint16_t* elements = memory + random.below(64);
    const uint16_t before = elements[0];
    for (size_t i = 0; i < length; ++i) elements[i] = before;
    if (random.below(8) == 0) mish::cpu::set_threads(1 + static_cast<int>(random.below(9)));
    mish::cpu::run_job(job_on(elements, length));
    for (size_t i = 0; i < length; ++i)
      if (elements[i] != static_cast<uint16_t>(before + 1)) ++wrong;
    if (mish::cpu::threads().count < 1) ++wrong;
    ++calls;
  }
  free(memory);
  return nullptr;
}

// ---------------------------------------------------------------- owners
// A job with memory of its own, and what is expected of it.
struct Submitted {
  uint16_t* elements;
  size_t length;
  std::atomic<int32_t> aborted{0};
  bool may_be_aborted = false;
};

// The jobs of one owner that have ended and were not looked at.
struct Ended {
  mish::Lock lock;
  struct StressWork* first = nullptr;
  Word notices{0};

  void add(StressWork& work);
  StressWork* take();
};

struct StressWork : AsyncWork {
  StressWork(const Job& job, Owner& owner, Submitted& submitted, Ended& ended)
      : AsyncWork(job, owner, &submitted.aborted), submitted(submitted), ended(ended) {}

  Submitted& submitted;
  Ended& ended;
  StressWork* next = nullptr;
};

void Ended::add(StressWork& work) {
  {
    const mish::Locked locked(lock);
    work.next = first;
    first = &work;
  }
  notices.fetch_add(1);
  mish::wake(notices, 1);
}

StressWork* Ended::take() {
  const mish::Locked locked(lock);
  StressWork* work = first;
  if (work) first = work->next;
  return work;
}

void take_back(AsyncWork& work) {
  StressWork& own = static_cast<StressWork&>(work);
  own.ended.add(own);
}

void end_job(StressWork* work) {
  Submitted& submitted = work->submitted;
  if (!work->is_done) {
    ++aborted_jobs;
    if (!submitted.may_be_aborted) ++wrong;
  }
  for (size_t i = 0; i < submitted.length; ++i)
    if (submitted.elements[i] > 1 || (work->is_done && submitted.elements[i] != 1)) ++wrong;
  free(submitted.elements);
  free(work);
  ++jobs;
}

bool submit(Submitted& submitted, Owner& owner, Ended& ended, Random& random) {
  submitted.length = (kMaxLength >> 3) >> random.below(14);
  submitted.elements = static_cast<uint16_t*>(calloc(submitted.length, sizeof(uint16_t)));
  submitted.aborted = 0;
  submitted.may_be_aborted = false;
  StressWork* work = new (malloc(sizeof(StressWork)))
      StressWork(job_on(submitted.elements, submitted.length), owner, submitted, ended);
  if (mish::cpu::submit(*work)) return true;
  free(submitted.elements);
  free(work);
  return false;
}

// Some jobs in flight, some aborted, then all awaited, or the owner closed with them.
void own_once(Random& random) {
  Ended ended;
  Owner owner(take_back);
  Submitted submitted[kJobs];
  size_t in_flight = 0;
  for (Submitted& each : submitted) in_flight += submit(each, owner, ended, random);
  const bool closes = random.below(3) == 0;
  for (Submitted& each : submitted) {
    if (closes || random.below(3) == 0) each.may_be_aborted = true;
    if (!closes && each.may_be_aborted) each.aborted = 1;
  }
  if (random.below(2) == 0) mish::cpu::withdraw(owner);
  if (closes) owner.close();
  while (in_flight > 0) {
    const uint32_t seen = ended.notices.load();
    StressWork* work = ended.take();
    if (work) {
      end_job(work);
      --in_flight;
    } else if (closes) {
      ++wrong;  // it is lost
      return;
    } else {
      mish::sleep_while(ended.notices, seen);
    }
  }
  if (!closes) owner.close();  // a helper may still be telling
}

void* own(void* seed) {
  Random random(seed);
  const double end = now() + seconds;
  while (now() < end) own_once(random);
  return nullptr;
}

}  // namespace

int main(int, char** arguments) {
  seconds = atof(arguments[1]);
  pthread_t threads[kCallers + kOwners];
  for (uintptr_t i = 0; i < kCallers + kOwners; ++i)
    pthread_create(&threads[i], nullptr, i < kCallers ? call : own, reinterpret_cast<void*>(i));
  for (pthread_t thread : threads) pthread_join(thread, nullptr);
  printf("%llu calls, %llu jobs, %llu aborted, %llu elements wrong\n",
         static_cast<unsigned long long>(calls), static_cast<unsigned long long>(jobs),
         static_cast<unsigned long long>(aborted_jobs), static_cast<unsigned long long>(wrong));
  return wrong != 0;
}
