// float16 and bfloat16: every input of f, f' and f''; and the operations of several operands at
// random bits, where each result has one right answer: round16(float32(f'(x)) dy), and such.
#include <math.h>

#include <memory>

#include "float_judge.h"
#include "tuples.h"

namespace verify {
namespace {

struct Format {
  const char* name;
  int fraction_bits, least_exponent;  // of a normal number
  uint16_t infinity, nan;
};
constexpr Format kFormats[] = {{"float16", 10, -14, 0x7c00, 0x7e00},
                               {"bfloat16", 7, -126, 0x7f80, 0x7fc0}};
constexpr int kInputs = 1 << 16;

float to_float(const Format& format, uint16_t bits) {
  const int magnitude = bits & 0x7fff, fraction = magnitude & ((1 << format.fraction_bits) - 1);
  const int biased = magnitude >> format.fraction_bits;
  float value;
  if (magnitude > format.infinity)
    value = NAN;
  else if (magnitude == format.infinity)
    value = INFINITY;
  else if (biased == 0)
    value = ldexpf((float)fraction, format.least_exponent - format.fraction_bits);
  else
    value = ldexpf((float)(fraction + (1 << format.fraction_bits)),
                   format.least_exponent + biased - 1 - format.fraction_bits);
  return bits & 0x8000 ? -value : value;
}

// The nearest, ties to even: counts in units of the last place, with the exponent's carry.
uint16_t from_exact(const Format& format, DoubleDouble v) {
  if (isnan(v.hi)) return format.nan;
  const double odd = round_to_odd(v), magnitude = absolute(odd);
  const uint16_t sign = is_negative(odd) ? 0x8000 : 0;
  if (isinf(odd)) return sign | format.infinity;
  int exponent = magnitude == 0.0 ? format.least_exponent : ilogb(magnitude);
  if (exponent < format.least_exponent) exponent = format.least_exponent;
  const double units = nearbyint(ldexp(magnitude, format.fraction_bits - exponent));
  const int64_t steps = (int64_t)(exponent - format.least_exponent) << format.fraction_bits;
  const int64_t bits = steps + (int64_t)units;
  return sign | (uint16_t)(bits > format.infinity ? format.infinity : bits);
}

// What a function is at every input: as exact as the reference, and as the float32 that multiplies.
struct Table {
  std::vector<uint16_t> nearest;
  std::vector<float> factor;
};

Table make_table(const Format& format, Function function) {
  Table table;
  for (int bits = 0; bits < kInputs; ++bits) {
    const float x = to_float(format, (uint16_t)bits);
    DoubleDouble exact = {0.0, 0.0};
    if (is_finite(x))
      reference_of_floats(function, &x, &exact, 1);
    else
      exact.hi = limit(function, x);
    table.nearest.push_back(from_exact(format, exact));
    table.factor.push_back(isfinite(exact.hi) ? nearest_float(exact) : (float)exact.hi);
  }
  return table;
}

Claim make_claim(const Format& format, std::string name, std::string run) {
  return {std::move(name), format.name, std::move(run), "", 0, 0, {{"all", {}}}, 4};
}

void count(uint16_t result, uint16_t expected, uint16_t x, Tally& tally) {
  ++tally.inputs;
  if (result == expected) return;
  ++tally.misrounded;
  tally.worse(INFINITY, x);
}

void every_input(const Format& format, const char* name, mish::Op op, const Table& table,
                 Report& report) {
  Claim claim = make_claim(format, name, "all 65,536");
  Tally& tally = claim.regions[0].tally;
  auto tuples = std::make_unique<Tuples<uint16_t>>();
  for (int begin = 0; begin < kInputs; begin += kTuples) {
    for (int i = 0; i < kTuples; ++i) tuples->x[i] = (uint16_t)(begin + i);
    const Output it = {name, op, 0, Function::f};
    const uint16_t* results = tuples->run_levels(it, dtype_named(format.name), tally);
    for (int i = 0; i < kTuples; ++i)
      count(results[i], table.nearest[begin + i], (uint16_t)(begin + i), tally);
  }
  report.claims.push_back(claim);
}

// ---- several operands
struct Worker {
  Tuples<uint16_t> tuples;
  std::vector<Claim> claims;
};

// Products are exact in double: 24 bits by 11, or by 22.
uint16_t expected(const Format& format, const Output& it, const Tuples<uint16_t>& t, int i,
                  float factor) {
  const double dy = to_float(format, t.dy[i]), ddx = to_float(format, t.ddx[i]);
  const double multiplier = is_second(it) ? ddx * dy : multiplies_ddx(it) ? ddx : dy;
  const double value = accumulates(it)
                           ? fma((double)factor, multiplier, (double)to_float(format, t.dx[i]))
                           : factor * multiplier;
  return from_exact(format, {value, 0.0});
}

void random_tuples(const Options& options, const Format& format, const Table& first,
                   const Table& second, Report& report) {
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < options.settings.threads; ++i) {
    workers.emplace_back(new Worker());
    for (const Output& it : kOutputs)
      workers.back()->claims.push_back(make_claim(format, it.name, "random tuples"));
  }
  const int64_t blocks = blocks_of(options, 100'000'000, 500'000);
  parallel(options.settings, format.name, blocks, workers, [&](int64_t piece, auto& worker) {
    Random random = {(uint64_t)piece << 32 | 2};
    Tuples<uint16_t>& t = worker->tuples;
    for (int i = 0; i < kTuples; ++i) {
      const uint64_t bits = random.bits();
      t.x[i] = (uint16_t)bits, t.dy[i] = (uint16_t)(bits >> 16);
      t.ddx[i] = (uint16_t)(bits >> 32), t.dx[i] = (uint16_t)(bits >> 48);
    }
    for (size_t k = 0; k < worker->claims.size(); ++k) {
      const Output& it = kOutputs[k];
      const Table& table = is_second(it) ? second : first;
      Tally& tally = worker->claims[k].regions[0].tally;
      const uint16_t* results = t.run_levels(it, dtype_named(format.name), tally);
      for (int i = 0; i < kTuples; ++i)
        count(results[i], expected(format, it, t, i, table.factor[t.x[i]]), t.x[i], tally);
    }
  });
  for (size_t k = 0; k < workers[0]->claims.size(); ++k) {
    Claim claim = workers[0]->claims[k];
    for (size_t w = 1; w < workers.size(); ++w)
      claim.regions[0].tally.add(workers[w]->claims[k].regions[0].tally);
    report.claims.push_back(claim);
  }
}

}  // namespace

void verify_halves(const Options& options, const std::string& only, Report& report) {
  if (!only.empty() && only != "half") return;
  for (const Format& format : kFormats) {
    const Table first = make_table(format, Function::f1), second = make_table(format, Function::f2);
    every_input(format, "f", mish::Op::forward, make_table(format, Function::f), report);
    every_input(format, "f'", mish::Op::derivative, first, report);
    every_input(format, "f''", mish::Op::second_derivative, second, report);
    random_tuples(options, format, first, second, report);
  }
}

}  // namespace verify
