# PyTorch's Mish as a program that bench/peers/external.mjs runs, like those of native/peer.h.
import ctypes
import sys
import time

import torch

torch.set_num_threads(1)


def prepare(op, x, dy, out):
    if op == "forward":
        return lambda: torch._C._nn.mish(x, out=out)
    return lambda: torch.ops.aten.mish_backward(dy, x)  # it has no out


def nanoseconds(call, times):
    begin = time.perf_counter_ns()
    for _ in range(times):
        call()
    return time.perf_counter_ns() - begin


def batch_of(call):
    end = time.perf_counter_ns() + 10_000_000
    times, took = 1, 0
    while took < 100_000 or time.perf_counter_ns() < end:
        took = nanoseconds(call, times)
        if took < 100_000:
            times *= 2
    return times


def time_by_turns(op, dtype, elements, milliseconds):
    operands = 3 if op == "backward" else 2
    memory = (torch.arange(operands * elements) % 97 * 0.1 - 4.8).to(getattr(torch, dtype))
    parts = memory.split(elements)
    call = prepare(op, parts[0], parts[1], parts[-1])
    half = operands * elements * memory.element_size() // 2
    begin = memory.data_ptr()
    copy = lambda: ctypes.memmove(begin + half, begin, half)
    times, copies = batch_of(call), batch_of(copy)
    end = time.perf_counter_ns() + 1e6 * milliseconds
    rounds = 0
    while rounds < 7 or (time.perf_counter_ns() < end and rounds < 301):
        print(nanoseconds(call, times) / times, nanoseconds(copy, copies) / copies)
        rounds += 1


def values(op):
    x = torch.frombuffer(bytearray(sys.stdin.buffer.read()), dtype=torch.float32)
    out = torch.empty_like(x)
    result = prepare(op, x, torch.ones_like(x), out)()
    sys.stdout.buffer.write(result.numpy().tobytes())


with torch.no_grad():
    mode, op, *rest = sys.argv[1:]
    if mode == "time":
        time_by_turns(op, rest[0], int(rest[1]), float(rest[2]))
    elif mode == "values":
        values(op)
