// Reports to JavaScript what has ended: one object per Node environment and one JavaScript
// function, `settle(record, status, code)`, for CPU jobs and CUDA completions alike. However many
// are in flight, they share one handle in the event loop.
#pragma once

#include <node_api.h>

#include "../status.h"
#include "../system/thread.h"

namespace mish {

// How something ended; `code` is the CUDA driver's, 0 where no driver error is behind the status.
struct Outcome {
  Status status;
  int code;
};

// Something in flight that ends on any thread. It lives on the heap, from Settler::begin() until
// `take` frees it.
struct Ending {
  // On the environment's thread, after the end: returns the outcome and frees the memory.
  using Take = Outcome (*)(Ending&);
  explicit Ending(Take take) : take(take) {}

  const Take take;
  napi_ref record = nullptr;
  Ending* next = nullptr;
};

class Settler {
 public:
  // `settle` is called for each ending with the record that begin() was given. Without a record it
  // is asked to have settle_more() called in another turn of the event loop. When the environment
  // ends, `close` is called with `data`; after it has returned nothing may report any more. Null
  // when there is no memory.
  static Settler* connect(napi_env env, napi_value settle, void (*close)(void*), void* data);

  // ---- by the environment's own thread
  // Keeps the record and the process alive until the ending is settled. False when the record is
  // not an object.
  bool begin(Ending& ending, napi_value record);
  // Takes begin() back, for what could not be started. The memory stays its owner's.
  void cancel(Ending& ending);
  // Goes on settling what has ended.
  void settle_more() { notify(); }

  // ---- by any thread
  void report(Ending& ending);

 private:
  Settler(napi_env env, void (*close)(void*), void* data)
      : env_(env), close_sources_(close), sources_(data) {}

  bool open(napi_value settle);
  void notify();
  static void settle_some(napi_env env, napi_value settle, void* settler, void*);
  static void close(void* settler);

  bool settle(napi_value settle, Ending& ending);
  bool call(napi_value settle, napi_value record, Outcome outcome);
  void count_in_flight(int change);
  Ending* take_reported();
  bool has_reported();

  const napi_env env_;
  void (*const close_sources_)(void*);
  void* const sources_;
  napi_threadsafe_function handle_ = nullptr;
  size_t in_flight_ = 0;

  Lock lock_;
  Ending *first_ = nullptr, *last_ = nullptr;  // reported, not settled
};

}  // namespace mish
