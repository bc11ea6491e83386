// Every kernel's time beside a copy's: what speed.h promises, and the goals.
#include "speed.h"

#include <string.h>

#include <algorithm>
#include <random>

#include "../../binding/math/mish.h"

namespace gpu_check {
namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// What a kernel reads and writes of an element.
size_t bytes_of(const Entry& entry) {
  return static_cast<size_t>(entry.operands() + entry.outputs()) * entry.element_bytes();
}

template <class T, class Convert>
std::vector<char> converted(const std::vector<double>& values, Convert convert) {
  std::vector<char> bytes(values.size() * sizeof(T));
  for (size_t i = 0; i < values.size(); ++i) {
    const T value = convert(values[i]);
    memcpy(&bytes[i * sizeof(T)], &value, sizeof(T));
  }
  return bytes;
}

std::vector<char> bytes_as(Dtype dtype, const std::vector<double>& values) {
  switch (dtype) {
    case Dtype::float64:
      return converted<double>(values, [](double x) { return x; });
    case Dtype::float16:
      return converted<mish::math::float16>(values,
                                            [](double x) { return mish::math::narrow_float16(x); });
    case Dtype::bfloat16:
      return converted<mish::math::bfloat16>(
          values, [](double x) { return mish::math::narrow_bfloat16(x); });
    default:
      return converted<float>(values, [](double x) { return static_cast<float>(x); });
  }
}

// The most that a kernel should take of the time of its copy; 0: there is no goal.
double goal_of(Op op, Dtype dtype) {
  const bool is_forward = op == Op::forward, is_backward = op == Op::backward;
  if (dtype == Dtype::float64) return is_forward ? 2.0 : 0;
  if (dtype == Dtype::float32) return is_forward ? 1.15 : is_backward ? 1.5 : 0;
  return is_forward || is_backward ? 1.05 : 0;
}

const Table kSpeed = {"speed",
                      {{"op", 18},
                       {"dtype", 12},
                       {"elements", 10},
                       {"ms", 8},
                       {"GB/s", 8},
                       {"ofCopy", 7},
                       {"goal", 6},
                       {"goalMet", 11}}};

}  // namespace

Speed::Speed(Device& device, const Options& options)
    : device_(device),
      rounds_(options.quick ? 3 : 15),
      launches_(options.quick ? 1 : 4),
      operand_bytes_(operand_bytes_of(device, options)),
      arena_(device, static_cast<size_t>(kOperands * static_cast<double>(operand_bytes_))),
      stopwatch_(device),
      normal_(options.quick ? 1 << 14 : 1 << 22) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> distribution;
  for (double& value : normal_) value = distribution(random);
}

// 1 GiB: 256 Mi elements of float32. Less where memory has no room for all.
size_t Speed::operand_bytes_of(Device& device, const Options& options) {
  size_t bytes = options.quick ? 1 << 18 : 1 << 30;
  while (kOperands * static_cast<double>(bytes) > 0.8 * static_cast<double>(device.free_bytes()))
    bytes /= 2;
  return bytes;
}

void Speed::fill_inputs(Dtype dtype) {
  if (is_filled_ && filled_ == dtype) return;
  const std::vector<char> pattern = bytes_as(dtype, normal_);
  const size_t all = 5 * operand_bytes_;
  size_t done = std::min(all, pattern.size());
  device_.upload(arena_.address, pattern.data(), done);
  for (; done < all; done += std::min(done, all - done))
    device_.copy(arena_.address + done, arena_.address, std::min(done, all - done));
  device_.wait();
  filled_ = dtype;
  is_filled_ = true;
}

void Speed::copy(const Entry& entry) {
  const uint64_t elements = operand_bytes_ / entry.element_bytes();
  device_.copy(arena_.address + 5 * operand_bytes_, arena_.address, elements * bytes_of(entry) / 2);
}

// Of a copy, where there is no entry. Milliseconds of one.
double Speed::time_of(const Entry* entry, const Entry& of_copy) {
  Addresses at;
  for (int k = 0; k < 3; ++k) at.in[k] = arena_.address + static_cast<size_t>(k) * operand_bytes_;
  for (int k = 0; k < 2; ++k)
    at.out[k] = arena_.address + static_cast<size_t>(3 + k) * operand_bytes_;
  stopwatch_.start();
  for (int i = 0; i < launches_; ++i) {
    if (entry)
      device_.launch(*entry, at, operand_bytes_ / entry->element_bytes());
    else
      copy(of_copy);
  }
  return stopwatch_.stop() / launches_;
}

std::vector<Timing> Speed::measure(const std::vector<Entry>& entries) {
  const Entry& first = entries[0];
  fill_inputs(first.dtype);
  std::vector<std::vector<double>> ms(entries.size()), ratio(entries.size());
  for (int round = -1; round < rounds_; ++round) {  // the first is to warm up
    const double copy = time_of(nullptr, first);
    for (size_t i = 0; i < entries.size(); ++i) {
      const double time = time_of(&entries[i], first);
      if (round < 0) continue;
      ms[i].push_back(time);
      ratio[i].push_back(time / copy);
    }
  }
  const uint64_t elements = operand_bytes_ / first.element_bytes();
  std::vector<Timing> timings;
  for (size_t i = 0; i < entries.size(); ++i) {
    const double typical = median(ms[i]);
    const double bytes = static_cast<double>(elements * bytes_of(first));
    timings.push_back({elements, typical, bytes / typical / 1e6, median(ratio[i])});
  }
  return timings;
}

void check_speed(Device& device, const Options& options, Report& report) {
  Speed speed(device, options);
  if (!speed.is_by_device_clock())
    report.skip("times by the device's clock", "the driver has no cuEventElapsedTime");
  for (const Dtype dtype :
       {Dtype::float32, Dtype::float32_fast, Dtype::float64, Dtype::float16, Dtype::bfloat16}) {
    for (int op = 0; op < kOpCount; ++op) {
      const Entry entry = device.entry(static_cast<Op>(op), dtype);
      if (!Device::exists(entry.op, dtype)) continue;
      const Timing timing = speed.measure({entry})[0];
      const double goal = goal_of(entry.op, dtype);
      report.add(kSpeed, {entry.op_name(),
                          entry.dtype_name(),
                          timing.elements,
                          {timing.ms, 4},
                          {timing.gigabytes_per_second, 1},
                          {timing.of_copy, 3},
                          goal > 0 ? Value(goal, 2) : Value::none(),
                          goal > 0 ? Value::flag(timing.of_copy <= goal, "goal met", "goal missed")
                                   : Value::none()});
    }
  }
}

}  // namespace gpu_check
