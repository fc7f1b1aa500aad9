"""What the edits of `ckpt` are held against: `save FOLDER` makes checkpoints, `check FOLDER` restores what became of them.

Every value is computed anew with numpy, every mean exactly with fractions, and restored through TensorFlow itself: a Saver over a
graph of the new shapes, raw RestoreV2, tf.train.Checkpoint over a Keras model, a SavedModel that predicts.
"""

import os
import sys
from fractions import Fraction

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import ml_dtypes
import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
FOLDER = sys.argv[2]


def at(name):
    return os.path.join(FOLDER, name)


def tf1_model(rows=6, parts=2, emb_parts=None):
    """A step of Adam over an embedding, a dense and a partitioned variable, with moving averages of two of them."""
    partitioner = v1.fixed_size_partitioner(emb_parts) if emb_parts else None
    emb = v1.get_variable("emb", shape=[rows, 4], partitioner=partitioner)
    dense = v1.get_variable("dense", shape=[4, 3])
    part = v1.get_variable("part", shape=[8, 2], partitioner=v1.fixed_size_partitioner(parts))
    step = v1.train.get_or_create_global_step()
    whole = tf.convert_to_tensor(emb)
    loss = tf.reduce_sum(tf.matmul(whole, dense) ** 2) + tf.reduce_sum(tf.convert_to_tensor(part) ** 2)
    train = v1.train.AdamOptimizer(0.1).minimize(loss, global_step=step)
    averaged = [dense] if emb_parts else [emb, dense]
    with tf.control_dependencies([train]):
        return tf.train.ExponentialMovingAverage(0.9).apply(averaged)


def keras_model(rows=5):
    model = tf.keras.Sequential([tf.keras.layers.Embedding(rows, 3, name="emb"), tf.keras.layers.Dense(2, name="out")])
    model.compile(optimizer=tf.keras.optimizers.Adam(0.05), loss="mse")
    model.build((None, 4))
    model.optimizer.build(model.trainable_variables)
    return model


class Scaled(tf.Module):
    def __init__(self):
        self.kernel = tf.Variable(tf.ones([3, 2]), name="kernel")

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32)])
    def __call__(self, x):
        return tf.matmul(x, self.kernel)


def save():
    with tf.Graph().as_default():
        v1.set_random_seed(3)
        train = tf1_model()
        saver = v1.train.Saver()
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            for _ in range(3):
                session.run(train)
                saver.save(session, at("run/model.ckpt"), global_step=v1.train.get_global_step())
    with tf.Graph().as_default():
        for i in range(4):
            v1.get_variable(f"w_{i}", initializer=np.full([2, 3], i, np.float32))
            v1.get_variable(f"w_{i}/Adam", initializer=np.full([2, 3], 10 + i, np.float32), trainable=False)
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            v1.train.Saver().save(session, at("family.ckpt"))
    model = keras_model()
    x = np.arange(16).reshape(4, 4) % 5
    model.fit(x, np.ones([4, 4, 2], np.float32), epochs=2, verbose=0)
    tf.train.Checkpoint(model=model, optimizer=model.optimizer).write(at("keras/ckpt"))
    tf.saved_model.save(Scaled(), at("saved"))
    np.save(at("kernel.npy"), np.arange(6, dtype=np.float32).reshape(3, 2))
    tf.raw_ops.SaveV2(
        prefix=at("kernel.ckpt"),
        tensor_names=["kernel"],
        shape_and_slices=[""],
        tensors=[np.arange(6, dtype=np.float32).reshape(3, 2)],
    )


def values(prefix):
    reader = tf.train.load_checkpoint(at(prefix))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def equal(actual, wanted, what):
    actual, wanted = np.asarray(actual), np.asarray(wanted)
    assert actual.dtype == wanted.dtype, (what, actual.dtype, wanted.dtype)
    assert actual.shape == wanted.shape, (what, actual.shape, wanted.shape)
    assert actual.tobytes() == wanted.tobytes(), (what, actual, wanted)


def restored(prefix, **shapes):
    """The variables of a TF1 graph of these shapes after Saver.restore, slots and all; parts joined."""
    with tf.Graph().as_default():
        tf1_model(**shapes)
        variables = v1.global_variables()
        with v1.Session() as session:
            v1.train.Saver().restore(session, at(prefix))
            found = {}
            for variable in variables:
                info = variable._get_save_slice_info()
                name = info.full_name if info else variable.op.name
                found.setdefault(name, []).append(session.run(variable))
            return {name: pieces[0] if len(pieces) == 1 else np.concatenate(pieces) for name, pieces in found.items()}


