"""Models of TensorFlow.js on the side of Keras: restored, asked for a prediction, trained on, saved.

Input: {"ours": [{"path", "optimizer", "inputs"}], "theirs": [{"path", "optimizer"}], "layers": [{"name", "ours", "theirs",
"inputs"}]}; output: for ours the predictions before and after two more steps, for theirs the predictions before and after two
steps that the reader is to repeat, for models of other layers the predictions of ours and of theirs.
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
    "rmsprop": lambda: keras.optimizers.RMSprop(0.01, 0.9),
    "adagrad": lambda: keras.optimizers.Adagrad(0.01),
    "adamax": lambda: keras.optimizers.Adamax(0.01),
}


def stacked(*layers):
    """A Sequential of layers, of which the first is the shape of the input."""
    return keras.Sequential([keras.Input(layers[0]), *layers[1:]])


def joined():
    """Two inputs, one of which goes through a model of its own and through a layer that is used twice."""
    first, second = keras.Input((3,)), keras.Input((2,))
    inner, twice = stacked((3,), L.Dense(2)), L.Dense(2)
    return keras.Model([first, second], L.Dense(1)(L.Concatenate()([twice(inner(first)), twice(second)])))


# Under the names of the test.
L = keras.layers
MODELS = {
    "images": lambda: stacked(
        (6, 6, 2), L.DepthwiseConv2D(2), L.SeparableConv2D(3, 2), L.Conv2DTranspose(2, 2), L.Conv2D(2, 2), L.Flatten(), L.Dense(2)
    ),
    "texts": lambda: stacked((5,), L.Embedding(10, 4), L.Bidirectional(L.LSTM(3, return_sequences=True)), L.SimpleRNN(2)),
    "steps": lambda: stacked(
        (4, 2),
        L.TimeDistributed(L.Dense(3)),
        L.GRU(3, reset_after=False, return_sequences=True),
        L.RNN(L.LSTMCell(2), return_sequences=True),
        L.Conv1D(2, 2),
        L.LayerNormalization(),
        L.PReLU(),
    ),
    "joined": joined,
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


def predicted(model, inputs):
    """The outputs of a model for arrays, given as shape and numbers."""
    arrays = [np.array(one["data"], np.float32).reshape(one["shape"]) for one in inputs]
    return model.predict(arrays if len(arrays) > 1 else arrays[0], verbose=0).ravel().tolist()


def other_layers(case):
    """What a model makes of our weights, then of its own, which are saved."""
    model = MODELS[case["name"]]()
    tf.train.Checkpoint(model=model).read(case["ours"]).assert_consumed()
    ours = predicted(model, case["inputs"])
    keras.utils.set_random_seed(3)
    model = MODELS[case["name"]]()
    tf.train.Checkpoint(model=model).write(case["theirs"])
    return [ours, predicted(model, case["inputs"])]


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
    layers = [other_layers(case) for case in asked["layers"]]
    json.dump({"ours": ours, "theirs": theirs, "layers": layers}, sys.stdout)


main()
