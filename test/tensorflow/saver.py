"""Checkpoints of TensorFlow's Saver, for a program to change, and what a Saver restores from them afterwards.

python saver.py save DIRECTORY      saves the checkpoints and prints the digest of each variable: {prefix: {name: sha256}}
python saver.py restore DIRECTORY   < {"prefix": {"key in the checkpoint": {"shape": [...]}}}; prints digests by key.
                                    A "dtype" other than float32 may be given
"""

import hashlib
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_eager_execution()

RANDOM = np.random.default_rng(4)


def digest(value):
    return hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()


def layers(scope, count):
    """Names and shapes of a model of dense layers."""
    return {
        f"{scope}/layer_{i}/{name}": shape
        for i in range(1, count + 1)
        for name, shape in (("weights", [7, 7]), ("biases", [7]))
    }


# What each checkpoint holds, and the key of a variable that is saved under another than its name.
CHECKPOINTS = {
    "model.ckpt": ({"weights": [784, 200], "biases": [200]}, {}),
    "v2.ckpt": ({"v1": [3], "v2": [5]}, {"v2": "my_v2"}),
    "five.ckpt": (layers("small", 5), {}),
    "six.ckpt": (layers("large", 6), {}),
}


def save(directory, prefix, shapes, keys):
    """Makes variables of random content in a graph of their own and saves them."""
    with tf.Graph().as_default(), tf.Session() as session:
        variables = {
            name: tf.get_variable(name, initializer=RANDOM.standard_normal(shape).astype(np.float32))
            for name, shape in shapes.items()
        }
        session.run(tf.global_variables_initializer())
        saver = tf.train.Saver({keys.get(name, name): variable for name, variable in variables.items()})
        saver.save(session, os.path.join(directory, prefix), write_state=False)
        return {keys.get(name, name): digest(session.run(variable)) for name, variable in variables.items()}


def restore(prefix, wanted):
    """Restores variables whose names are none of the keys, by Saver({key: variable})."""
    with tf.Graph().as_default(), tf.Session() as session:
        variables = {
            key: tf.get_variable(f"v{i}", dtype=about.get("dtype", "float32"), shape=about["shape"])
            for i, (key, about) in enumerate(wanted.items())
        }
        tf.train.Saver(variables).restore(session, prefix)
        return {key: digest(session.run(variable)) for key, variable in variables.items()}


action, folder = sys.argv[1:]
if action == "save":
    result = {prefix: save(folder, prefix, *about) for prefix, about in CHECKPOINTS.items()}
else:
    wanted = json.load(sys.stdin)
    result = {prefix: restore(os.path.join(folder, prefix), keys) for prefix, keys in wanted.items()}
print(json.dumps(result))
