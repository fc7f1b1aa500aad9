"""Programs of TensorFlow 1 and TensorFlow 2, saved by name and by object, and whether each restores what was converted for it.

python conversion.py save DIRECTORY
python conversion.py restore < wanted.json, which holds {title: [check, arguments]}; prints {title: null, or why it failed}
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf
from outcomes import outcome

SHAPES = {"first/kernel": [4, 3], "first/bias": [3], "second/kernel": [3, 2], "second/bias": [2]}
MAKERS = {
    "adam": lambda: tf.compat.v1.train.AdamOptimizer(0.125),
    "momentum": lambda: tf.compat.v1.train.MomentumOptimizer(0.125, 0.5),
    "rmsprop": lambda: tf.compat.v1.train.RMSPropOptimizer(0.125, momentum=0.5),
    "centered": lambda: tf.compat.v1.train.RMSPropOptimizer(0.125, momentum=0.5, centered=True),
    "adagrad": lambda: tf.compat.v1.train.AdagradOptimizer(0.125),
    "adadelta": lambda: tf.compat.v1.train.AdadeltaOptimizer(0.125),
    "ftrl": lambda: tf.compat.v1.train.FtrlOptimizer(0.125),
    "keras_adam": lambda: keras.optimizers.Adam(0.125),
    "keras_momentum": lambda: keras.optimizers.SGD(0.125, momentum=0.5),
    "keras_rmsprop": lambda: keras.optimizers.RMSprop(0.125, momentum=0.5),
    "keras_centered": lambda: keras.optimizers.RMSprop(0.125, momentum=0.5, centered=True),
    "keras_adagrad": lambda: keras.optimizers.Adagrad(0.125),
    "keras_adadelta": lambda: keras.optimizers.Adadelta(0.125),
    "keras_ftrl": lambda: keras.optimizers.Ftrl(0.125),
}


def fill(variables, start):
    """Values that tell variables apart."""
    for i, variable in enumerate(variables):
        count = int(np.prod(variable.shape))
        values = np.linspace(start + i, start + i + 1, count).reshape(variable.shape)
        variable.assign(values.astype(variable.dtype.as_numpy_dtype))


def value_of(i, shape):
    """The content of value i of a program of TensorFlow 1."""
    return np.linspace(i, i + 1, int(np.prod(shape)), dtype=np.float32).reshape(shape)


def save_names(prefix, make):
    """A graph of TensorFlow 1 with an optimizer, saved by its Saver; value i has content of its own."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        variables = [tf.compat.v1.get_variable(name, shape, use_resource=False) for name, shape in SHAPES.items()]
        step = tf.compat.v1.train.get_or_create_global_step()
        loss = tf.add_n([tf.reduce_sum(variable) for variable in variables])
        make().minimize(loss, global_step=step)
        session.run(tf.compat.v1.global_variables_initializer())
        for i, variable in enumerate(tf.compat.v1.global_variables()):
            if variable.dtype.base_dtype == tf.float32:
                variable.load(value_of(i, variable.shape), session)
            else:
                variable.load(1000, session)
        tf.compat.v1.train.Saver().save(session, prefix, write_state=False)


class Layers(tf.Module):
    """The same variables in a program of TensorFlow 2."""

    def __init__(self):
        super().__init__()
        self.layers = [tf.Module(), tf.Module()]
        for layer, name in zip(self.layers, ("first", "second")):
            layer.kernel = tf.Variable(tf.zeros(SHAPES[f"{name}/kernel"]), name=f"{name}/kernel")
            layer.bias = tf.Variable(tf.zeros(SHAPES[f"{name}/bias"]), name=f"{name}/bias")

    def values(self):
        """The variables in the order of SHAPES."""
        return [value for layer in self.layers for value in (layer.kernel, layer.bias)]


class Program:
    """Layers and an optimizer with its slots, as objects."""

    def __init__(self, maker):
        self.layers = Layers()
        self.optimizer = MAKERS[maker]()
        self.step = tf.Variable(np.int64(0), name="global_step")
        variables = self.layers.values()
        self.optimizer.apply_gradients([(tf.zeros(variable.shape), variable) for variable in variables])

    def checkpoint(self):
        """What is saved."""
        return tf.train.Checkpoint(net=self.layers, optimizer=self.optimizer, step=self.step)

    def slots(self, names):
        """The slots by the names that TensorFlow 1 gives them, or by the lists of Keras 3."""
        if hasattr(self.optimizer, "get_slot"):
            return [[self.optimizer.get_slot(variable, name) for variable in self.layers.values()] for name in names]
        return [list(getattr(self.optimizer, name)) for name in names]


