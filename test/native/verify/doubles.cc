// float64: f, f', f'' and the operations of several operands at random doubles, dense beside the
// roots and in the tails; and the limits.
#include <math.h>

#include <memory>

#include "tuples.h"

namespace verify {
namespace {

constexpr double kRootOfFirst = -1.1924312145154952;
constexpr double kRootsOfSecond[] = {-2.2563763963607931, 1.4905711794854284};

// How x is drawn, which is also how results are told apart.
constexpr const char* kKinds[] = {"any bits",  "[-8, 8]",    "[-50, 50]",   "[-760, -30]",
                                  "[30, 400]", "root of f'", "roots of f''"};
constexpr int kKindCount = sizeof kKinds / sizeof *kKinds;

// A double from 2^-55 to 2^-4 away from a root, or one of the nearest.
double beside(double root, Random& random) {
  if (random.bits() & 1) return root + random.magnitude(-52, -4);
  return double_of(bits_of(root) + random.integer(-500, 500));
}

double draw(int kind, Random& random) {
  switch (kind) {
    case 0:
      break;
    case 1:
      return random.between(-8.0, 8.0);
    case 2:
      return random.between(-50.0, 50.0);
    case 3:
      return random.between(-760.0, -30.0);
    case 4:
      return random.between(30.0, 400.0);
    case 5:
      return beside(kRootOfFirst, random);
    case 6:
      return beside(kRootsOfSecond[random.integer(0, 1)], random);
  }
  const double x = double_of(random.bits());
  return isfinite(x) ? x : draw(kind, random);
}

// ---- errors
Scaled times(Scaled v, double factor) {
  int exponent;
  const double mantissa = frexp(factor, &exponent);
  return {multiply(v.value, mantissa), v.k + exponent};
}

// The exponent of the last place of an exact value: -1074 at least.
int64_t last_place(Scaled v) {
  int exponent = ilogb(v.value.hi);
  const bool below_a_power = absolute(v.value.hi) == ldexp(1.0, exponent) && v.value.lo != 0.0 &&
                             is_negative(v.value.lo) != is_negative(v.value.hi);
  exponent -= below_a_power;
  return v.k + exponent - 52 < -1074 ? -1074 : v.k + exponent - 52;
}

// |result - v| * 2^-exponent.
double distance(double result, Scaled v, int64_t exponent) {
  const double scaled = ldexp(result, (int)-v.k);
  const double off = absolute((scaled - v.value.hi) - v.value.lo);
  return ldexp(off, (int)(v.k - exponent));
}

double error_in_ulp(double result, Scaled exact) {
  if (exact.value.hi == 0.0) return bits_of(result) == bits_of(exact.value.hi) ? 0.0 : INFINITY;
  const bool wrong = result != result || is_negative(result) != is_negative(exact.value.hi);
  return wrong ? INFINITY : distance(result, exact, last_place(exact));
}

// ---- what is claimed
// Apart are x beside a root of f'', and results that are subnormal: those are rounded twice.
enum class Where { everywhere, beside_roots, elsewhere, normal, subnormal };

struct Subject {
  Function function;
  mish::Op op;
  const Output* output;  // null for an operation of one input
  Where where;
  Claim claim;

  bool covers(double x, Scaled exact) const {
    const bool near = fmin(fabs(x - kRootsOfSecond[0]), fabs(x - kRootsOfSecond[1])) < 0.01;
    const bool subnormal = x != 0.0 && last_place(exact) == -1074;
    switch (where) {
      case Where::everywhere:
        return true;
      case Where::beside_roots:
        return near;
      case Where::elsewhere:
        return !near;
      case Where::normal:
        return !subnormal;
      case Where::subnormal:
        return subnormal;
    }
    return false;
  }
};

std::vector<Subject> make_subjects() {
  std::vector<Subject> subjects;
  const auto add = [&](std::string name, Function function, mish::Op op, const Output* output,
                       Where where, double bound) {
    const bool absolute = where == Where::beside_roots;
    if (where == Where::subnormal) name += ", subnormal results";
    if (where == Where::elsewhere) name += " 0.01 from its roots";
    if (absolute) name += " beside its roots";
    Claim claim = {name, "float64", "random", absolute ? "2^-50" : "ulp", bound, kAny, {}, 16};
    for (const char* kind : kKinds) claim.regions.push_back({kind, {}});
    subjects.push_back({function, op, output, where, claim});
  };
  const auto second = [&](const std::string& name, mish::Op op, const Output* output, double ulp) {
    add(name, Function::f2, op, output, Where::elsewhere, ulp);
    add(name, Function::f2, op, output, Where::beside_roots, 1);
  };
  for (Where where : {Where::normal, Where::subnormal}) {
    const double bound = where == Where::normal ? 0.75 : 1;
    add("f", Function::f, mish::Op::forward, nullptr, where, bound);
    add("f'", Function::f1, mish::Op::derivative, nullptr, where, bound);
  }
  second("f''", mish::Op::second_derivative, nullptr, 2);
  for (const Output& it : kOutputs) {
    const double bound = accumulates(it) ? 0.5000001 : 1.25;
    if (is_second(it))
      second(it.name, it.op, &it, 3);
    else
      add(it.name, Function::f1, it.op, &it, Where::everywhere, bound);
  }
  return subjects;
}

// ---- a thread's work
struct Worker {
  Tuples<double> tuples;
  Scaled exact[3][kTuples];  // by Function
  std::vector<Subject> subjects = make_subjects();

