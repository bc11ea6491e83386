// Runs numbered pieces of work on several threads, and says on stderr how far it is.
#pragma once

#include <stdint.h>
#include <stdio.h>

#include <atomic>
#include <thread>
#include <vector>

namespace verify {

struct Settings {
  int threads;
  bool progress;
};

// Calls work(piece, state) for every piece below `count`; each thread has one of `states`.
template <class State, class Work>
void parallel(const Settings& settings, const char* name, int64_t count, std::vector<State>& states,
              Work work) {
  std::atomic<int64_t> next{0};
  const auto run = [&](State& state) {
    for (int64_t piece; (piece = next++) < count;) {
      work(piece, state);
      if (settings.progress) fprintf(stderr, "\r%s: %d %% ", name, (int)(piece * 100 / count));
    }
  };
  std::vector<std::thread> threads;
  for (State& state : states) threads.emplace_back(run, std::ref(state));
  for (std::thread& thread : threads) thread.join();
  if (settings.progress) fprintf(stderr, "\r\033[K");
}

}  // namespace verify