class Unnamed(tf.Module):
    """Variables that have names by chance, in lists within lists."""

    def __init__(self):
        super().__init__()
        self.rows = [tf.Variable(tf.zeros([2])), [tf.Variable(tf.zeros([3])), [tf.Variable(tf.zeros([2, 2]))]]]
        self.tables = {"a/b": tf.Variable(tf.zeros([5]), name="kernel"), "x.y": tf.Variable(tf.zeros([1]), name="kernel")}


class Modules:
    """Unnamed variables and TensorFlow's Adam."""

    def __init__(self):
        self.module = Unnamed()
        self.optimizer = MAKERS["adam"]()
        variables = self.variables()
        self.optimizer.apply_gradients([(tf.zeros(variable.shape), variable) for variable in variables])

    def variables(self):
        """Those of the module."""
        rows, tables = self.module.rows, self.module.tables
        return [rows[0], rows[1][0], rows[1][1][0], tables["a/b"], tables["x.y"]]

    def values(self):
        """Variables, then what the optimizer keeps."""
        slots = [self.optimizer.get_slot(variable, name) for variable in self.variables() for name in ("m", "v")]
        return [*self.variables(), *slots, *self.optimizer._get_beta_accumulators()]

    def checkpoint(self):
        """What is saved."""
        return tf.train.Checkpoint(model=self.module, optimizer=self.optimizer)


class KerasModel:
    """A Keras model with batch normalization and an optimizer."""

    def __init__(self, maker):
        keras.utils.clear_session()
        layers = [keras.layers.Dense(3), keras.layers.BatchNormalization(), keras.layers.Dense(2)]
        self.model = keras.Sequential([keras.Input((4,)), *layers])
        self.optimizer = MAKERS[maker]()
        self.optimizer.build(self.model.trainable_variables)

    def values(self):
        """Weights, then what the optimizer keeps."""
        return [variable.value for variable in (*self.model.variables, *self.optimizer.variables)]

    def checkpoint(self):
        """What is saved."""
        return tf.train.Checkpoint(model=self.model, optimizer=self.optimizer)


OBJECTS = {
    "modules": Modules,
    "keras_adam": lambda: KerasModel("keras_adam"),
    "keras_momentum": lambda: KerasModel("keras_momentum"),
}


def trained(make):
    """The program with values of its own."""
    program = make()
    fill(program.values(), 1)
    return program


def save(directory):
    """Each program of names by its Saver; each of objects untrained, as a template, and trained."""
    os.chdir(directory)
    for maker, make in MAKERS.items():
        if not maker.startswith("keras"):
            save_names(f"./{maker}.names", make)
        Program(maker).checkpoint().save(f"./{maker}.template")
    for name, make in OBJECTS.items():
        make().checkpoint().save(f"./{name}.untrained")
        trained(make).checkpoint().save(f"./{name}.trained")


def compare(actual, expected):
    """Fail unless all values are equal."""
    assert len(actual) == len(expected), (len(actual), len(expected))
    for i, pair in enumerate(zip(actual, expected)):
        np.testing.assert_array_equal(np.array(pair[0]), np.array(pair[1]), f"value {i}")


def objects(prefix, name):
    """The trained values are all there, and nothing else."""
    fresh = OBJECTS[name]()
    status = fresh.checkpoint().restore(prefix)
    status.assert_existing_objects_matched().assert_consumed()
    compare(fresh.values(), trained(OBJECTS[name]).values())


def program(prefix, names, maker, slots):
    """Variables, slots and step are those saved by name; slots gives the ending of a name for what the optimizer calls it."""
    fresh = Program(maker)
    fresh.checkpoint().restore(prefix).assert_existing_objects_matched().assert_consumed()
    by_name = tf.train.load_checkpoint(names)
    compare(fresh.layers.values(), [by_name.get_tensor(name) for name in SHAPES])
    for ending, values in zip(slots, fresh.slots(slots.values())):
        compare(values, [by_name.get_tensor(f"{name}/{ending}") for name in SHAPES])
    assert int(fresh.step) == 1000


if sys.argv[1] == "save":
    save(sys.argv[2])
else:
    print(json.dumps({title: outcome(globals()[check], *arguments) for title, (check, *arguments) in json.load(sys.stdin).items()}))
