"""Saves Keras models with each of Keras' optimizers, and prints what every value is: `roles.py FOLDER`."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

OPTIMIZERS = {
    "sgd": lambda: keras.optimizers.SGD(0.125),
    "momentum": lambda: keras.optimizers.SGD(0.125, momentum=0.5),
    "adam": lambda: keras.optimizers.Adam(0.125),
    "adam-everything": lambda: keras.optimizers.Adam(0.125, amsgrad=True, use_ema=True, gradient_accumulation_steps=2),
    "adamw": lambda: keras.optimizers.AdamW(0.125),
    "adamax": lambda: keras.optimizers.Adamax(0.125),
    "nadam": lambda: keras.optimizers.Nadam(0.125),
    "adagrad": lambda: keras.optimizers.Adagrad(0.125),
    "adadelta": lambda: keras.optimizers.Adadelta(0.125),
    "adafactor": lambda: keras.optimizers.Adafactor(0.125),
    "rmsprop": lambda: keras.optimizers.RMSprop(0.125, momentum=0.5, centered=True),
    "ftrl": lambda: keras.optimizers.Ftrl(0.125),
    "lion": lambda: keras.optimizers.Lion(0.125),
    "lamb": lambda: keras.optimizers.Lamb(0.125),
    "muon": lambda: keras.optimizers.Muon(0.125),
    "loss-scale": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.125, momentum=0.5)),
    "schedule": lambda: keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.125, 10, 0.5)),
}


def network():
    """Two layers that are trained, batch norm and dropout between them, and a third that is frozen."""
    model = keras.Sequential(
        [
            keras.Input([4]),
            keras.layers.Dense(3),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5, seed=1),
            keras.layers.Dense(3),
            keras.layers.Dense(2),
        ]
    )
    model.layers[-2].trainable = False
    return model


def parts(optimizer):
    """An optimizer, and the one that it passes gradients on to."""
    inner = getattr(optimizer, "inner_optimizer", None)
    return [optimizer] + ([] if inner is None else parts(inner))


def slots(optimizer):
    """The variables that an optimizer keeps for each variable that it trains."""
    trained = optimizer._trainable_variables
    for name, values in vars(optimizer).items():
        if name == "_trainable_variables" or not isinstance(values, (list, tuple)) or len(values) != len(trained):
            continue
        for of, slot in zip(trained, values):
            if isinstance(slot, keras.Variable):
                yield slot, of


def roles(model, optimizer):
    """What each variable is by its id: role, whether it is trained, and the id of the variable that a slot is for."""
    told = {id(v): ["weight", "no", None] for v in model.variables}
    told.update({id(v): ["weight", "yes", None] for v in model.trainable_variables})
    for part in parts(optimizer):
        told.update({id(v): ["own", "no", None] for v in part.variables if id(v) not in told})
        told.update({id(slot): ["slot", "no", id(of)] for slot, of in slots(part)})
        told[id(part._iterations)] = ["step", "no", None]
    return told


def save(folder, name, compiled):
    """Save a model with an optimizer; the truth by key. Each variable is known by the value that fills it."""
    model, optimizer = network(), OPTIMIZERS[name]()
    if compiled:
        model.compile(optimizer, "mse", metrics=["mae"])
        model.fit(np.ones([2, 4]), np.ones([2, 2]), verbose=0)
    else:
        optimizer.build(model.trainable_variables)
    told = roles(model, optimizer)
    variables = {id(v): v for v in [*model.variables, *(v for part in parts(optimizer) for v in part.variables)]}
    for mark, variable in enumerate(variables.values(), 1):
        variable.assign(np.full(variable.shape, mark))
    prefix = os.path.join(folder, f"{name}-{'compiled' if compiled else 'apart'}")
    objects = {"net": model} if compiled else {"model": model, "optimizer": optimizer}
    tf.train.Checkpoint(**objects).write(prefix)
    reader = tf.train.load_checkpoint(prefix)
    marks = {mark: key for mark, key in enumerate(variables, 1)}
    keys = {}
    for key, dtype in reader.get_variable_to_dtype_map().items():
        if dtype != tf.string:
            keys[marks[int(np.ravel(reader.get_tensor(key))[0])]] = key
    return prefix, {key: [*told[i][:2], keys.get(told[i][2])] for i, key in keys.items()}


def main(folder):
    """Save every optimizer both ways."""
    truth = dict(save(folder, name, compiled) for name in OPTIMIZERS for compiled in (False, True))
    json.dump(truth, sys.stdout)


main(*sys.argv[1:])
