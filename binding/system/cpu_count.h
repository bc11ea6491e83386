// The number of CPUs that this process may use at once, and the source of that number.
#pragma once

namespace mish {

struct CpuCount {
  int count;         // at least 1
  const char* from;  // "affinity": those it may run on; "cgroup": a quota of their time
};

// Asks the system; takes some 50 us, so ask seldom.
CpuCount usable_cpus();

}  // namespace mish
