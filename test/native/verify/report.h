// What was run and what came of it: one Claim is a line of the printed table and an object of the
// JSON. Tallies are what threads count, to be added up.
#pragma once

#include <stdint.h>

#include <string>
#include <vector>

namespace verify {

struct Tally {
  int64_t inputs = 0;
  int64_t misrounded = 0;  // other bits than the nearest
  int64_t unequal = 0;     // other bits than the first level's
  double worst = 0;        // in units of the claim
  uint64_t at = 0;         // bits of the first operand there
  uint64_t hash = 0;       // of the bits of all results: a sum over blocks, whatever their order
  double margin = 0.5;     // least distance of an exact result from a rounding boundary, in ulp

  void worse(double error, uint64_t where) {
    if (error <= worst) return;  // false for NaN
    worst = error == error ? error : 1.0 / 0.0;
    at = where;
  }
  void add(const Tally& other);
};

struct Region {
  std::string name;
  Tally tally;
};

struct Claim {
  std::string name, kernel, run, unit;
  double bound;                 // of the worst error, in units
  int64_t misrounded_allowed;   // negative: any number
  std::vector<Region> regions;  // at least one
  int digits;                   // hexadecimal digits of an operand

  Tally total() const;
  void add(const Claim& other);  // the same claim, of other inputs
  bool holds() const;
};

constexpr int64_t kAny = -1;

struct Report {
  std::string levels, compiler;  // of the kernels
  std::vector<Claim> claims;
  std::vector<std::string> skipped;

  void print() const;
  bool write_json(const char* path) const;
  bool holds() const;
};

}  // namespace verify
