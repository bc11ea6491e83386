// Times of kernels well past the caches, each beside a copy on the device of as many bytes as the
// kernel reads and writes, in turns: what is limited by memory takes the time of that copy.
#pragma once

#include <vector>

#include "options.h"

namespace gpu_check {

struct Timing {
  uint64_t elements;
  double ms, gigabytes_per_second;  // medians
  double of_copy;                   // time over the copy's, median of all turns
};

class Speed {
 public:
  Speed(Device& device, const Options& options);

  // All of one operation and dtype; they take turns.
  std::vector<Timing> measure(const std::vector<Entry>& entries);
  bool is_by_device_clock() const { return stopwatch_.is_of_device(); }

 private:
  // Three inputs, two outputs, and what is copied: half of five operands at most.
  static constexpr double kOperands = 7.5;

  static size_t operand_bytes_of(Device& device, const Options& options);
  void fill_inputs(Dtype dtype);
  void copy(const Entry& entry);
  double time_of(const Entry* entry, const Entry& of_copy);

  Device& device_;
  const int rounds_, launches_;
  const size_t operand_bytes_;
  Memory arena_;
  Stopwatch stopwatch_;
  std::vector<double> normal_;  // random, of the normal distribution
  Dtype filled_ = Dtype::float32;
  bool is_filled_ = false;
};

}  // namespace gpu_check
