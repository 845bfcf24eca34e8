"""What the checks of training share: a small network's values, and what a step makes of them."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest
from hypothesis import strategies as st

from conformance.enlargement import longer
from conformance.strategies import TAME, arrays, dtype_of, make_array
from conformance.subject import Observed
from conformance.trace import Array, Step, step
from reference_impls import balls, batch_norm_layer, moving_averages, networks, norms, optimizers
from reference_impls.balls import Ball
from reference_impls.networks import Pass

DECAY, EPSILON, WEIGHT_DECAY, LEARNING_RATE = 0.9, 0.001, 0.01, 0.125
BATCH = 4
OUTPUTS = longer(2)
SHAPES: dict[str, tuple[int, ...]] = {
    "kernel": (2, 2, 2, 3),
    "gamma": (3,),
    "beta": (3,),
    "weights": (12, OUTPUTS),
    "biases": (OUTPUTS,),
    "moving_mean": (3,),
    "moving_variance": (3,),
}
STATISTICS = ("moving_mean", "moving_variance")
TRAINABLE = tuple(name for name in SHAPES if name not in STATISTICS)
# tf.layers chooses the fused kernel for images.
REFERENCES = {"none": "none", "composed": "composed", "fused": "fused", "layers": "fused"}

KINDS = (
    ("composed", "float32"),
    ("composed", "float64"),
    ("fused", "float32"),
    ("layers", "float32"),
)
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])

# Gives the array of a name and a shape.
Draw = Callable[[str, tuple[int, ...]], Array]
Values = Mapping[str, Array]


def drawn(data: st.DataObject, dtype: str) -> Draw:
    """Arrays that hypothesis draws."""
    return lambda name, shape: data.draw(arrays(dtype, shape, TAME), label=name)


def fixed(dtype: str, regime: str = "unit") -> Draw:
    """Arrays that are always the same."""
    seeds = itertools.count(1)
    return lambda _, shape: make_array(dtype, shape, regime, next(seeds))


def names_of(batch_norm: str) -> list[str]:
    """The variables of a network."""
    without = () if batch_norm != "none" else ("gamma", "beta", *STATISTICS)
    return [name for name in SHAPES if name not in without]


def initial_values(draw: Draw, batch_norm: str, prefix: str = "") -> dict[str, Array]:
    """Draw every variable's value, by its name behind ``prefix``."""
    return {prefix + name: draw(prefix + name, SHAPES[name]) for name in names_of(batch_norm)}


def batch(draw: Draw, n: int) -> dict[str, Array]:
    """Draw the ``n``-th batch."""
    return {"x": draw(f"x {n}", (BATCH, 3, 3, 2)), "target": draw(f"target {n}", (BATCH, OUTPUTS))}


def set_variables(values: Values) -> Step:
    """The run that gives the variables their values."""
    return step("set", **{f"set_{name}": value for name, value in values.items()})


def state_at(observed: Observed, at: int, otherwise: Values) -> dict[str, Array]:
    """The variables TensorFlow had at a step, or ``otherwise`` where it stopped before."""
    return {name: observed.seen(at, name, value) for name, value in otherwise.items()}


def one_pass(values: Values, fed: Values, batch_norm: str) -> Pass:
    """The reference's pass through the network."""
    return networks.forward_and_back(
        {name: balls.ball(value) for name, value in values.items()},
        balls.ball(fed["x"]),
        balls.ball(fed["target"]),
        REFERENCES[batch_norm],
        EPSILON,
    )


def loss_with_decay(done: Pass, values: Values) -> Ball:
    """The loss, with the weight decay of the kernel."""
    return norms.add_n([done.loss, norms.l2_loss(balls.ball(values["kernel"])) * WEIGHT_DECAY])


def decayed(done: Pass, values: Values) -> dict[str, Ball]:
    """The gradients of that loss."""
    kernel = balls.ball(values["kernel"])
    share = norms.l2_loss_gradient(kernel, balls.ball(WEIGHT_DECAY, kernel.dtype))
    return {**done.gradients, "kernel": done.gradients["kernel"] + share}


def descended(values: Values, gradients: Mapping[str, Ball]) -> dict[str, Ball]:
    """The trainable variables after a step of gradient descent."""
    rate = optimizers.hyperparameter(LEARNING_RATE, values["kernel"].dtype)
    return {
        name: optimizers.gradient_descent(balls.ball(values[name]), gradient, rate)
        for name, gradient in gradients.items()
    }


def moved(values: Values, done: Sequence[Pass], batch_norm: str) -> dict[str, Ball]:
    """The moving statistics after the updates of these passes, in any order."""
    is_tensor = batch_norm == "layers"
    if len(done) == 1:
        move = functools.partial(
            batch_norm_layer.moved, momentum=DECAY, momentum_is_tensor=is_tensor
        )
        mean, variance = done[0].mean, done[0].variance
        if mean is None or variance is None:
            return {}
        return {
            "moving_mean": move(balls.ball(values["moving_mean"]), mean),
            "moving_variance": move(balls.ball(values["moving_variance"]), variance),
        }
    decay = np.asarray(DECAY, np.float32) if is_tensor else DECAY
    rate = balls.ball(moving_averages.decay_rate(decay, values["kernel"].dtype))
    towards = {
        "moving_mean": [one.mean for one in done if one.mean is not None],
        "moving_variance": [one.variance for one in done if one.variance is not None],
    }
    return {
        name: networks.moved_by_all(balls.ball(values[name]), batches, rate)
        for name, batches in towards.items()
        if batches
    }


def steps_so_far(count: int) -> Array:
    """The global step."""
    return np.asarray(count, np.int64)


def zeros_of(dtype: str, names: Sequence[str]) -> dict[str, Array]:
    """Zeros in the shape of each variable."""
    return {name: np.zeros(SHAPES[name], dtype_of(dtype)) for name in names}
