// Copies between the host's own memory and the device as tensors make them: through a queue.
#include <algorithm>
#include <vector>

#include "../../cuda/host/queue.h"
#include "options.h"

namespace gpu_check {
namespace {

const Table kTransfers = {
    "transfers", {{"direction", 12}, {"bytes", 10}, {"us", 10}, {"GB/s", 8}, {"intact", 6}}};

void check(cuda::Result result, const char* what) {
  if (!result.is_ok()) Device::fail(what, result.code);
}

// Closed when it goes, also where it could not be opened.
struct ClosingQueue : cuda::Queue {
  using cuda::Queue::Queue;
  ~ClosingQueue() { close(nullptr); }
};

// A queue and one block of the device's memory.
class Lane {
 public:
  Lane(cuda::Gpu& gpu, size_t bytes) : queue_(gpu) {
    check(queue_.open(), "opening a queue");
    check(queue_.allocate(bytes, &block_), "allocating");
  }
  ~Lane() { queue_.free(block_); }

  // Microseconds, waited for.
  double upload(const std::vector<char>& from) {
    cuda::Command command = {};
    command.kind = cuda::Command::Kind::upload;
    command.bytes = from.size();
    command.target = block_->address;
    command.host = const_cast<char*>(from.data());
    return time(command);
  }
  double download(std::vector<char>& to) {
    cuda::Command command = {};
    command.kind = cuda::Command::Kind::download;
    command.bytes = to.size();
    command.source = block_->address;
    command.host = to.data();
    return time(command);
  }

 private:
  double time(const cuda::Command& command) {
    const Seconds seconds;
    check(queue_.submit(command), "submitting");
    check(queue_.wait(), "the queue");
    return 1e6 * seconds.passed();
  }

  ClosingQueue queue_;
  cuda::Block* block_ = nullptr;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

void check_transfers(Device& device, const Options& options, Report& report) {
  const int rounds = options.quick ? 3 : 7;
  for (const size_t bytes :
       {size_t{4096}, size_t{1} << 20, size_t{1} << (options.quick ? 22 : 28)}) {
    Lane lane(device.gpu, bytes);
    std::vector<char> from(bytes), to(bytes);
    for (size_t i = 0; i < bytes; ++i) from[i] = static_cast<char>(i * 31 + (i >> 12));
    std::vector<double> up, down;
    for (int round = -1; round < rounds; ++round) {  // the first pins memory
      const double there = lane.upload(from), back = lane.download(to);
      if (round < 0) continue;
      up.push_back(there);
      down.push_back(back);
    }
    const bool intact = from == to;
    for (const auto& [direction, times] : {std::pair{"to device", &up}, {"from device", &down}}) {
      const double us = median(*times);
      report.add(kTransfers, {direction,
                              static_cast<uint64_t>(bytes),
                              {us, 1},
                              {static_cast<double>(bytes) / us / 1e3, 1},
                              Value::flag(intact, "yes", "NO")});
    }
    if (!intact) report.fail("transfers", "what came back is not what was sent");
  }
}

}  // namespace gpu_check
