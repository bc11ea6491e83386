// Compares the candidates of cuda/device/candidates.h with the kernels that they would replace: the
// same bits or not, and how much faster. Other bits are a result here, not a failure.
#include "../../cuda/device/candidates.h"

#include <fstream>
#include <iterator>
#include <vector>

#include "comparison.h"
#include "speed.h"

namespace gpu_check {
namespace {

using cuda::Candidate;

const Table kTable = {"candidates",
                      {{"op", 18},
                       {"dtype", 12},
                       {"candidate", 47},
                       {"compared", 11},
                       {"differ", 11},
                       {"proof", 11},
                       {"ofCopy", 7},
                       {"ofShipped", 9},
                       {"verdict", 16},
                       {"first", 0}}};

std::vector<char> contents(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class Candidates {
 public:
  Candidates(Device& device, const Options& options, const std::vector<char>& image)
      : device_(device),
        options_(options),
        comparison_(device, options.threads, uint64_t{1} << (options.quick ? 16 : 24)),
        speed_(device, options) {
    device.call("cuModuleLoadData", device.gpu.driver.load_module, &module_,
                static_cast<const void*>(image.data()));
  }

  void check(const Candidate& candidate, Report& report);

 private:
  cuda::Function find(const char* name);
  Inputs inputs_of(Op op, Dtype dtype) const;
  Difference prove(const Candidate& candidate);

  Device& device_;
  const Options& options_;
  const Seconds clock_;
  Comparison comparison_;
  Speed speed_;
  cuda::Module module_ = nullptr;
};

cuda::Function Candidates::find(const char* name) {
  cuda::Function function = nullptr;
  device_.call(name, device_.gpu.driver.module_function, &function, module_, name);
  return function;
}

Inputs Candidates::inputs_of(Op op, Dtype dtype) const {
  const uint64_t most = uint64_t{1} << format_of(dtype).bits % 64;
  const bool has_few = kOps[static_cast<int>(op)].inputs == 1 && dtype != Dtype::float64;
  if (!has_few)
    return {Inputs::Kind::mixed, "random and special", uint64_t{1} << (options_.quick ? 16 : 26)};
  if (options_.quick && most > 1 << 16) return {Inputs::Kind::every, "some", 1 << 18, 16411};
  return {Inputs::Kind::every, "every", most};
}

Difference Candidates::prove(const Candidate& candidate) {
  const Entry proof = {Op::derivative, candidate.dtype, find(candidate.proof)};
  return comparison_.run(proof, inputs_of(proof.op, proof.dtype), {nullptr, nullptr}, clock_,
                         options_.seconds);
}

void Candidates::check(const Candidate& candidate, Report& report) {
  const Entry entry = {candidate.op, candidate.dtype, find(candidate.entry)};
  const Entry shipped = device_.entry(entry.op, entry.dtype);
  const Inputs inputs = inputs_of(entry.op, entry.dtype);
  const Difference found =
      comparison_.run(entry, inputs, {nullptr, &shipped}, clock_, options_.seconds);
  const Difference proof = candidate.proof ? prove(candidate) : Difference{};
  const std::vector<Timing> times = speed_.measure({shipped, entry});
  const bool is_whole = found.inputs == inputs.count;
  const bool is_equal = found.differ == 0 && proof.differ == 0;
  report.add(kTable, {entry.op_name(),
                      entry.dtype_name(),
                      candidate.name,
                      found.inputs,
                      found.differ,
                      candidate.proof ? Value(proof.differ) : Value::none(),
                      {times[1].of_copy, 3},
                      {times[1].ms / times[0].ms, 3},
                      !is_equal  ? "other bits"
                      : is_whole ? "the same bits"
                                 : "not all compared",
                      found.examples + proof.examples});
}

}  // namespace

void check_candidates(Device& device, const Options& options, Report& report) {
  if (!options.candidates) return report.skip("candidates", "no image of them was given");
  if (device.is_fake())
    return report.skip("candidates", "the fake driver has the shipped kernels alone");
  const std::vector<char> image = contents(options.candidates);
  if (image.empty())
    return report.skip("candidates", std::string("there is no ") + options.candidates);
  Candidates candidates(device, options, image);
  const cuda::Facts& facts = device.gpu.facts();
  const int capability = 10 * facts.compute_major + facts.compute_minor;
  for (const Candidate& candidate : cuda::kCandidates) {
    if (candidate.shipped_on == capability) {
      report.skip(candidate.entry, "it is the shipped kernel here: see bits and speed");
      continue;
    }
    try {
      candidates.check(candidate, report);
    } catch (const std::exception& failure) {
      report.fail(candidate.entry, failure.what());
    }
  }
}

}  // namespace gpu_check
