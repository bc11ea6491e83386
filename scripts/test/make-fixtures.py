#!/usr/bin/env python3
# Writes test/fixtures/: arrays as numpy, numpy with ml_dtypes, and safetensors themselves save them.
#
#   pip install numpy ml_dtypes safetensors && python3 scripts/test/make-fixtures.py
#
# Every array is VALUES in its dtype and in the shape that its name says, so that a test needs no other
# description of it; all of VALUES are exact in every dtype.
import pathlib

import ml_dtypes
import numpy as np
from numpy.lib import format as npy
from safetensors import numpy as safetensors

VALUES = np.arange(24) / 4 - 3
TARGET = pathlib.Path(__file__).parent.parent / "test" / "fixtures"


def save(name, array, version=None):
    with open(TARGET / f"{name}.npy", "wb") as file:
        npy.write_array(file, array, version=version)


def main():
    TARGET.mkdir(exist_ok=True)
    for dtype in ["<f2", "<f4", "<f8", ">f2", ">f4", ">f8"]:
        order = "little" if dtype[0] == "<" else "big"
        save(f"float{8 * int(dtype[2])}-{order}-4x6", VALUES.reshape(4, 6).astype(dtype))
    save("bfloat16-4x6", VALUES.reshape(4, 6).astype(ml_dtypes.bfloat16))
    for dtype in ["<f4", ">f8", "<f2"]:
        name = f"float{8 * int(dtype[2])}-fortran-2x3x4"
        save(name, np.asfortranarray(VALUES.reshape(2, 3, 4).astype(dtype)))
    for version in [(2, 0), (3, 0)]:
        save(f"float32-version{version[0]}-24", VALUES.astype("<f4"), version)
    save("float64-scalar", np.array(VALUES[0]))
    save("float32-empty-0x3", np.zeros((0, 3), "<f4"))
    save("int64-24", np.arange(24))
    tensors = {
        "weight": VALUES.reshape(4, 6).astype("<f4"),
        "bias.f64": VALUES.astype("<f8"),
        "half/f16": VALUES.reshape(2, 12).astype("<f2"),
        "__proto__": VALUES.reshape(24, 1).astype(ml_dtypes.bfloat16),
        "empty": np.zeros((0, 3), "<f4"),
        "scalar": np.array(VALUES[0], "<f4"),
    }
    safetensors.save_file(tensors, TARGET / "floats.safetensors", {"format": "np", "\u00e9": "\u2713"})
    tensors["steps"] = np.arange(24)
    safetensors.save_file(tensors, TARGET / "with-int64.safetensors")


main()
