// CPUs by affinity and by cgroup quota: what cpu_count.h promises.
//
// On Linux nothing is asked of libc but syscall(): sched_getaffinity has two ABIs in glibc, and
// open is open64 in places.
#include "cpu_count.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "seams.h"

#if defined(_WIN32)
#include <windows.h>
#elif defined(__linux__)
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#else
#include <unistd.h>
#endif

namespace mish {

#if defined(_WIN32)

CpuCount usable_cpus() {
  DWORD_PTR process = 0, system = 0;
  GetProcessAffinityMask(GetCurrentProcess(), &process, &system);
  int count = 0;
  for (; process; process &= process - 1) ++count;
  return {count > 0 ? count : 1, "affinity"};
}

#elif !defined(__linux__)

CpuCount usable_cpus() {
  const long count = sysconf(_SC_NPROCESSORS_ONLN);
  return {count > 0 ? static_cast<int>(count) : 1, "affinity"};
}

#else

namespace {

// ---------------------------------------------------------------- affinity
// 1 when the system does not tell.
int cpus_in_affinity() {
  uint64_t mask[128] = {};  // 8,192 CPUs, the most that Linux can be configured for
  syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
  int count = 0;
  for (uint64_t word : mask)
    for (; word; word &= word - 1) ++count;
  return count > 0 ? count : 1;
}

// ---------------------------------------------------------------- text
// Text of bounded length. A path that does not fit is cut, and so names no file of ours.
struct Text {
  char bytes[4096] = "";
  size_t length = 0;

  Text& append(const char* from, size_t count) {
    if (length + count >= sizeof bytes) count = sizeof bytes - 1 - length;
    memcpy(bytes + length, from, count);
    length += count;
    bytes[length] = 0;
    return *this;
  }
  Text& append(const char* from) { return append(from, strlen(from)); }
  void cut(size_t to) { bytes[length = to] = 0; }
};

// The start of a file, empty when it cannot be read.
Text read_file(const char* path) {
  Text text;
  const long file = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  long got;
  while ((got = syscall(SYS_read, file, text.bytes + text.length,
                        sizeof text.bytes - 1 - text.length)) > 0)
    text.length += static_cast<size_t>(got);
  text.cut(text.length);
  syscall(SYS_close, file);
  return text;
}

// Reads a positive number of at most 15 digits and moves past it; 0 when there is none.
uint64_t number(const char** at) {
  uint64_t value = 0;
  for (int digits = 0; **at >= '0' && **at <= '9'; ++*at) {
    if (++digits > 15) return 0;
    value = value * 10 + static_cast<uint64_t>(**at - '0');
  }
  return value;
}

// ---------------------------------------------------------------- cgroup
constexpr uint64_t kNoQuota = UINT64_MAX;

// CPUs that so much time in each period is, rounded up: 1.5 CPUs keep two threads busy.
uint64_t quota_cpus(uint64_t time, uint64_t period) {
  return time && period ? (time + period - 1) / period : kNoQuota;
}

// Version 2: cpu.max is "max 100000" or "150000 100000".
uint64_t quota_v2(Text& directory) {
  const Text text = read_file(directory.append("/cpu.max").bytes);
  const char* at = text.bytes;
  const uint64_t time = number(&at);
  if (*at == ' ') ++at;
  return quota_cpus(time, number(&at));
}

// Version 1: a file each, and a quota of -1 is none.
uint64_t quota_v1(Text& directory) {
  const size_t length = directory.length;
  const Text time = read_file(directory.append("/cpu.cfs_quota_us").bytes);
  directory.cut(length);
  const Text period = read_file(directory.append("/cpu.cfs_period_us").bytes);
  const char *of_time = time.bytes, *of_period = period.bytes;
  return quota_cpus(number(&of_time), number(&of_period));
}

// The least quota of a cgroup and of those it is in: each binds. In a container the path may be the
// host's, and is then not there below `mount`; what binds is at `mount` itself, which is looked at
// last.
uint64_t least_quota(uint64_t (*quota)(Text&), const char* mount, const char* path, size_t length) {
  Text directory;
  directory.append(seams::file_root()).append(mount);
  const size_t top = directory.length;
  directory.append(path, length);
  uint64_t least = kNoQuota;
  for (;;) {
    const size_t end = directory.length;
    const uint64_t found = quota(directory);
    if (found < least) least = found;
    if (end <= top) return least;
    size_t parent = end - 1;
    while (parent > top && directory.bytes[parent] != '/') --parent;
    directory.cut(parent);
  }
}

// The first such character in [from, end), or the end.
const char* find(char wanted, const char* from, const char* end) {
  while (from < end && *from != wanted) ++from;
  return from;
}

// Whether the controllers in a line of /proc/self/cgroup, "cpu,cpuacct", have cpu among them.
bool names_cpu(const char* list, const char* end) {
  while (list < end) {
    const char* comma = find(',', list, end);
    if (comma - list == 3 && memcmp(list, "cpu", 3) == 0) return true;
    list = comma + 1;
  }
  return false;
}

// A line is "hierarchy:controllers:path"; version 2's is "0::path".
uint64_t quota_of_line(const char* line, const char* end) {
  const char* list = find(':', line, end) + 1;
  const char* path = find(':', list, end) + 1;
  if (path > end) return kNoQuota;
  const bool v2 = path - list == 1, v1 = names_cpu(list, path - 1);
  const size_t length = static_cast<size_t>(end - path);
  if (v2) return least_quota(quota_v2, "/sys/fs/cgroup", path, length);
  // Where cpu and cpuacct are mounted together, `cpu` is a link to them.
  return v1 ? least_quota(quota_v1, "/sys/fs/cgroup/cpu", path, length) : kNoQuota;
}

uint64_t cgroup_quota() {
  Text path;
  const Text text = read_file(path.append(seams::file_root()).append("/proc/self/cgroup").bytes);
  const char* const end = text.bytes + text.length;
  uint64_t least = kNoQuota;
  for (const char* line = text.bytes; line < end;) {
    const char* line_end = find('\n', line, end);
    const uint64_t found = quota_of_line(line, line_end);
    if (found < least) least = found;
    line = line_end + 1;
  }
  return least;
}

}  // namespace

CpuCount usable_cpus() {
  const int count = cpus_in_affinity();
  const uint64_t quota = cgroup_quota();
  if (quota < static_cast<uint64_t>(count)) return {static_cast<int>(quota), "cgroup"};
  return {count, "affinity"};
}

#endif

}  // namespace mish
