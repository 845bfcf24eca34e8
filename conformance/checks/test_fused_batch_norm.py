"""tf.nn.fused_batch_norm, training and inference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.judge import exact, judge, judge_fact, raises
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import FINITE, TAME, arrays, dtype_of, shapes
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import balls, batch_norm, batch_norm_gradients

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


@api(FUSED)
@dtypes
@pytest.mark.parametrize("is_training", [True, False], ids=["training", "inference"])
@given(data=st.data())
def test_gradients(subject: Subject, dtype: str, is_training: bool, data: st.DataObject) -> None:
    """Gradients to x, scale and offset; the statistics of inference have none."""
    epsilon = data.draw(st.sampled_from((0.001, 1e-7)), label="epsilon")
    channels = data.draw(CHANNELS, label="channels")
    shape = [*data.draw(shapes(3, 4), label="N, H, W"), channels]
    feeds = {name: data.draw(arrays(dtype, shape, TAME), label=name) for name in ("x", "grad_y")}
    for name in ("scale", "offset", *("mean", "variance") * (not is_training)):
        feeds[name] = data.draw(arrays("float32", [channels], TAME), label=name)
    if not is_training:
        feeds["variance"] = np.abs(feeds["variance"])
    observed = subject.run(
        graphs.batch_norm.fused_batch_norm_gradients(
            dtype=dtype, is_training=is_training, epsilon=epsilon, data_format="NHWC"
        ),
        trace(step("x", "scale", "offset", *["batch_mean"] * is_training, **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    used = used_epsilon(subject, epsilon)
    expected: dict[str, object]
    if is_training:
        mean, _ = batch_norm.fused_moments(of["x"], (0, 1, 2))
        # The kernel saves the mean it gives, and the gradient is judged from that.
        saved = balls.ball(observed.seen(0, "batch_mean", feeds["scale"]))
        expected = {
            **batch_norm_gradients.fused_training(of["x"], saved, of["scale"], used, of["grad_y"]),
            "batch_mean": mean,
        }
    else:
        expected = dict(
            batch_norm_gradients.fused_inference(
                of["x"], of["mean"], of["variance"], of["scale"], used, of["grad_y"]
            )
        )
    judge(observed, [expected])
    judge_fact(observed, "unconnected", [] if is_training else ["mean", "variance"])


@api(FUSED)
@dtypes
@pytest.mark.parametrize("is_training", [True, False], ids=["training", "inference"])
@given(data=st.data())
def test_rank_5(subject: Subject, dtype: str, is_training: bool, data: st.DataObject) -> None:
    """Volumes are normalised as images are."""
    data_format = data.draw(st.sampled_from(("NDHWC", "NCDHW")), label="data_format")
    channels = data.draw(CHANNELS, label="channels")
    sizes = data.draw(shapes(4, 3), label="N, D, H, W")
    last = data_format == "NDHWC"
    shape = [*sizes, channels] if last else [sizes[0], channels, *sizes[1:]]
    feeds = {"x": data.draw(arrays(dtype, shape, FINITE), label="x")}
    for name in ("scale", "offset", *("mean", "variance") * (not is_training)):
        feeds[name] = data.draw(arrays("float32", [channels], TAME), label=name)
    if not is_training:
        feeds["variance"] = np.abs(feeds["variance"])
    observed = subject.run(
        graphs.batch_norm.fused_batch_norm_of_rank_5(
            dtype=dtype, is_training=is_training, data_format=data_format
        ),
        trace(step("y", "batch_mean", "batch_variance", **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    x = of["x"] if last else balls.transpose(of["x"], (0, 2, 3, 4, 1))
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
                "y": y if last else balls.transpose(y, (0, 4, 1, 2, 3)),
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
    factor = data.draw(st.sampled_from((0.1, 0.5, 1.0)), label="exponential_avg_factor")
    channels = data.draw(CHANNELS, label="channels")
    feeds = {"x": draw_x(data, dtype, "NHWC", channels)}
    for name in ("scale", "offset", "mean", "variance"):
        feeds[name] = data.draw(arrays("float32", [channels], TAME), label=name)
    observed = subject.run(
        graphs.batch_norm.fused_batch_norm_moving(dtype=dtype, exponential_avg_factor=factor),
        trace(step("y", "mean", "variance", **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    count = feeds["x"].size // channels
    mean, variance = batch_norm.fused_moments(of["x"], (0, 1, 2))
    epsilon = used_epsilon(subject, None)
    y = batch_norm.fused_normalize(of["x"], mean, variance, of["offset"], of["scale"], epsilon)
    if factor == 1.0:
        moved = mean, batch_norm.bessel_corrected(variance, count)
    else:
        moved = (
            batch_norm.fused_moved(of["mean"], mean, factor),
            batch_norm.fused_moved(of["variance"], variance, factor, count / max(count - 1, 1)),
        )
    judge(observed, [{"y": y, "mean": moved[0], "variance": moved[1]}])


@api(FUSED)
@dtypes
def test_one_element_per_channel(subject: Subject, dtype: str) -> None:
    """A batch of one element is its own mean: its variance is 0, its output the offset."""
    x = np.asarray([[[[3.0, -0.25]]]], "float32").astype(dtype_of(dtype))
    offset = np.asarray([0.5, -2.0], np.float32)
    observed = subject.run(
        graphs.batch_norm.fused_batch_norm(
            dtype=dtype, is_training=True, epsilon=None, data_format="NHWC"
        ),
        trace(
            step(
                "y",
                "batch_mean",
                "batch_variance",
                x=x,
                scale=np.asarray([7.0, -1.0], np.float32),
                offset=offset,
            )
        ),
    )
    judge(
        observed,
        [
            {
                "y": exact(offset.astype(dtype_of(dtype)).reshape(x.shape)),
                "batch_mean": exact(x.astype(np.float32).reshape(2)),
                "batch_variance": exact(np.zeros(2, np.float32)),
            }
        ],
    )


CONSTANTS = {
    "scale": [2.0, -0.5, 1.0],
    "offset": [0.25, 3.0, -1.0],
    "mean": [1.0, -4.0, 0.0],
    "variance": [0.5, 9.0, 1e-4],
}


@api(FUSED)
@dtypes
@pytest.mark.parametrize("fetched", ["y", "statistics", "y_and_statistics"])
@given(data=st.data())
def test_inference_with_constant_parameters(
    subject: Subject, dtype: str, fetched: str, data: st.DataObject
) -> None:
    """Constants compute what fed parameters do, whichever outputs are asked for."""
    x = data.draw(arrays(dtype, [*data.draw(shapes(3, 4), label="N, H, W"), 3], TAME), label="x")
    # Where these outputs are not filled, they are not to be looked at.
    filled = semantics(subject, "fused_inference_fills_statistics")
    fetches = [*["y"] * (fetched != "statistics" or not filled)]
    if fetched != "y" and filled:
        fetches += ["batch_mean", "batch_variance"]
    observed = subject.run(
        graphs.batch_norm.fused_batch_norm_of_constants(
            dtype=dtype, shape=[None, None, None, 3], **CONSTANTS
        ),
        trace(step(*fetches, x=x)),
    )
    given_as = {name: np.asarray(one, np.float32) for name, one in CONSTANTS.items()}
    of = {name: balls.ball(one) for name, one in given_as.items()}
    epsilon = used_epsilon(subject, None)
    expected = {
        "y": batch_norm.fused_normalize_folded(
            balls.ball(x), of["mean"], of["variance"], of["offset"], of["scale"], epsilon
        ),
        "batch_mean": exact(given_as["mean"]),
        "batch_variance": exact(given_as["variance"]),
    }
    judge(observed, [{name: expected[name] for name in fetches}])


@api(FUSED)
@dtypes
@pytest.mark.parametrize("is_training", [True, False], ids=["training", "inference"])
def test_empty_batch(subject: Subject, dtype: str, is_training: bool) -> None:
    """An empty batch has an empty output, and statistics of NaN, or those given to inference."""
    parameters = {name: np.ones(3, np.float32) for name in ("scale", "offset")}
    if not is_training:
        parameters |= {name: np.full(3, 0.5, np.float32) for name in ("mean", "variance")}
    x = np.zeros((0, 2, 2, 3), dtype_of(dtype))
    filled = is_training or semantics(subject, "fused_inference_fills_statistics")
    statistics = ("batch_mean", "batch_variance") if filled else ()
    observed = subject.run(
        graphs.batch_norm.fused_batch_norm(
            dtype=dtype, is_training=is_training, epsilon=None, data_format="NHWC"
        ),
        trace(step("y", *statistics, x=x, **parameters)),
    )
    nan = is_training or semantics(subject, "fused_empty_inference_gives_nan")
    filling = exact(np.full(3, np.nan if nan else 0.5, np.float32))
    judge(observed, [{"y": exact(x), **dict.fromkeys(statistics, filling)}])


SHAPES = {"x": [2, 2, 2, 3], "scale": [3], "offset": [3], "mean": [3], "variance": [3]}


@api(FUSED)
@pytest.mark.parametrize("known", ["early", "late"])
@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("scale", [2]),
        ("offset", [2]),
        ("mean", [2]),
        ("variance", [2]),
        ("scale", [3, 1]),
        ("x", [2, 2, 3]),
    ],
    ids=[
        "scale_length",
        "offset_length",
        "mean_length",
        "variance_length",
        "scale_rank",
        "x_rank",
    ],
)
def test_mismatched_shapes_are_refused(
    subject: Subject, known: str, name: str, shape: list[int]
) -> None:
    """Parameters that are not one number per channel are an error, early or late.

    Where a release does not refuse, it reads beyond the end: the outputs are not looked at.
    """
    given_as = {**SHAPES, name: shape}
    feeds = {one: np.ones(sizes, np.float32) for one, sizes in given_as.items()}
    observed = subject.run(
        graphs.batch_norm.fused_batch_norm_run(
            is_training=False,
            **(given_as if known == "early" else dict.fromkeys(given_as)),
        ),
        trace(step("run", **feeds)),
    )
    if known == "early":
        judge(observed, raises("ValueError", during="build"))
    else:
        judge(observed, raises("InvalidArgumentError", during="step 0"))


@api(FUSED)
def test_inference_without_statistics_is_refused(subject: Subject) -> None:
    """There is nothing to normalise by."""
    observed = subject.run(
        graphs.batch_norm.fused_batch_norm_run(
            is_training=False, x=[1, 1, 1, 1], scale=[1], offset=[1]
        ),
        trace(),
    )
    judge(observed, raises("ValueError", during="build"))
