// Asynchronous CPU jobs of one Node environment: submitted to the pool, reported by the settler.
#pragma once

#include "../cpu/pool/async_work.h"
#include "operands.h"
#include "settler.h"

namespace mish {

class AsyncJobs {
 public:
  // Submits a job over `operands`. The record is kept until the job is settled, with kOk or
  // kAborted, and must keep the operands' memory where it is. `aborted`, if it is an Int32Array (in
  // memory that the record keeps too), ends the job early once its first element is not 0.
  Status submit(napi_env env, Settler& settler, const Request& request, napi_value record,
                napi_value aborted, const napi_value* operands);

  // Ends those aborted jobs that no thread is at.
  void sweep();

  // Aborts all jobs, and returns once no thread is at any.
  void close() { owner_.close(); }

 private:
  static void report(cpu::AsyncWork& work);

  cpu::Owner owner_{report};
};

}  // namespace mish
