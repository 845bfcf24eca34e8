"""Batch normalisation as tutorials publish it: statistics, outputs, update ops, versions."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.judge import judge, judge_fact
from conformance.marks import api, published
from conformance.published import agrees, numbers, shown
from conformance.strategies import make_array
from conformance.subject import Subject
from conformance.trace import graphs, step, trace
from reference_impls import balls, batch_norm

EPSILON = 0.001
WAYS = (
    "tf.nn.batch_normalization",
    "tf.nn.batch_norm_with_global_normalization",
    "tf.nn.fused_batch_norm",
    "tf.layers.batch_normalization",
    "tf.layers.BatchNormalization",
    "tf.keras.layers.BatchNormalization",
    "keras.layers.BatchNormalization",
    "tf.contrib.layers.batch_norm",
    "tf_slim.batch_norm",
)


@published(16)
@api("tf.nn.batch_normalization", "tf.nn.batch_norm_with_global_normalization")
@pytest.mark.parametrize("way", ["batch_normalization", "scaled", "not_scaled"])
def test_outputs(subject: Subject, way: str) -> None:
    """The two forms agree; scale_after_normalization is whether gamma is used."""
    table = shown(16)
    texts = table["not_scaled" if way == "not_scaled" else "scaled"]
    feeds = {name: numbers(table[name]) for name in ("x", "mean", "variance", "beta", "gamma")}
    x, mean, variance, beta, gamma = map(balls.ball, feeds.values())
    scale = None if way == "not_scaled" else gamma
    y = batch_norm.batch_normalization(x, mean, variance, beta, scale, 0.0)
    assert agrees(y.centre, texts)
    if way == "batch_normalization":
        graph = graphs.batch_norm.batch_normalization(
            dtype="float32", rank=4, channels_rank=1, has_offset=True, has_scale=True, epsilon=0.0
        )
        feeds["offset"], feeds["scale"] = feeds.pop("beta"), feeds.pop("gamma")
    else:
        graph = graphs.batch_norm.batch_norm_with_global_normalization(
            dtype="float32",
            scale_after_normalization=way == "scaled",
            epsilon=0.0,
            names=["t", "m", "v"],
        )
    judge(subject.run(graph, trace(step("y", **feeds))), [{"y": y}])


@published(25)
@api(*WAYS)
@pytest.mark.parametrize("way", WAYS)
def test_ways_agree(subject: Subject, way: str) -> None:
    """Each gives what the one formula does, by arithmetic or by the fused kernel."""
    x = make_array("float32", (4, 3, 3, 3), "unit", 1)
    observed = subject.run(graphs.published.normalized(way=way), trace(step("y", x=x)))
    ball = balls.ball(x)
    zeros, ones = (balls.ball(np.full(3, one, np.float32)) for one in (0, 1))
    mean, variance = batch_norm.moments(ball, (0, 1, 2))
    composed = batch_norm.batch_normalization(ball, mean, variance, None, None, EPSILON)
    fused = batch_norm.fused_normalize(
        ball, *batch_norm.fused_moments(ball, (0, 1, 2)), zeros, ones, EPSILON
    )
    judge(observed, [{"y": balls.hull(composed, fused)}])


@published(26)
@api("tf.nn.moments")
def test_moments(subject: Subject) -> None:
    """Mean and biased variance of each channel."""
    table = shown(26)
    x = numbers(table["x"])
    mean, variance = batch_norm.moments(balls.ball(x), (0,))
    assert agrees(mean.centre, table["mean"])
    assert agrees(variance.centre, table["variance"])
    observed = subject.run(
        graphs.batch_norm.moments(dtype="float32", rank=2, axes=[0], keep_dims=False),
        trace(step("mean", "variance", x=x)),
    )
    judge(observed, [{"mean": mean, "variance": variance}])


@published(30)
@api("keras.layers.BatchNormalization")
def test_versions_that_go_together(subject: Subject) -> None:
    """The standalone Keras and the Python of each release of TensorFlow 1."""
    observed = subject.run(graphs.published.versions(), trace())
    release = observed.facts["tensorflow"]
    judge_fact(observed, "keras", shown(30)["keras"][release])
    assert observed.facts["python"] in shown(30)["python"]
