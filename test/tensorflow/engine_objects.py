"""Trees of objects on TensorFlow's side: built from the same description, saved, or restored and read.

Input: [{"tree": NODE, "path": PATH, "do": "restore" | "save" | "write"}]; a NODE is {"v": [numbers], "dtype": NAME},
{"list": [NODE]}, {"dict": {NAME: NODE}}, {"module": {NAME: NODE}} or {"ref": NUMBER}, the node of that number, counted as met.
Output: for each what TensorFlow says: values in the order of the variables, or the path saved, or the error.
"""

import json
import os
import sys

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402


class Builder:
    """One tree."""

    def __init__(self, filled):
        self.filled = filled
        self.nodes = []
        self.variables = []

    def build(self, node):
        """The object of a node."""
        if "ref" in node:
            return self.nodes[node["ref"]]
        at = len(self.nodes)
        self.nodes.append(None)
        if "v" in node:
            values = np.array(node["v"], node["dtype"])
            made = tf.Variable(values if self.filled else np.zeros_like(values))
            self.variables.append(made)
        elif "list" in node:
            made = [self.build(inner) for inner in node["list"]]
        elif "dict" in node:
            made = {name: self.build(inner) for name, inner in node["dict"].items()}
        else:
            made = tf.Module()
            self.nodes[at] = made
            for name, inner in node["module"].items():
                setattr(made, name, self.build(inner))
        self.nodes[at] = made
        return made


def answer(case):
    """What TensorFlow makes of one case."""
    builder = Builder(case["do"] != "restore")
    objects = {name: builder.build(node) for name, node in case["tree"]["module"].items()}
    checkpoint = tf.train.Checkpoint(**objects)
    if case["do"] == "save":
        return checkpoint.save(case["path"])
    if case["do"] == "write":
        return checkpoint.write(case["path"])
    read = checkpoint.restore if case.get("counted", True) else checkpoint.read
    read(case["path"]).assert_consumed()
    return [variable.numpy().ravel().tolist() for variable in builder.variables]


def main():
    """Every case, an error as its text."""
    answers = []
    for case in json.load(sys.stdin):
        try:
            answers.append(answer(case))
        except Exception as error:  # noqa: BLE001
            answers.append({"error": f"{type(error).__name__}: {error}"[:300]})
    json.dump(answers, sys.stdout)


main()
