// f, f' and f'' in float32 and float32Fast over every float, or a sample and the hard inputs.
#include <stdio.h>
#include <string.h>

#include <memory>

#include "float_judge.h"
#include "subject.h"

namespace verify {
namespace {

struct OneInput {
  Function function;
  mish::Op op;
  const char* name;
};
constexpr OneInput kOneInputs[] = {
    {Function::f, mish::Op::forward, "f"},
    {Function::f1, mish::Op::derivative, "f'"},
    {Function::f2, mish::Op::second_derivative, "f''"},
};

// Between these regions float32Fast's f' has an absolute bound, which its root asks for.
bool is_inside(int region) {
  const uint32_t begin = kFloatRegions[region].begin;
  return begin >= 0xbf000000u && begin < 0xc0000000u;
}

enum class Where { everywhere, outside, inside };

struct Subject {
  int dtype;
  Where where;
  double absolute_unit;
  Claim claim;

  bool covers(int region) const {
    return where == Where::everywhere || (where == Where::inside) == is_inside(region);
  }
};

Claim make_claim(std::string name, const char* kernel, double bound, int64_t misrounded_allowed) {
  Claim claim = {std::move(name), kernel, "", "ulp", bound, misrounded_allowed, {}, 8};
  for (const FloatRegion& region : kFloatRegions) claim.regions.push_back({region.name, {}});
  return claim;
}

std::vector<Subject> subjects_of(const OneInput& it) {
  const std::string name = it.name;
  std::vector<Subject> subjects;
  const auto add = [&](const char* kernel, Where where, double unit, Claim claim) {
    if (dtype_named(kernel) < 0) return;
    if (unit != 0.0) claim.unit = "2^-22";
    subjects.push_back({dtype_named(kernel), where, unit, std::move(claim)});
  };
  const auto exact = [&](const char* kernel) {
    add(kernel, Where::everywhere, 0.0, make_claim(name, kernel, 0.5, 0));
  };
  constexpr const char* kFast = "float32Fast";
  exact("float32");
  switch (it.function) {
    case Function::f:
      add(kFast, Where::everywhere, 0.0, make_claim(name, kFast, 4, kAny));
      break;
    case Function::f1:
      add(kFast, Where::outside, 0.0, make_claim(name + " outside (-2, -0.5]", kFast, 8, kAny));
      add(kFast, Where::inside, 0x1p-22, make_claim(name + " in (-2, -0.5]", kFast, 1, kAny));
      break;
    case Function::f2:
      exact(kFast);
      break;
  }
  return subjects;
}

// ---- a thread's work
struct Worker {
  FloatBlock block;
  alignas(64) float results[kBlock], others[kBlock];
  std::vector<Subject> subjects;

  void run_block(const OneInput& it, const std::vector<const mish::cpu::KernelTable*>& levels) {
    const int region = region_of(bits_of(block.x[0]));
    block.evaluate(it.function);
    for (Subject& subject : subjects) {
      if (!subject.covers(region)) continue;
      Tally& tally = subject.claim.regions[region].tally;
      run(levels[0], it.op, subject.dtype, {{block.x}, {results}}, block.count);
      judge(block, results, subject.absolute_unit, tally);
      tally.hash += hash_of(results, block.count);
      for (size_t level = 1; level < levels.size(); ++level) {
        run(levels[level], it.op, subject.dtype, {{block.x}, {others}}, block.count);
        tally.unequal += unequal(results, others, block.count);
      }
    }
  }
};

constexpr int kPieceBits = 20, kPieces = 1 << (32 - kPieceBits);
constexpr int kBlocksOfAPiece = (1 << kPieceBits) / kBlock;

// One float of each stretch of a piece cut into `count`, the first and the last of all among them.
uint32_t sample(uint32_t begin, int block, int i, int count) {
  const uint32_t stretch = (1 << kPieceBits) / count;
  const uint32_t hash = (begin + block * kBlock + i) * 0x9e3779b1u >> 16;
  const uint32_t within = i == 0 ? 0 : i == count - 1 ? stretch - 1 : hash % stretch;
  return begin + i * stretch + within;
}

// How many samples are taken of a piece: more where results are neither x, a limit nor a line.
int sampled_blocks(uint32_t begin) {
  const float magnitude = float_of(begin & 0x7fffffffu);
  return magnitude >= 0x1p-27f && magnitude < 128.0f ? 8 : 1;
}

// Bits of x and of the nearest result, in turns. Read for x alone: the reference says the rest.
std::vector<uint32_t> read_hard_inputs(const Options& options, Function function) {
  std::vector<uint32_t> inputs;
  if (!options.hard_inputs) return inputs;
  constexpr const char* kNames[] = {"f", "f1", "f2"};
  const std::string path =
      std::string(options.hard_inputs) + "/float32-hard." + kNames[(int)function] + ".u32.bin";
  FILE* file = fopen(path.c_str(), "rb");
  if (!file) {
    fprintf(stderr, "--hard-inputs: cannot read %s\n", path.c_str());
    exit(2);
  }
  for (uint32_t pair[2]; fread(pair, sizeof pair, 1, file) == 1;) inputs.push_back(pair[0]);
  fclose(file);
  return inputs;
}

// Cut into blocks that lie in one region each.
template <class Run>
void run_list(const std::vector<uint32_t>& inputs, FloatBlock& block, Run run_block) {
  for (size_t begin = 0; begin < inputs.size(); begin += block.count) {
    const int region = region_of(inputs[begin]);
    block.count = 0;
    for (size_t i = begin; i < inputs.size() && block.count < kBlock; ++i) {
      if (region_of(inputs[i]) != region) break;
      block.x[block.count++] = float_of(inputs[i]);
    }
    run_block();
  }
}

void sweep(const Options& options, const OneInput& it, Report& report) {
  const auto tables = levels();
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < options.settings.threads; ++i) {
    workers.emplace_back(new Worker());
    workers.back()->subjects = subjects_of(it);
  }
  parallel(options.settings, it.name, kPieces, workers, [&](int64_t piece, auto& worker) {
    const uint32_t begin = (uint32_t)piece << kPieceBits;
    FloatBlock& block = worker->block;
    const int count = block.count = options.sampled ? kBlock / options.thinned : kBlock;
    const int blocks = options.sampled ? sampled_blocks(begin) : kBlocksOfAPiece;
    for (int k = 0; k < blocks; ++k) {
      for (int i = 0; i < count; ++i)
        block.x[i] =
            float_of(options.sampled ? sample(begin, k, i, count) : begin + k * kBlock + i);
      worker->run_block(it, tables);
    }
  });
  Worker& first = *workers[0];
  const auto hard = read_hard_inputs(options, it.function);
  if (options.sampled) run_list(hard, first.block, [&] { first.run_block(it, tables); });
  for (size_t s = 0; s < first.subjects.size(); ++s) {
    Claim claim = first.subjects[s].claim;
    claim.run = !options.sampled ? "all 2^32" : hard.empty() ? "sample" : "sample, hard inputs";
    for (size_t w = 1; w < workers.size(); ++w) claim.add(workers[w]->subjects[s].claim);
    report.claims.push_back(claim);
  }
}

}  // namespace

void verify_floats(const Options& options, const std::string& only, Report& report) {
  for (const OneInput& it : kOneInputs)
    if (only.empty() || only == it.name) sweep(options, it, report);
}

}  // namespace verify
