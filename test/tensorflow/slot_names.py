"""Saves programs of TF1 whose optimizers have names of their own; prints, by prefix, of each slot what it belongs to."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf

tf1 = tf.compat.v1

OPTIMIZERS = {
    "adam": (tf1.train.AdamOptimizer, {"name": "my_opt"}),
    "momentum": (tf1.train.MomentumOptimizer, {"learning_rate": 0.1, "momentum": 0.9, "name": "generator_step"}),
    "rmsprop": (tf1.train.RMSPropOptimizer, {"learning_rate": 0.1, "name": "outer/inner"}),
    "ftrl": (tf1.train.FtrlOptimizer, {"learning_rate": 0.1, "name": "x"}),
}


def save(prefix, make, options):
    """Saves a small program with one optimizer; returns its slots by name, each with its variable."""
    with tf.Graph().as_default():
        with tf1.variable_scope("net"):
            variables = [tf1.get_variable("kernel", [3, 2]), tf1.get_variable("bias", [2])]
            tf1.get_variable("kernel/scale", [2], trainable=False)
        loss = sum(tf1.reduce_sum(variable * variable) for variable in variables)
        optimizer = make(**options)
        optimizer.minimize(loss)
        with tf1.Session() as session:
            session.run(tf1.global_variables_initializer())
            tf1.train.Saver().save(session, prefix, write_state=False)
        return {
            optimizer.get_slot(variable, slot).op.name: variable.op.name
            for slot in optimizer.get_slot_names()
            for variable in variables
        }


def main(directory):
    """Saves every program in a directory."""
    prefixes = {name: os.path.join(directory, name) for name in OPTIMIZERS}
    print(json.dumps({prefixes[name]: save(prefixes[name], *OPTIMIZERS[name]) for name in OPTIMIZERS}))


main(sys.argv[1])
