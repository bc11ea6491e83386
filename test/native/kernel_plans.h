// Calls as cuda/device/launch_plan.h is to lay them out: heads, vectors and blocks worked out by
// hand.
#pragma once

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "../../cuda/device/launch_plan.h"

namespace mish::cuda {

struct PlanCase {
  Op op;
  Dtype dtype;
  uint64_t in[kMaxInputs], out[kMaxOutputs], length, head, vectors, blocks;  // of 10 processors
};
constexpr uint64_t kG = uint64_t{1} << 30;
constexpr PlanCase kPlans[] = {
    {Op::forward, Dtype::float32, {0x100}, {0x200}, 0, 0, 0, 1},
    {Op::forward, Dtype::float32, {0x100}, {0x200}, 3, 0, 0, 1},
    {Op::forward, Dtype::float32, {0x104}, {0x204}, 2, 2, 0, 1},
    {Op::forward, Dtype::float32, {0x104}, {0x204}, 9, 3, 1, 1},
    {Op::forward, Dtype::float32, {0x104}, {0x208}, 129, 129, 0, 2},
    {Op::forward, Dtype::float32, {0x100}, {0x200}, 512, 0, 128, 1},
    {Op::forward, Dtype::float32, {0x100}, {0x200}, 516, 0, 129, 2},
    {Op::forward, Dtype::float32_fast, {0x100}, {0x200}, 8 * kG, 0, 2 * kG, 16777216},
    {Op::forward, Dtype::float32, {0x104}, {0x200}, 512 * kG, 512 * kG, 0, 0x7fffffff},
    {Op::forward, Dtype::float64, {0x108}, {0x208}, 258, 1, 128, 1},
    {Op::forward, Dtype::float16, {0x102}, {0x202}, 2055, 7, 256, 1},
    {Op::forward, Dtype::float16, {0x102}, {0x202}, 2063, 7, 257, 2},
    {Op::forward, Dtype::bfloat16, {0x100}, {0x200}, kG, 0, kG / 8, 160},
    {Op::backward, Dtype::float32, {0x100, 0x104}, {0x200}, 8, 8, 0, 1},
    {Op::backward_accumulate, Dtype::float32, {0x10c, 0x20c}, {0x30c}, 8, 1, 1, 1},
    {Op::double_backward, Dtype::float32, {0x10c, 0x20c, 0x30c}, {0x40c, 0x50c}, 8, 1, 1, 1},
    {Op::double_backward, Dtype::float32, {0x10c, 0x20c, 0x30c}, {0x40c, 0x508}, 8, 8, 0, 1},
    {Op::backward, Dtype::float16, {0x100, 0x200}, {0x300}, 2056, 0, 257, 2},
    {Op::backward_accumulate, Dtype::float16, {0x100, 0x200}, {0x300}, 2056, 0, 257, 3},
    {Op::double_backward, Dtype::bfloat16, {0x100, 0x200, 0x300}, {0x400, 0x500}, 2, 0, 0, 1},
};

constexpr size_t kPlanCount = sizeof kPlans / sizeof *kPlans;

inline bool check_plans() {
  for (const PlanCase& c : kPlans) {
    const Plan made = plan(c.op, c.dtype, c.in, c.out, nullptr, c.length, 10);
    const Parameters& p = made.parameters;
    if (p.length == c.length && p.head == c.head && p.vectors == c.vectors &&
        made.grid_blocks == c.blocks)
      continue;
    printf("plan %td: head %" PRIu64 ", vectors %" PRIu64 ", blocks %u\n", &c - kPlans, p.head,
           p.vectors, made.grid_blocks);
    return false;
  }
  return true;
}

}  // namespace mish::cuda
