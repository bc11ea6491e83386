// Results of the device beside those expected, bit by bit, for any number of inputs: piece by piece
// through pinned memory, while the host's threads compute what is expected.
#pragma once

#include <stdint.h>

#include <string>
#include <vector>

#include "../../binding/cpu/kernels.h"
#include "device.h"
#include "inputs.h"

namespace gpu_check {

// What the results are to be: those of the CPU's kernels, of another entry, or all zero.
struct Expected {
  const mish::cpu::KernelTable* by_cpu;
  const Entry* by_device;
};

struct Difference {
  uint64_t inputs = 0;   // compared
  uint64_t differ = 0;   // of these
  std::string examples;  // the first inputs that differ
  double seconds = 0;
};

class Comparison {
 public:
  Comparison(Device& device, int threads, uint64_t piece_elements);

  // Ends early when the clock says more than `deadline`.
  Difference run(const Entry& entry, const Inputs& inputs, const Expected& expected,
                 const Seconds& clock, double deadline);

 private:
  static constexpr int kMostOperands = mish::kMaxInputs, kMostOutputs = mish::kMaxOutputs;
  static constexpr size_t kMostBytes = 8;  // of an element

  // Numbers of the piece's elements that differ, in order, as many as are shown; and how many.
  struct Found {
    uint64_t differ;
    std::vector<uint64_t> first;
  };

  template <class Work>
  void parallel(uint64_t count, Work work) const;
  void make_inputs(const Entry& entry, const Inputs& inputs, uint64_t first, uint64_t count);
  void ask_device(const Entry& entry, const Memory* out, const Pinned* results, uint64_t count);
  void compute_expected(const Entry& entry, const Expected& expected, uint64_t count);
  Found compare(const Entry& entry, uint64_t count) const;
  std::string text_of(const Entry& entry, uint64_t element) const;

  Device& device_;
  const int threads_;
  const uint64_t piece_elements_;
  const size_t bytes_ = piece_elements_ * kMostBytes;
  Pinned in_[kMostOperands] = {{device_, bytes_}, {device_, bytes_}, {device_, bytes_}};
  Pinned results_[kMostOutputs] = {{device_, bytes_}, {device_, bytes_}};
  Pinned expected_[kMostOutputs] = {{device_, bytes_}, {device_, bytes_}};
  Memory device_in_[kMostOperands] = {{device_, bytes_}, {device_, bytes_}, {device_, bytes_}};
  Memory device_out_[kMostOutputs] = {{device_, bytes_}, {device_, bytes_}};
};

}  // namespace gpu_check
