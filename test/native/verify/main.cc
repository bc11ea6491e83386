// Verifies the shipped kernels of every ISA level of this machine against an independent reference:
// prints a line for each claim, exits with 1 when one is broken. npm run verify -- --help
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)
#include <io.h>
#define isatty _isatty
#else
#include <unistd.h>
#endif

#include <string>
#include <thread>

#include "subject.h"

namespace {

constexpr const char* kHelp =
    "verify [--sampled] [--thinned N] [--threads N] [--only NAME] [--hard-inputs FOLDER]\n"
    "       [--json FILE] [--require-mpfr] [--progress]\n"
    "  --sampled        2^24 floats a function in place of all 2^32, and fewer of the rest\n"
    "  --thinned N      one in N of the sample, but every hard input: 1, 2, 4, 8 or 16\n"
    "  --threads N      default: one for each CPU\n"
    "  --only NAME      f, f', f'', products, float64, half or reference\n"
    "  --hard-inputs    the folder of float32-hard.*.u32.bin, run with --sampled\n"
    "  --list-hard-inputs FOLDER   writes those files, and verifies nothing\n"
    "  --hardest N      how many of each function; default: all within 2^-13 ulp\n"
    "  --json FILE      the table again, as JSON\n"
    "  --require-mpfr   fail where the reference cannot be checked against MPFR\n"
    "  --progress       on stderr, also when that is no terminal\n";

struct CommandLine {
  verify::Options options;
  std::string only;
  const char* json = nullptr;
  const char* list_folder = nullptr;
  size_t hardest = (size_t)-1;
  bool require_mpfr = false;
};

[[noreturn]] void fail(const char* what, const char* argument) {
  fprintf(stderr, "%s: %s\n%s", argument, what, kHelp);
  exit(2);
}

void check_numbers(const verify::Options& options) {
  if (options.settings.threads < 1) fail("expected a number from 1", "--threads");
  const int thinned = options.thinned;
  if (thinned < 1 || thinned > 16 || (thinned & (thinned - 1)))
    fail("expected 1, 2, 4, 8 or 16", "--thinned");
}

CommandLine parse(int count, char** arguments) {
  const int cpus = (int)std::thread::hardware_concurrency();
  CommandLine line = {{{cpus > 0 ? cpus : 1, isatty(2) != 0}, false, 1, nullptr}, ""};
  for (int i = 1; i < count; ++i) {
    const char* name = arguments[i];
    const auto is = [&](const char* option) { return strcmp(name, option) == 0; };
    const auto value = [&] {
      if (i + 1 >= count) fail("a value is missing", name);
      return arguments[++i];
    };
    if (is("--sampled"))
      line.options.sampled = true;
    else if (is("--thinned"))
      line.options.thinned = atoi(value());
    else if (is("--threads"))
      line.options.settings.threads = atoi(value());
    else if (is("--only"))
      line.only = value();
    else if (is("--hard-inputs"))
      line.options.hard_inputs = value();
    else if (is("--list-hard-inputs"))
      line.list_folder = value();
    else if (is("--hardest"))
      line.hardest = strtoull(value(), nullptr, 10);
    else if (is("--json"))
      line.json = value();
    else if (is("--require-mpfr"))
      line.require_mpfr = true;
    else if (is("--progress"))
      line.options.settings.progress = true;
    else if (is("--help"))
      exit(fputs(kHelp, stdout) < 0);
    else
      fail("not an option", name);
  }
  check_numbers(line.options);
  return line;
}

}  // namespace

int main(int count, char** arguments) {
  const CommandLine line = parse(count, arguments);
  if (line.list_folder) {
    const auto& settings = line.options.settings;
    if (verify::list_hard_inputs(settings, line.hardest, line.list_folder)) return 0;
    fail("cannot be written to", line.list_folder);
  }
  verify::Report report;
  for (const auto* level : verify::levels()) {
    report.levels += report.levels.empty() ? "" : ", ";
    report.levels += level->isa;
    report.compiler = level->compiler;
  }
  if (report.levels.empty()) {
    printf("skipped: this CPU has no level that native kernels exist for\n");
    return 0;
  }
  verify::verify_reference(line.options, line.only, report);
  verify::verify_floats(line.options, line.only, report);
  verify::verify_float_products(line.options, line.only, report);
  verify::verify_doubles(line.options, line.only, report);
  verify::verify_halves(line.options, line.only, report);
  if (report.claims.empty() && report.skipped.empty()) fail("no claim has that name", "--only");
  report.print();
  if (line.json && !report.write_json(line.json)) fail("cannot be written", line.json);
  if (line.require_mpfr && !report.skipped.empty()) return 1;
  return report.holds() ? 0 : 1;
}
