"""What TensorFlow makes of programs and of random initializers: reads {"programs", "initializers"} from stdin, prints both answers."""

import json
import sys

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
GLOBAL, TRAINABLE = v1.GraphKeys.GLOBAL_VARIABLES, v1.GraphKeys.TRAINABLE_VARIABLES
REUSE = {True: True, False: False, None: None, "auto": v1.AUTO_REUSE}


class Program:
    """Runs the statements of one program in a graph of its own, and tells what each variable is called and where it lies."""

    def __init__(self, statements):
        self.events = []
        self.scopes = []
        with tf.Graph().as_default() as self.graph:
            self.run(statements)
        self.collections = {
            key: [v.op.name for v in self.graph.get_collection(key)]
            for key in self.graph.get_all_collection_keys()
            if isinstance(key, str)
        }

    def run(self, statements):
        for statement in statements:
            try:
                getattr(self, statement["op"])(**{k: v for k, v in statement.items() if k != "op"})
            except Exception:
                self.events.append("error")

    def tell(self, variable):
        parts = list(variable) if hasattr(variable, "_get_partitions") else [variable]
        self.events.append([[part.op.name, part.device] for part in parts])

    def variable(self, name=None, **options):
        self.tell(v1.Variable(lambda: tf.zeros([2]), name=name, dtype=tf.float32, **options))

    def get(self, name, shape, reuse=None, parts=None, **options):
        partitioner = parts and v1.fixed_size_partitioner(*parts)
        with v1.variable_scope(v1.get_variable_scope(), reuse=REUSE[reuse], auxiliary_name_scope=False) if reuse else v1.name_scope(None):
            self.tell(v1.get_variable(name, shape, partitioner=partitioner, **options))

    def globalStep(self):
        self.tell(v1.train.get_or_create_global_step())

    def scope(self, name, body, reuse=None, parts=None, default=None):
        partitioner = parts and v1.fixed_size_partitioner(*parts)
        with v1.variable_scope(name, default_name=default, reuse=REUSE[reuse], partitioner=partitioner) as scope:
            self.scopes.append(scope)
            self.events.append(scope.name)
            self.run(body)

    def again(self, index, body, reuse=None):
        if not self.scopes:
            return
        with v1.variable_scope(self.scopes[index % len(self.scopes)], reuse=REUSE[reuse]) as scope:
            self.events.append(scope.name)
            self.run(body)

    def names(self, name, body):
        with v1.name_scope(name):
            self.run(body)

    def device(self, spec, body):
        with v1.device(spec):
            self.run(body)

    def setter(self, tasks, body):
        with v1.device(v1.train.replica_device_setter(ps_tasks=tasks)):
            self.run(body)


def initial_values(kind, shape, dtype, seed, **options):
    """The values as a list of texts that are exact."""
    if kind in ("uniform", "normal", "truncated_normal"):
        values = getattr(tf.random, "stateless_" + kind)(shape, seed=seed, dtype=dtype, **options)
    else:
        values = getattr(tf.keras.initializers, kind)(seed=seed)(shape, dtype=dtype)
    return [repr(value) for value in np.asarray(values).astype(np.float64 if dtype != "int64" else np.int64).ravel().tolist()]


def main():
    asked = json.load(sys.stdin)
    programs = [Program(statements) for statements in asked["programs"]]
    json.dump(
        {
            "programs": [{"events": p.events, "collections": p.collections} for p in programs],
            "initializers": [initial_values(**facts) for facts in asked["initializers"]],
        },
        sys.stdout,
    )


main()
