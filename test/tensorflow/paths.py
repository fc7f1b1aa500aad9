"""Saves a model of Keras 3 with its optimizer, or restores what is left of it: `paths.py save|restore FOLDER NAME...`."""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf


def network():
    """Two layers that are trained, with a batch normalization between them."""
    layers = [keras.Input([3]), keras.layers.Dense(4), keras.layers.BatchNormalization(), keras.layers.Dense(2)]
    return keras.Sequential(layers)


def main(action, folder, *names):
    """A model whose variables hold 1, 2, ...; each checkpoint must restore all of a new one."""
    model = network()
    if action == "save":
        optimizer = keras.optimizers.Adam()
        optimizer.build(model.trainable_variables)
        for number, variable in enumerate(model.variables, 1):
            variable.assign(np.full(variable.shape, number))
        tf.train.Checkpoint(model=model, optimizer=optimizer).save(os.path.join(folder, "ckpt"))
    for name in names:
        model = network()
        status = tf.train.Checkpoint(model=model).restore(os.path.join(folder, name))
        status.assert_existing_objects_matched()
        for number, variable in enumerate(model.variables, 1):
            assert np.all(variable.numpy() == number), (name, variable.path)


main(*sys.argv[1:])