def with_rows(array, rows):
    return np.concatenate([array, np.zeros([rows - len(array), *array.shape[1:]], array.dtype)])


def check_tf1():
    last = values("run/model.ckpt-3")
    larger = restored("larger", rows=9)
    for name, array in last.items():
        equal(larger[name], with_rows(array, 9) if name.startswith("emb") else array, name)
    parts = restored("parts", emb_parts=3)
    for name, array in last.items():
        if not name.endswith("emb/ExponentialMovingAverage"):
            equal(parts[name], array, name)
    wholes = restored("wholes", parts=4)
    for name, array in last.items():
        equal(wholes[name], array, name)

    brain = values("brain")
    for name, array in last.items():
        equal(brain[name], array.astype(ml_dtypes.bfloat16) if array.dtype == np.float32 else array, name)
    back = restored("back")
    for name, array in last.items():
        equal(back[name], array.astype(ml_dtypes.bfloat16).astype(array.dtype) if array.dtype == np.float32 else array, name)

    steps = [values(f"run/model.ckpt-{i}") for i in (1, 2, 3)]
    mean = restored("mean")
    for name, array in last.items():
        if array.dtype != np.float32:
            equal(mean[name], np.zeros_like(array), name)
            continue
        flat = [step[name].reshape(-1) for step in steps]
        for got, *of in zip(mean[name].reshape(-1), *flat):
            exact = sum(Fraction(float(value)) for value in of) / 3
            half = Fraction(float(np.spacing(np.abs(got)))) / 2
            assert abs(Fraction(float(got)) - exact) <= half, (name, got, of)

    averages = values("averages")
    for name in ("emb", "dense"):
        equal(averages[name], last[name + "/ExponentialMovingAverage"], name)
    assert not any("Exponential" in name for name in averages)

    fresh = restored("fresh")
    equal(fresh["global_step"], np.int64(0), "global_step")
    drawn = tf.random.stateless_normal([4, 3], seed=[7, 0]).numpy() * np.float32(0.02)
    assert np.allclose(fresh["dense"], drawn, rtol=1e-6, atol=0), (fresh["dense"], drawn)

    turned = values("turned")
    for name, array in last.items():
        equal(turned[name], array.T if name.startswith("dense") else array, name)
    shaped = values("shaped")
    equal(shaped["dense/Adam"], last["dense/Adam"].reshape(2, 6), "dense/Adam")
    mapped = values("mapped")
    for name in ("emb", "emb/Adam", "emb/Adam_1", "emb/ExponentialMovingAverage"):
        new = np.zeros([1, 4], np.float32)
        if "Adam" not in name:
            new = (last[name].astype(np.float64).mean(0, keepdims=True)).astype(np.float32)
        equal(mapped[name], np.concatenate([last[name][[5, 0]], new, last[name][[3]]]), name)

    joined, cut = values("joined"), values("cut")
    family = values("family.ckpt")
    equal(joined["w"], np.concatenate([family[f"w_{i}"] for i in range(4)], 1), "w")
    equal(joined["w/Adam"], np.concatenate([family[f"w_{i}/Adam"] for i in range(4)], 1), "w/Adam")
    assert set(cut) == set(family)
    for name, array in family.items():
        equal(cut[name], array, name)


def check_tf2():
    old = keras_model()
    tf.train.Checkpoint(model=old, optimizer=old.optimizer).read(at("keras/ckpt")).assert_consumed()
    model = keras_model(rows=8)
    tf.train.Checkpoint(model=model, optimizer=model.optimizer).read(at("keras-larger")).assert_consumed()
    for before, after in zip([*old.variables, *old.optimizer.variables], [*model.variables, *model.optimizer.variables]):
        array = before.numpy()
        equal(after.numpy(), with_rows(array, 8) if array.shape == (5, 3) else array, before.path)

    x = np.arange(3, dtype=np.float32).reshape(1, 3)
    for name in ("saved", "saved-into"):
        equal(tf.saved_model.load(at(name))(x).numpy(), x @ np.arange(6, dtype=np.float32).reshape(3, 2), name)


if sys.argv[1] == "save":
    save()
else:
    check_tf1()
    check_tf2()
    print('"restored"')
