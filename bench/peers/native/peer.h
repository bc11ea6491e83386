// A peer written in C++ as a program that bench/peers/external.mjs runs: times its Mish by turns
// with memcpy, or computes it for values from stdin. It includes this file and defines prepare().
//
//   program time <op> <dtype> <elements> <milliseconds>   prints `ns ns-of-memcpy` for each round
//   program values <op>                                   float32 x on stdin, results on stdout
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

// Operands one after the other, as src/cli/bench/operations.ts has them; dy is unused by forward.
struct Operands {
  size_t elements;
  char *x, *dy, *out;
};

// The call to time, or an empty function when the peer has no such operation.
std::function<void()> prepare(const std::string& op, const std::string& dtype, const Operands& o);

using Call = std::function<void()>;

inline double now() {
  return std::chrono::duration<double, std::nano>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

inline double nanoseconds(const Call& call, long times) {
  const double begin = now();
  for (long i = 0; i < times; ++i) call();
  return now() - begin;
}

// As src/cli/bench/timing.ts does it.
inline long batch_of(const Call& call) {
  const double end = now() + 1e7;
  long times = 1;
  for (double took = 0; took < 1e5 || now() < end;) {
    took = nanoseconds(call, times);
    if (took < 1e5) times *= 2;
  }
  return times;
}

inline void store(char* memory, size_t i, bool half, float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  const uint16_t upper = (uint16_t)(bits >> 16);
  if (half) memcpy(memory + 2 * i, &upper, 2);
  if (!half) memcpy(memory + 4 * i, &value, 4);
}

inline int time_by_turns(const std::string& op, const std::string& dtype, size_t n, double ms) {
  const bool half = dtype != "float32", backward = op == "backward";
  const size_t bytes = n * (half ? 2 : 4), operands = backward ? 3 : 2;
  std::vector<char> memory(operands * bytes);
  for (size_t i = 0; i < operands * n; ++i) store(memory.data(), i, half, i % 97 * 0.1f - 4.8f);
  char* const x = memory.data();
  const Call call = prepare(op, dtype, {n, x, x + bytes, x + (operands - 1) * bytes});
  if (!call) return 3;
  const size_t moved = operands * bytes / 2;
  // Through a volatile pointer, or the compiler drops a copy that nobody reads.
  void* (*volatile copy)(void*, const void*, size_t) = memcpy;
  const Call memcpy_call = [&] { copy(x + moved, x, moved); };
  const long times = batch_of(call), copies = batch_of(memcpy_call);
  const double end = now() + 1e6 * ms;
  for (int round = 0; round < 7 || (now() < end && round < 301); ++round) {
    const double ns = nanoseconds(call, times) / times;
    printf("%.4f %.4f\n", ns, nanoseconds(memcpy_call, copies) / copies);
  }
  return 0;
}

inline int values(const std::string& op) {
  std::vector<float> x;
  float buffer[4096];
  while (size_t count = fread(buffer, 4, 4096, stdin)) x.insert(x.end(), buffer, buffer + count);
  std::vector<float> dy(x.size(), 1), out(x.size());
  const auto bytes = [](std::vector<float>& of) { return reinterpret_cast<char*>(of.data()); };
  const Call call = prepare(op, "float32", {x.size(), bytes(x), bytes(dy), bytes(out)});
  if (!call) return 3;
  call();
  return fwrite(out.data(), 4, out.size(), stdout) == out.size() ? 0 : 1;
}

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "time" && argc == 6)
    return time_by_turns(argv[2], argv[3], strtoull(argv[4], nullptr, 10), atof(argv[5]));
  if (mode == "values" && argc == 3) return values(argv[2]);
  fprintf(stderr, "expected time <op> <dtype> <elements> <milliseconds>, or values <op>\n");
  return 2;
}
