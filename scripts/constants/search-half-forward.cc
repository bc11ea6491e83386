// Finds the constants of binding/math/half_forward.h: those with which Mish of float16 and
// bfloat16, computed in float, is correctly rounded at every input.
//
//   c++ -O3 -march=native -std=c++17 -ffp-contract=off scripts/constants/search-half-forward.cc -o
//   search
//   ./search test/vectors/float16.f.u16.bin test/vectors/bfloat16.f.u16.bin [seed]
//
// Draws constants around those of e^r's polynomial and evaluates with them what is shipped. A draw
// is left when as many inputs were wrong as with the best before; those are asked first next time.
// Seeds 1 to 3 each arrive at none within 500 draws.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <numeric>
#include <random>
#include <vector>

#include "../../binding/math/half_forward.h"

namespace {

using mish::math::bfloat16;
using mish::math::Bfloat16Exp;
using mish::math::bits_of;
using mish::math::float16;
using mish::math::Float16Exp;
using mish::math::float_of;

constexpr int kInputs = 1 << 16;
using Results = std::vector<uint16_t>;

Results read(const char* path) {
  Results results(kInputs);
  FILE* file = fopen(path, "rb");
  if (!file || fread(results.data(), sizeof results[0], kInputs, file) != kInputs) {
    fprintf(stderr, "%s cannot be read\n", path);
    exit(2);
  }
  fclose(file);
  return results;
}

// A float at most 2^bits units in the last place from `center`, small distances as likely as great.
float near(float center, int bits, std::mt19937& random) {
  const int32_t reach = 1 << random() % (bits + 1);
  return float_of(bits_of(center) + (uint32_t)((int32_t)(random() % (2 * reach + 1)) - reach));
}

void draw(Float16Exp& c, std::mt19937& random) {
  c = {near(0x1.62e43p-1f, 2, random), near(1.0f, 2, random),         near(0x1.ffffp-2f, 8, random),
       near(0x1.5557p-3f, 11, random), near(0x1.56cp-5f, 14, random), near(0x1.11p-7f, 16, random)};
}

void draw(Bfloat16Exp& c, std::mt19937& random) {
  c = {near(0x1.62e43p+0f, 5, random), near(0.5f, 8, random), near(0x1.fffbp-4f, 12, random),
       near(0x1.558p-6f, 16, random), near(0x1.55p-9f, 18, random)};
}

void print(const Float16Exp& c) {
  printf("  %a, %a, %a, %a, %a, %a\n", c.unit, c.c0, c.c2, c.c3, c.c4, c.c5);
}
void print(const Bfloat16Exp& c) {
  printf("  %a, %a, %a, %a, %a\n", c.unit, c.c1, c.c2, c.c3, c.c4);
}

// How many results are wrong, counted up to `enough`. Inputs that were move forward in `order`.
template <class Half, class Constants>
int misrounded(const Constants& c, const Results& expected, std::vector<int>& order, int enough) {
  int wrong = 0;
  for (int i = 0; i < kInputs && wrong < enough; ++i) {
    const Half x = {(uint16_t)order[i]};
    if (mish::math::forward_in_float(x, c).bits == expected[order[i]]) continue;
    ++wrong;
    std::swap(order[i], order[i / 2]);
  }
  return wrong;
}

template <class Half, class Constants>
void search(const char* name, const Constants& shipped, const char* path, uint32_t seed) {
  const Results expected = read(path);
  std::vector<int> order(kInputs);
  std::iota(order.begin(), order.end(), 0);
  std::mt19937 random(seed);
  printf("%s: %d wrong as shipped\n", name, misrounded<Half>(shipped, expected, order, kInputs));
  int least = kInputs;
  for (long trial = 1; least > 0; ++trial) {
    Constants c;
    draw(c, random);
    const int wrong = misrounded<Half>(c, expected, order, least);
    if (wrong == least) continue;
    least = wrong;
    printf("trial %ld: %d\n", trial, wrong);
    print(c);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: search float16.f.u16.bin bfloat16.f.u16.bin [seed]\n");
    return 2;
  }
  const uint32_t seed = count > 3 ? (uint32_t)atoi(arguments[3]) : 1;
  search<float16>("float16", mish::math::kFloat16Exp, arguments[1], seed);
  search<bfloat16>("bfloat16", mish::math::kBfloat16Exp, arguments[2], seed);
}
