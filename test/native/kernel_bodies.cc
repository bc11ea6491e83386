// The loops of the CUDA kernels (cuda/device/grid_loop.h), run here with every thread of a grid
// played in turn: whatever the alignment, length, grid and sharing of memory, every element is what
// binding/math gives for it, computed once, no byte beside the outputs changes, and none after an
// operand is read.
//
// kernel_bodies: prints what it ran; exits with 1 at the first wrong byte
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <initializer_list>
#include <memory>

#include "../../cuda/device/grid_loop.h"
#include "kernel_plans.h"

namespace {

using namespace mish;
using namespace mish::cuda;

constexpr uint64_t kMostOffset = 16, kMostLength = 65536 + 100;
constexpr int kOperands = kMaxInputs + kMaxOutputs;  // inputs, then outputs
constexpr uint64_t kGuard = 64, kPage = 65536;       // as large as pages are anywhere
constexpr uint64_t kOperandBytes =
    ((kMostOffset + kMostLength) * 8 + 2 * kGuard + kPage - 1) / kPage * kPage;

using Row = unsigned char[kOperandBytes + kPage];  // the last page cannot be touched

Row* new_rows() {
  void* memory = mmap(nullptr, kOperands * sizeof(Row), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) exit(2);
  Row* rows = static_cast<Row*>(memory);
  for (int k = 0; k < kOperands; ++k)
    if (mprotect(rows[k] + kOperandBytes, kPage, PROT_NONE) != 0) exit(2);
  return rows;
}

Row *const memory = new_rows(), *const expected = new_rows();
uint64_t launches = 0;

uint64_t random_bits() {
  static uint64_t state = 20261126;
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

// Any bits, or a number between -20 and 20.
template <class T>
T random_element() {
  T x;
  const uint64_t bits = random_bits();
  memcpy(&x, &bits, sizeof x);
  if (bits >> 63) return x;
  const double number = static_cast<double>(bits >> 11 & 0xfffff) * 0x28p-20 - 20.0;
  if constexpr (sizeof(T) == sizeof(math::float32_fast)) {
    const float as_float = static_cast<float>(number);
    memcpy(&x, &as_float, sizeof x);
  } else {
    x = math::rounded<T>(number);
  }
  return x;
}

// ---------------------------------------------------------------- one launch
// How one launch lies in memory: where operands begin, in elements after a multiple of 64 bytes, or
// that they end where memory does; and which input each output is, or -1.
struct Layout {
  uint64_t length;
  uint64_t offset[kOperands];
  int same_as[kMaxOutputs] = {-1, -1};
  bool at_end = false;

  int place(int output) const {
    return same_as[output] < 0 ? kMaxInputs + output : same_as[output];
  }
};

// 0 blocks: as many as the plan says.
struct Grid {
  uint64_t blocks, threads;
  bool backwards;
};
constexpr Grid kGrids[] = {
    {0, kBlockThreads, false}, {1, kBlockThreads, true}, {1, 1, false}, {3, 2, true}, {7, 4, false},
};

template <class Operation>
class Subject {
 public:
  using T = typename Operation::Element;

  Subject(Dtype dtype, HalfTables* tables) : dtype_(dtype), tables_(tables) {
    for (uint64_t i = 0; i < kMostLength; ++i) {
      T in[Operation::kInputs], out[Operation::kOutputs];
      for (T& x : in) x = random_element<T>();
      if (sizeof(T) == 2) memcpy(&in[0], &i, sizeof(T));  // every half there is
      by_formula(in, out);
      for (int k = 0; k < Operation::kInputs; ++k) in_[k][i] = in[k];
      for (int k = 0; k < Operation::kOutputs; ++k) out_[k][i] = out[k];
    }
  }

  void check_all() {
    check_alignments();
    check_in_place();
    const uint64_t tile = kBlockThreads * kVectorsOfThread<Operation> * kElementsOfVector<T>;
    for (uint64_t tiles = 1; tiles <= 3; ++tiles)
      for (uint64_t length = tiles * tile - 2; length <= tiles * tile + 9; ++length)
        for (const uint64_t offset : {0, 1, 15}) check(aligned(length, offset), kGrids[0]);
    for (const Grid& grid : kGrids) check(aligned(kMostLength, 1), grid);
  }

 private:
  static void by_formula(const T* in, T* out) {
    constexpr Op op = Operation::kOp;
    if constexpr (op == Op::forward) {
      out[0] = math::forward(in[0]);
    } else if constexpr (op == Op::derivative) {
      out[0] = math::derivative(in[0]);
    } else if constexpr (op == Op::second_derivative) {
      out[0] = math::second_derivative(in[0]);
    } else if constexpr (op == Op::backward) {
      out[0] = math::backward(in[0], in[1]);
    } else if constexpr (op == Op::backward_accumulate) {
      out[0] = math::backward_accumulate(in[0], in[1], in[2]);
    } else {
      static_assert(op == Op::double_backward, "a new operation needs its formula here");
      out[0] = math::double_backward_x(in[0], in[1], in[2]);
      out[1] = math::backward(in[0], in[2]);
    }
  }

  static Layout aligned(uint64_t length, uint64_t offset) {
    return {length, {offset, offset, offset, offset, offset}};
  }

  // Operands that begin alike, and one that begins otherwise.
  void check_alignments() {
    for (uint64_t length = 0; length <= 100; ++length)
      for (uint64_t offset = 0; offset <= kMostOffset; ++offset)
        for (const Grid& grid : kGrids) check(aligned(length, offset), grid);
    for (uint64_t length = 0; length <= 100; ++length)
      for (const Grid& grid : kGrids) {
        Layout layout = aligned(length, 0);
        layout.at_end = true;
        check(layout, grid);
      }
    for (int k = 0; k < kOperands; ++k) {
      if (k < kMaxInputs ? k >= Operation::kInfo.inputs : k - kMaxInputs >= Operation::kOutputs)
        continue;
      for (uint64_t offset = 0; offset <= kMostOffset; ++offset)
        for (const uint64_t others : {0, 1, 5})
          for (const uint64_t length : {0, 1, 2, 15, 16, 17, 64, 99}) {
            Layout layout = aligned(length, others);
            layout.offset[k] = offset;
            for (const Grid& grid : kGrids) check(layout, grid);
          }
    }
  }

  // An element computed twice would differ here, as its input is gone.
  void check_in_place() {
    if (Operation::kInfo.reads_output) return;  // may not be
    const int inputs = Operation::kInfo.inputs;
    for (int first = -1; first < inputs; ++first)
      for (int second = -1; second < (Operation::kOutputs == 2 ? inputs : 0); ++second) {
        if (first == second) continue;  // both outputs in one place, or nothing in place
        for (uint64_t offset = 0; offset <= kMostOffset; ++offset)
          for (uint64_t length = 0; length <= 100; length += 1 + length / 8) {
            Layout layout = aligned(length, offset);
            layout.same_as[0] = first;
            layout.same_as[1] = second;
            for (const Grid& grid : kGrids) check(layout, grid);
          }
      }
  }

  // What a launch may see of a row: guards before and after the operand, or before it alone.
  struct Window {
    uint64_t begin, bytes;
  };
  static Window window(const Layout& layout) {
    const uint64_t bytes = kGuard + layout.length * sizeof(T);
    if (layout.at_end) return {kOperandBytes - bytes, bytes};
    return {0, bytes + kMostOffset * sizeof(T) + kGuard};
  }
  static unsigned char* operand(Row* rows, const Layout& layout, int k) {
    const uint64_t offset = layout.at_end ? 0 : layout.offset[k];
    return rows[k] + window(layout).begin + kGuard + offset * sizeof(T);
  }

  // Inputs, and an output that is an operand; in all other places bytes that nothing gives.
  void fill(Row* rows, const Layout& layout) const {
    const Window seen = window(layout);
    for (int k = 0; k < kOperands; ++k) memset(rows[k] + seen.begin, 0xa5, seen.bytes);
    for (int k = 0; k < Operation::kInputs; ++k) {
      const int place = k < Operation::kInfo.inputs ? k : kMaxInputs;
      memcpy(operand(rows, layout, place), in_[k], layout.length * sizeof(T));
    }
  }

  void check(const Layout& layout, const Grid& grid) {
    fill(memory, layout);
    fill(expected, layout);
    launch(layout, grid);
    for (int k = 0; k < Operation::kOutputs; ++k)
      memcpy(operand(expected, layout, layout.place(k)), out_[k], layout.length * sizeof(T));
    const Window seen = window(layout);
    for (int k = 0; k < kOperands; ++k)
      if (memcmp(memory[k] + seen.begin, expected[k] + seen.begin, seen.bytes) != 0)
        fail(layout, grid, k);
  }

  void launch(const Layout& layout, const Grid& grid) const {
    uint64_t in[kMaxInputs] = {}, out[kMaxOutputs] = {};
    const auto address = [&](int k) {
      return reinterpret_cast<uint64_t>(operand(memory, layout, k));
    };
    for (int k = 0; k < Operation::kInfo.inputs; ++k) in[k] = address(k);
    for (int k = 0; k < Operation::kOutputs; ++k) out[k] = address(layout.place(k));
    const Plan made = plan(Operation::kOp, dtype_, in, out, tables_, layout.length, 2);
    const uint64_t blocks = grid.blocks ? grid.blocks : made.grid_blocks;
    const uint64_t threads = blocks * grid.threads;
    for (uint64_t n = 0; n < threads; ++n) {
      const uint64_t i = grid.backwards ? threads - 1 - n : n;
      run_thread<Operation>(made.parameters,
                            {i / grid.threads, blocks, i % grid.threads, grid.threads});
    }
    ++launches;
  }

  [[noreturn]] void fail(const Layout& layout, const Grid& grid, int k) const {
    const unsigned char* byte = memory[k] + window(layout).begin;
    while (*byte == expected[k][byte - memory[k]]) ++byte;
    printf("%s of %s, %" PRIu64 " elements, %" PRIu64 " blocks of %" PRIu64 " threads%s; offsets",
           Operation::kInfo.name, kDtypes[static_cast<int>(dtype_)].name, layout.length,
           grid.blocks, grid.threads, grid.backwards ? " backwards" : "");
    for (const uint64_t offset : layout.offset) printf(" %" PRIu64, offset);
    printf("%s; outputs are inputs %d and %d: operand %d is wrong %td bytes after its begin\n",
           layout.at_end ? ", at the end" : "", layout.same_as[0], layout.same_as[1], k,
           byte - operand(memory, layout, k));
    exit(1);
  }

  Dtype dtype_;
  HalfTables* tables_;
  T in_[Operation::kInputs][kMostLength], out_[Operation::kOutputs][kMostLength];
};

template <class Operation>
void check_operation(Dtype dtype, HalfTables* tables) {
  std::make_unique<Subject<Operation>>(dtype, tables)->check_all();
}

template <class T>
void check_dtype(Dtype dtype, HalfTables* tables) {
#define MISH_CHECK_OPERATION(op, ...) check_operation<Operation<Op::op, T>>(dtype, tables);
  MISH_OPS(MISH_CHECK_OPERATION)
#undef MISH_CHECK_OPERATION
}

template <class Half>
void check_half(Dtype dtype) {
  const auto tables = std::make_unique<HalfTables>();
  for (int bits = 0; bits < HalfTables::kEntries; ++bits)
    make_table_entry<Half>(*tables, static_cast<uint16_t>(bits));
  check_dtype<Half>(dtype, tables.get());
}

}  // namespace

int main() {
  if (!check_plans()) return 1;
  check_dtype<float>(Dtype::float32, nullptr);
  check_dtype<double>(Dtype::float64, nullptr);
  check_dtype<math::float32_fast>(Dtype::float32_fast, nullptr);
  check_half<float16>(Dtype::float16);
  check_half<bfloat16>(Dtype::bfloat16);
  printf("%" PRIu64 " launches, %zu plans, 0 wrong\n", launches, kPlanCount);
}
