"""A TensorFlow of a hundred lines on NumPy, for tests of the machinery around TensorFlow.

It starts in a fraction of a second, so a test may crash it a dozen times. A tensor is a function of
the feeds. It has what the worker itself needs, ``py_func``, and what `graphs.batch_norm.moments`
uses.
"""

# ruff: noqa: ARG001, ARG002, ARG005  (the arguments are TensorFlow's)

import contextlib
import sys
import types

import ml_dtypes
import numpy as np

__version__ = "2.21.0"

compat = types.SimpleNamespace()
logging = types.SimpleNamespace(ERROR=40, set_verbosity=lambda level: None)
bfloat16 = types.SimpleNamespace(as_numpy_dtype=ml_dtypes.bfloat16)
float32 = np.float32


class OpError(Exception):
    """Stands for tf.errors.OpError."""


class InvalidArgumentError(OpError):
    """Stands for tf.errors.InvalidArgumentError."""


errors = types.SimpleNamespace(OpError=OpError, InvalidArgumentError=InvalidArgumentError)


class CallableOptions:
    """Stands for CallableOptions of tensorflow/core/protobuf/config.proto."""

    def __init__(self):
        self.feed, self.fetch, self.target = [], [], []


sys.modules["tensorflow.core"] = types.ModuleType("tensorflow.core")
sys.modules["tensorflow.core.protobuf"] = types.ModuleType("tensorflow.core.protobuf")
sys.modules["tensorflow.core.protobuf"].config_pb2 = types.SimpleNamespace(
    CallableOptions=CallableOptions
)


made = {}


class Tensor:
    """A value computed from the feeds."""

    def __init__(self, compute, name="tensor"):
        self.name = f"{name}_{len(made)}:0"
        made[self.name] = self
        self.compute = compute


class Operation(Tensor):
    """What has no value."""

    node_def = None


def placeholder(dtype, shape=None, name="placeholder"):
    """Stand for tf.placeholder."""
    fed = Tensor(lambda feeds: feeds[fed], name)
    return fed


def py_func(function, inputs, dtype):
    """Stand for tf.py_func."""
    return Tensor(lambda feeds: function(*[one.compute(feeds) for one in inputs]))


def group(*operations):
    """Stand for tf.group."""

    def compute(feeds):
        for one in operations:
            one.compute(feeds)

    return Operation(compute, "group")


global_variables_initializer = local_variables_initializer = group


def global_variables():
    """Stand for tf.global_variables: there are none."""
    return []


local_variables = global_variables


def set_random_seed(seed):
    """Stand for tf.set_random_seed."""


class Graph:
    """Stands for tf.Graph."""

    @contextlib.contextmanager
    def as_default(self):
        """Do nothing: tensors know their inputs."""
        yield self

    def as_graph_element(self, fetch):
        """Give the tensor or operation itself."""
        return fetch


class ConfigProto:
    """Stands for tf.ConfigProto."""

    def __init__(self, **fields):
        self.fields = fields


class Session:
    """Stands for tf.Session."""

    def __init__(self, graph=None, config=None):
        self.graph = graph

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, fetches, feeds=None):
        """Give the value of a fetch, or of each in a list or a dict."""
        feeds = feeds or {}
        if isinstance(fetches, dict):
            return {name: one.compute(feeds) for name, one in fetches.items()}
        if isinstance(fetches, list):
            return [one.compute(feeds) for one in fetches]
        return fetches.compute(feeds)

    def _make_callable_from_options(self, options):
        fed, fetched, targets = (
            [made[name] for name in names]
            for names in (options.feed, options.fetch, options.target)
        )

        def call(*values):
            feeds = dict(zip(fed, values, strict=True))
            for one in targets:
                one.compute(feeds)
            return [one.compute(feeds) for one in fetched]

        return call

    def close(self):
        """Do nothing."""


def _moments(x, axes, keep_dims=False):
    def tensor(statistic):
        def compute(feeds):
            value = x.compute(feeds)
            return np.asarray(statistic(value, tuple(axes), keepdims=keep_dims), value.dtype)

        return Tensor(compute, statistic.__name__)

    return tensor(np.mean), tensor(np.var)


nn = types.SimpleNamespace(moments=_moments)
