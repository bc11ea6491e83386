// The thread of a queue and what it does: what queue.h promises.
#include "queue.h"

#include <new>

#include "../../binding/system/seams.h"

namespace mish::cuda {
namespace {

// Looked for work this often before sleeping, some 20 us: waking a thread takes as long.
constexpr int kSpins = 500;

// What may be under way before who asks for more has to wait: JavaScript asks faster than devices
// work.
constexpr size_t kMostWaiting = 1 << 14, kMostWaitingBytes = 256 << 20;

struct Waiter : Completion {
  Waiter() : Completion(tell) {}
  static void tell(Completion& completion);

  Word is_done{0};
};

void Waiter::tell(Completion& completion) {
  Word& word = static_cast<Waiter&>(completion).is_done;
  word.store(1, std::memory_order_release);
  wake(word, 1);  // looks at nothing: the waiter may be gone
}

}  // namespace

// ---------------------------------------------------------------- its life
Queue::Queue(Gpu& gpu)
    : ThreadBody{work_until_closed}, gpu(gpu), pool_(gpu), staging_(gpu, stream_) {}

Result Queue::open() {
  const Current current(gpu);
  Code code = current.code();
  if (!code) code = gpu.call(gpu.driver.create_stream, &stream_, kStreamNonBlocking);
  if (!code)
    code = gpu.call(gpu.driver.create_event, &done_, kEventBlockingSync | kEventDisableTiming);
  if (code) return result_of(code, kCuda);
  threads_.store(1, std::memory_order_relaxed);
  if (!start_thread(*this, kDriverStackBytes)) threads_.store(0, std::memory_order_relaxed);
  gpu.add(*this);  // now that it is known who carries out what is asked of it
  is_added_ = true;
  return {};
}

void Queue::close(Block* in_use) {
  if (is_added_) gpu.remove(*this);
  is_closing_.store(true, std::memory_order_release);
  submitted_.fetch_add(1, std::memory_order_release);
  wake(submitted_, 1);
  while (threads_.load(std::memory_order_acquire) > 0) sleep_while(threads_, 1);
  const Current current(gpu);
  carry_out(take_submitted());
  staging_.close();
  pool_.give_back(in_use);
  pool_.give_back(pool_.take_all());
  if (done_) gpu.call(gpu.driver.destroy_event, done_);
  if (stream_) gpu.call(gpu.driver.destroy_stream, stream_);
}

void Queue::work_until_closed(ThreadBody& body) {
  Queue& queue = static_cast<Queue&>(body);
  queue.work();
  Word& threads = queue.threads_;
  threads.store(0, std::memory_order_release);
  wake(threads, 1);  // looks at nothing: the queue may be gone
}

// ---------------------------------------------------------------- asking
Result Queue::submit(const Command& command) {
  if (waiting_.load(std::memory_order_relaxed) >= kMostWaiting ||
      waiting_bytes_.load(std::memory_order_relaxed) >= kMostWaitingBytes) {
    note(wait());  // for who asks next
  }
  void* memory = seams::allocate(sizeof(Command));
  if (!memory) return {kMemory};
  waiting_.fetch_add(1, std::memory_order_relaxed);
  if (command.owns_host) waiting_bytes_.fetch_add(command.bytes, std::memory_order_relaxed);
  hand_over(new (memory) Command(command));
  return {};
}

void Queue::submit(Completion& completion) { hand_over(&completion); }

void Queue::hand_over(Command* command) {
  append(command);
  if (threads_.load(std::memory_order_relaxed) == 0) {
    const Current current(gpu);
    carry_out(take_submitted());
  } else if (is_sleeping_.load(std::memory_order_seq_cst)) {
    wake(submitted_, 1);
  }
}

void Queue::append(Command* command) {
  const Locked locked(lock_);
  (last_ ? last_->next : first_) = command;
  last_ = command;
  submitted_.fetch_add(1, std::memory_order_seq_cst);
}

Command* Queue::take_submitted() {
  const Locked locked(lock_);
  Command* commands = first_;
  first_ = last_ = nullptr;
  return commands;
}

Result Queue::wait() {
  Waiter waiter;
  submit(waiter);
  for (int spin = 0; spin < kSpins && waiter.is_done.load(std::memory_order_acquire) == 0; ++spin)
    spin_pause();
  while (waiter.is_done.load(std::memory_order_acquire) == 0) sleep_while(waiter.is_done, 0);
  return waiter.result;
}

Result Queue::take_error() {
  if (const Code code = gpu.lost()) return {kDeviceLost, code};
  const Locked locked(lock_);
  const Result error = error_;
  error_ = {};
  return error;
}

void Queue::note(Result result) {
  if (result.is_ok()) return;
  const Locked locked(lock_);
  if (error_.is_ok()) error_ = result;
}

// ---------------------------------------------------------------- memory
Result Queue::allocate(size_t bytes, Block** block) {
  const Result first = pool_.allocate(bytes, block);
  if (first.status != kDeviceMemory) return first;
  if ((*block = pool_.take_larger(bytes))) return {};
  gpu.trim_all(*this);
  return pool_.allocate(bytes, block);
}

// What is under way may use blocks that are kept: they are taken first, so that all that uses them
// was asked for before what is waited for then. A queue without a thread is its owner's alone.
void Queue::trim(bool is_own_thread) {
  if (!is_own_thread && threads_.load(std::memory_order_relaxed) == 0) return;
  Block* blocks = pool_.take_all();
  if (!blocks) return;
  note(wait());  // what went wrong is for its owner
  pool_.give_back(blocks);
}

// ---------------------------------------------------------------- carrying out
void Queue::work() {
  while (Command* commands = take()) {
    const Current current(gpu);
    carry_out(commands);
  }
}

// Null when it is to end, with what is left.
Command* Queue::take() {
  for (int spin = 0;; ++spin) {
    const uint32_t seen = submitted_.load(std::memory_order_acquire);
    if (is_closing_.load(std::memory_order_acquire)) return nullptr;
    if (Command* commands = take_submitted()) return commands;
    if (spin < kSpins) {
      spin_pause();
      continue;
    }
    is_sleeping_.store(true, std::memory_order_seq_cst);
    sleep_while(submitted_, seen);
    is_sleeping_.store(false, std::memory_order_relaxed);
    spin = 0;
  }
}

void Queue::carry_out(Command* commands) {
  while (Command* command = commands) {
    commands = command->next;
    if (command->kind == Command::Kind::finish) {
      finish(static_cast<Completion&>(*command));
      continue;
    }
    if (!is_closing_.load(std::memory_order_relaxed)) note(execute(*command));
    release(command);
  }
  flush();
}

Result Queue::execute(Command& c) {
  const Driver& driver = gpu.driver;
  const auto done = [](Code code) { return result_of(code, kCuda); };
  switch (c.kind) {
    case Command::Kind::launch: {
      void* arguments[] = {&c.parameters};
      return done(gpu.call(driver.launch, c.entry, c.blocks, 1u, 1u, kBlockThreads, 1u, 1u, 0u,
                           stream_, arguments, (void**)nullptr));
    }
    case Command::Kind::upload:
      return staging_.upload(c.target, c.host, c.bytes);
    case Command::Kind::download:
      return staging_.download(c.host, c.source, c.bytes);
    case Command::Kind::copy:
      return done(gpu.call(driver.copy_on_device, c.target, c.source, c.bytes, stream_));
    case Command::Kind::clear:
      return done(gpu.call(driver.fill_bytes, c.target, (unsigned char)0, c.bytes, stream_));
    case Command::Kind::finish:
      break;  // by finish()
  }
  return {};
}

// ---------------------------------------------------------------- telling
void Queue::finish(Completion& completion) {
  completion.result = take_error();
  finished_[finished_count_++] = &completion;
  if (finished_count_ == kMostFinished) flush();
}

// What the device itself found wrong is found here, and told to all that it may have been.
void Queue::flush() {
  if (finished_count_ == 0) return;
  Code code = gpu.call(gpu.driver.record_event, done_, stream_);
  if (!code) code = gpu.call(gpu.driver.wait_for_event, done_);
  const Result result = result_of(code, kCuda);
  const int count = finished_count_;
  finished_count_ = 0;
  for (int i = 0; i < count; ++i) {
    Completion& completion = *finished_[i];
    if (completion.result.is_ok()) completion.result = result;
    completion.done(completion);
  }
}

void Queue::release(Command* command) {
  if (command->owns_host) {
    waiting_bytes_.fetch_sub(command->bytes, std::memory_order_relaxed);
    seams::release(command->host);
  }
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  seams::release(command);
}

}  // namespace mish::cuda
