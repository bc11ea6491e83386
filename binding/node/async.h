// Asynchronous calls of one Node environment: submitted to the pool, and settled on the
// environment's own thread by a JavaScript function, through one handle however many there are.
#pragma once

#include "operands.h"

namespace mish {

class Async;

// `settle(record, done)` will be called for each job that ends: with what was submitted as its
// record, and false when it was aborted. Without a record it is asked to have settle_more() called
// in another turn of the event loop. Ends with the environment, and then aborts what it has
// in flight. Null when there is no memory, or `settle` is no function.
Async* connect(napi_env env, napi_value settle);

// Submits a job over `operands`. The record is kept until the job is settled, and must keep the
// operands' memory where it is. `aborted`, if it is an Int32Array (in memory that the record keeps
// too), ends the job early once its first element is not 0.
Status submit(napi_env env, Async& async, const Request& request, napi_value record,
              napi_value aborted, const napi_value* operands);

// Goes on settling jobs that have ended.
void settle_more(Async& async);

// Ends those aborted jobs that no thread is at.
void sweep(Async& async);

}  // namespace mish
