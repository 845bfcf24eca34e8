"""tf.clip_by_global_norm, tf.global_norm, tf.nn.l2_loss and tf.add_n."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import LENGTH
from conformance.judge import exact, judge, judge_fact, misfit, raises
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import ALL, FINITE, FLOATS, TAME, arrays, dtype_of, shapes
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import balls, norms

CLIP = "tf.clip_by_global_norm"
CLIP_NORMS = (1.0, 5.0, 0.25)
# Norms of zero, small ones, and squares that overflow.
NORM_REGIMES = (*TAME, "tiny", "huge", "wide")

dtypes = pytest.mark.parametrize("dtype", FLOATS)


@api("tf.nn.l2_loss")
@dtypes
@given(data=st.data())
def test_l2_loss_and_its_gradient(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """Half the sum of squares of any shape, and t times the gradient that arrives."""
    rank = data.draw(st.sampled_from((1, 3)), label="rank")
    t = data.draw(arrays(dtype, data.draw(shapes(rank, 6), label="shape"), ALL), label="t")
    grad = data.draw(arrays(dtype, (), FINITE), label="grad")
    observed = subject.run(
        graphs.norms.l2_loss(dtype=dtype, rank=rank),
        trace(step("loss", "gradient", t=t, grad=grad)),
    )
    ball = balls.ball(t)
    gradient = norms.l2_loss_gradient(ball, balls.ball(grad))
    judge(observed, [{"loss": norms.l2_loss(ball), "gradient": gradient}])


@api(CLIP, "tf.global_norm")
@dtypes
@pytest.mark.parametrize("norm_is", ["computed", "used"])
@given(data=st.data())
def test_clipping(subject: Subject, dtype: str, norm_is: str, data: st.DataObject) -> None:
    """Each t * clip_norm / max(norm, clip_norm); None and slices stay what they are."""
    clip_norm = data.draw(st.sampled_from((*CLIP_NORMS[:2], None)), label="clip_norm")
    shape = data.draw(shapes(1, LENGTH), label="shape")
    rows = data.draw(st.integers(0, 3), label="rows")
    feeds = {
        "a": data.draw(arrays(dtype, shape, NORM_REGIMES), label="a"),
        "b": data.draw(arrays(dtype, (rows, 2), NORM_REGIMES), label="b"),
        "b_indices": np.arange(rows),
    }
    given_norm = np.asarray(1.0 if clip_norm is None else clip_norm).astype(dtype_of(dtype))
    if clip_norm is None:
        drawn = data.draw(st.sampled_from(CLIP_NORMS), label="clip_norm fed")
        given_norm = feeds["clip_norm"] = np.asarray(drawn).astype(dtype_of(dtype))
    if norm_is == "used":
        used = np.asarray(data.draw(st.sampled_from((0.5, 2.0, 1000.0)), label="use_norm"))
        feeds["use_norm"] = used.astype(dtype_of(dtype))
    observed = subject.run(
        graphs.norms.clip_by_global_norm(
            dtype=dtype, clip_norm=clip_norm, use_norm=norm_is == "used"
        ),
        trace(
            step("global_norm", **feeds),
            step("a", "b", "indices", "dense_shape", "norm", **feeds),
        ),
    )
    t_list = [balls.ball(feeds["a"]), balls.ball(feeds["b"])]
    norm = norms.global_norm(t_list)
    seen = observed.seen(0, "global_norm", given_norm)
    refused = not semantics(subject, "clip_by_global_norm_gives_nan")
    judge_fact(observed, "none_stays", True)
    judge_fact(observed, "slices_stay", True)
    judge_fact(observed, "type", "list")
    if norm_is == "computed" and not np.isfinite(seen.astype(np.float64)) and refused:
        judge(observed, raises("InvalidArgumentError", during="step 1"))
        return
    # Each t is judged from the norm TensorFlow itself had.
    use_norm = balls.ball(feeds.get("use_norm", seen))
    a, b = norms.clip_by_global_norm(
        t_list, balls.ball(given_norm), use_norm, finite_only=not refused
    )
    judge(
        observed,
        [
            {"global_norm": norm},
            {
                "a": a,
                "b": b,
                "indices": exact(feeds["b_indices"]),
                "dense_shape": exact(np.asarray([4, 2])),
                "norm": exact(feeds["use_norm"]) if norm_is == "used" else norm,
            },
        ],
    )


@api(CLIP, "tf.global_norm")
@dtypes
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan], ids=["inf", "-inf", "nan"])
def test_infinite_and_nan_elements(subject: Subject, dtype: str, value: float) -> None:
    """One such element makes every clipped element NaN; up to 1.13 it is an error."""
    number = dtype_of(dtype)
    feeds: dict[str, Array] = {
        "a": np.asarray([1, value, 2]).astype(number),
        "b": np.asarray([[3, 4]]).astype(number),
        "b_indices": np.asarray([1]),
    }
    observed = subject.run(
        graphs.norms.clip_by_global_norm(dtype=dtype, clip_norm=1.0, use_norm=False),
        trace(step("a", "b", **feeds)),
    )
    if semantics(subject, "clip_by_global_norm_gives_nan"):
        judge(
            observed,
            [
                {
                    "a": exact(np.full(3, np.nan, number)),
                    "b": exact(np.full((1, 2), np.nan, number)),
                }
            ],
        )
    else:
        judge(observed, raises("InvalidArgumentError", during="step 0"))


@api(CLIP, "tf.global_norm")
@dtypes
def test_norm_of_zero(subject: Subject, dtype: str) -> None:
    """Zeros stay zeros: the factor is finite though 1 / norm is not."""
    zeros = np.zeros(3, dtype_of(dtype))
    feeds = {"a": zeros, "b": np.zeros((0, 2), dtype_of(dtype)), "b_indices": np.zeros(0, np.int64)}
    observed = subject.run(
        graphs.norms.clip_by_global_norm(dtype=dtype, clip_norm=1.0, use_norm=False),
        trace(step("a", "b", "norm", **feeds)),
    )
    judge(observed, [{"a": exact(zeros), "b": exact(feeds["b"]), "norm": exact(zeros[0])}])


@api("tf.add_n")
@pytest.mark.parametrize("dtype", [*FLOATS, "int32", "int64"])
@given(data=st.data())
def test_add_n(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """The sum of one tensor or of several, and of slices as the tensor they are slices of."""
    count, with_slices = data.draw(
        st.sampled_from([(1, False), (2, False), (9, False), (2, True)]),
        label="count, with_slices",
    )
    shape = [4, 2] if with_slices else data.draw(shapes(2, 8), label="shape")
    inexact = dtype in FLOATS
    regimes = ALL if inexact and not with_slices else ("simple", "big")
    draw = arrays(dtype if inexact else "float64", shape, regimes)
    feeds = {
        f"t{n}": data.draw(draw, label=f"t{n}").astype(dtype_of(dtype))
        for n in range(count - with_slices)
    }
    inputs = list(feeds.values())
    if with_slices:
        values = data.draw(draw, label="slices").astype(dtype_of(dtype))[:2]
        feeds |= {"slices": values, "slices_indices": np.asarray([3, 1])}
        dense = np.zeros(shape, dtype_of(dtype))
        dense[[3, 1]] = values
        inputs.append(dense)
    observed = subject.run(
        graphs.norms.add_n(dtype=dtype, count=count, with_slices=with_slices),
        trace(step("total", **feeds)),
    )
    if inexact:
        judge(observed, [{"total": norms.add_n([balls.ball(one) for one in inputs])}])
    else:
        judge(observed, [{"total": exact(np.sum(inputs, axis=0, dtype=dtype))}])


@api("tf.add_n")
@pytest.mark.parametrize("known", ["early", "late"])
@pytest.mark.parametrize("other", [[3], [1, 2]], ids=["size", "rank"])
def test_add_n_of_two_shapes(subject: Subject, known: str, other: list[int]) -> None:
    """add_n never broadcasts."""
    shapes_given = [[2], other]
    observed = subject.run(
        graphs.norms.add_n_of_shapes(shapes=shapes_given if known == "early" else [None, None]),
        trace(step("total", **{f"t{n}": np.ones(one, "f4") for n, one in enumerate(shapes_given)})),
    )
    judge(observed, misfit(known))


@api(CLIP, "tf.global_norm", "tf.nn.l2_loss", "tf.add_n")
@pytest.mark.parametrize(
    ("call", "errors"),
    [
        ("add_n of nothing", ["ValueError"]),
        ("add_n of a None entry", ["ValueError"]),
        ("add_n of two dtypes", ["TypeError"]),
        ("global_norm of no list", ["TypeError"]),
        ("global_norm of a string", ["TypeError"]),
        ("clip_by_global_norm of no list", ["TypeError"]),
        ("clip_by_global_norm of a string", ["TypeError"]),
        ("l2_loss of integers", ["TypeError"]),
    ],
)
def test_refused_arguments(subject: Subject, call: str, errors: list[str]) -> None:
    """Empty lists, None where a tensor is needed, two dtypes, and what is no list."""
    observed = subject.run(graphs.norms.refused(call=call), trace())
    judge(observed, raises(*errors, during="build"))
