"""Models of TensorFlow.js on the side of Keras: restored, asked for a prediction, trained on, saved.

Input: {"ours": [{"path", "optimizer", "inputs"}], "theirs": [{"path", "optimizer"}]}; output: for ours the predictions before
and after two more steps, for theirs the predictions before and after two steps that the reader is to repeat.
"""

import json
import os
import sys

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "TF_ENABLE_ONEDNN_OPTS": "0"}

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

# As in the test.
INPUTS = np.array(
    [[0.1, 0.2, 0.3, 0.4], [-1, 0.5, 0, 2], [0.7, -0.6, 1.5, -0.2], [0, 1, -1.2, 0.3], [-0.4, -0.9, 0.8, 1.1]], np.float32
)
TARGETS = np.array([[1], [-1], [0.5], [0], [2]], np.float32)
OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(0.01, epsilon=1e-7),
    "momentum": lambda: keras.optimizers.SGD(0.01, momentum=0.9),
    "sgd": lambda: keras.optimizers.SGD(0.01),
}


def built(optimizer):
    """The twin of the model in the test."""
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(3, activation="tanh"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1),
        ]
    )
    model.compile(OPTIMIZERS[optimizer](), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def steps(model):
    """Predictions before and after two more steps."""
    before = model.predict(INPUTS, verbose=0).ravel().tolist()
    for _ in range(2):
        model.train_on_batch(INPUTS, TARGETS)
    return [before, model.predict(INPUTS, verbose=0).ravel().tolist()]


def main():
    """Both ways."""
    asked = json.load(sys.stdin)
    ours = []
    for case in asked["ours"]:
        model = built(case["optimizer"])
        status = tf.train.Checkpoint(model=model, optimizer=model.optimizer).read(case["path"])
        status.assert_existing_objects_matched()
        ours.append(steps(model))
    theirs = []
    for case in asked["theirs"]:
        keras.utils.set_random_seed(3)
        model = built(case["optimizer"])
        steps(model)
        tf.train.Checkpoint(model=model, optimizer=model.optimizer).write(case["path"])
        theirs.append(steps(model))
    json.dump({"ours": ours, "theirs": theirs}, sys.stdout)


main()
