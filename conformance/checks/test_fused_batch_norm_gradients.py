"""Gradients of tf.nn.fused_batch_norm, of images and volumes, training and inference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.special_values import with_one_special
from conformance.checks.test_fused_batch_norm import (
    CHANNELS,
    FUSED,
    channels_back,
    channels_last,
    dtypes,
    shape_of,
    used_epsilon,
)
from conformance.judge import judge, judge_fact
from conformance.marks import api
from conformance.strategies import FINITE, TAME, arrays, named, shapes
from conformance.subject import Subject
from conformance.trace import graphs, step, trace
from reference_impls import balls, batch_norm, batch_norm_gradients

modes = pytest.mark.parametrize("is_training", [True, False], ids=["training", "inference"])


@api(FUSED)
@dtypes
@modes
@given(data=st.data())
def test_gradients(subject: Subject, dtype: str, is_training: bool, data: st.DataObject) -> None:
    """Gradients to x, scale and offset; the statistics of inference have none."""
    epsilon = data.draw(st.sampled_from((0.001, 1e-7)), label="epsilon")
    judge_gradients(subject, data, dtype, "NHWC", is_training, epsilon)


@api(FUSED)
@modes
@pytest.mark.parametrize("data_format", ["NCHW", "NDHWC", "NCDHW"])
@given(data=st.data())
def test_gradients_of_other_formats(
    subject: Subject, data_format: str, is_training: bool, data: st.DataObject
) -> None:
    """The same for channels first, and for volumes."""
    judge_gradients(subject, data, "float32", data_format, is_training, 0.001)


@api(FUSED)
@modes
@given(data=st.data())
def test_gradients_of_nan_and_infinity_stay_in_their_channel(
    subject: Subject, is_training: bool, data: st.DataObject
) -> None:
    """One such element of x or of what arrives leaves the gradients of other channels alone."""
    special = data.draw(st.sampled_from(("x", "grad_y")), label="special")
    judge_gradients(subject, data, "float32", "NHWC", is_training, 0.001, special=special)


@api(FUSED)
@given(data=st.data())
def test_gradients_with_moving_statistics(subject: Subject, data: st.DataObject) -> None:
    """They centre by the batch's mean, not by the moved one that the function returns."""
    factor = data.draw(st.sampled_from((0.1, 0.5)), label="exponential_avg_factor")
    judge_gradients(subject, data, "float32", "NHWC", True, 0.001, exponential_avg_factor=factor)


@api(FUSED)
@pytest.mark.parametrize("dtype", ["float32", "float16"])
@modes
@given(data=st.data())
def test_second_order_gradients(
    subject: Subject, dtype: str, is_training: bool, data: st.DataObject
) -> None:
    """The gradients to x, scale and offset have gradients to what they are made of."""
    epsilon = data.draw(st.sampled_from((0.001, 0.1)), label="epsilon")
    judge_second_gradients(subject, data, dtype, "NHWC", is_training, epsilon)


@api(FUSED)
@modes
@given(data=st.data())
def test_second_order_gradients_of_channels_first(
    subject: Subject, is_training: bool, data: st.DataObject
) -> None:
    """The same for NCHW."""
    judge_second_gradients(subject, data, "float32", "NCHW", is_training, 0.001)


def judge_second_gradients(
    subject: Subject,
    data: st.DataObject,
    dtype: str,
    data_format: str,
    is_training: bool,
    epsilon: float,
) -> None:
    """Draw a batch and what arrives at its output and at each gradient, and judge theirs."""
    channels = data.draw(CHANNELS, label="channels")
    shape = shape_of(data_format, data.draw(shapes(3, 4), label="N, H, W"), channels)
    images = ("x", "grad_y", "grad_x")
    feeds = data.draw(named(images, dtype, shape, TAME), label=", ".join(images))
    vectors = ("scale", "offset", "grad_scale", "grad_offset")
    for name in (*vectors, *("mean", "variance") * (not is_training)):
        feeds[name] = data.draw(arrays("float32", [channels], TAME), label=name)
    if not is_training:
        feeds["variance"] = np.abs(feeds["variance"])
    observed = subject.run(
        graphs.fused_batch_norm.second_gradients(
            dtype=dtype, is_training=is_training, epsilon=epsilon, data_format=data_format
        ),
        trace(step("grad_y", "x", "scale", **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items() if name != "offset"}
    of |= {name: channels_last(of[name], data_format) for name in images}
    used = used_epsilon(subject, epsilon)
    if is_training:
        second = batch_norm_gradients.fused_training_second(epsilon=used, **of)
    else:
        second = batch_norm_gradients.fused_inference_second(epsilon=used, **of)
    back = {name: channels_back(second[name], data_format) for name in ("grad_y", "x")}
    judge(observed, [{**second, **back}])


def judge_gradients(
    subject: Subject,
    data: st.DataObject,
    dtype: str,
    data_format: str,
    is_training: bool,
    epsilon: float,
    *,
    special: str | None = None,
    **options: float,
) -> None:
    """Draw a batch and what arrives at its output, and judge every gradient.

    ``special`` names the one of them that gets a NaN or an infinity; ``options`` are the graph's.
    """
    rank = len(data_format)
    channels = data.draw(CHANNELS, label="channels")
    sizes = data.draw(shapes(rank - 1, 4 if rank == 4 else 3), label="sizes")
    shape = shape_of(data_format, sizes, channels)
    regimes = FINITE if special is None else TAME
    feeds = data.draw(named(("x", "grad_y"), dtype, shape, regimes), label="x, grad_y")
    if special is not None:
        feeds[special] = with_one_special(data, feeds[special])
    statistics = ("mean", "variance") if options or not is_training else ()
    for name in ("scale", "offset", *statistics):
        feeds[name] = data.draw(arrays("float32", [channels], TAME), label=name)
    if statistics:
        feeds["variance"] = np.abs(feeds["variance"])
    observed = subject.run(
        graphs.fused_batch_norm.gradients(
            dtype=dtype,
            is_training=is_training,
            epsilon=epsilon,
            data_format=data_format,
            **options,
        ),
        trace(step("x", "scale", "offset", *["batch_mean"] * is_training, **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    x, grad_y = (channels_last(of[name], data_format) for name in ("x", "grad_y"))
    used = used_epsilon(subject, epsilon)
    expected: dict[str, object] = {}
    if is_training:
        # The kernel saves the mean it gives, and the gradient is judged from that.
        saved = balls.ball(observed.seen(0, "batch_mean", feeds["scale"]))
        gradients = batch_norm_gradients.fused_training(x, saved, of["scale"], used, grad_y)
        expected["batch_mean"], _ = batch_norm.fused_moments(x, range(rank - 1))
    else:
        gradients = batch_norm_gradients.fused_inference(
            x, of["mean"], of["variance"], of["scale"], used, grad_y
        )
    expected |= {**gradients, "x": channels_back(gradients["x"], data_format)}
    judge(observed, [expected])
    judge_fact(observed, "unconnected", list(statistics))
