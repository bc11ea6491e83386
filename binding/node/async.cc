// Submits CPU jobs from JavaScript to the pool: what async.h promises.
#include "async.h"

#include <new>

#include "../cpu/pool/pool.h"
#include "../system/seams.h"

namespace mish {
namespace {

struct AsyncJob : cpu::AsyncWork, Ending {
  AsyncJob(const cpu::Job& job, cpu::Owner& owner, const std::atomic<int32_t>* aborted)
      : AsyncWork(job, owner, aborted), Ending(take_job) {}

  static Outcome take_job(Ending& ending) {
    AsyncJob& job = static_cast<AsyncJob&>(ending);
    const Outcome outcome = {job.is_done ? kOk : kAborted, 0};
    seams::release(&job);
    return outcome;
  }
};

}  // namespace

void AsyncJobs::report(cpu::AsyncWork& work) {
  static_cast<AsyncJobs&>(work.owner).settler_->report(static_cast<AsyncJob&>(work));
}

Status AsyncJobs::submit(napi_env env, const Request& request, napi_value record,
                         napi_value aborted, const napi_value* operands) {
  const std::atomic<int32_t>* flag;
  cpu::Job job;
  if (!settler_ || !abort_flag(env, aborted, &flag)) return kArgument;
  const Status status = make_job(env, request, operands, &job);
  if (status != kOk) return status;
  void* memory = seams::allocate(sizeof(AsyncJob));
  if (!memory) return kMemory;
  AsyncJob* submitted = new (memory) AsyncJob(job, *this, flag);
  if (!settler_->begin(*submitted, record)) {
    seams::release(submitted);
    return kArgument;
  }
  if (cpu::submit(*submitted)) return kOk;
  settler_->cancel(*submitted);
  seams::release(submitted);
  return kNoThread;
}

void AsyncJobs::sweep() { cpu::withdraw(*this); }

}  // namespace mish
