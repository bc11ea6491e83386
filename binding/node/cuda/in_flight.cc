// Work in flight on devices: probes, finishes, and the arrays that are held until a finish.
#include <new>

#include "../../system/seams.h"
#include "environment.h"

namespace mish {

// A completion of a queue, or of a probe.
struct CudaEnvironment::InFlight : cuda::Completion, Ending {
  explicit InFlight(CudaEnvironment& owner)
      : Completion(report), Ending(take_result), owner(owner) {}

  static void report(cuda::Completion& completion) {
    InFlight& own = static_cast<InFlight&>(completion);
    own.owner.settler_->report(own);
  }
  static Outcome take_result(Ending& ending);

  CudaEnvironment& owner;
  int index = -1;        // of the device; -1 for a probe
  Held* held = nullptr;  // `aborted` among it
  const std::atomic<int32_t>* aborted = nullptr;
};

// A thread that opens all devices and then is done.
struct CudaEnvironment::Probe : ThreadBody {
  explicit Probe(InFlight& in_flight) : ThreadBody{run}, in_flight(in_flight) {}
  static void run(ThreadBody& body) {
    Probe& own = static_cast<Probe&>(body);
    cuda::open_all_devices();
    InFlight& in_flight = own.in_flight;
    Word& probing = in_flight.owner.probing_;
    seams::release(&own);
    in_flight.done(in_flight);
    probing.fetch_sub(1, std::memory_order_release);
    wake(probing, 1);  // looks at nothing: the environment may be gone
  }

  InFlight& in_flight;
};

// ---------------------------------------------------------------- beginning
// Null without connect() or memory, or when the record is not an object.
CudaEnvironment::InFlight* CudaEnvironment::begin(napi_value record) {
  void* memory = settler_ ? seams::allocate(sizeof(InFlight)) : nullptr;
  if (!memory) return nullptr;
  InFlight* in_flight = new (memory) InFlight(*this);
  if (settler_->begin(*in_flight, record)) return in_flight;
  seams::release(in_flight);
  return nullptr;
}

void CudaEnvironment::cancel(InFlight* in_flight) {
  settler_->cancel(*in_flight);
  seams::release(in_flight);
}

Status CudaEnvironment::probe(napi_value record) {
  InFlight* in_flight = begin(record);
  if (!in_flight) return kMemory;
  void* memory = seams::allocate(sizeof(Probe));
  if (!memory) {
    cancel(in_flight);
    return kMemory;
  }
  Probe* probe = new (memory) Probe(*in_flight);
  probing_.fetch_add(1, std::memory_order_relaxed);
  if (!start_thread(*probe, cuda::kDriverStackBytes)) Probe::run(*probe);
  return kOk;
}

// Without memory for a report of the end, this call waits for the end itself. The next finish
// releases the arrays that are held.
Status CudaEnvironment::finish(int index, napi_value record, napi_value aborted) {
  cuda::Queue* queue = queue_in_use(index);
  const std::atomic<int32_t>* flag;
  if (!queue || !abort_flag(env_, aborted, &flag)) return kArgument;
  InFlight* in_flight = begin(record);
  if (!in_flight || (flag && !hold(index, aborted))) {
    if (in_flight) cancel(in_flight);
    const Status status = note(queue->wait());
    return status == kOk ? kMemory : status;
  }
  in_flight->aborted = flag;
  in_flight->index = index;
  in_flight->held = held_[index];
  held_[index] = nullptr;
  queue->submit(*in_flight);
  return kOk;
}

// ---------------------------------------------------------------- held
bool CudaEnvironment::hold(int index, napi_value value) {
  Held* held = static_cast<Held*>(seams::allocate(sizeof(Held)));
  if (!held) return false;
  if (napi_create_reference(env_, value, 1, &held->value) != napi_ok) {
    seams::release(held);
    return false;
  }
  held->next = held_[index];
  held_[index] = held;
  return true;
}

void CudaEnvironment::release(Held* held) {
  while (Held* first = held) {
    held = first->next;
    napi_delete_reference(env_, first->value);
    seams::release(first);
  }
}

// ---------------------------------------------------------------- ending
Outcome CudaEnvironment::InFlight::take_result(Ending& ending) {
  InFlight& own = static_cast<InFlight&>(ending);
  CudaEnvironment& owner = own.owner;
  const cuda::Result result = own.result;
  const bool is_aborted = own.aborted && own.aborted->load() != 0;
  cuda::Queue* queue = owner.queue_in_use(own.index);
  owner.release(own.held);
  seams::release(&own);
  if (!is_aborted) return {result.status, result.code};
  if (queue) queue->note(result);  // perhaps of calls before it: the next call returns it
  return {kAborted, 0};
}

}  // namespace mish
