"""What Python's own libraries read in files of other formats: dtype, shape and digest of every tensor, or why they refuse."""

import hashlib
import json
import os
import struct
import sys

import ml_dtypes
import numpy as np
from safetensors import safe_open

NAMES = {
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "I16": "int16", "U16": "uint16", "I32": "int32", "U32": "uint32",
    "I64": "int64", "U64": "uint64", "F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64",
    "C64": "complex64", "F8_E5M2": "float8_e5m2", "F8_E4M3": "float8_e4m3fn", "F8_E8M0": "float8_e8m0fnu",
    "F8_E4M3FNUZ": "float8_e4m3fnuz", "F8_E5M2FNUZ": "float8_e5m2fnuz",
    "F4": "float4_e2m1fn", "F6_E2M3": "float6_e2m3fn", "F6_E3M2": "float6_e3m2fn",
}  # fmt: skip


def digest(data):
    """SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def read_safetensors(path):
    """The header as safetensors takes it, after it has checked the file; and the bytes that it says are a tensor's."""
    with safe_open(path, "np") as file:
        names = set(file.keys())
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        metadata = header.pop("__metadata__", None)
        found = {}
        for name, entry in header.items():
            begin, end = entry["data_offsets"]
            file.seek(8 + length + begin)
            found[name] = [NAMES[entry["dtype"]], entry["shape"], digest(file.read(end - begin))]
    assert names == set(found) and (8 + length) % 8 == 0
    return found, metadata


def read_torch(path):
    """The same by torch, of the dtypes that it and numpy have."""
    import torch
    from safetensors.torch import load_file

    found = {}
    for name, tensor in load_file(path).items():
        data = tensor.contiguous().flatten()
        data = data.view(torch.uint8) if data.numel() else torch.zeros(0, dtype=torch.uint8)
        found[name] = [str(tensor.dtype).removeprefix("torch."), list(tensor.shape), digest(data.numpy().tobytes())]
    return found


def fact(array, dtypes, name):
    """Of an array as numpy loads it; what is void there is viewed as what it was, strings are told by their lengths and bytes."""
    if array.dtype.kind == "S":
        content = b"".join(len(text).to_bytes(8, "little") + text for text in np.ravel(array).tolist())
        return ["string", list(array.shape), digest(content)]
    if array.dtype.kind == "V":
        array = array.view(getattr(ml_dtypes, dtypes[name]))
    return [array.dtype.name, list(array.shape), digest(np.ascontiguousarray(array).tobytes())]


def read_npz(path, dtypes):
    """Every array, without pickles."""
    with np.load(path, allow_pickle=False) as archive:
        assert archive.zip.testzip() is None
        return {name: fact(archive[name], dtypes, name) for name in archive.files}


def read_npy(path, dtypes):
    """Every array of a directory, by its path."""
    found = {}
    for folder, _, files in os.walk(path):
        for file in files:
            if file.endswith(".npy"):
                name = os.path.relpath(os.path.join(folder, file), path).removesuffix(".npy")
                found[name] = fact(np.load(os.path.join(folder, file), allow_pickle=False), dtypes, name)
    return found


def main():
    """Read what is asked for: a list of [format, path, dtypes by name]."""
    answers = []
    for kind, path, dtypes in json.load(sys.stdin):
        if kind == "safetensors":
            found, metadata = read_safetensors(path)
            answers.append({"tensors": found, "metadata": metadata})
        elif kind == "torch":
            answers.append({"tensors": read_torch(path)})
        else:
            answers.append({"tensors": (read_npz if kind == "npz" else read_npy)(path, dtypes)})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
