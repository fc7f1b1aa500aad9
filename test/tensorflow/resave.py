"""Saves V1 checkpoints again with TensorFlow, slice by slice as they list them, beside them with `.again` behind the name.

python resave.py < paths.json, which holds [path of a V1 file]
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "fixtures"))

import tensorflow as tf
from tensorflow.core.util.saved_tensor_slice_pb2 import SavedTensorSlices

from sstable import read_table


def listed(path):
    """Name, dtype and spec of every slice that a file lists; an empty spec for a whole tensor."""
    with open(path, "rb") as file:
        _, value = next(iter(read_table(file.read())))
    for tensor in SavedTensorSlices.FromString(value).meta.tensor:
        shape = " ".join(str(dim.size) for dim in tensor.shape.dim)
        for piece in tensor.slice:
            axes = [f"{e.start},{e.length}" if e.HasField("length") else "-" for e in piece.extent]
            whole = all(axis == "-" for axis in axes)
            yield tensor.name, tf.dtypes.as_dtype(tensor.type), "" if whole else f"{shape} {':'.join(axes)}"


def resave(path):
    """Read every slice and save all of them in one call."""
    slices = list(listed(path))
    values = [
        tf.raw_ops.RestoreV2(prefix=path, tensor_names=[name], shape_and_slices=[spec], dtypes=[dtype])[0]
        for name, dtype, spec in slices
    ]
    tf.raw_ops.SaveSlices(
        filename=f"{path}.again",
        tensor_names=[name for name, _, _ in slices],
        shapes_and_slices=[spec for _, _, spec in slices],
        data=values,
    )


for path in json.load(sys.stdin):
    resave(path)
