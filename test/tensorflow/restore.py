"""Digests of every tensor that TensorFlow restores from checkpoints, as JSON: {prefix: {name: sha256, or {"error": text}}}.

python restore.py < wanted.json, which holds {prefix: {name: dtype}}
"""

import hashlib
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
import tensorflow as tf


def sha256(value):
    """The digest of a value: little-endian bytes, or each string's length in 8 bytes and the string."""
    digest = hashlib.sha256()
    if value.dtype == tf.string:
        for element in np.array(value.numpy(), object).ravel():
            digest.update(len(element).to_bytes(8, "little") + element)
    else:
        digest.update(np.ascontiguousarray(value.numpy()).tobytes())
    return digest.hexdigest()


def restored(prefix, names_and_dtypes):
    """The digest of each tensor at a prefix, or why it could not be restored."""
    found = {}
    for name, dtype in names_and_dtypes.items():
        try:
            (value,) = tf.raw_ops.RestoreV2(
                prefix=prefix, tensor_names=[name], shape_and_slices=[""], dtypes=[tf.dtypes.as_dtype(dtype)]
            )
            found[name] = None if dtype == "variant" else sha256(value)
        except (tf.errors.OpError, TypeError) as error:
            found[name] = {"error": str(error).split("\n")[0]}
    return found


print(json.dumps({prefix: restored(prefix, wanted) for prefix, wanted in json.load(sys.stdin).items()}))
