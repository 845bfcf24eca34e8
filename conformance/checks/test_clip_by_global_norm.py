"""tf.clip_by_global_norm, tf.global_norm, tf.nn.l2_loss and tf.add_n."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import LENGTH
from conformance.judge import exact, judge, judge_fact, misfit, raises
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import (
    ALL,
    FINITE,
    FLOATS,
    TAME,
    arrays,
    dtype_of,
    named,
    series,
    shapes,
    variants,
)
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import balls, norms

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    rank = data.draw(st.sampled_from((1, 3, 0)), label="rank")
    t = data.draw(arrays(dtype, data.draw(shapes(rank, 6), label="shape"), ALL), label="t")
    grad = data.draw(arrays(dtype, (), FINITE), label="grad")
    observed = subject.run(
        graphs.norms.l2_loss(dtype=dtype, rank=rank),
        trace(step("loss", "gradient", t=t, grad=grad)),
    )
    ball = balls.ball(t)
    gradient = norms.l2_loss_gradient(ball, balls.ball(grad))
    judge(observed, [{"loss": norms.l2_loss(ball), "gradient": gradient}])


@api("tf.nn.l2_loss")
@dtypes
@given(data=st.data())
def test_second_order_gradients_of_l2_loss(
    subject: Subject, dtype: str, data: st.DataObject
) -> None:
    """t * grad has gradients to both."""
    shape = data.draw(shapes(2, 5), label="shape")
    feeds = data.draw(named(("t", "grad_gradient"), dtype, shape, FINITE), label="t, grad_gradient")
    feeds["grad"] = data.draw(arrays(dtype, (), FINITE), label="grad")
    observed = subject.run(
        graphs.norms.l2_loss_second_gradients(dtype=dtype, rank=2),
        trace(step("of_t", "of_grad", **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    judge(observed, [norms.l2_loss_second(of["t"], of["grad"], of["grad_gradient"])])


@api("tf.nn.l2_loss")
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_l2_loss_of_nothing(subject: Subject, dtype: str) -> None:
    """It is 0, and so has a gradient of nothing."""
    nothing, number = np.zeros((0,), dtype_of(dtype)), np.ones((), dtype_of(dtype))
    observed = subject.run(
        graphs.norms.l2_loss(dtype=dtype, rank=1),
        trace(step("loss", "gradient", t=nothing, grad=number)),
    )
    judge(observed, [{"loss": exact(np.zeros_like(number)), "gradient": exact(nothing)}])


@api(CLIP, "tf.global_norm")
@dtypes
@pytest.mark.parametrize("norm_is", ["computed", "used"])
@given(data=st.data())
def test_clipping(subject: Subject, dtype: str, norm_is: str, data: st.DataObject) -> None:
    """Each t * clip_norm / max(norm, clip_norm); None and slices stay what they are.

    Slices of one row count as they are, and not as their sum.
    """
    graph = data.draw(
        variants(clip_norm=(*CLIP_NORMS[:2], None), has_dense_shape=(True, False)), label="graph"
    )
    clip_norm, has_dense_shape = graph["clip_norm"], graph["has_dense_shape"]
    shape = data.draw(shapes(1, LENGTH), label="shape")
    rows = data.draw(st.integers(0, 3), label="rows")
    one_row = data.draw(st.booleans(), label="all of one row")
    feeds = {
        "a": data.draw(arrays(dtype, shape, NORM_REGIMES), label="a"),
        "b": data.draw(arrays(dtype, (rows, 2), NORM_REGIMES), label="b"),
        "b_indices": np.arange(rows) * (not one_row),
    }
    given_norm = np.asarray(1.0 if clip_norm is None else clip_norm).astype(dtype_of(dtype))
    if clip_norm is None:
        drawn = data.draw(st.sampled_from((*CLIP_NORMS, 0.0)), label="clip_norm fed")
        given_norm = feeds["clip_norm"] = np.asarray(drawn).astype(dtype_of(dtype))
    if norm_is == "used":
        used = np.asarray(data.draw(st.sampled_from((0.5, 2.0, 1000.0)), label="use_norm"))
        feeds["use_norm"] = used.astype(dtype_of(dtype))
    observed = subject.run(
        graphs.norms.clip_by_global_norm(
            dtype=dtype,
            clip_norm=clip_norm,
            use_norm=norm_is == "used",
            has_dense_shape=has_dense_shape,
        ),
        trace(
            step("global_norm", **feeds),
            step("a", "b", "indices", *["dense_shape"] * has_dense_shape, "norm", **feeds),
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
    expected: dict[str, object] = {
        "a": a,
        "b": b,
        "indices": exact(feeds["b_indices"]),
        "norm": exact(feeds["use_norm"]) if norm_is == "used" else norm,
    }
    if has_dense_shape:
        expected["dense_shape"] = exact(np.asarray([4, 2]))
    judge(observed, [{"global_norm": norm}, expected])


@api(CLIP, "tf.global_norm")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(data=st.data())
def test_gradients_of_clipping(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """They also go through the norm, whether it clips or not."""
    shape = data.draw(shapes(1, LENGTH), label="shape")
    rows = data.draw(st.integers(1, 3), label="rows")
    number = dtype_of(dtype)
    feeds = data.draw(named(("a", "grad_a"), dtype, shape, TAME), label="a, grad_a")
    feeds |= data.draw(named(("b", "grad_b"), dtype, (rows, 2), TAME), label="b, grad_b")
    feeds["a"][0] = 0.75  # so that the norm is not zero
    feeds["b_indices"] = np.zeros(rows, np.int64)
    feeds["grad_norm"] = data.draw(arrays(dtype, (), TAME), label="grad_norm")
    clip_norm = data.draw(st.sampled_from((0.25, 5.0, 1000.0)), label="clip_norm")
    feeds["clip_norm"] = np.asarray(clip_norm, number)
    observed = subject.run(
        graphs.norms.clip_by_global_norm_gradients(dtype=dtype),
        trace(step("a", "b", "norm", **feeds)),
    )
    of = {name: balls.ball(feeds[name]) for name in feeds if name != "b_indices"}
    t_list, grads = [of["a"], of["b"]], [of["grad_a"], of["grad_b"]]
    seen = balls.ball(observed.seen(0, "norm", np.ones((), number)))
    a, b = norms.clip_by_global_norm_gradients(
        t_list, of["clip_norm"], seen, grads, of["grad_norm"]
    )
    judge(observed, [{"a": a, "b": b, "norm": norms.global_norm(t_list)}])


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
        st.sampled_from([(1, False), (2, False), (9, False), (2, True), (18, False)]),
        label="count, with_slices",
    )
    shape = [4, 2] if with_slices else data.draw(shapes(2, 8), label="shape")
    inexact = dtype in FLOATS
    regimes = ALL if inexact and not with_slices else ("simple", "big")
    draw = arrays(dtype, shape, regimes) if inexact else integers(dtype, shape)
    feeds = {f"t{n}": data.draw(draw, label=f"t{n}") for n in range(count - with_slices)}
    inputs = list(feeds.values())
    if with_slices:
        values = data.draw(draw, label="slices")[:2]
        indices = data.draw(st.sampled_from(([3, 1], [3, 3])), label="indices")
        feeds |= {"slices": values, "slices_indices": np.asarray(indices)}
        for index, value in zip(indices, values, strict=True):
            dense = np.zeros(shape, dtype_of(dtype))
            dense[index] = value
            inputs.append(dense)
    observed = subject.run(
        graphs.norms.add_n(dtype=dtype, count=count, with_slices=with_slices),
        trace(step("total", **feeds)),
    )
    if inexact:
        judge(observed, [{"total": norms.add_n([balls.ball(one) for one in inputs])}])
    else:
        judge(observed, [{"total": exact(np.sum(inputs, axis=0, dtype=dtype))}])


def integers(dtype: str, shape: Sequence[int]) -> st.SearchStrategy[Array]:
    """Integers that float32 or float64 would round, of which 18 add up without overflow."""
    # Their highest bits, and the lowest, which 64 bits of integer have beyond those of a float.
    high, low = {"int32": (26, 0), "int64": (58, 20)}[dtype]

    def made(units: list[Array]) -> Array:
        upper, lower = units
        return np.asarray(np.ldexp(upper, high).astype(dtype) + np.ldexp(lower, low).astype(dtype))

    return series(2, "float64", shape, ("unit", "sparse")).map(made)


@api("tf.add_n")
@pytest.mark.parametrize("dtype", ["float32", "float16"])
@given(data=st.data())
def test_add_n_gradients(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """What arrives at the sum arrives at each summand, whose shape nobody has to know."""
    count = data.draw(st.sampled_from((1, 3)), label="count")
    shape = data.draw(shapes(data.draw(st.integers(0, 3), label="rank"), 3), label="shape")
    names = ["grad", *(f"t{n}" for n in range(count))]
    feeds = data.draw(named(names, dtype, shape, ALL), label=", ".join(names))
    observed = subject.run(
        graphs.norms.add_n_gradients(dtype=dtype, count=count),
        trace(step(*(f"of_t{n}" for n in range(count)), **feeds)),
    )
    judge(observed, [{f"of_t{n}": exact(feeds["grad"]) for n in range(count)}])


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
        ("add_n of slices of no shape", ["TypeError"]),
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
