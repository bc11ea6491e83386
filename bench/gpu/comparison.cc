// The pieces of a comparison: what comparison.h promises.
#include "comparison.h"

#include <inttypes.h>
#include <string.h>

#include <algorithm>
#include <thread>

namespace gpu_check {
namespace {

constexpr size_t kShown = 4;  // inputs

}  // namespace

Comparison::Comparison(Device& device, int threads, uint64_t piece_elements)
    : device_(device), threads_(threads), piece_elements_(piece_elements) {}

// Calls work(begin, end, thread) for the parts of [0, count): one a thread.
template <class Work>
void Comparison::parallel(uint64_t count, Work work) const {
  const uint64_t part = cuda::quotient_up(count, static_cast<uint64_t>(threads_));
  std::vector<std::thread> threads;
  for (int t = 0; t < threads_; ++t) {
    const uint64_t begin = std::min(count, t * part), end = std::min(count, begin + part);
    threads.emplace_back([=] { work(begin, end, t); });
  }
  for (std::thread& thread : threads) thread.join();
}

void Comparison::make_inputs(const Entry& entry, const Inputs& inputs, uint64_t first,
                             uint64_t count) {
  const size_t size = entry.element_bytes();
  parallel(count, [&](uint64_t begin, uint64_t end, int) {
    for (int k = 0; k < entry.operands(); ++k)
      fill(inputs, entry.dtype, k, first + begin, end - begin, in_[k].data + begin * size);
  });
}

void Comparison::ask_device(const Entry& entry, const Memory* out, const Pinned* results,
                            uint64_t count) {
  const size_t bytes = count * entry.element_bytes();
  Addresses at = {};
  for (int k = 0; k < entry.info().inputs; ++k) at.in[k] = device_in_[k].address;
  for (int k = 0; k < entry.outputs(); ++k) at.out[k] = out[k].address;
  if (entry.info().reads_output) device_.upload(at.out[0], in_[entry.operands() - 1].data, bytes);
  device_.launch(entry, at, count);
  for (int k = 0; k < entry.outputs(); ++k) device_.download(results[k].data, at.out[k], bytes);
}

void Comparison::compute_expected(const Entry& entry, const Expected& expected, uint64_t count) {
  if (expected.by_device) return ask_device(*expected.by_device, device_out_, expected_, count);
  const size_t size = entry.element_bytes();
  mish::cpu::Operands operands = {
      {in_[0].data, in_[1].data, in_[2].data}, {expected_[0].data, expected_[1].data}, false};
  parallel(count, [&](uint64_t begin, uint64_t end, int) {
    char* out = expected_[0].data + begin * size;
    if (!expected.by_cpu) {
      memset(out, 0, (end - begin) * size);
      return;
    }
    if (entry.info().reads_output)
      memcpy(out, in_[entry.operands() - 1].data + begin * size, (end - begin) * size);
    const int op = static_cast<int>(entry.op), dtype = static_cast<int>(entry.dtype);
    expected.by_cpu->kernel[op][dtype](operands, begin, end);
  });
}

Comparison::Found Comparison::compare(const Entry& entry, uint64_t count) const {
  const size_t size = entry.element_bytes();
  std::vector<Found> by_thread(static_cast<size_t>(threads_));
  parallel(count, [&](uint64_t begin, uint64_t end, int thread) {
    bool same = true;
    for (int k = 0; k < entry.outputs(); ++k)
      same &= memcmp(results_[k].data + begin * size, expected_[k].data + begin * size,
                     (end - begin) * size) == 0;
    if (same) return;
    Found& found = by_thread[static_cast<size_t>(thread)];
    for (uint64_t i = begin; i < end; ++i) {
      bool equal = true;
      for (int k = 0; k < entry.outputs(); ++k)
        equal &= memcmp(results_[k].data + i * size, expected_[k].data + i * size, size) == 0;
      if (equal) continue;
      ++found.differ;
      if (found.first.size() < kShown) found.first.push_back(i);
    }
  });
  Found all = {};
  for (const Found& found : by_thread) {
    all.differ += found.differ;
    all.first.insert(all.first.end(), found.first.begin(), found.first.end());
  }
  return all;
}

// Of an element of the piece: its operands, and of each output what was computed for what.
std::string Comparison::text_of(const Entry& entry, uint64_t element) const {
  const size_t size = entry.element_bytes();
  const auto hex = [&](const Pinned& from) {
    uint64_t bits = 0;
    memcpy(&bits, from.data + element * size, size);
    char text[20];
    snprintf(text, sizeof text, "%0*" PRIx64, static_cast<int>(2 * size), bits);
    return std::string(text);
  };
  std::string text;
  for (int k = 0; k < entry.operands(); ++k) text += (k ? "," : "") + hex(in_[k]);
  for (int k = 0; k < entry.outputs(); ++k)
    text += (k ? "," : ":") + hex(results_[k]) + "/" + hex(expected_[k]);
  return text;
}

Difference Comparison::run(const Entry& entry, const Inputs& inputs, const Expected& expected,
                           const Seconds& clock, double deadline) {
  const Seconds taken;
  Difference difference;
  size_t shown = 0;
  while (difference.inputs < inputs.count && clock.passed() < deadline) {
    const uint64_t count = std::min(piece_elements_, inputs.count - difference.inputs);
    make_inputs(entry, inputs, difference.inputs, count);
    for (int k = 0; k < entry.info().inputs; ++k)
      device_.upload(device_in_[k].address, in_[k].data, count * entry.element_bytes());
    ask_device(entry, device_out_, results_, count);
    compute_expected(entry, expected, count);
    device_.wait();
    const Found found = compare(entry, count);
    for (const uint64_t element : found.first)
      if (shown++ < kShown) difference.examples += text_of(entry, element) + " ";
    difference.inputs += count;
    difference.differ += found.differ;
  }
  difference.seconds = taken.passed();
  return difference;
}

}  // namespace gpu_check
