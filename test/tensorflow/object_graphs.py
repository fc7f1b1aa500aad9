"""Models that TensorFlow saves, and whether it restores them from checkpoints that were changed in between.

python object_graphs.py save DIRECTORY
python object_graphs.py restore < wanted.json, which holds {check: prefix}; prints {check: null, or why it failed}
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


class Dense(tf.Module):
    """A layer of two variables."""

    def __init__(self, rows, columns):
        super().__init__()
        self.kernel = tf.Variable(tf.zeros([rows, columns]), name="kernel")
        self.bias = tf.Variable(tf.zeros([columns]), name="bias")


class Network(tf.Module):
    """Two parts under names of choice; the first has a list, awkward names and knows the network it is in."""

    def __init__(self, first="encoder", second="decoder"):
        super().__init__()
        encoder = tf.Module()
        encoder.layers = [Dense(4, 3), Dense(3, 2)]
        encoder.tables = {"a/b": tf.Variable([0.0, 0.0]), "x.y": tf.Variable([0.0, 0.0, 0.0])}
        encoder.owner = self
        decoder = Dense(2, 2)
        setattr(self, first, encoder)
        setattr(self, second, decoder)
        self.parts = lambda: (encoder, decoder)

    def values(self):
        """The variables in an order that names do not change."""
        encoder, decoder = self.parts()
        layers = [*encoder.layers, decoder]
        tables = [encoder.tables["a/b"], encoder.tables["x.y"]]
        return [*tables, *(value for layer in layers for value in (layer.kernel, layer.bias))]


class Modules:
    """A network and an optimizer that keeps slots."""

    def __init__(self, trained, first="encoder", second="decoder"):
        self.network = Network(first, second)
        self.optimizer = tf.compat.v1.train.AdamOptimizer(0.125)
        if trained:
            fill(self.network.values())
        self.step(0.5 if trained else 0.0)

    def step(self, factor):
        """A step with gradients that are known, which makes the slots."""
        variables = self.network.values()
        self.optimizer.apply_gradients([(tf.fill(variable.shape, factor), variable) for variable in variables])

    def values(self):
        """Variables, then slots."""
        variables = self.network.values()
        slots = [self.optimizer.get_slot(variable, name) for variable in variables for name in ("m", "v")]
        return [*variables, *slots, *self.optimizer._get_beta_accumulators()]


class KerasNetwork(keras.Model):
    """A subclassed Keras model of two layers, the first under a name of choice."""

    def __init__(self, first="encoder"):
        super().__init__()
        setattr(self, first, keras.layers.Dense(3))
        self.first = first
        self.decoder = keras.layers.Dense(2)

    def call(self, inputs):
        """Pass the inputs through both layers."""
        return self.decoder(getattr(self, self.first)(inputs))


class Keras:
    """A Keras model and its Adam after one step."""

    def __init__(self, trained, first="encoder"):
        self.model = KerasNetwork(first)
        self.model(tf.zeros([1, 4]))
        self.optimizer = keras.optimizers.Adam(0.125)
        self.optimizer.build(self.model.trainable_variables)
        if trained:
            fill(self.model.variables)
            gradients = [tf.fill(variable.shape, 0.5) for variable in self.model.trainable_variables]
            self.optimizer.apply_gradients(zip(gradients, self.model.trainable_variables))

    def values(self):
        """Weights, then what the optimizer keeps."""
        return [*self.model.variables, *self.optimizer.variables]


class Counter(tf.train.experimental.PythonState):
    """State that is no variable."""

    def __init__(self, count):
        self.count = count

    def serialize(self):
        """The state as bytes."""
        return str(self.count)

    def deserialize(self, string):
        """Take the state from bytes."""
        self.count = int(string)


class Others:
    """A lookup table, a state of Python, a generator of random numbers, and an object that is shared."""

    def __init__(self, trained):
        self.table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
        self.counter = Counter(7 if trained else 0)
        self.generator = tf.random.Generator.from_seed(5 if trained else 6)
        self.shared = Dense(2, 3)
        if trained:
            self.table.insert(tf.constant(["a", "b"]), tf.constant([3, 4], tf.int64))
            fill([self.shared.kernel, self.shared.bias])

    def root(self):
        """All of it in one object, some of it twice."""
        root = tf.train.Checkpoint(table=self.table, counter=self.counter)
        root.left = tf.train.Checkpoint(dense=self.shared, generator=self.generator)
        root.right = tf.train.Checkpoint(also=self.shared)
        return root

    def values(self):
        """Everything as tensors."""
        found = self.table.lookup(tf.constant(["a", "b", "c"]))
        return [found, tf.constant(self.counter.count), self.generator.state, self.shared.kernel, self.shared.bias]


def fill(variables):
    """Values that tell variables apart."""
    for i, variable in enumerate(variables):
        count = int(np.prod(variable.shape))
        variable.assign(np.linspace(i, i + 1, count, dtype=np.float32).reshape(variable.shape))


def arrays(values):
    """Values as arrays."""
    return [np.array(value) for value in values]


def compare(actual, expected, indices=None):
    """Fail unless values are equal; only those at indices, where given."""
    actual, expected = arrays(actual), arrays(expected)
    assert len(actual) == len(expected), (len(actual), len(expected))
    for i in range(len(actual)) if indices is None else indices:
        np.testing.assert_array_equal(actual[i], expected[i], f"value {i}")


def missing(status, count):
    """Fail unless TensorFlow says that so many objects of the program found no value."""
    try:
        status.assert_existing_objects_matched()
    except AssertionError as error:
        assert f"Found {count} Python objects that were not bound" in str(error), error
        return
    raise AssertionError("nothing was reported as missing")


def save(directory):
    """Save every model."""
    os.chdir(directory)
    modules, with_keras, others = Modules(True), Keras(True), Others(True)
    tf.train.Checkpoint(model=modules.network, optimizer=modules.optimizer).save("./modules")
    tf.train.Checkpoint(net1=tf.train.Checkpoint(model=modules.network, optimizer=modules.optimizer)).write("./nested")
    tf.train.Checkpoint(modules.network).write("./root")
    tf.train.Checkpoint(model=with_keras.model, optimizer=with_keras.optimizer).write("./keras")
    others.root().write("./others")


def restore_modules(prefix, first="encoder", second="decoder", wrap=lambda checkpoint: checkpoint, **names):
    """Restore modules and compare all values."""
    fresh = Modules(False, first, second)
    objects = {names.get("model", "model"): fresh.network, names.get("optimizer", "optimizer"): fresh.optimizer}
    checkpoint = wrap(tf.train.Checkpoint(**objects))
    status = checkpoint.read(prefix)
    status.assert_existing_objects_matched()
    compare(fresh.values(), Modules(True).values())
    return status


def modules_same(prefix):
    """The model as it was, to the last value."""
    fresh = Modules(False)
    checkpoint = tf.train.Checkpoint(model=fresh.network, optimizer=fresh.optimizer)
    checkpoint.restore(prefix).assert_consumed()
    compare(fresh.values(), Modules(True).values())
    assert int(checkpoint.save_counter) == 1


def modules_body(prefix):
    """The encoder is called body."""
    restore_modules(prefix, "body")


def modules_swapped(prefix):
    """Encoder and decoder changed names."""
    restore_modules(prefix, "decoder", "encoder")


def modules_optimizer(prefix):
    """The optimizer is called opt."""
    restore_modules(prefix, optimizer="opt")


def modules_deep(prefix):
    """Model and encoder have new names, and the model lies deeper."""
    restore_modules(prefix, "body", wrap=lambda inner: tf.train.Checkpoint(net=inner.model, optimizer=inner.optimizer))


def modules_net1(prefix):
    """Everything lies in net1."""
    restore_modules(prefix, wrap=lambda inner: tf.train.Checkpoint(net1=inner))


def modules_inner(prefix):
    """The model alone lies in an object that was not there."""

    def wrap(inner):
        return tf.train.Checkpoint(net=tf.train.Checkpoint(model=inner.model), optimizer=inner.optimizer)

    restore_modules(prefix, wrap=wrap)


def nested_stripped(prefix):
    """What lay in net1 lies in the root."""
    restore_modules(prefix).assert_consumed()


def root_net1(prefix):
    """What was the root is called net1; it knows itself as the owner of the encoder."""
    fresh = Network()
    tf.train.Checkpoint(net1=fresh).read(prefix).assert_consumed()
    compare(fresh.values(), Modules(True).network.values())


def only_encoder(prefix, first="encoder", slots=True):
    """The encoder restores, the decoder is reported as missing and stays as it is."""
    fresh = Modules(False, first)
    before = arrays(fresh.values())
    checkpoint = tf.train.Checkpoint(model=fresh.network, optimizer=fresh.optimizer)
    checkpoint.read(prefix).expect_partial()
    count = len(fresh.network.values())
    encoder = [*range(count - 2), *(range(count, count + 2 * (count - 2)) if slots else ())]
    compare(fresh.values(), Modules(True).values(), encoder)
    compare(fresh.values(), before, [count - 2, count - 1])
    status = tf.train.Checkpoint(model=Network(first)).read(prefix)
    missing(status.expect_partial(), 2)


def encoder_without_slots(prefix):
    """The encoder restores, its slots do not."""
    only_encoder(prefix, slots=False)


def encoder_as_body(prefix):
    """What was kept was renamed too."""
    only_encoder(prefix, "body")


def without_slots(prefix):
    """All variables restore into a model without an optimizer, to the last value of the checkpoint."""
    fresh = Modules(False)
    tf.train.Checkpoint(model=fresh.network).read(prefix).assert_consumed()
    compare(fresh.network.values(), Modules(True).network.values())


def slots_without_variables(prefix):
    """The slots restore although the values of their variables are not there."""
    fresh = Modules(False)
    before = arrays(fresh.network.values())
    tf.train.Checkpoint(model=fresh.network, optimizer=fresh.optimizer).read(prefix).expect_partial()
    count = len(before)
    compare(fresh.values(), Modules(True).values(), range(count, 3 * count))
    compare(fresh.network.values(), before)


def decoder_part(prefix):
    """The kernel of the decoder moved to another object."""
    fresh, other = Modules(False), tf.Module()
    other.kernel = tf.Variable(tf.zeros([2, 2]))
    fresh.network.head = other
    tf.train.Checkpoint(model=fresh.network, optimizer=fresh.optimizer).read(prefix).expect_partial()
    expected = Modules(True).values()
    count = len(fresh.network.values())
    compare(fresh.values(), expected, [*range(count - 2), count - 1])
    compare([other.kernel], [expected[count - 2]])


def all_but_decoder_kernel(prefix):
    """All but one value restore."""
    fresh = Modules(False)
    tf.train.Checkpoint(model=fresh.network, optimizer=fresh.optimizer).read(prefix).expect_partial()
    expected = Modules(True).values()
    missing = len(fresh.network.values()) - 2
    compare(fresh.values(), expected, [i for i in range(len(expected)) if i != missing])
    assert not np.any(fresh.values()[missing].numpy())


def restore_keras(prefix, first="encoder", optimizer="optimizer"):
    """Restore the Keras model and its optimizer."""
    fresh = Keras(False, first)
    checkpoint = tf.train.Checkpoint(**{"model": fresh.model, optimizer: fresh.optimizer})
    checkpoint.read(prefix).assert_existing_objects_matched().assert_consumed()
    compare(fresh.values(), Keras(True).values())


def keras_same(prefix):
    """The model as it was."""
    restore_keras(prefix)


def keras_body(prefix):
    """The first layer is called body."""
    restore_keras(prefix, "body")


def keras_optimizer(prefix):
    """The optimizer is called opt."""
    restore_keras(prefix, optimizer="opt")


def keras_model(prefix):
    """The weights restore without the optimizer."""
    fresh = Keras(False)
    status = tf.train.Checkpoint(model=fresh.model).read(prefix)
    status.assert_existing_objects_matched()
    compare(fresh.model.variables, Keras(True).model.variables)


def others_same(prefix):
    """Everything as it was."""
    fresh = Others(False)
    fresh.root().read(prefix).assert_consumed()
    compare(fresh.values(), Others(True).values())


def others_moved(prefix):
    """Table and state in a new object; the shared layer renamed where its values are stored."""
    fresh = Others(False)
    root = tf.train.Checkpoint(new=tf.train.Checkpoint(lookup=fresh.table, counter=fresh.counter))
    root.left = tf.train.Checkpoint(layer=fresh.shared, generator=fresh.generator)
    root.right = tf.train.Checkpoint(also=fresh.shared)
    root.read(prefix).assert_consumed()
    compare(fresh.values(), Others(True).values())


def others_table(prefix):
    """The table alone."""
    fresh = Others(False)
    fresh.root().read(prefix).expect_partial()
    compare(fresh.values(), Others(True).values(), [0])
    assert fresh.counter.count == 0


def shared_by_alias(prefix):
    """The shared layer restores by its other name too."""
    fresh = Others(False)
    tf.train.Checkpoint(right=tf.train.Checkpoint(also=fresh.shared)).read(prefix).expect_partial()
    compare(fresh.values(), Others(True).values(), [3, 4])


def answer(check, prefix):
    """Nothing, or why a check failed; and the names that TensorFlow lists."""
    names = [name for name, _ in tf.train.list_variables(prefix)]
    return {"failure": outcome(globals()[check.split(":")[0]], prefix), "names": names}


if sys.argv[1] == "save":
    save(sys.argv[2])
else:
    print(json.dumps({check: answer(check, prefix) for check, prefix in json.load(sys.stdin).items()}))
