// A job in one of the pool's queues: what is left of it, and who is at it.
//
// It is a link of the queue itself, and lives where its owner put it (on the stack of the thread
// that waits for it, or in an AsyncWork): queueing allocates nothing, and cannot fail. Pieces are
// taken one by one from a counter. With a fixed share for each thread, all wait for the one whose
// CPU is busy with something else (8 ms were seen).
#pragma once

#include <stdint.h>

#include "../../system/thread.h"
#include "../job.h"

namespace mish::cpu {

// A piece takes about so long: little enough to wait for, much against the 0.1 us that taking one
// costs two threads. Two threads of a Sapphire Rapids took the same time, within 5 %, for 2^15 to
// 2^22 float32 in pieces of 2 to 16 us; pieces of 32 us cost 15 to 30 % more up to 2^17.
constexpr double kPieceNs = 8000;
constexpr size_t kPageBytes = 4096;

// How often a thread looks before it goes to sleep: some 2 us, or 9 where x86's pause takes 45 ns
// instead of 10. Enough for calls in a row: a helper that still looks begins 0.45 us after the
// caller, one that sleeps on an idle CPU after 13 to 50 us.
constexpr int kSpins = 200;

class Work {
 public:
  explicit Work(const Job& job)
      : job_(job),
        piece_(whole_pages(kPieceNs / job.element_ns, kPageBytes / job.element_bytes)),
        shift_(reinterpret_cast<uintptr_t>(job.operands.out[0]) % kPageBytes / job.element_bytes) {}

  const Job& job() const { return job_; }

  // Runs pieces until all are taken, or until `stop` says so before the next.
  template <class Stop>
  void run_pieces(Stop stop) {
    while (!stop()) {
      const size_t taken = next_.fetch_add(piece_, std::memory_order_relaxed);
      if (is_past_end(taken)) return;
      const size_t begin = taken == 0 ? 0 : taken - shift_, end = taken - shift_ + piece_;
      run_kernel(job_, begin, end < job_.length ? end : job_.length);
    }
  }

  // ---- for helpers: join while the work is in the queue, under the queue's lock
  bool wants_help() const { return !is_taken() && helpers() < wanted_helpers; }
  void join() { helpers_.fetch_add(1, std::memory_order_relaxed); }

  // The work may be gone as soon as nobody is at it; waking does not look at the word.
  void leave() {
    if (helpers_.fetch_sub(1, std::memory_order_acq_rel) == (kAwaited | 1)) wake(helpers_, 1);
  }

  // ---- for the owner, once the work is out of the queue
  // Until no helper is at a piece.
  void wait_for_helpers() {
    for (int i = 0; i < kSpins; ++i) {
      if (helpers_.load(std::memory_order_acquire) == 0) return;
      spin_pause();
    }
    uint32_t helpers = helpers_.fetch_or(kAwaited, std::memory_order_acquire) | kAwaited;
    while (helpers != kAwaited) {
      sleep_while(helpers_, helpers);
      helpers = helpers_.load(std::memory_order_acquire);
    }
  }

  // ---- the pool's, under its lock
  uint32_t wanted_helpers = 0;
  Work *next = nullptr, *previous = nullptr;

 protected:
  // Whether every piece is taken, though perhaps not yet done.
  bool is_taken() const { return is_past_end(next_.load(std::memory_order_relaxed)); }
  uint32_t helpers() const { return helpers_.load(std::memory_order_relaxed); }
  void leave_locked() { helpers_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  static constexpr uint32_t kAwaited = 1u << 31;

  static size_t whole_pages(double elements, size_t elements_of_page) {
    return (static_cast<size_t>(elements) / elements_of_page + 1) * elements_of_page;
  }

  bool is_past_end(size_t taken) const { return taken != 0 && taken - shift_ >= job_.length; }

  const Job job_;
  // In elements. Every piece but the first begins on a page of the output, so that no two threads
  // write to one page or cache line.
  const size_t piece_, shift_;
  std::atomic<size_t> next_{0};  // where the next piece begins, plus shift_; at 0 the first
  Word helpers_{0};              // those at a piece; and kAwaited while the owner sleeps
};

// Works in the order in which they came. Under the pool's lock.
class Queue {
 public:
  Work* first() const { return first_; }

  void append(Work& work) {
    work.previous = last_;
    (last_ ? last_->next : first_) = &work;
    last_ = &work;
  }
  void remove(Work& work) {
    (work.previous ? work.previous->next : first_) = work.next;
    (work.next ? work.next->previous : last_) = work.previous;
    work.next = work.previous = nullptr;
  }

 private:
  Work *first_ = nullptr, *last_ = nullptr;
};

}  // namespace mish::cpu
