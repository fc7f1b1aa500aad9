"""Saves checkpoints, lets the library operate on them, and restores what it wrote: library_surgery.py FOLDER NODE PROGRAM.

Prints {title: why a check failed, or null}."""

import json
import os
import subprocess
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from outcomes import outcome  # noqa: E402

folder, node, program = sys.argv[1:]
v1 = tf.compat.v1


def at(name):
    return os.path.join(folder, name)


NAMES = {
    "net/weights": [3, 2],
    "net/biases": [2],
    "net/weights/Adam": [3, 2],
    "net/weights/Adam_1": [3, 2],
    "net/biases/Adam": [2],
    "net/biases/Adam_1": [2],
}


def values_of(seed):
    random = np.random.default_rng(seed)
    return {name: random.standard_normal(shape).astype(np.float32) for name, shape in NAMES.items()}


def save_names(name, values):
    with tf.Graph().as_default(), v1.Session() as session:
        variables = {key: v1.get_variable(key.replace("/", "_"), initializer=value) for key, value in values.items()}
        session.run(v1.global_variables_initializer())
        v1.train.Saver(variables).save(session, at(name), write_meta_graph=False, write_state=False)


def check_names(name, wanted):
    """What Saver restores equals `wanted`, and there is nothing else."""
    reader = tf.train.load_checkpoint(at(name))
    assert sorted(reader.get_variable_to_shape_map()) == sorted(wanted), reader.get_variable_to_shape_map()
    with tf.Graph().as_default(), v1.Session() as session:
        variables = {
            key: v1.get_variable(key.replace("/", "_"), shape=value.shape, initializer=v1.zeros_initializer())
            for key, value in wanted.items()
        }
        v1.train.Saver(variables).restore(session, at(name))
        for key, variable in variables.items():
            np.testing.assert_array_equal(session.run(variable), wanted[key])


def keras_model(seed):
    """A small model that was trained a little, with its optimizer."""
    tf.keras.utils.set_random_seed(seed)
    model = tf.keras.Sequential(
        [
            tf.keras.Input([4]),
            tf.keras.layers.Dense(3, activation="relu"),
            tf.keras.layers.BatchNormalization(),
            tf.keras.layers.Dense(2),
        ]
    )
    model.compile(tf.keras.optimizers.Adam(0.01), "mse")
    random = np.random.default_rng(seed)
    model.fit(random.standard_normal([16, 4]), random.standard_normal([16, 2]), epochs=2, verbose=0)
    return model


def same(model, trained):
    for own, wanted in zip(model.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(own, wanted)


def same_optimizer(model, trained):
    for own, wanted in zip(model.optimizer.variables, trained.optimizer.variables, strict=True):
        np.testing.assert_array_equal(own.numpy(), wanted.numpy())


def check_keras_whole(name, trained, **renamed):
    model = keras_model(90)
    objects = {renamed.get("model", "model"): model, renamed.get("optimizer", "optimizer"): model.optimizer}
    tf.train.Checkpoint(**objects).restore(at(name)).assert_consumed()
    same(model, trained)
    same_optimizer(model, trained)


def check_keras_model(name, trained):
    model = keras_model(91)
    tf.train.Checkpoint(model=model).restore(at(name)).expect_partial()
    same(model, trained)


def check_keras_merged(name, left, right):
    models = [keras_model(92), keras_model(93)]
    parts = [tf.train.Checkpoint(model=model, optimizer=model.optimizer) for model in models]
    tf.train.Checkpoint(left=parts[0], right=parts[1]).restore(at(name)).expect_partial()
    for model, trained in zip(models, [left, right], strict=True):
        same(model, trained)
        same_optimizer(model, trained)


class Module(tf.Module):
    """Two variables and a function of them."""

    def __init__(self, scale):
        super().__init__()
        self.w = tf.Variable(np.arange(6, dtype=np.float32).reshape(2, 3) * scale)
        self.b = tf.Variable(np.ones(3, np.float32) * scale)

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])
    def __call__(self, x):
        return x @ self.w + self.b


def check_saved_model(name, module):
    loaded = tf.saved_model.load(at(name))
    x = tf.constant([[1.0, 2.0]])
    np.testing.assert_array_equal(loaded(x), module(x))


def check_module(name, module, w):
    target = Module(0.0)
    tf.train.Checkpoint(**{w: target.w, "b": target.b}).restore(at(name)).expect_partial()
    np.testing.assert_array_equal(target.w, module.w)
    np.testing.assert_array_equal(target.b, module.b)


def main():
    values, other = values_of(1), values_of(2)
    save_names("names", values)
    save_names("other-names", other)
    left, right = keras_model(3), keras_model(4)
    for name, model in [("keras", left), ("other-keras", right)]:
        tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(at(name))
    module = Module(2.0)
    tf.saved_model.save(module, at("saved-model"))
    subprocess.run([node, program, folder], check=True, stdout=sys.stderr)
    weights = {key: value for key, value in values.items() if "Adam" not in key}
    both = {f"a/{key}": value for key, value in values.items()} | {f"b/{key}": value for key, value in other.items()}
    checks = {
        "TF1, renamed": (check_names, "names-renamed", {k.replace("net/", "model/"): v for k, v in values.items()}),
        "TF1, subset": (check_names, "names-subset", weights),
        "TF1, stripped": (check_names, "names-stripped", weights),
        "TF1, merged": (check_names, "names-merged", both),
        "TF1, in the V1 format": (check_names, "names-v1", values),
        "Keras 3, renamed": (lambda: check_keras_whole("keras-renamed", left, model="net", optimizer="adam"),),
        "Keras 3, renamed as a checkpoint": (lambda: check_keras_whole("keras-moved", left, optimizer="adam"),),
        "Keras 3, subset": (check_keras_model, "keras-subset", left),
        "Keras 3, filtered without its graph": (check_keras_model, "keras-filtered", left),
        "Keras 3, stripped": (check_keras_model, "keras-stripped", left),
        "Keras 3, merged": (check_keras_merged, "keras-merged", left, right),
        "SavedModel, written anew": (check_saved_model, "saved-model-same", module),
        "SavedModel, stripped": (check_saved_model, "saved-model-stripped", module),
        "SavedModel, renamed": (lambda: check_module("saved-model-renamed", module, w="weights"),),
        "SavedModel, merged": (lambda: check_module("saved-model-merged", module, w="w"),),
    }
    json.dump({title: outcome(*check) for title, check in checks.items()}, sys.stdout)


main()
