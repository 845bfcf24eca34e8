"""tf.nn.fused_batch_norm, training and inference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.judge import exact, judge
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import FINITE, TAME, arrays, shapes
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import balls, batch_norm

FUSED = "tf.nn.fused_batch_norm"

dtypes = pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
formats = pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
# The default, two above the floor, and two below it.
EPSILONS = (None, 0.001, 0.1, 1e-5, 1e-7)
DEFAULT_EPSILON = 0.001
CHANNELS = st.sampled_from((1, 2, 5))


def used_epsilon(subject: Subject, epsilon: float | None) -> float:
    """The epsilon the kernel sees: some releases raise it to a floor."""
    floor: float = semantics(subject, "fused_epsilon_floor")
    return max(DEFAULT_EPSILON if epsilon is None else epsilon, floor)


def draw_x(data: st.DataObject, dtype: str, data_format: str, channels: int) -> Array:
    """A batch of rank 4 in ``data_format``."""
    n, h, w = data.draw(shapes(3, 4), label="N, H, W")
    shape = (n, h, w, channels) if data_format == "NHWC" else (n, channels, h, w)
    return data.draw(arrays(dtype, shape, FINITE), label="x")


def channels_last(x: balls.Ball, data_format: str) -> balls.Ball:
    """Move the channels to the last axis."""
    return x if data_format == "NHWC" else balls.transpose(x, (0, 2, 3, 1))


def channels_back(y: balls.Ball, data_format: str) -> balls.Ball:
    """Move the channels from the last axis to where ``data_format`` has them."""
    return y if data_format == "NHWC" else balls.transpose(y, (0, 3, 1, 2))


@api(FUSED)
@dtypes
@formats
@given(data=st.data())
def test_training(subject: Subject, dtype: str, data_format: str, data: st.DataObject) -> None:
    """Normalises by the batch's biased variance; gives its mean and its variance by n - 1."""
    epsilon = data.draw(st.sampled_from(EPSILONS), label="epsilon")
    channels = data.draw(CHANNELS, label="channels")
    x = draw_x(data, dtype, data_format, channels)
    scale = data.draw(arrays("float32", [channels], TAME), label="scale")
    offset = data.draw(arrays("float32", [channels], TAME), label="offset")
    observed = subject.run(
        graphs.batch_norm.fused_batch_norm(
            dtype=dtype,
            is_training=True,
            epsilon=epsilon,
            data_format=data_format,
        ),
        trace(step("y", "batch_mean", "batch_variance", x=x, scale=scale, offset=offset)),
    )
    batch = channels_last(balls.ball(x), data_format)
    count = x.size // channels
    mean, variance = batch_norm.fused_moments(batch, (0, 1, 2))
    y = batch_norm.fused_normalize(
        batch,
        mean,
        variance,
        balls.ball(offset),
        balls.ball(scale),
        used_epsilon(subject, epsilon),
    )
    judge(
        observed,
        [
            {
                "y": channels_back(y, data_format),
                "batch_mean": mean,
                "batch_variance": batch_norm.bessel_corrected(variance, count),
            }
        ],
    )


@api(FUSED)
@dtypes
@formats
@given(data=st.data())
def test_inference(subject: Subject, dtype: str, data_format: str, data: st.DataObject) -> None:
    """Normalises by the mean and variance it is given, and gives them back bit for bit."""
    epsilon = data.draw(st.sampled_from(EPSILONS), label="epsilon")
    channels = data.draw(CHANNELS, label="channels")
    x = draw_x(data, dtype, data_format, channels)
    feeds = {
        name: data.draw(arrays("float32", [channels], TAME), label=name)
        for name in ("scale", "offset", "mean")
    }
    feeds["variance"] = np.abs(data.draw(arrays("float32", [channels], FINITE), label="variance"))
    # Before these outputs were filled they were whatever the memory held: not to be looked at.
    filled = semantics(subject, "fused_inference_fills_statistics")
    statistics = ("batch_mean", "batch_variance") if filled else ()
    observed = subject.run(
        graphs.batch_norm.fused_batch_norm(
            dtype=dtype,
            is_training=False,
            epsilon=epsilon,
            data_format=data_format,
        ),
        trace(step("y", *statistics, x=x, **feeds)),
    )
    y = batch_norm.fused_normalize(
        channels_last(balls.ball(x), data_format),
        balls.ball(feeds["mean"]),
        balls.ball(feeds["variance"]),
        balls.ball(feeds["offset"]),
        balls.ball(feeds["scale"]),
        used_epsilon(subject, epsilon),
    )
    expected: dict[str, object] = {"y": channels_back(y, data_format)}
    if statistics:
        expected |= {
            "batch_mean": exact(feeds["mean"]),
            "batch_variance": exact(feeds["variance"]),
        }
    judge(observed, [expected])
