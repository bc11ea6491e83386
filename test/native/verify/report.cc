// The table on stdout, a line a claim and a line a region under it, and the same as JSON.
#include "report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

namespace verify {

// The reference is good to 2^-66 of a float, the worst place counted, which is 2^-42 of its ulp.
constexpr double kLeastMargin = 0x1p-41;

void Tally::add(const Tally& other) {
  inputs += other.inputs;
  misrounded += other.misrounded;
  unequal += other.unequal;
  hash += other.hash;
  if (other.worst > worst || inputs == other.inputs) {
    worst = other.worst;
    at = other.at;
  }
  if (other.margin < margin) margin = other.margin;
}

Tally Claim::total() const {
  Tally sum;
  for (const Region& region : regions) sum.add(region.tally);
  return sum;
}

void Claim::add(const Claim& other) {
  for (size_t i = 0; i < regions.size(); ++i) regions[i].tally.add(other.regions[i].tally);
}

bool Claim::holds() const {
  const Tally sum = total();
  const bool rounded = misrounded_allowed == kAny || sum.misrounded <= misrounded_allowed;
  return rounded && sum.inputs > 0 && sum.unequal == 0 && sum.worst <= bound &&
         sum.margin > kLeastMargin;
}

bool Report::holds() const {
  for (const Claim& claim : claims)
    if (!claim.holds()) return false;
  return !claims.empty() || !skipped.empty();
}

static void print_line(const char* name, const char* run, const Tally& tally, int digits,
                       const char* unit, const char* bound, const char* verdict) {
  char at[32] = "";
  if (tally.worst > 0) snprintf(at, sizeof at, "0x%0*" PRIx64, digits, tally.at);
  printf("%-44s %-26s %13" PRId64 " %10" PRId64 " %8" PRId64 " %12.9g %-6s %-18s %-12s %s\n", name,
         run, tally.inputs, tally.misrounded, tally.unequal, tally.worst, unit, at, bound, verdict);
}

void Report::print() const {
  printf("Levels: %s\n", levels.c_str());
  printf("%-44s %-26s %13s %10s %8s %12s %-6s %-18s %-12s %s\n", "claim", "run", "results",
         "misrounded", "unequal", "max", "unit", "at x", "bound", "verdict");
  for (const Claim& claim : claims) {
    char bound[32];
    snprintf(bound, sizeof bound, "<= %.9g", claim.bound);
    print_line((claim.kernel + " " + claim.name).c_str(), claim.run.c_str(), claim.total(),
               claim.digits, claim.unit.c_str(), bound, claim.holds() ? "holds" : "BROKEN");
    if (claim.total().margin < 0.5)
      printf("  nearest to a rounding boundary: 2^%.1f ulp\n", log2(claim.total().margin));
    if (claim.regions.size() < 2) continue;
    for (const Region& region : claim.regions)
      print_line(("  " + region.name).c_str(), "", region.tally, claim.digits, claim.unit.c_str(),
                 "", "");
  }
  for (const std::string& reason : skipped) printf("skipped: %s\n", reason.c_str());
  printf("%s\n", holds() ? "Every claim holds." : "A claim is broken.");
}

static void write_tally(FILE* file, const Tally& tally, int digits) {
  fprintf(file, "\"inputs\":%" PRId64 ",\"misrounded\":%" PRId64 ",\"unequal\":%" PRId64 ",",
          tally.inputs, tally.misrounded, tally.unequal);
  // JSON has no infinity.
  fprintf(file, "\"maxUlp\":%.17g,\"at\":\"0x%0*" PRIx64 "\"", fmin(tally.worst, 1e308), digits,
          tally.at);
}

bool Report::write_json(const char* path) const {
  FILE* file = fopen(path, "w");
  if (!file) return false;
  fprintf(file, "{\"compiler\":\"%s\",\"claims\":[", compiler.c_str());
  for (size_t i = 0; i < claims.size(); ++i) {
    const Claim& claim = claims[i];
    fprintf(file, "%s{\"claim\":\"%s\",\"kernel\":\"%s\",\"level\":\"%s\",\"run\":\"%s\",",
            i == 0 ? "\n" : ",\n", claim.name.c_str(), claim.kernel.c_str(), levels.c_str(),
            claim.run.c_str());
    fprintf(file, "\"unit\":\"%s\",\"bound\":%.17g,\"ok\":%s,", claim.unit.c_str(), claim.bound,
            claim.holds() ? "true" : "false");
    write_tally(file, claim.total(), claim.digits);
    fprintf(file, ",\"bits\":\"0x%016" PRIx64 "\",\"regions\":[", claim.total().hash);
    for (size_t k = 0; k < claim.regions.size(); ++k) {
      fprintf(file, "%s{\"region\":\"%s\",", k == 0 ? "" : ",", claim.regions[k].name.c_str());
      write_tally(file, claim.regions[k].tally, claim.digits);
      fprintf(file, "}");
    }
    fprintf(file, "]}");
  }
  fprintf(file, "\n]}\n");
  return fclose(file) == 0;
}

}  // namespace verify
