// The reference against MPFR, 400 bits: beside the roots, in the tails, at random. Compiled with
// VERIFY_MPFR where the library is; without it the check is skipped by name.
#include "../subject.h"

#if VERIFY_MPFR

#include <math.h>
#include <mpfr.h>
#include <stdio.h>

#include <functional>

#include "../tuples.h"

namespace verify {
namespace {

class Real {
 public:
  explicit Real(double x = 0.0) { mpfr_init2(value_, 400), mpfr_set_d(value_, x, MPFR_RNDN); }
  Real(const Real& other) : Real() { mpfr_set(value_, other.value_, MPFR_RNDN); }
  Real& operator=(const Real&) = delete;
  ~Real() { mpfr_clear(value_); }

  friend Real operator+(const Real& a, const Real& b) { return of(mpfr_add, a, b); }
  friend Real operator-(const Real& a, const Real& b) { return of(mpfr_sub, a, b); }
  friend Real operator*(const Real& a, const Real& b) { return of(mpfr_mul, a, b); }
  friend Real operator/(const Real& a, const Real& b) { return of(mpfr_div, a, b); }
  Real exp() const {
    Real result;
    mpfr_exp(result.value_, value_, MPFR_RNDN);
    return result;
  }
  Real times_power_of_two(long k) const {
    Real result;
    mpfr_mul_2si(result.value_, value_, k, MPFR_RNDN);
    return result;
  }
  double magnitude() const { return fabs(mpfr_get_d(value_, MPFR_RNDN)); }

 private:
  template <class Operation>
  static Real of(Operation operation, const Real& a, const Real& b) {
    Real result;
    operation(result.value_, a.value_, b.value_, MPFR_RNDN);
    return result;
  }

  mpfr_t value_;
};

Real exact(Function function, double x_double) {
  const Real x(x_double), w = x.exp(), one(1), two(2), three(3), four(4);
  const Real n = w * (w + two), d = n + two;
  if (function == Function::f) return x * n / d;
  if (function == Function::f1) return w * ((w + two) * d + four * x * (w + one)) / (d * d);
  const Real c = two + w * (two - w * (three + two * w));
  return four * w * (two * (w + one) * d + x * c) / (d * d * d);
}

double relative_error(Scaled found, const Real& truth, bool absolute_error) {
  const Real value = (Real(found.value.hi) + Real(found.value.lo)).times_power_of_two(found.k);
  const Real off = value - truth;
  return absolute_error ? off.magnitude() : (off / truth).magnitude();
}

// ---- where
constexpr double kRoots[] = {-1.1924312145154952, -2.2563763963607931, 1.4905711794854284};

double beside_a_root(Random& random) {
  const double root = kRoots[random.integer(0, 2)];
  if (random.bits() & 1) return root + random.magnitude(-52, -3);
  return double_of(bits_of(root) + random.integer(-20, 20));
}

double beside_a_root_in_float(Random& random) {
  const float x = (float)beside_a_root(random);
  return float_of(bits_of(x) + random.integer(-20, 20));
}

double anywhere(Random& random) {
  switch (random.integer(0, 4)) {
    case 0:
      return random.magnitude(-1000, 3);
    case 1:
      return random.between(-1400.0, -30.0);
    case 2:
      return random.between(-380.0, 190.0);
    default:
      return random.between(-30.0, 30.0);
  }
}

double anywhere_in_float(Random& random) {
  const double x = (float)anywhere(random);
  return x < -390.0 ? -390.0 : x;
}

Scaled reference_in_float(Function function, double x_double) {
  const float x = (float)x_double;
  DoubleDouble value;
  reference_of_floats(function, &x, &value, 1);
  return {value, 0};
}

struct Check {
  const char* name;
  double (*draw)(Random&);
  Scaled (*found)(Function, double);
  int bound;  // a power of two
  bool beside_roots;
};
constexpr Check kChecks[] = {
    {"for floats", anywhere_in_float, reference_in_float, -95, false},
    {"for floats, beside the roots", beside_a_root_in_float, reference_in_float, -66, true},
    {"for doubles", anywhere, reference, -95, false},
    {"for doubles, beside the roots", beside_a_root, reference, -95, true},
};

void check(const Options& options, const Check& it, Function function, const char* name,
           Report& report) {
  Random random = {(uint64_t)function};
  Claim claim = {
      std::string(name) + " " + it.name, "reference", "", "", 1, kAny, {{"all", {}}}, 16};
  claim.unit = "2^" + std::to_string(it.bound);
  // Only where f'' is asked of doubles beside its roots is an absolute error enough.
  const bool absolute = it.found == reference && it.beside_roots && function == Function::f2;
  Tally& tally = claim.regions[0].tally;
  for (int i = 0; i < (options.sampled ? 2'000 : 50'000); ++i) {
    const double x = it.draw(random);
    if (x == 0.0) continue;
    if (!it.beside_roots &&
        fmin(fabs(x - kRoots[0]), fmin(fabs(x - kRoots[1]), fabs(x - kRoots[2]))) < 0.125)
      continue;
    ++tally.inputs;
    const double error = relative_error(it.found(function, x), exact(function, x), absolute);
    tally.worse(ldexp(error, -it.bound), bits_of(x));
  }
  char run[32];
  snprintf(run, sizeof run, "MPFR: 2^%.1f%s", log2(tally.worst) + it.bound,
           absolute ? " abs." : "");
  claim.run = run;
  report.claims.push_back(claim);
}

}  // namespace

void verify_reference(const Options& options, const std::string& only, Report& report) {
  if (!only.empty() && only != "reference") return;
  constexpr const char* kNames[] = {"f", "f'", "f''"};
  for (const Check& it : kChecks)
    for (int i = 0; i < 3; ++i) check(options, it, (Function)i, kNames[i], report);
}

}  // namespace verify

#else

namespace verify {

void verify_reference(const Options&, const std::string& only, Report& report) {
  if (only.empty() || only == "reference")
    report.skipped.push_back("the reference against MPFR, which was not found at build time");
}

}  // namespace verify

#endif
