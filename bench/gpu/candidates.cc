// The candidates of cuda/device/candidates.h beside the kernels that they would replace: the same bits or
// not, and how much faster. What differs here is no failure: it is what was asked.
#include "../../cuda/device/candidates.h"

#include <fstream>
#include <iterator>
#include <vector>

#include "../../cuda/host/library.h"
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

// What keeps this candidate from being run here, in words.
struct Unusable : Failure {
  using Failure::Failure;
};

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
  Entry entry_of(const Candidate& candidate);
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

Entry Candidates::entry_of(const Candidate& it) {
  constexpr unsigned kWithoutAsking = 48 << 10;
  constexpr int kMostDynamicShared = 8;  // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
  using Set = cuda::Code (*)(cuda::Function, int attribute, int value);
  const Entry entry = {it.op,           it.dtype,
                       find(it.entry),  it.block_threads,
                       it.shared_bytes, it.blocks_of_multiprocessor};
  if (it.shared_bytes <= kWithoutAsking) return entry;
  const auto set = reinterpret_cast<Set>(cuda::driver_symbol("cuFuncSetAttribute"));
  const int bytes = static_cast<int>(it.shared_bytes);
  if (!set || device_.gpu.call(set, entry.function, kMostDynamicShared, bytes))
    throw Unusable("a block cannot have " + std::to_string(bytes) + " bytes of shared memory");
  return entry;
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
  const Entry entry = entry_of(candidate), shipped = device_.entry(entry.op, entry.dtype);
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
  for (const Candidate& candidate : cuda::kCandidates) {
    try {
      candidates.check(candidate, report);
    } catch (const Unusable& reason) {
      report.skip(candidate.entry, reason.what());
    } catch (const std::exception& failure) {
      report.fail(candidate.entry, failure.what());
    }
  }
}

}  // namespace gpu_check
