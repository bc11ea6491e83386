// Lists the floats whose exact f, f' or f'' lies close to a rounding boundary: where kernels are
// wrong first, and where a search for coefficients has to look.
#include <stdio.h>

#include <algorithm>
#include <memory>

#include "float_judge.h"
#include "subject.h"

namespace verify {
namespace {

constexpr double kClose = 0x1p-13;  // of an ulp: 133,417 inputs of f, 146,102 of f', 126,018 of f''

struct Hard {
  uint32_t x, nearest;
  double distance;
};

struct Lister {
  FloatBlock block;
  std::vector<Hard> found;

  void list(Function function) {
    block.evaluate(function);
    if (!(block.margin < kClose)) return;
    for (int i = 0; i < block.count; ++i) {
      const double distance = distance_from_boundary(block.exact[i], block.nearest[i]);
      if (distance < kClose)
        found.push_back({bits_of(block.x[i]), bits_of(block.nearest[i]), distance});
    }
  }
};

std::vector<Hard> list_all(const Settings& settings, Function function, const char* name) {
  std::vector<std::unique_ptr<Lister>> listers;
  for (int i = 0; i < settings.threads; ++i) listers.emplace_back(new Lister());
  parallel(settings, name, (int64_t)1 << 20, listers, [&](int64_t piece, auto& lister) {
    lister->block.count = kBlock;
    for (int i = 0; i < kBlock; ++i)
      lister->block.x[i] = float_of((uint32_t)piece * kBlock + (uint32_t)i);
    lister->list(function);
  });
  std::vector<Hard> all;
  for (const auto& lister : listers)
    all.insert(all.end(), lister->found.begin(), lister->found.end());
  return all;
}

bool write(const std::vector<Hard>& inputs, const std::string& path) {
  FILE* file = fopen(path.c_str(), "wb");
  if (!file) return false;
  for (const Hard& it : inputs) {
    const uint32_t pair[] = {it.x, it.nearest};
    fwrite(pair, sizeof pair, 1, file);
  }
  return fclose(file) == 0;
}

}  // namespace

bool list_hard_inputs(const Settings& settings, size_t most, const std::string& folder) {
  constexpr const char* kNames[] = {"f", "f1", "f2"};
  for (int i = 0; i < 3; ++i) {
    std::vector<Hard> inputs = list_all(settings, (Function)i, kNames[i]);
    const size_t kept = std::min(most, inputs.size());
    printf("%-3s %zu inputs within 2^-13 ulp of a rounding boundary, %zu written\n", kNames[i],
           inputs.size(), kept);
    const auto closer = [](const Hard& a, const Hard& b) {
      return a.distance != b.distance ? a.distance < b.distance : a.x < b.x;
    };
    std::sort(inputs.begin(), inputs.end(), closer);
    inputs.resize(kept);
    std::sort(inputs.begin(), inputs.end(), [](const Hard& a, const Hard& b) { return a.x < b.x; });
    if (!write(inputs, folder + "/float32-hard." + kNames[i] + ".u32.bin")) return false;
  }
  return true;
}

}  // namespace verify
