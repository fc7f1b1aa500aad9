"""Saves variables as TensorFlow's Saver does, next to what the engine wrote of the same ones; and uses the engine's .meta files.

Reads {"cases", "schedules"} from stdin. Of each case it writes the checkpoints in `theirs`, and, with no code of the model,
imports the newest .meta in `ours` and restores; prints the values by name, what is trainable, and what runs wrong.
"""

import json
import os
import sys
from unittest import mock

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
CONFIG = v1.ConfigProto(device_count={"CPU": 3})


def values(k, dtype, shape):
    """The elements of variable `k`, by a rule that the other side has too."""
    numbers = (np.arange(int(np.prod(shape, dtype=np.int64))) * 13 + k * 7) % 50
    if dtype == "string":
        flat = np.array([b"s%d" % n for n in numbers], dtype=object)
    elif dtype == "bool":
        flat = numbers % 2 == 1
    elif dtype.startswith("complex"):
        flat = numbers / 4 - 1j * numbers
    elif "float" in dtype:
        flat = numbers / 4 - 3
    else:
        flat = numbers
    return flat.reshape(shape)


def as_constant(k, dtype, shape):
    given = values(k, dtype, shape)
    return tf.constant(given if dtype == "string" else given.astype(tf.as_dtype(dtype).as_numpy_dtype), dtype=dtype, shape=shape)


def make(k, name, dtype, shape, parts=None, device=None, trainable=True, collections=None):
    partitioner = parts and v1.fixed_size_partitioner(*parts)
    with v1.device(device):
        return v1.get_variable(
            name,
            initializer=as_constant(k, dtype, shape),
            partitioner=partitioner,
            trainable=trainable,
            collections=collections,
        )


def save(folder, variables, saver, saves):
    os.makedirs(folder)
    with tf.Graph().as_default(), v1.Session(config=CONFIG) as session:
        made = [make(k, **facts) for k, facts in enumerate(variables)]
        names = saver.pop("names", None)
        listed = names and {name: made[index] for name, index in names.items()}
        writer = v1.train.Saver(listed, **saver)
        session.run(v1.global_variables_initializer())
        for facts in saves:
            path = facts.pop("path")
            writer.save(session, os.path.join(folder, path), write_meta_graph=False, **facts)


def plain(value):
    array = np.asarray(value, dtype=object if isinstance(value, bytes) else None)
    if array.dtype == object:
        return [element.decode() for element in array.ravel()]
    if array.dtype.kind == "c":
        return [str(part) for element in array.ravel() for part in (element.real, element.imag)]
    return [str(element) for element in array.astype(np.float64).ravel()]


def use(meta, checkpoint):
    """What a program that knows nothing of the model gets from a .meta and its checkpoint."""
    with tf.Graph().as_default() as graph, v1.Session(config=CONFIG) as session:
        saver = v1.train.import_meta_graph(meta)
        variables = v1.global_variables()
        session.run(v1.global_variables_initializer())
        initial = {v.op.name: plain(session.run(v)) for v in variables}
        for v in variables:
            if v.dtype.is_floating:
                session.run(v.initializer)
        saver.restore(session, checkpoint)
        restored = {v.op.name: plain(session.run(v)) for v in variables}
        with mock.patch.object(sys, "stderr"):
            again = saver.save(session, meta + ".again", write_meta_graph=False, write_state=False)
        names = sorted(name for name, _ in tf.train.list_variables(again))
        for path in tf.io.gfile.glob(meta + ".again*"):
            os.remove(path)
        return {
            "initial": initial,
            "restored": restored,
            "trainable": [v.op.name for v in v1.trainable_variables()],
            "collections": {
                key: [getattr(v, "name", str(v)).split(":")[0] for v in graph.get_collection(key)]
                for key in graph.get_all_collection_keys()
            },
            "shapes": {v.op.name: v.shape.as_list() for v in variables},
            "dtypes": {v.op.name: v.dtype.base_dtype.name for v in variables},
            "devices": {v.op.name: v.device for v in variables},
            "saved_again": names,
            "operations": [op in {o.name for o in graph.get_operations()} for op in ("save/restore_all", "save/Const")],
        }


def retention(folder, limits, steps):
    """The files and the state file after each save of a schedule: pairs of a time and a step."""
    os.makedirs(folder)
    after = []
    clock = mock.patch("time.time", lambda: now[0])
    now = [1_600_000_000.0]
    with clock, tf.Graph().as_default(), v1.Session() as session:
        v1.Variable(1.0, name="v")
        writer = v1.train.Saver(**limits)
        session.run(v1.global_variables_initializer())
        for seconds, step in steps:
            now[0] += seconds
            writer.save(session, os.path.join(folder, "m"), global_step=step, write_meta_graph=False)
            with open(os.path.join(folder, "checkpoint")) as state:
                after.append([sorted(os.listdir(folder)), state.read()])
    return after


def main():
    asked = json.load(sys.stdin)
    used = []
    for case in asked["cases"]:
        save(case["theirs"], case["variables"], case["saver"], case["saves"])
    for meta, checkpoint in asked["metas"]:
        try:
            used.append(use(meta, checkpoint))
        except Exception as error:  # whatever it is, it is to be shown
            used.append({"error": "%s: %s" % (type(error).__name__, str(error)[:2000])})
    schedules = [retention(**schedule) for schedule in asked["schedules"]]
    json.dump({"used": used, "schedules": schedules}, sys.stdout)


main()
