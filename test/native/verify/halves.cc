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
  const double odd = round_to_odd(v), magnitude = fmin(absolute(odd), 0x1p200);
  const uint16_t sign = is_negative(odd) ? 0x8000 : 0;
  const int found = (int)(bits_of(magnitude) >> 52) - 1023;
  const int exponent = found < format.least_exponent ? format.least_exponent : found;
  constexpr double kRoundToInteger = 0x1.8p52;
  const double units = magnitude * power_of_two(format.fraction_bits - exponent);
  const int64_t rounded = (int64_t)((units + kRoundToInteger) - kRoundToInteger);
  const int64_t steps = (int64_t)(exponent - format.least_exponent) << format.fraction_bits;
  return sign | (uint16_t)(steps + rounded > format.infinity ? format.infinity : steps + rounded);
}

std::vector<float> make_values(const Format& format) {
  std::vector<float> values;
  for (int bits = 0; bits < kInputs; ++bits) values.push_back(to_float(format, (uint16_t)bits));
  return values;
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
double expected(const Output& it, const Tuples<uint16_t>& t, int i, const float* values,
                double factor) {
  const double dy = values[t.dy[i]], ddx = values[t.ddx[i]], dx = values[t.dx[i]];
  if (accumulates(it)) return __builtin_fma(factor, dy, dx);
  return factor * (is_second(it) ? ddx * dy : multiplies_ddx(it) ? ddx : dy);
}

void random_tuples(const Options& options, const Format& format, const Table& first,
                   const Table& second, Report& report) {
  const std::vector<float> values = make_values(format);
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
      for (int i = 0; i < kTuples; ++i) {
        const double value = expected(it, t, i, values.data(), table.factor[t.x[i]]);
        count(results[i], from_exact(format, {value, 0.0}), t.x[i], tally);
      }
    }
  });
  for (size_t k = 0; k < workers[0]->claims.size(); ++k) {
    Claim claim = workers[0]->claims[k];
    for (size_t w = 1; w < workers.size(); ++w) claim.add(workers[w]->claims[k]);
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
