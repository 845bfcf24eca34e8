"""What the graphs of `fixtures/exchange` compute, step by step, from what TensorFlow had before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.judge import exact
from conformance.trace import step
from reference_impls import balls, batch_norm_layer, moving_averages, optimizers
from reference_impls import batch_norm_layer_gradients as layer_gradients
from reference_impls.batch_norm_layer import Parameters
from reports import distances

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.exchange import Written
    from conformance.subject import Observed
    from conformance.trace import Array

    Values = Mapping[str, Array]

STATISTICS = ("moving_mean", "moving_variance")
SHADOW = "ExponentialMovingAverage"


def results(written: Written, observed: Observed) -> Sequence[Mapping[str, Any]]:
    """What each step after the restoring must give, from what TensorFlow had before it."""
    state = written.saved
    expected: list[Mapping[str, Any]] = []
    steps = written.trace.steps
    for n, one in enumerate(steps):
        if set(one.fetches) == set(state):
            # The step before may have changed them: it says what into.
            ran = steps[n - 1] if n else step()
            expected.append({**state, **changed(written, state, ran.fetches, ran.feeds)})
            state = {
                variable: observed.seen(n + 1, variable, value) for variable, value in state.items()
            }
        else:
            y = {"y": normalized(written, state, one.feeds["x"])[0]} if "y" in one.fetches else {}
            expected.append(y)
    return expected


def changed(
    written: Written, state: Values, fetches: Sequence[str], feeds: Values
) -> dict[str, Any]:
    """The variables that a run of ``fetches`` changes, and what they are after it."""
    if written.graph == "averages":
        if "train" in fetches:
            return descended(written, state, gradients_of_weights(feeds)) | {
                "global_step": state["global_step"] + 1
            }
        return averaged(written, state) if "update" in fetches else {}
    if not {"train", "updates"} & set(fetches):
        return {}
    after = moved(written, state, feeds["x"])
    if "train" in fetches:
        after |= descended(written, state, gradients_of_layer(written, state, feeds))
    return after


def normalized(
    written: Written, state: Values, x: Array
) -> tuple[balls.Ball, balls.Ball, balls.Ball]:
    """Output, batch mean and batch variance of the layer."""
    return batch_norm_layer.training(
        balls.ball(x),
        -1,
        parameters(state),
        written.facts["epsilon"],
        fused=written.graph == "image",
    )


def parameters(state: Values) -> Parameters:
    """The layer's variables as its reference takes them."""
    names = ("gamma", "beta", *STATISTICS)
    return Parameters(*(balls.ball(state[f"layer/{name}"]) for name in names))


def moved(written: Written, state: Values, x: Array) -> dict[str, Any]:
    """The moving statistics after the UPDATE_OPS of a batch."""
    _, *statistics = normalized(written, state, x)
    return {
        f"layer/{name}": batch_norm_layer.moved(
            balls.ball(state[f"layer/{name}"]),
            value,
            written.facts["momentum"],
            momentum_is_tensor=written.graph == "image",
        )
        for name, value in zip(STATISTICS, statistics, strict=True)
    }


def gradients_of_layer(written: Written, state: Values, feeds: Values) -> dict[str, balls.Ball]:
    """The gradients of sum(y * target) to gamma and beta."""
    of = layer_gradients.training(
        balls.ball(feeds["x"]),
        -1,
        parameters(state),
        written.facts["epsilon"],
        balls.ball(feeds["target"]),
        fused=written.graph == "image",
    )
    return {f"layer/{name}": of[name] for name in ("gamma", "beta")}


def gradients_of_weights(feeds: Values) -> dict[str, balls.Ball]:
    """The gradients of sum((x * w + b) * target) to w and b."""
    x, target = balls.ball(feeds["x"]), balls.ball(feeds["target"])
    return {"w": balls.sum(x * target, (0,)), "b": balls.sum(target, (0, 1))}


def descended(
    written: Written, state: Values, gradients: Mapping[str, balls.Ball]
) -> dict[str, Any]:
    """The variables of these gradients after a step of gradient descent."""
    rate = optimizers.hyperparameter(written.facts["rate"], np.dtype("float32"))
    return {
        name: optimizers.gradient_descent(balls.ball(state[name]), gradient, rate)
        for name, gradient in gradients.items()
    }


def averaged(written: Written, state: Values) -> dict[str, Any]:
    """The shadows of w and b after an update, bit for bit."""
    decay = moving_averages.capped_decay(written.facts["decay"], state["global_step"])
    rate = moving_averages.decay_rate(decay, np.dtype("float32"))
    return {
        f"{name}/{SHADOW}": exact(
            *moving_averages.moving_average(state[f"{name}/{SHADOW}"], state[name], rate)
        )
        for name in ("w", "b")
    }


def apart(were: Sequence[Values], now: Sequence[Values]) -> dict[str, float]:
    """By step and fetch, where bits differ: the largest distance in ulp."""
    return {
        f"{n} {name}": float(found.max())
        for n, (before, after) in enumerate(zip(were, now, strict=True))
        for name, value in before.items()
        if value.dtype == np.float32
        and (found := distances.in_ulp(value, after[name], "float32")).max(initial=0)
    }