  void fill(int64_t piece);
  double error_of(const Subject& subject, int i, double result) const;
  void judge_block(Subject& subject, int kind);
};

void Worker::fill(int64_t piece) {
  Random random = {(uint64_t)piece << 32 | 1};
  Tuples<double>& t = tuples;
  for (int i = 0; i < kTuples; ++i) {
    t.x[i] = draw((int)(piece % kKindCount), random);
    for (Function function : {Function::f, Function::f1, Function::f2})
      exact[(int)function][i] = reference(function, t.x[i]);
    // ddx dy neither over- nor underflows.
    t.dy[i] = random.magnitude(-100, 100);
    t.ddx[i] = i % 2 ? random.magnitude(-100, 100) : random.magnitude(-900, 900);
    const double product = ldexp(exact[1][i].value.hi * t.dy[i], (int)exact[1][i].k);
    t.dx[i] = i % 4 ? random.magnitude(-60, 60) : -product;  // which leaves what was rounded off
  }
}

double Worker::error_of(const Subject& subject, int i, double result) const {
  const Tuples<double>& t = tuples;
  const Scaled factor = exact[(int)subject.function][i];
  const bool absolute_error = subject.where == Where::beside_roots;
  if (!subject.output)
    return absolute_error ? distance(result, factor, -50) : error_in_ulp(result, factor);
  const Output& it = *subject.output;
  const double multiplier = is_second(it)        ? t.ddx[i] * t.dy[i]
                            : multiplies_ddx(it) ? t.ddx[i]
                                                 : t.dy[i];
  const Scaled product = times(factor, multiplier);
  if (absolute_error) return distance(result, product, -50) / absolute(multiplier);
  if (!accumulates(it)) return error_in_ulp(result, product);
  // A sum is rounded once and has the error of its term, f' rounded to double. Scaled up, the low
  // part of a tiny term is still there; a large one would overflow.
  const int up = product.k < -500 ? 600 : 0, power = (int)product.k + up;
  const DoubleDouble term = {ldexp(product.value.hi, power), ldexp(product.value.lo, power)};
  const Scaled sum = {add(term, ldexp(t.dx[i], up)), -up};
  if (sum.value.hi == 0.0) return result == 0.0 ? 0.0 : INFINITY;
  const int64_t place = last_place(sum);
  return distance(result, sum, place) - ldexp(absolute(term.hi), (int)(-up - 52 - place));
}

void Worker::judge_block(Subject& subject, int kind) {
  Tally& tally = subject.claim.regions[kind].tally;
  const Output one_input = {"", subject.op, 0, subject.function};
  const double* results = tuples.run_levels(subject.output ? *subject.output : one_input,
                                            dtype_named("float64"), tally);
  for (int i = 0; i < kTuples; ++i) {
    if (!subject.covers(tuples.x[i], exact[(int)subject.function][i])) continue;
    const double error = error_of(subject, i, results[i]);
    ++tally.inputs;
    tally.misrounded += error > 0.5;
    tally.worse(error, bits_of(tuples.x[i]));
  }
}

}  // namespace

void verify_doubles(const Options& options, const std::string& only, Report& report) {
  if (!only.empty() && only != "float64") return;
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < options.settings.threads; ++i) workers.emplace_back(new Worker());
  const int64_t blocks = blocks_of(options, 10'000'000, 600'000);
  parallel(options.settings, "float64", blocks, workers, [](int64_t piece, auto& worker) {
    worker->fill(piece);
    for (Subject& subject : worker->subjects)
      worker->judge_block(subject, (int)(piece % kKindCount));
  });
  for (size_t s = 0; s < workers[0]->subjects.size(); ++s) {
    Claim claim = workers[0]->subjects[s].claim;
    for (size_t w = 1; w < workers.size(); ++w) claim.add(workers[w]->subjects[s].claim);
    report.claims.push_back(claim);
  }
}

}  // namespace verify
