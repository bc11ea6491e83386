// The loop of every kernel: the elements of its operands, each once, divided among the threads of a
// grid of any size. Compilable for the host, where a test plays the threads.
//
// An output may be exactly an input: a thread has read all of an element before it writes it, and
// no other thread touches that. So no pointer here is __restrict__.
#pragma once

#include "device_functions.h"
#include "launch_plan.h"

#if defined(__CUDACC__)
#define MISH_UNROLL _Pragma("unroll")
#define MISH_UNROLL_SIDE_BY_SIDE _Pragma("unroll (kSideBySide<Operation>)")
#else
#define MISH_UNROLL
#define MISH_UNROLL_SIDE_BY_SIDE
#endif

namespace mish::cuda {

// Which thread this is, and of how many.
struct Position {
  uint64_t block, blocks, thread, threads;
};

template <class T>
constexpr uint64_t kElementsOfVector = kVectorBytes / sizeof(T);
template <class Operation>
constexpr uint64_t kVectorsOfThread =
    vectors_of_thread(Operation::kInfo, sizeof(typename Operation::Element));

// 16 bytes that one instruction loads or stores.
struct __attribute__((may_alias, aligned(kVectorBytes))) Vector {
  uint32_t word[4];
};

MISH_FN Vector load(const void* from) { return *static_cast<const Vector*>(from); }

// As an intrinsic, since of an assignment nvcc 13 makes a store for each element.
MISH_FN void store(void* to, Vector v) {
#if defined(__CUDA_ARCH__)
  __stwb(static_cast<uint4*>(to), make_uint4(v.word[0], v.word[1], v.word[2], v.word[3]));
#else
  *static_cast<Vector*>(to) = v;
#endif
}

template <class Operation>
MISH_FN const typename Operation::Element* input(const Parameters& p, int k) {
  const void* operand = k < Operation::kInfo.inputs ? p.in[k] : p.out[0];
  return static_cast<const typename Operation::Element*>(operand);
}

template <class Operation>
MISH_FN typename Operation::Element* output(const Parameters& p, int k) {
  return static_cast<typename Operation::Element*>(p.out[k]);
}

template <class Operation>
MISH_FN void run_element(const Parameters& p, uint64_t i) {
  typename Operation::Element in[Operation::kInputs], out[Operation::kOutputs];
  MISH_UNROLL
  for (int k = 0; k < Operation::kInputs; ++k) in[k] = input<Operation>(p, k)[i];
  Operation::compute(in, out, p.tables);
  MISH_UNROLL
  for (int k = 0; k < Operation::kOutputs; ++k) output<Operation>(p, k)[i] = out[k];
}

// Registers have no index: these are selects, and nothing when `i` is a constant.
template <int kCount, class T>
MISH_FN T pick(const T* from, int i) {
  T picked = from[0];
  MISH_UNROLL
  for (int k = 1; k < kCount; ++k)
    if (k == i) picked = from[k];
  return picked;
}

template <int kCount, class T>
MISH_FN void put(T* to, int i, T value) {
  MISH_UNROLL
  for (int k = 0; k < kCount; ++k)
    if (k == i) to[k] = value;
}

// How many elements of a vector are computed side by side: all, but one where its computation is
// long: side by side there, the image has 563,064 bytes and not 492,240.
template <class Operation>
constexpr bool kIsLong =
    sizeof(typename Operation::Element) == 8
        ? Operation::kOp != Op::forward
        : sizeof(typename Operation::Element) == 4 && Operation::kOp == Op::double_backward;
template <class Operation>
constexpr int kSideBySide = kIsLong<Operation> ? 1 : kElementsOfVector<typename Operation::Element>;

// The elements of one vector.
template <class Operation>
MISH_FN void compute(const Vector* in, Vector* out, const HalfTables* tables) {
  using T = typename Operation::Element;
  constexpr int kElements = kElementsOfVector<T>;
  T from[Operation::kInputs][kElements], to[Operation::kOutputs][kElements];
  __builtin_memcpy(from, in, sizeof from);
  MISH_UNROLL_SIDE_BY_SIDE
  for (int i = 0; i < kElements; ++i) {
    T in_of_one[Operation::kInputs], out_of_one[Operation::kOutputs];
    MISH_UNROLL
    for (int k = 0; k < Operation::kInputs; ++k) in_of_one[k] = pick<kElements>(from[k], i);
    Operation::compute(in_of_one, out_of_one, tables);
    MISH_UNROLL
    for (int k = 0; k < Operation::kOutputs; ++k) put<kElements>(to[k], i, out_of_one[k]);
  }
  __builtin_memcpy(out, to, sizeof to);
}

// Vectors `first`, `first + step`, ...: as many as a thread has in flight.
template <class Operation>
MISH_FN void run_vectors(const Parameters& p, uint64_t first, uint64_t step) {
  using T = typename Operation::Element;
  constexpr int kVectors = kVectorsOfThread<Operation>;
  const auto at = [&](int v) { return p.head + (first + v * step) * kElementsOfVector<T>; };
  Vector in[kVectors][Operation::kInputs], out[Operation::kOutputs];
  MISH_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    if (first + v * step >= p.vectors) break;
    MISH_UNROLL
    for (int k = 0; k < Operation::kInputs; ++k) in[v][k] = load(input<Operation>(p, k) + at(v));
  }
  MISH_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    if (first + v * step >= p.vectors) break;
    compute<Operation>(in[v], out, p.tables);
    MISH_UNROLL
    for (int k = 0; k < Operation::kOutputs; ++k) store(output<Operation>(p, k) + at(v), out[k]);
  }
}

// All that one thread of the grid does.
template <class Operation>
MISH_FN void run_thread(const Parameters& p, const Position& at) {
  using T = typename Operation::Element;
  const uint64_t tile = at.threads * kVectorsOfThread<Operation>;
  for (uint64_t begin = at.block * tile; begin < p.vectors; begin += at.blocks * tile)
    run_vectors<Operation>(p, begin + at.thread, at.threads);
  const uint64_t in_vectors = p.vectors * kElementsOfVector<T>, threads = at.blocks * at.threads;
  for (uint64_t i = at.block * at.threads + at.thread; i < p.length - in_vectors; i += threads)
    run_element<Operation>(p, i < p.head ? i : i + in_vectors);
}

}  // namespace mish::cuda
