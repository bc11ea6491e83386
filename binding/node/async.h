// Asynchronous CPU jobs of one Node environment: submitted to the pool, reported by the settler.
#pragma once

#include "../cpu/pool/async_work.h"
#include "operands.h"
#include "settler.h"

namespace mish {

class AsyncJobs : private cpu::Owner {
 public:
  AsyncJobs() : Owner(report) {}

  void connect(Settler& settler) { settler_ = &settler; }

  // Submits a job over `operands`; needs connect(). The record is kept until the job is settled,
  // with kOk or kAborted, and must keep the operands' memory where it is. `aborted`, if it is an
  // Int32Array (in memory that the record keeps too), ends the job early once its first element is
  // not 0.
  Status submit(napi_env env, const Request& request, napi_value record, napi_value aborted,
                const napi_value* operands);

  // Ends those aborted jobs that no thread is at.
  void sweep();

  // Aborts all jobs, and returns once no thread is at any.
  void close() { Owner::close(); }

 private:
  static void report(cpu::AsyncWork& work);

  Settler* settler_ = nullptr;  // until connect()
};

}  // namespace mish
