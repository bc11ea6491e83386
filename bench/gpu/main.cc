// gpu_check: what only a machine with a GPU can show of the CUDA kernels, part by part. Exits with
// 1 when a part failed or bits differ, with 2 when there is nothing to test. npm run gpu-check.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thread>
#include <vector>

#include "../../binding/cpu/isa.h"
#include "options.h"

namespace gpu_check {
namespace {

constexpr const char* kHelp =
    "gpu_check [PART ...] [--quick] [--seconds N] [--threads N] [--candidates FILE] [--json FILE]\n"
    "  PART             device, bits, speed, candidates, transfers (these by default) or sanitize\n"
    "  --quick          few elements: for the fake driver\n"
    "  --seconds N      compares no more bits then; default: 150\n"
    "  --threads N      of the host; default: one for each CPU\n"
    "  --candidates F   build/cuda/node-mish-candidates.fatbin\n"
    "  --json FILE      the tables again, as JSON\n";

struct Part {
  const char* name;
  void (*check)(Device&, const Options&, Report&);
  bool is_default;
};
constexpr Part kParts[] = {
    {"device", check_device, true},       {"bits", check_bits, true},
    {"speed", check_speed, true},         {"candidates", check_candidates, true},
    {"transfers", check_transfers, true}, {"sanitize", check_sanitized, false},
};

const Table kDevice = {"device", {{"fact", 28}, {"value", 0}}};

struct CommandLine {
  Options options;
  std::vector<const Part*> parts;
  const char* json = nullptr;
};

[[noreturn]] void reject(const char* what, const char* argument) {
  fprintf(stderr, "gpu_check: %s: %s\n%s", argument, what, kHelp);
  exit(64);
}

const Part* part_named(const char* name) {
  for (const Part& part : kParts)
    if (strcmp(part.name, name) == 0) return &part;
  reject("not a part", name);
}

CommandLine parse(int count, char** arguments) {
  CommandLine line;
  line.options.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (int i = 1; i < count; ++i) {
    const char* name = arguments[i];
    const auto is = [&](const char* option) { return strcmp(name, option) == 0; };
    const auto value = [&] {
      if (i + 1 >= count) reject("a value is missing", name);
      return arguments[++i];
    };
    if (is("--quick"))
      line.options.quick = true;
    else if (is("--seconds"))
      line.options.seconds = atof(value());
    else if (is("--threads"))
      line.options.threads = atoi(value());
    else if (is("--candidates"))
      line.options.candidates = value();
    else if (is("--json"))
      line.json = value();
    else if (is("--help"))
      exit(fputs(kHelp, stdout) < 0);
    else
      line.parts.push_back(part_named(name));
  }
  if (line.options.threads < 1) reject("expected a number from 1", "--threads");
  if (line.parts.empty())
    for (const Part& part : kParts)
      if (part.is_default) line.parts.push_back(&part);
  return line;
}

int run(const CommandLine& line) {
  Report report;
  try {
    Device device;
    for (const Part* part : line.parts) {
      try {
        part->check(device, line.options, report);
      } catch (const std::exception& failure) {
        report.fail(part->name, failure.what());
      }
    }
  } catch (const Unavailable& reason) {
    fprintf(stderr, "gpu_check: %s\n", reason.what());
    return 2;
  } catch (const std::exception& failure) {
    report.fail("device", failure.what());
  }
  if (line.json && !report.write_json(line.json)) report.fail(line.json, "cannot be written");
  return report.has_failed() ? 1 : 0;
}

}  // namespace

void check_device(Device& device, const Options&, Report& report) {
  const auto fact = [&](const char* name, Value value) { report.add(kDevice, {name, value}); };
  const cuda::Facts& facts = device.gpu.facts();
  const mish::cpu::KernelTable* cpu = mish::cpu::supported_levels().table[0];
  const auto megahertz = [&](int which) { return device.attribute(which) / 1000; };
  fact("name", facts.name);
  fact("computeCapability",
       std::to_string(facts.compute_major) + "." + std::to_string(facts.compute_minor));
  fact("driver", cuda::driver_facts().version);
  fact("isFake", Value::flag(device.is_fake(), "yes", "no"));
  fact("memoryBytes", static_cast<uint64_t>(facts.total_bytes));
  fact("freeBytes", static_cast<uint64_t>(device.free_bytes()));
  fact("multiprocessors", facts.multiprocessors);
  fact("l2Bytes", device.attribute(38));
  fact("clockMHz", megahertz(13));
  fact("memoryClockMHz", megahertz(36));
  fact("memoryBusBits", device.attribute(37));
  fact("imageBytes", cuda::kImageBytes);
  fact("nvcc", GPU_CHECK_NVCC);
  fact("cpuKernels", cpu ? cpu->isa : "none");
  fact("compiler", cpu ? cpu->compiler : "none");
  fact("threads", static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace gpu_check

int main(int count, char** arguments) { return gpu_check::run(gpu_check::parse(count, arguments)); }
