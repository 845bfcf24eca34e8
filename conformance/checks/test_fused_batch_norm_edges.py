"""tf.nn.fused_batch_norm at its edges: constants, one element, none, shapes that do not fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.special_values import with_one_special
from conformance.checks.test_fused_batch_norm import FUSED, dtypes, used_epsilon
from conformance.judge import exact, judge, misfit, raises
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import TAME, arrays, dtype_of, shapes
from conformance.subject import Subject
from conformance.trace import graphs, step, trace
from reference_impls import balls, batch_norm


@api(FUSED)
@dtypes
def test_one_element_per_channel(subject: Subject, dtype: str) -> None:
    """A batch of one element is its own mean: its variance is 0, its output the offset."""
    x = np.asarray([[[[3.0, -0.25]]]], "float32").astype(dtype_of(dtype))
    offset = np.asarray([0.5, -2.0], np.float32)
    observed = subject.run(
        graphs.fused_batch_norm.fused_batch_norm(
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


@api(FUSED)
@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("is_training", [True, False], ids=["training", "inference"])
@given(data=st.data())
def test_nan_and_infinity_stay_in_their_channel(
    subject: Subject, dtype: str, is_training: bool, data: st.DataObject
) -> None:
    """One such element of any argument leaves what comes of the other channels as it is."""
    channels = data.draw(st.sampled_from((2, 5)), label="channels")
    shape = [*data.draw(shapes(3, 4), label="N, H, W"), channels]
    feeds = {"x": data.draw(arrays(dtype, shape, TAME), label="x")}
    for name in ("scale", "offset", *("mean", "variance") * (not is_training)):
        feeds[name] = data.draw(arrays("float32", [channels], TAME), label=name)
    if not is_training:
        feeds["variance"] = np.abs(feeds["variance"])
    special = data.draw(st.sampled_from(("x", *feeds)), label="special")
    feeds[special] = with_one_special(data, feeds[special])
    statistics = ("batch_mean", "batch_variance") if is_training else ()
    observed = subject.run(
        graphs.fused_batch_norm.fused_batch_norm(
            dtype=dtype, is_training=is_training, data_format="NHWC"
        ),
        trace(step("y", *statistics, **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    expected = {}
    if is_training:
        of["mean"], of["variance"] = batch_norm.fused_moments(of["x"], (0, 1, 2))
        corrected = batch_norm.bessel_corrected(of["variance"], feeds["x"].size // channels)
        expected = {"batch_mean": of["mean"], "batch_variance": corrected}
    y = batch_norm.fused_normalize(epsilon=used_epsilon(subject, None), **of)
    judge(observed, [{"y": y, **expected}])


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
        graphs.fused_batch_norm.of_constants(dtype=dtype, shape=[None, None, None, 3], **CONSTANTS),
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
        graphs.fused_batch_norm.fused_batch_norm(
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
        graphs.fused_batch_norm.run(
            is_training=False,
            **(given_as if known == "early" else dict.fromkeys(given_as)),
        ),
        trace(step("run", **feeds)),
    )
    judge(observed, misfit(known))


@api(FUSED)
def test_inference_without_statistics_is_refused(subject: Subject) -> None:
    """There is nothing to normalise by."""
    observed = subject.run(
        graphs.fused_batch_norm.run(is_training=False, x=[1, 1, 1, 1], scale=[1], offset=[1]),
        trace(),
    )
    judge(observed, raises("ValueError", during="build"))
