// One environment's work for one device: carried out in the order that it was asked for, by a
// thread of its own, on a stream of its own.
//
// So nothing that the driver takes its time for is waited for by who asks (cuLaunchKernel takes 3.8
// us and waits when 1,024 are under way, a new context 370 ms, pinned memory 0.4 ms a MiB: H200),
// and copies can go through pinned buffers piece by piece and still be in order with kernels.
#pragma once

#include "command.h"
#include "memory_pool.h"
#include "staging.h"

namespace mish::cuda {

class Queue : private ThreadBody {
 public:
  explicit Queue(Gpu& gpu);

  // Makes its stream, and starts its thread; where there can be none, whoever asks carries out
  // what he asks for. Failed, it is of no use, and to be closed all the same.
  Result open();
  // Lets go what was asked for and has not begun, telling completions all the same, waits for the
  // rest, and gives all device memory back; blocks in use among it. Then no thread is here.
  void close(Block* in_use);

  // ---- by the environment's own thread
  Result allocate(size_t bytes, Block** block);
  void free(Block* block) { pool_.keep(block); }
  size_t kept_bytes() const { return pool_.kept_bytes(); }
  // A copy of the command is carried out later; kMemory when there is no room for it.
  // Waits when very much is under way.
  Result submit(const Command& command);
  void submit(Completion& completion);
  // Returns when the device is done with all of it; what went wrong in it.
  Result wait();
  // What went wrong since it was last told, or that the device is lost.
  Result take_error();
  // Is told by the next take_error(), unless there is something to tell already.
  void note(Result result);

  // ---- by any thread
  // Gives what the pool keeps back to the driver.
  void trim(bool is_own_thread);

  Gpu& gpu;
  Queue* next_of_gpu = nullptr;  // the Gpu's

 private:
  // Told together at most: the device is waited for once for all of them.
  static constexpr int kMostFinished = 64;

  static void work_until_closed(ThreadBody& body);
  void work();
  Command* take();
  void carry_out(Command* commands);
  Result execute(Command& command);
  void finish(Completion& completion);
  void flush();
  void release(Command* command);
  void append(Command* command);
  void hand_over(Command* command);
  Command* take_submitted();

  bool is_added_ = false;  // to the Gpu's queues
  Stream stream_ = nullptr;
  Event done_ = nullptr;
  MemoryPool pool_;
  Staging staging_;                           // the thread's
  Completion* finished_[kMostFinished] = {};  // the thread's: to be told
  int finished_count_ = 0;

  Lock lock_;
  Command *first_ = nullptr, *last_ = nullptr;  // submitted, not taken
  Result error_ = {};
  Word submitted_{0};                                  // changes with each
  std::atomic<size_t> waiting_{0}, waiting_bytes_{0};  // commands, and what they own on the host
  std::atomic<bool> is_sleeping_{false}, is_closing_{false};
  Word threads_{0};  // of its own: 1 or 0
};

}  // namespace mish::cuda
