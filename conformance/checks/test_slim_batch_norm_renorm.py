"""Batch renormalisation by tf.contrib.layers.batch_norm and tf_slim.batch_norm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.slim_layers import CALLS, CHANNELS, STATISTICS, Layer, libraries
from conformance.judge import judge
from conformance.semantics import semantics
from conformance.strategies import TAME, named
from conformance.trace import Array, step, trace
from reference_impls import balls, batch_norm_layer, batch_renorm
from reference_impls.batch_renorm import Averages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.subject import Subject
    from reference_impls.balls import Ball

DECAY, RENORM_DECAY = 0.9, 0.5
CLIPPING = {"rmin": 0.5, "rmax": 2.0, "dmax": 0.25}


def draw_averages(data: st.DataObject, weights: bool) -> dict[str, Array]:
    """The variables that renorm adds, by the last part of their names."""
    names = ["renorm_mean", "renorm_stddev", *["moving_stddev"] * (not weights)]
    drawn = data.draw(named(names, "float32", [CHANNELS], TAME), label="variables")
    for name in names[1:]:
        drawn[name] = np.abs(drawn[name])
    if weights:
        for name in ("renorm_mean_weight", "renorm_stddev_weight"):
            weight = data.draw(st.sampled_from((0.0, 0.5, 1.0)), label=name)
            drawn[name] = np.asarray(weight, np.float32)
    return drawn


def averages_of(values: Mapping[str, Array]) -> Averages:
    """The averages as the reference takes them."""
    of = {name: balls.ball(value) for name, value in values.items()}
    return Averages(
        of["renorm_mean"],
        of["renorm_stddev"],
        of.get("renorm_mean_weight"),
        of.get("renorm_stddev_weight"),
    )


def moved(value: Ball, before: Array, decay: float) -> Ball:
    """An average after an update."""
    return batch_norm_layer.moved(balls.ball(before), value, decay, momentum_is_tensor=False)


def updated(
    mean: Ball,
    variance: Ball,
    before: Mapping[str, Array],
    after: Mapping[str, Array],
    epsilon: float,
) -> dict[str, Ball]:
    """Every average after an update by a batch of these moments.

    What follows from other averages is judged from what TensorFlow has of those ``after`` it.
    """
    averages = batch_renorm.moved_averages(
        averages_of(before), mean, variance, epsilon, RENORM_DECAY
    )
    expected = {"renorm_mean": averages.mean, "renorm_stddev": averages.stddev}
    if averages.mean_weight is not None and averages.stddev_weight is not None:
        expected["renorm_mean_weight"] = averages.mean_weight
        expected["renorm_stddev_weight"] = averages.stddev_weight
        debiased = batch_renorm.debiased_statistics(averages_of(after), epsilon)
        for name, value in zip(STATISTICS, debiased, strict=True):
            expected[name] = moved(value, before[name], DECAY)
        return expected
    stddev = batch_renorm.standard_deviation(variance, epsilon)
    expected["moving_stddev"] = moved(stddev, before["moving_stddev"], DECAY)
    expected["moving_variance"] = batch_renorm.variance_of(
        balls.ball(after["moving_stddev"]), epsilon
    )
    expected["moving_mean"] = moved(mean, before["moving_mean"], DECAY)
    return expected


@libraries
@pytest.mark.parametrize("call", ["image", "rows", "channels_first"])
@pytest.mark.parametrize("clipping", [None, CLIPPING], ids=["unclipped", "clipped"])
@given(data=st.data())
def test_training(
    subject: Subject,
    library: str,
    call: str,
    clipping: dict[str, float] | None,
    data: st.DataObject,
) -> None:
    """The output is corrected to what the averages would make of it; updates move them after."""
    layer = Layer(
        subject,
        data,
        library,
        "float32",
        is_training=True,
        scale=True,
        decay=DECAY,
        renorm=True,
        renorm_decay=RENORM_DECAY,
        renorm_clipping=clipping,
        **CALLS[call],
    )
    layer.values |= draw_averages(data, semantics(subject, "renorm_averages_have_weights"))
    before = {name: value for name, value in layer.values.items() if name not in ("gamma", "beta")}
    batch = layer.draw_batch(data)
    observed = subject.run(
        layer.graph,
        trace(
            layer.set_variables(),
            step("y", **batch.feeds),
            step(*before),
            step("updates", **batch.feeds),
            step(*before),
        ),
    )
    after = {name: observed.seen(4, name, value) for name, value in before.items()}
    _, mean, variance = layer.train(batch)
    limits = {
        name: balls.ball(np.asarray(limit, np.float32)) for name, limit in (clipping or {}).items()
    }
    correction = batch_renorm.correction(mean, variance, averages_of(before), layer.epsilon, limits)
    y, _, _ = batch_norm_layer.training(
        balls.ball(batch.x),
        layer.axis,
        layer.parameters(),
        layer.epsilon,
        fused=False,
        correction=correction,
    )
    moved_averages: dict[str, Any] = dict(updated(mean, variance, before, after, layer.epsilon))
    judge(observed, [{}, {"y": y}, before, {}, moved_averages])


@libraries
@given(data=st.data())
def test_inference(subject: Subject, library: str, data: st.DataObject) -> None:
    """Inference is by the moving statistics alone: renorm changes nothing there."""
    layer = Layer(
        subject, data, library, "float32", is_training=False, renorm=True, **CALLS["image"]
    )
    layer.values |= draw_averages(data, semantics(subject, "renorm_averages_have_weights"))
    batch = layer.draw_batch(data)
    observed = subject.run(layer.graph, trace(layer.set_variables(), step("y", **batch.feeds)))
    judge(observed, [{}, {"y": layer.infer(batch)}])
