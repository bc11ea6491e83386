// What a launch is checked for before it is carried out: where a GPU would fault, the fake says so.
#pragma once

#include <vector>

#include "../../../../cuda/device/kernel_abi.h"
#include "../entries/calls.h"
#include "blocks.h"

namespace mish::fake {

bool is_entry(const char* name);

// All that the kernel may read or write.
std::vector<Range> memory_of(const char* entry, const cuda::Parameters& parameters);

// Runs it, its memory being there; fails as planned, or where 16 bytes at a time are misaligned.
Code carry_out(const char* entry, const cuda::Parameters& parameters, unsigned grid);

}  // namespace mish::fake
