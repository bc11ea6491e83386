# PyTorch's Mish on the GPU, forward and backward, each beside PyTorch's own copy of as many bytes as
# it reads and writes: rows of JSON on stdout, like those of gpu_check's table of speeds.
#
# python3 pytorch_cuda.py [bytes of an operand]
import json
import statistics
import sys

import torch

ROUNDS, CALLS = 15, 4
DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}


def operand_bytes(asked):
    """Less where memory has no room for five operands and the copy."""
    free, _ = torch.cuda.mem_get_info()
    while asked * 8 > free * 0.8:
        asked //= 2
    return asked


def milliseconds(call):
    begin = torch.cuda.Event(enable_timing=True)
    end = torch.cuda.Event(enable_timing=True)
    begin.record()
    for _ in range(CALLS):
        call()
    end.record()
    end.synchronize()
    return begin.elapsed_time(end) / CALLS


def by_turns(call, copy):
    """Medians of the call's time, and of its time over the copy's."""
    milliseconds(call), milliseconds(copy)  # to warm up
    rounds = [(milliseconds(copy), milliseconds(call)) for _ in range(ROUNDS)]
    times = statistics.median(time for _, time in rounds)
    return times, statistics.median(time / copied for copied, time in rounds)


def calls(x, dy, out):
    """backward allocates its result: from PyTorch's cache, and there is no other way."""
    return {
        "forward": (2, lambda: torch._C._nn.mish(x, out=out)),
        "backward": (3, lambda: torch.ops.aten.mish_backward(dy, x)),
    }


def rows(size):
    for name, dtype in DTYPES.items():
        element_bytes = torch.finfo(dtype).bits // 8
        elements = size // element_bytes
        x = torch.randn(elements, device="cuda", dtype=dtype)
        dy, out = torch.randn_like(x), torch.empty_like(x)
        for op, (operands, call) in calls(x, dy, out).items():
            copied = operands * elements // 2
            source, target = (torch.empty(copied, device="cuda", dtype=dtype) for _ in range(2))
            time, of_copy = by_turns(call, lambda: target.copy_(source))
            moved = operands * elements * element_bytes
            yield {
                "op": op,
                "dtype": name,
                "elements": elements,
                "ms": time,
                "GB/s": moved / time / 1e6,
                "ofCopy": of_copy,
            }
            del source, target
        del x, dy, out


with torch.no_grad():
    size = operand_bytes(int(sys.argv[1]) if len(sys.argv) > 1 else 1 << 30)
    result = {
        "version": torch.__version__,
        "device": torch.cuda.get_device_name(),
        "rows": list(rows(size)),
    }
json.dump(result, sys.stdout)
