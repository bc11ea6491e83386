// backward, backwardAccumulate and doubleBackward in float32 and float32Fast at random tuples: any
// bits, usual values, products in the subnormal range, x beside the roots.
#include <math.h>

#include <memory>

#include "float_judge.h"
#include "tuples.h"

namespace verify {
namespace {

// What an error is measured in: ulp of the exact result; or, where f' itself is only near, ulp of
// f'(x) times dy, or 2^-22 times dy where f' has its root, both after the roundings on the way.
enum class Unit { ulp, ulp_of_factor, absolute_of_factor };

struct Subject {
  const Output* output;
  int dtype;
  Unit unit;
  Claim claim;

  bool covers(float x) const {
    const bool inside = x > -2.0f && x <= -0.5f;
    return unit == Unit::ulp || inside == (unit == Unit::absolute_of_factor);
  }
};

std::vector<Subject> make_subjects() {
  std::vector<Subject> subjects;
  const auto add = [&](const Output& it, const char* kernel, Unit unit, double bound,
                       const char* where = "", const char* unit_name = "ulp") {
    if (dtype_named(kernel) < 0) return;
    const std::string name = std::string(it.name) + where;
    subjects.push_back({&it,
                        dtype_named(kernel),
                        unit,
                        {name, kernel, "random tuples", unit_name, bound, kAny, {{"all", {}}}, 8}});
  };
  for (const Output& it : kOutputs) {
    add(it, "float32", Unit::ulp, is_second(it) ? 0.500001 : 0.5000001);
    if (is_second(it)) {
      add(it, "float32Fast", Unit::ulp, 0.500001);
    } else {
      add(it, "float32Fast", Unit::ulp_of_factor, 8, " outside (-2, -0.5]", "ulp f'");
      add(it, "float32Fast", Unit::absolute_of_factor, 1, " in (-2, -0.5]", "2^-22");
    }
  }
  return subjects;
}

// Of the sign of x: a block has one.
float finite_or_zero(float x) { return is_finite(x) ? x : copysignf(0.0f, x); }

// One result: exact = factor * multiplier + addend.
struct Product {
  DoubleDouble factor;
  double multiplier, addend;
};

// The distance of `result` from a finite, nonzero exact value; infinity counts as 2^128.
double distance(float result, DoubleDouble exact) {
  if (isinf(result)) return absolute((result > 0 ? 0x1p128 : -0x1p128) - exact.hi - exact.lo);
  return absolute((result - exact.hi) - exact.lo);
}

// In the subject's units; `nearest` becomes what it should be.
double error_of(const Subject& subject, const Product& p, float result, float& nearest) {
  const bool accumulating = accumulates(*subject.output);
  const double high =
      accumulating ? fma(p.factor.hi, p.multiplier, p.addend) : p.factor.hi * p.multiplier;
  const DoubleDouble product = multiply(p.factor, p.multiplier);
  if (p.factor.hi * p.multiplier == 0.0 || !isfinite(high)) {  // IEEE says all
    nearest = isnan(high) ? float_of(0x7fc00000u) : (float)high;
    return bits_of(result) == bits_of(nearest) ? 0.0 : INFINITY;
  }
  const DoubleDouble exact = accumulating ? add(product, p.addend) : product;
  nearest = exact.hi == 0.0 ? (float)high : nearest_float(exact);
  if (isinf(nearest) && result == nearest) return 0.0;
  const bool other_sign = !signbit(result) != !signbit(nearest);  // of a sum it may be a rest's
  if (isnan(result) || (result == 0.0f && other_sign && !accumulating)) return INFINITY;
  const double off = distance(result, exact), ulp = 1.0 / inverse_ulp(exact.hi);
  if (subject.unit == Unit::ulp) {  // a sum has the error of its term besides: f' in double
    return (off - (accumulating ? 0x1p-50 * absolute(product.hi) : 0.0)) / ulp;
  }
  // Products are rounded by dy and by what is left of e^x, sums once more.
  const double roundings = 1.0 / inverse_ulp(product.hi) + (accumulating ? 0.5 * ulp : 0.0);
  const double unit =
      subject.unit == Unit::ulp_of_factor ? 1.0 / inverse_ulp(p.factor.hi) : 0x1p-22;
  return (off - roundings) / (unit * absolute(p.multiplier));
}

// ---- a thread's work
struct Worker {
  Tuples<float> tuples;
  float finite[kTuples];
  DoubleDouble first[kTuples], second[kTuples];
  std::vector<Subject> subjects = make_subjects();

