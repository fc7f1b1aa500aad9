"""Programs that TensorFlow saves with all that training needs, and whether it restores them from what is left of that.

python stripping.py save DIRECTORY
python stripping.py restore < wanted.json, which holds {title: [check, arguments]}; prints {title: null, or why it failed}
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

v1 = tf.compat.v1
COLLECTION = "my_non_trainable_vars"
OPTIMIZERS = {
    "adam": lambda: v1.train.AdamOptimizer(0.125),
    "momentum": lambda: v1.train.MomentumOptimizer(0.125, 0.5),
    "rmsprop": lambda: v1.train.RMSPropOptimizer(0.125, momentum=0.5),
}


def dense(rows, columns, is_resource, **options):
    """A layer of two variables in the current scope."""
    kernel = v1.get_variable("kernel", [rows, columns], use_resource=is_resource, **options)
    return kernel, v1.get_variable("bias", [columns], use_resource=is_resource)


def norm(size, is_resource):
    """The four variables of a batch normalization in the current scope."""
    options = {"shape": [size], "use_resource": is_resource}
    trained = [v1.get_variable(name, **options) for name in ("gamma", "beta")]
    for name in ("moving_mean", "moving_variance"):
        v1.get_variable(name, trainable=False, **options)
    return trained


def plain(is_resource):
    """Layers in nested scopes with batch normalization, and a weight that is frozen though its name does not say so."""
    with v1.variable_scope("net"):
        with v1.variable_scope("encoder"), v1.variable_scope("layer_0"):
            dense(4, 3, is_resource)
        with v1.variable_scope("norm"):
            norm(3, is_resource)
        with v1.variable_scope("head"):
            dense(3, 2, is_resource)
    v1.get_variable("embedding_matrix", [5, 4], trainable=False, use_resource=is_resource)


def partitioned(is_resource):
    """Tables in parts, one of them not trained."""
    for name, trainable in (("table", True), ("frozen_table", False)):
        partitioner = tf.compat.v1.fixed_size_partitioner(3)
        v1.get_variable(name, [7, 2], partitioner=partitioner, trainable=trainable, use_resource=is_resource)
    with v1.variable_scope("head"):
        dense(2, 2, is_resource)


def custom(is_resource):
    """Variables that are not trained and have a collection of their own."""
    plain(is_resource)
    with v1.variable_scope("state"):
        collections = [v1.GraphKeys.GLOBAL_VARIABLES, COLLECTION]
        for name in ("low", "high"):
            v1.get_variable(name, [2], trainable=False, collections=collections, use_resource=is_resource)


MODELS = {"plain": plain, "partitioned": partitioned, "custom": custom}


def build(model, is_resource, optimizer, averages):
    """The graph with its optimizer and, where wanted, moving averages."""
    MODELS[model](is_resource)
    trained = v1.trainable_variables()
    step = v1.train.get_or_create_global_step()
    loss = tf.add_n([tf.reduce_sum(variable) for variable in trained])
    OPTIMIZERS[optimizer]().minimize(loss, global_step=step)
    if averages:
        tf.train.ExponentialMovingAverage(0.5, step).apply(trained)


def save_graph(prefix, *about):
    """Every variable of the graph with content of its own."""
    with tf.Graph().as_default(), v1.Session() as session:
        build(*about)
        for i, variable in enumerate(v1.global_variables()):
            session.run(variable.initializer)
            count = int(np.prod(variable.shape))
            values = np.linspace(i, i + 1, count).reshape(variable.shape)
            variable.load(values.astype(variable.dtype.base_dtype.as_numpy_dtype), session)
        v1.train.Saver().save(session, prefix, write_state=False)


GRAPHS = {
    "ref": ["plain", False, "adam", False],
    "resource": ["plain", True, "adam", False],
    "momentum": ["plain", False, "momentum", False],
    "rmsprop": ["plain", True, "rmsprop", True],
    "averages": ["plain", False, "adam", True],
    "partitioned_ref": ["partitioned", False, "adam", False],
    "partitioned_resource": ["partitioned", True, "momentum", False],
    "custom": ["custom", True, "adam", False],
}


def trainable(prefix, original, name, *collections):
    """Saver(var_list=trainable) restores all values, and nothing else is in the checkpoint."""
    with tf.Graph().as_default(), v1.Session() as session:
        build(*GRAPHS[name])
        wanted = list(v1.trainable_variables())
        for collection in collections:
            wanted += v1.get_collection(collection)
        everything = v1.train.Saver()
        everything.restore(session, original)
        expected = session.run(wanted)
        session.run([variable.initializer for variable in wanted])
        v1.train.Saver(var_list=wanted).restore(session, prefix)
        for variable, actual, value in zip(wanted, session.run(wanted), expected):
            np.testing.assert_array_equal(actual, value, variable.name)
        slices = [variable._get_save_slice_info() for variable in wanted]
        keys = {slice.full_name if slice else variable.op.name for variable, slice in zip(wanted, slices)}
        assert {name for name, _ in tf.train.list_variables(prefix)} == keys


def keras_program():
    """A model with batch normalization and a frozen layer, and its optimizer."""
    keras.utils.clear_session()
    frozen = keras.layers.Dense(4, name="frozen")
    layers = [frozen, keras.layers.Dense(3), keras.layers.BatchNormalization(), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((4,)), *layers])
    frozen.trainable = False
    return model, keras.optimizers.Adam(0.125)


def trained_keras():
    """The same with values of its own, after a step."""
    model, optimizer = keras_program()
    optimizer.build(model.trainable_variables)
    for i, variable in enumerate([*model.variables, *optimizer.variables]):
        count = int(np.prod(variable.shape))
        variable.assign(np.linspace(i, i + 1, count).reshape(variable.shape).astype(variable.dtype))
    return model, optimizer


def compare(actual, expected):
    """Fail unless all values are equal."""
    assert len(actual) == len(expected), (len(actual), len(expected))
    for one, other in zip(actual, expected):
        np.testing.assert_array_equal(np.array(one), np.array(other), one.path)


def keras_weights(prefix):
    """Every weight restores, into a model without an optimizer, and beside a fresh optimizer that stays as it is."""
    expected = trained_keras()[0].variables
    model, _ = keras_program()
    tf.train.Checkpoint(model=model).read(prefix).assert_existing_objects_matched()
    compare(model.variables, expected)
    model, optimizer = keras_program()
    optimizer.build(model.trainable_variables)
    before = [np.array(variable) for variable in optimizer.variables]
    tf.train.Checkpoint(model=model, optimizer=optimizer).restore(prefix).expect_partial()
    compare(model.variables, expected)
    for variable, value in zip(optimizer.variables, before):
        np.testing.assert_array_equal(np.array(variable), value, variable.path)


def keras_step(prefix):
    """The count of steps restores too, and with it the counter that restore() asks for."""
    model, optimizer = keras_program()
    tf.train.Checkpoint(model=model).restore(prefix).assert_existing_objects_matched()
    optimizer.build(model.trainable_variables)
    checkpoint = tf.train.Checkpoint(model=model, optimizer=optimizer)
    checkpoint.restore(prefix).expect_partial()
    compare([optimizer.iterations], [trained_keras()[1].iterations])
    assert int(checkpoint.save_counter) == 1


def keras_trained(prefix):
    """What is trained restores; the rest stays as it is."""
    expected = trained_keras()[0]
    model, _ = keras_program()
    others = [np.array(variable) for variable in model.non_trainable_variables]
    tf.train.Checkpoint(model=model).restore(prefix).expect_partial()
    compare(model.trainable_variables, expected.trainable_variables)
    for variable, value in zip(model.non_trainable_variables, others):
        np.testing.assert_array_equal(np.array(variable), value, variable.path)
    kept = {name for name, _ in tf.train.list_variables(prefix)}
    assert len(kept) == len(model.trainable_variables) + 1, kept


def save(directory):
    """Everything, with all that training needs."""
    os.chdir(directory)
    for name, about in GRAPHS.items():
        save_graph(f"./{name}", *about)
    model, optimizer = trained_keras()
    tf.train.Checkpoint(model=model, optimizer=optimizer).save("./keras")


if sys.argv[1] == "save":
    save(sys.argv[2])
else:
    print(json.dumps({title: outcome(globals()[check], *arguments) for title, (check, *arguments) in json.load(sys.stdin).items()}))
