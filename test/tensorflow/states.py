"""Reads pairs of a directory and a state file in it from stdin; says how TensorFlow reads each."""

import json
import os
import sys

import tensorflow as tf


def read(directory, name):
    """The state as TensorFlow has it, its latest checkpoint, and whether that opens."""
    state = tf.train.get_checkpoint_state(directory, name)
    latest = tf.train.latest_checkpoint(directory, name)
    return {
        "latest": state and state.model_checkpoint_path,
        "all": state and list(state.all_model_checkpoint_paths),
        "timestamps": state and list(state.all_model_checkpoint_timestamps),
        "found": latest and os.path.normpath(latest),
        "names": latest and sorted(tf.train.load_checkpoint(latest).get_variable_to_shape_map()),
    }


print(json.dumps([read(directory, name) for directory, name in json.load(sys.stdin)]))
