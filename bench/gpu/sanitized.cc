// Every kernel once over few elements of odd lengths at odd places, each operand in memory of just
// its size: what compute-sanitizer is to watch.
#include <string.h>

#include <memory>
#include <vector>

#include "../../binding/cpu/isa.h"
#include "inputs.h"
#include "options.h"

namespace gpu_check {
namespace {

const Table kSanitized = {"sanitized", {{"op", 18}, {"dtype", 12}, {"launches", 8}, {"differ", 8}}};

const Inputs kInputs = {Inputs::Kind::mixed, "random and special", 0};

// Where operand k begins, in elements after a multiple of 16 bytes.
struct Layout {
  uint64_t length, first, step;

  uint64_t begin(int k) const { return first + static_cast<uint64_t>(k) * step; }
};

// Alike in all operands, so that vectors are used; and not, so that they are not.
constexpr Layout kLayouts[] = {{1, 0, 0},    {2, 1, 0},    {7, 0, 0},    {15, 3, 0},
                               {33, 1, 1},   {129, 1, 0},  {1023, 7, 0}, {1025, 0, 3},
                               {4099, 5, 0}, {70001, 1, 0}};

// An operand on the host, and on the device from an allocation's `begin`th element to its end.
struct Operand {
  Operand(Device& device, const Entry& entry, const Layout& layout, int k)
      : host(layout.length * entry.element_bytes()),
        memory(device, layout.begin(k) * entry.element_bytes() + host.size()),
        address(memory.address + layout.begin(k) * entry.element_bytes()) {}

  std::vector<char> host;
  Memory memory;
  cuda::Pointer address;
};

class Launch {
 public:
  Launch(Device& device, const Entry& entry, const Layout& layout, bool in_place)
      : device_(device), entry_(entry), length_(layout.length) {
    const int operands = entry.operands();
    const int inputs = entry.info().inputs;
    for (int k = 0; k < operands; ++k) {
      add(layout, k);
      fill(kInputs, entry.dtype, k, layout.length, length_, operands_[k]->host.data());
      device.upload(operands_[k]->address, operands_[k]->host.data(), operands_[k]->host.size());
    }
    for (int k = 0; k < inputs; ++k) at_.in[k] = operands_[k]->address;
    for (int k = 0; k < entry.outputs(); ++k) {
      outputs_[k] = in_place ? k : inputs + k;
      if (outputs_[k] >= static_cast<int>(operands_.size())) add(layout, outputs_[k]);
      at_.out[k] = operands_[outputs_[k]]->address;
    }
  }

  // How many results differ from the CPU's.
  uint64_t run(const mish::cpu::KernelTable& table) {
    device_.launch(entry_, at_, length_);
    std::vector<std::vector<char>> results;
    for (int k = 0; k < entry_.outputs(); ++k) {
      const Operand& out = *operands_[outputs_[k]];
      results.emplace_back(out.host.size());
      device_.download(results[k].data(), out.address, results[k].size());
    }
    device_.wait();
    mish::cpu::Operands by_cpu = {};
    for (int k = 0; k < entry_.info().inputs; ++k) by_cpu.in[k] = operands_[k]->host.data();
    for (int k = 0; k < entry_.outputs(); ++k) by_cpu.out[k] = operands_[outputs_[k]]->host.data();
    table.kernel[static_cast<int>(entry_.op)][static_cast<int>(entry_.dtype)](by_cpu, 0, length_);
    uint64_t differ = 0;
    for (int k = 0; k < entry_.outputs(); ++k) differ += results[k] != operands_[outputs_[k]]->host;
    return differ;
  }

 private:
  void add(const Layout& layout, int k) {
    operands_.push_back(std::make_unique<Operand>(device_, entry_, layout, k));
  }

  Device& device_;
  const Entry entry_;
  const uint64_t length_;
  std::vector<std::unique_ptr<Operand>> operands_;
  int outputs_[mish::kMaxOutputs] = {};  // which of the operands
  Addresses at_ = {};
};

}  // namespace

void check_sanitized(Device& device, const Options&, Report& report) {
  const mish::cpu::KernelTable* table = mish::cpu::supported_levels().table[0];
  if (!table) throw Failure("this CPU has none of the kernels that are the reference");
  for (int op = 0; op < kOpCount; ++op) {
    for (int dtype = 0; dtype < kDtypeCount; ++dtype) {
      const Entry entry = device.entry(static_cast<Op>(op), static_cast<Dtype>(dtype));
      if (!Device::exists(entry.op, entry.dtype)) continue;
      uint64_t launches = 0, differ = 0;
      for (const Layout& layout : kLayouts) {
        for (const bool in_place : {false, true}) {
          if (in_place && entry.info().reads_output) continue;  // it must not be an input
          differ += Launch(device, entry, layout, in_place).run(*table);
          ++launches;
        }
      }
      report.add(kSanitized, {entry.op_name(), entry.dtype_name(), launches, differ});
      if (differ) report.fail(std::string("sanitized ") + entry.op_name(), "other results");
    }
  }
}

}  // namespace gpu_check
