#!/usr/bin/env python3
# Prints what numpy makes of texts that may be the 'descr' of an .npy header: by text, the dtype's own name for itself
# ("<f4"), or null where numpy refuses it. For test/fixtures/npy-descrs.json.
#
#   python3 scripts/test/make-npy-descrs.py > test/fixtures/npy-descrs.json
import json

import numpy as np

TEXTS = [
    *[order + code for code in ["f2", "f4", "f8", "e", "f", "d"] for order in ["", "<", ">", "=", "|"]],
    *["float16", "half", "float32", "single", "float64", "double", "float"],
    *["<float32", ">double", "=half", "Float32", "F4", "f4 ", " f4", "<<f4", "f04", "<f16", "g", "longdouble"],
    *["<f1", "f3", "<i8", "int64", "|b1", "bool", "<c8", "complex64", "<U4", "|S3", "|O", "<M8[ns]", "2f4", "f4,f4"],
    *["|V2", "<V2", "V2", "|V4", "?", "", "np.float32", "torch.float32"],
]


def name_of(text):
    try:
        return np.dtype(text).str
    except TypeError:
        return None


print(json.dumps({text: name_of(text) for text in TEXTS}, indent=2))
