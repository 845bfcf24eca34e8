"""tf.nn.fused_batch_norm, training and inference."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.judge import exact, judge
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import FINITE, TAME, arrays, named, shapes
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import balls, batch_norm

FUSED = "tf.nn.fused_batch_norm"

dtypes = pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
formats = pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
# The default, two above the floor, and three below it.
EPSILONS = (None, 0.001, 0.1, 1e-5, 1e-7, 0.0)
DEFAULT_EPSILON = 0.001
CHANNELS = st.sampled_from((1, 2, 5))


def used_epsilon(subject: Subject, epsilon: float | None) -> float:
    """The epsilon the kernel sees: some releases raise it to a floor."""
    floor: float = semantics(subject, "fused_epsilon_floor")
    return max(DEFAULT_EPSILON if epsilon is None else epsilon, floor)


def shape_of(data_format: str, sizes: Sequence[int], channels: int) -> list[int]:
    """The shape of a batch of these ``sizes``, the batch's first, in ``data_format``."""
    n, *rest = sizes
    return [n, *rest, channels] if data_format.endswith("C") else [n, channels, *rest]


def draw_x(data: st.DataObject, dtype: str, data_format: str, channels: int) -> Array:
    """A batch of rank 4 in ``data_format``."""
    shape = shape_of(data_format, data.draw(shapes(3, 4), label="N, H, W"), channels)
    return data.draw(arrays(dtype, shape, FINITE), label="x")


def normalize_of(subject: Subject, dtype: str) -> Callable[..., balls.Ball]:
    """The reference of the output, by the order of operations that this release has."""
    formula = semantics(subject, "fused_bfloat16_formula") if dtype == "bfloat16" else "kernel"
    return {
        "kernel": batch_norm.fused_normalize,
        "reordered": batch_norm.fused_normalize_reordered,
        "expanded": batch_norm.fused_normalize_expanded,
    }[formula]


def channels_last(x: balls.Ball, data_format: str) -> balls.Ball:
    """Move the channels to the last axis."""
    if data_format.endswith("C"):
        return x
    return balls.transpose(x, (0, *range(2, x.ndim), 1))


def channels_back(y: balls.Ball, data_format: str) -> balls.Ball:
    """Move the channels from the last axis to where ``data_format`` has them."""
    if data_format.endswith("C"):
        return y
    return balls.transpose(y, (0, y.ndim - 1, *range(1, y.ndim - 1)))


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
        graphs.fused_batch_norm.fused_batch_norm(
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
    y = normalize_of(subject, dtype)(
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
    feeds = data.draw(
        named(("scale", "offset", "mean"), "float32", [channels], TAME), label="scale, offset, mean"
    )
    feeds["variance"] = np.abs(data.draw(arrays("float32", [channels], FINITE), label="variance"))
    # Before these outputs were filled they were whatever the memory held: not to be looked at.
    filled = semantics(subject, "fused_inference_fills_statistics")
    statistics = ("batch_mean", "batch_variance") if filled else ()
    observed = subject.run(
        graphs.fused_batch_norm.fused_batch_norm(
            dtype=dtype,
            is_training=False,
            epsilon=epsilon,
            data_format=data_format,
        ),
        trace(step("y", *statistics, x=x, **feeds)),
    )
    y = normalize_of(subject, dtype)(
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


@api(FUSED)
@dtypes
@pytest.mark.parametrize("is_training", [True, False], ids=["training", "inference"])
@given(data=st.data())
def test_rank_5(subject: Subject, dtype: str, is_training: bool, data: st.DataObject) -> None:
    """Volumes are normalised as images are."""
    data_format = data.draw(st.sampled_from(("NDHWC", "NCDHW")), label="data_format")
    channels = data.draw(CHANNELS, label="channels")
    sizes = data.draw(shapes(4, 3), label="N, D, H, W")
    shape = shape_of(data_format, sizes, channels)
    feeds = {"x": data.draw(arrays(dtype, shape, FINITE), label="x")}
    for name in ("scale", "offset", *("mean", "variance") * (not is_training)):
        feeds[name] = data.draw(arrays("float32", [channels], TAME), label=name)
    if not is_training:
        feeds["variance"] = np.abs(feeds["variance"])
    observed = subject.run(
        graphs.fused_batch_norm.fused_batch_norm(
            dtype=dtype, is_training=is_training, data_format=data_format
        ),
        trace(step("y", "batch_mean", "batch_variance", **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    x = channels_last(of["x"], data_format)
    if is_training:
        mean, variance = batch_norm.fused_moments(x, (0, 1, 2, 3))
        given_back = mean, batch_norm.bessel_corrected(variance, x.size // channels)
    else:
        mean, variance = given_back = of["mean"], of["variance"]
    epsilon = used_epsilon(subject, None)
    y = batch_norm.fused_normalize(x, mean, variance, of["offset"], of["scale"], epsilon)
    judge(
        observed,
        [
            {
                "y": channels_back(y, data_format),
                "batch_mean": given_back[0],
                "batch_variance": given_back[1],
            }
        ],
    )


@api(FUSED)
@dtypes
@given(data=st.data())
def test_exponential_avg_factor(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """Other than 1, training gives back the statistics it was given, moved by that factor."""
    judge_moved(subject, dtype, "NHWC", data)


@api(FUSED)
@pytest.mark.parametrize("data_format", ["NCHW", "NDHWC"])
@given(data=st.data())
def test_exponential_avg_factor_of_other_formats(
    subject: Subject, data_format: str, data: st.DataObject
) -> None:
    """The same for channels first, and for volumes."""
    judge_moved(subject, "float32", data_format, data)


def judge_moved(subject: Subject, dtype: str, data_format: str, data: st.DataObject) -> None:
    """Draw a batch and statistics, and judge what becomes of them."""
    factor = data.draw(st.sampled_from((0.1, 0.5, 1.0, 0.0)), label="exponential_avg_factor")
    channels = data.draw(CHANNELS, label="channels")
    feeds = {"x": draw_x(data, dtype, data_format, channels)}
    for name in ("scale", "offset", "mean", "variance"):
        feeds[name] = data.draw(arrays("float32", [channels], TAME), label=name)
    format_given = {} if data_format == "NHWC" else {"data_format": data_format}
    observed = subject.run(
        graphs.fused_batch_norm.moving(dtype=dtype, exponential_avg_factor=factor, **format_given),
        trace(step("y", "mean", "variance", **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    count = feeds["x"].size // channels
    x = channels_last(of["x"], data_format)
    mean, variance = batch_norm.fused_moments(x, range(x.ndim - 1))
    epsilon = used_epsilon(subject, None)
    y = batch_norm.fused_normalize(x, mean, variance, of["offset"], of["scale"], epsilon)
    if factor == 1.0:
        moved = mean, batch_norm.bessel_corrected(variance, count)
    else:
        moved = (
            batch_norm.fused_moved(of["mean"], mean, factor),
            batch_norm.fused_moved(of["variance"], variance, factor, count / max(count - 1, 1)),
        )
    judge(observed, [{"y": channels_back(y, data_format), "mean": moved[0], "variance": moved[1]}])
