"""A model of four variables and a step: saved, and what is left of it restored.

python salvaged.py save PREFIX
python salvaged.py restore PREFIX, which prints {variable: its values, or -1 where nothing was restored}
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import tensorflow as tf


def model(start):
    """Two layers whose values count up from a number, or are all -1."""
    made = tf.Module()
    for layer, name in enumerate(("encoder", "decoder")):
        part = tf.Module()
        first = start + 100 * layer
        part.kernel = tf.Variable(tf.range(first, first + 64.0) if start >= 0 else tf.fill([64], -1.0))
        part.bias = tf.Variable(tf.range(first, first + 3.0) if start >= 0 else tf.fill([3], -1.0))
        setattr(made, name, part)
    made.step = tf.Variable(7 if start >= 0 else -1, dtype=tf.int64)
    return made


def values(made):
    """The first values of every variable."""
    parts = {"encoder": made.encoder, "decoder": made.decoder}
    found = {
        f"{name}/{kind}": [float(value) for value in getattr(part, kind)[:3]]
        for name, part in parts.items()
        for kind in ("kernel", "bias")
    }
    return {**found, "step": int(made.step)}


action, prefix = sys.argv[1:]
if action == "save":
    tf.train.Checkpoint(model=model(10.0)).write(prefix)
else:
    fresh = model(-1.0)
    tf.train.Checkpoint(model=fresh).restore(prefix).expect_partial()
    print(json.dumps(values(fresh)))
