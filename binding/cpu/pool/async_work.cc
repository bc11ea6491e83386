// Ends asynchronous jobs and closes their owner: what async_work.h promises.
#include "async_work.h"

#include "pool.h"

namespace mish::cpu {

void Owner::close() {
  closing_.store(true, std::memory_order_relaxed);
  withdraw(*this);
  for (uint32_t left; (left = unfinished_.load(std::memory_order_acquire)) > 0;)
    sleep_while(unfinished_, left);
}

// After the last decrement the owner may be destroyed. `wake` does not read the word.
void Owner::finish(AsyncWork& work) {
  take_back_(work);
  if (unfinished_.fetch_sub(1, std::memory_order_release) == 1) wake(unfinished_, 1);
}

}  // namespace mish::cpu
