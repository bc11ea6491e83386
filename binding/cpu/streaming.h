// Decides which jobs write their outputs past the caches.
//
// A line that is written whole by streaming stores is not read first, a third less for memory to
// do; what is next read from it then comes from memory. So it is for outputs each larger than half
// of the last-level cache, which would not keep much of them anyway. Zen 4, 64 Mi elements, ns each
// without and with: float32 forward 0.80 and 0.74, by two threads 0.41 and 0.39; fast forward 0.46
// and 0.34, by two 0.26 and 0.17; backward 1.49 and 1.25, but by two 0.66 and 0.71; bfloat16
// forward 0.32 and 0.33.
#pragma once

#include "job.h"

namespace mish::cpu {

// Of the last-level cache; SIZE_MAX where the CPU does not say, or has no such instructions here.
size_t cache_bytes();

bool pays_to_stream(const Job& job);

}  // namespace mish::cpu
