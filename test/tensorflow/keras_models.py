"""Keras models that were trained a little, and what becomes of files that were made of their checkpoints.

python keras_models.py make DIR < null: checkpoints and templates by case, as files in DIR
python keras_models.py judge DIR < [[case, file], ...]: how the model of each file differs from the one that gave the weights
"""

import json
import os
import pathlib
import sys

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": "-1"}

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras.src.legacy.saving import legacy_h5_format  # noqa: E402

L = keras.layers


def dense():
    """Layers with variables that are not trained, and one without any."""
    return keras.Sequential(
        [
            keras.Input((4,)),
            L.Dense(8, activation="relu", name="hidden"),
            L.BatchNormalization(name="norm"),
            L.Dropout(0.3, name="drop"),
            L.Dense(2, name="out"),
        ],
        name="dense_model",
    )


def convolution():
    """A functional model with two inputs of one layer, a model within it, and a recurrent layer."""
    inputs = keras.Input((4,))
    image = L.Reshape((2, 2, 1))(inputs)
    seen = L.Flatten()(L.Conv2D(3, 2, padding="same", name="kernels")(image))
    inner = keras.Sequential([keras.Input((12,)), L.Dense(6, name="a"), L.BatchNormalization(name="b")], name="inner")
    steps = L.Reshape((3, 2))(inner(seen))
    return keras.Model(inputs, L.Dense(2, name="last")(L.LSTM(4, name="memory")(steps)), name="conv_model")


def attention():
    """Layers made of layers: attention, both directions, a wrapped one, and a functional model within the model."""
    inputs = keras.Input((4,))
    steps = L.Reshape((4, 1))(inputs)
    x = L.Dense(6, name="up")(steps)
    x = L.LayerNormalization(name="norm")(x + L.MultiHeadAttention(2, 3, name="attend")(x, x))
    x = L.Bidirectional(L.GRU(3, return_sequences=True), name="both_ways")(x)
    x = L.TimeDistributed(L.Dense(2, name="each"), name="spread")(x)
    x = L.SeparableConv1D(3, 2, name="separable")(x)
    inner_in = keras.Input((9,))
    inner = keras.Model(inner_in, L.BatchNormalization(name="m")(L.Dense(5, name="n")(inner_in)), name="part")
    return keras.Model(inputs, L.Dense(2, name="last")(inner(L.Flatten()(x))), name="attention_model")


MODELS = {"dense": dense, "convolution": convolution, "attention": attention}
X = np.linspace(-1, 1, 64, dtype=np.float32).reshape(16, 4)
Y = np.linspace(1, -1, 32, dtype=np.float32).reshape(16, 2)


def compiled(case):
    """The model of a case, with Adam."""
    model = MODELS[case]()
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return model


def predicted(model):
    """What the model says, without a graph of its own: many models are asked once each."""
    return model(X, training=False).numpy()


def make(out):
    """Trains each model, and saves it as a checkpoint, as an archive, and untrained as a template."""
    for case in MODELS:
        keras.utils.set_random_seed(1)
        model = compiled(case)
        model.fit(X, Y, epochs=2, verbose=0)
        tf.train.Checkpoint(model=model).write(str(out / case))
        model.save(out / f"{case}-trained.keras")
        np.save(out / f"{case}.npy", predicted(model))
        keras.utils.set_random_seed(2)
        compiled(case).save(out / f"{case}-template.keras")
        compiled(case).save(out / f"{case}-template.h5")


def difference(model, case, out):
    """How much the predictions differ."""
    return float(np.max(np.abs(predicted(model) - np.load(out / f"{case}.npy"))))


def judge_keras(case, file, out):
    """An archive: predictions, and the variables of the optimizer."""
    trained = keras.saving.load_model(out / f"{case}-trained.keras")
    model = keras.saving.load_model(file)
    pairs = zip(model.optimizer.variables, trained.optimizer.variables, strict=True)
    same = [bool(np.array_equal(a.numpy(), b.numpy())) for a, b in pairs]
    return {"difference": difference(model, case, out), "optimizer": all(same), "variables": len(same)}


def judge_legacy(case, file, out):
    """A file of Keras 2: loaded in the order of the layers, and by their names."""
    found = {}
    for how, load in (
        ("order", legacy_h5_format.load_weights_from_hdf5_group),
        ("names", legacy_h5_format.load_weights_from_hdf5_group_by_name),
    ):
        model = compiled(case)
        with h5py.File(file, "r") as h5:
            load(h5["model_weights"] if "model_weights" in h5 else h5, model)
        found[how] = difference(model, case, out)
    model = compiled(case)
    # Keras 3 does not read what it writes itself of attention into a whole model of this kind.
    is_whole = "template" in file.name and case != "attention"
    whole = keras.saving.load_model(file, compile=False) if is_whole else model
    if whole is model:
        model.load_weights(file)
    return {"difference": difference(whole, case, out), **found}


def judge(out):
    """Every file by its ending."""
    judges = {".keras": judge_keras, ".h5": judge_legacy}
    return [judges[pathlib.Path(file).suffix](case, out / file, out) for case, file in json.load(sys.stdin)]


command, directory = sys.argv[1], pathlib.Path(sys.argv[2])
if command == "make":
    make(directory)
else:
    print(json.dumps(judge(directory)))
