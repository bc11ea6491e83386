// Every kernel of the device against the CPU's: bit by bit, over every input where they are few
// enough, else over many.
#include "../../binding/cpu/isa.h"
#include "comparison.h"
#include "options.h"

namespace gpu_check {
namespace {

const Table kBits = {"bits",
                     {{"op", 18},
                      {"dtype", 12},
                      {"inputs", 24},
                      {"compared", 11},
                      {"differ", 11},
                      {"equal", 6},
                      {"seconds", 7},
                      {"first", 0}}};

struct Case {
  Op op;
  Dtype dtype;
  Inputs inputs;
};

bool is_half(Dtype dtype) { return dtype == Dtype::float16 || dtype == Dtype::bfloat16; }
bool is_unary(Op op) { return kOps[static_cast<int>(op)].inputs == 1; }

// The most there is to say first: the clock may stop the last of them.
std::vector<Case> cases(bool quick) {
  using Kind = Inputs::Kind;
  const Inputs every16 = {Kind::every, "every", 1 << 16};
  const Inputs every32 = quick ? Inputs{Kind::every, "every 16411th", 1 << 18, 16411}
                               : Inputs{Kind::every, "every", uint64_t{1} << 32};
  const Inputs pairs = quick ? Inputs{Kind::pairs, "every 16411th pair", 1 << 18, 16411}
                             : Inputs{Kind::pairs, "every pair", uint64_t{1} << 32};
  const Inputs mixed = {Kind::mixed, "random and special", uint64_t{1} << (quick ? 16 : 26)};
  std::vector<Case> first, fast, last;
  for (int k = 0; k < kDtypeCount; ++k) {
    const Dtype dtype = static_cast<Dtype>(k);
    for (int i = 0; i < kOpCount; ++i) {
      const Op op = static_cast<Op>(i);
      if (!Device::exists(op, dtype)) continue;
      const bool has_few = is_unary(op) && dtype != Dtype::float64;
      auto& when = dtype == Dtype::float32_fast ? fast : first;
      when.push_back({op, dtype, !has_few ? mixed : is_half(dtype) ? every16 : every32});
    }
    if (is_half(dtype)) last.push_back({Op::backward, dtype, pairs});
  }
  first.insert(first.end(), fast.begin(), fast.end());
  first.insert(first.end(), last.begin(), last.end());
  return first;
}

}  // namespace

void check_bits(Device& device, const Options& options, Report& report) {
  const Seconds clock;
  const mish::cpu::KernelTable* table = mish::cpu::supported_levels().table[0];
  if (!table) throw Failure("this CPU has none of the kernels that are the reference");
  Comparison comparison(device, options.threads, uint64_t{1} << (options.quick ? 16 : 24));
  for (const auto& [op, dtype, inputs] : cases(options.quick)) {
    const Entry entry = device.entry(op, dtype);
    const std::string what = std::string("bits of ") + entry.op_name() + " " + entry.dtype_name();
    const Difference found =
        comparison.run(entry, inputs, {table, nullptr}, clock, options.seconds);
    if (found.inputs < inputs.count)
      report.skip(what + ", " + inputs.name, std::to_string(found.inputs) + " of " +
                                                 std::to_string(inputs.count) +
                                                 " inputs were compared before the time was up");
    if (found.inputs == 0) continue;
    report.add(kBits, {entry.op_name(),
                       entry.dtype_name(),
                       inputs.name,
                       found.inputs,
                       found.differ,
                       Value::flag(found.differ == 0, "yes", "NO"),
                       {found.seconds, 2},
                       found.examples});
    if (found.differ) report.fail(what, std::to_string(found.differ) + " differ from the CPU's");
  }
}

}  // namespace gpu_check