  void fill(int64_t piece);
  void judge_block(Subject& subject);
};

float any_float(Random& random) { return float_of((uint32_t)random.bits()); }

void Worker::fill(int64_t piece) {
  Random random = {(uint64_t)piece << 32};
  const double sign = piece & 1 ? -1.0 : 1.0;  // one sign a block, as the reference asks
  const int kind = (int)(piece / 2 % 4);
  for (int i = 0; i < kTuples; ++i) {
    Tuples<float>& t = tuples;
    t.x[i] = (float)(sign * random.between(0.0, i % 2 ? 8.0 : 120.0));
    t.dy[i] = (float)random.magnitude(-20, 4);
    t.ddx[i] = (float)random.magnitude(-20, 4);
    t.dx[i] = (float)random.magnitude(-24, 4);
    if (kind == 0) {
      t.x[i] = copysignf(any_float(random), (float)sign);
      t.dy[i] = any_float(random), t.ddx[i] = any_float(random), t.dx[i] = any_float(random);
    } else if (kind == 1) {  // subnormal products, those of two subnormals among them
      t.dy[i] = (float)random.magnitude(-149, -100);
      t.ddx[i] = (float)(i % 4 ? random.magnitude(-40, 20) : random.magnitude(-149, -100));
      t.dx[i] = (float)random.magnitude(-149, -110);
    } else if (kind == 2) {  // -x0 is no root, but the right one of f'' is
      const double root =
          sign < 0 ? (i % 2 ? -1.1924312145154952 : -2.2563763963607931) : 1.4905711794854284;
      t.x[i] = (float)(root + random.magnitude(-26, -4));
    }
    finite[i] = finite_or_zero(t.x[i]);
  }
  reference_of_floats(Function::f1, finite, first, kTuples);
  reference_of_floats(Function::f2, finite, second, kTuples);
  for (int i = 0; i < kTuples; ++i) {
    if (is_finite(tuples.x[i])) continue;
    first[i] = {limit(Function::f1, tuples.x[i]), 0.0};
    second[i] = {limit(Function::f2, tuples.x[i]), 0.0};
  }
}

void Worker::judge_block(Subject& subject) {
  const Output& it = *subject.output;
  Tally& tally = subject.claim.regions[0].tally;
  const Tuples<float>& t = tuples;
  const float* results = tuples.run_levels(it, subject.dtype, tally);
  for (int i = 0; i < kTuples; ++i) {
    if (!subject.covers(t.x[i])) continue;
    const double multiplier = is_second(it)        ? (double)t.ddx[i] * t.dy[i]
                              : multiplies_ddx(it) ? t.ddx[i]
                                                   : t.dy[i];
    float nearest;
    const DoubleDouble factor = is_second(it) ? second[i] : first[i];
    const double error = error_of(subject, {factor, multiplier, t.dx[i]}, results[i], nearest);
    ++tally.inputs;
    tally.misrounded += bits_of(results[i]) != bits_of(nearest);
    tally.worse(error, bits_of(t.x[i]));
  }
}

}  // namespace

void verify_float_products(const Options& options, const std::string& only, Report& report) {
  if (!only.empty() && only != "products") return;
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < options.settings.threads; ++i) workers.emplace_back(new Worker());
  const int64_t blocks = blocks_of(options, 100'000'000, 1'000'000);
  parallel(options.settings, "products", blocks, workers, [](int64_t piece, auto& worker) {
    worker->fill(piece);
    for (Subject& subject : worker->subjects) worker->judge_block(subject);
  });
  for (size_t s = 0; s < workers[0]->subjects.size(); ++s) {
    Claim claim = workers[0]->subjects[s].claim;
    for (size_t w = 1; w < workers.size(); ++w) claim.add(workers[w]->subjects[s].claim);
    report.claims.push_back(claim);
  }
}

}  // namespace verify
