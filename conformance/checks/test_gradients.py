"""tf.gradients, Optimizer.compute_gradients and Optimizer.apply_gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import LENGTH
from conformance.judge import exact, judge, judge_fact, raises
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import FLOATS, TAME, arrays, dtype_of, series
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import balls, gradients

GRADIENTS = "tf.gradients"
COMPUTE = "tf.train.Optimizer.compute_gradients"
APPLY = "tf.train.Optimizer.apply_gradients"

NAMES = ("x", *gradients.FACTORS)
# What is set about one call of tf.gradients: few, because each is a graph.
CALLS: list[dict[str, object]] = [
    {"grad_ys": [False, False, False]},
    {"grad_ys": [True, True, True]},
    {"grad_ys": [True, False, True], "gate_gradients": True},
    {"grad_ys": [True, True, True], "stopped": ["b"]},
    {"grad_ys": [False, False, True], "stopped": ["a", "c"]},
]
# Rows and a row, a scalar and a column, two that are both broadcast, two that are not.
BROADCAST: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "float32": ((3, LENGTH), (LENGTH,)),
    "float64": ((), (LENGTH, 1)),
    "bfloat16": ((3, 1), (1, 2)),
    "float16": ((2, 3), (2, 3)),
}
# Two reductions of one shape, which must not be taken for each other; by what y lacks afterwards.
REDUCED: list[dict[str, Any]] = [
    {"static_shape": [2, 3, 4], "axes": [[1], [0]], "keepdims": False},
    {"static_shape": [None, 3, None], "axes": [[0, 2], None], "keepdims": False},
    {"static_shape": None, "axes": [[-1], [0, -2]], "keepdims": True},
]
UNCONNECTED = ["far", "whole", "stopped", "ref", "resource", "sibling"]
SECOND = [one for one in gradients.FUNCTIONS if one != "negative"]
METHODS = ("ADD_N", "DEFAULT", "EXPERIMENTAL_TREE", "EXPERIMENTAL_ACCUMULATE_N")

dtypes = pytest.mark.parametrize("dtype", FLOATS)
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])


def check_products(
    subject: Subject, dtype: str, data: st.DataObject, call: dict[str, object]
) -> None:
    """Run one call of tf.gradients on three products and judge it."""
    fed = call["grad_ys"]
    stopped = call.get("stopped", [])
    assert isinstance(fed, list)
    assert isinstance(stopped, list)
    draw = arrays(dtype, (LENGTH,), TAME)
    feeds = {name: data.draw(draw, label=name) for name in NAMES}
    grad_ys = [np.ones(LENGTH, dtype_of(dtype)) for _ in fed]
    for n, is_fed in enumerate(fed):
        if is_fed:
            grad_ys[n] = feeds[f"grad_y{n}"] = data.draw(draw, label=f"grad_y{n}")
    reached = [name for name in NAMES if name not in stopped]
    observed = subject.run(
        graphs.gradients.products(dtype=dtype, size=LENGTH, **call), trace(step(*reached, **feeds))
    )
    values = {name: balls.ball(feeds[name]) for name in NAMES}
    expected = gradients.of_products(values, [balls.ball(one) for one in grad_ys], stopped)
    judge(observed, [expected])
    judge_fact(observed, "unconnected", stopped)
    judge_fact(observed, "type", "list")


@api(GRADIENTS)
@dtypes
@given(data=st.data())
def test_sums_over_outputs(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """The gradient of the sum of all ys, weighted by grad_ys; None where every path is stopped."""
    check_products(subject, dtype, data, data.draw(st.sampled_from(CALLS), label="call"))


@api(GRADIENTS)
@dtypes
@given(data=st.data())
def test_aggregation_methods(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """Each method adds the same terms."""
    method = data.draw(st.sampled_from(METHODS), label="aggregation_method")
    call: dict[str, object] = {"grad_ys": [True, True, True], "aggregation_method": method}
    check_products(subject, dtype, data, call)


@api(GRADIENTS)
@pytest.mark.parametrize("dtype", BROADCAST)
@pytest.mark.parametrize("operation", gradients.OPERATIONS)
@given(data=st.data())
def test_broadcast_operands(
    subject: Subject, operation: str, dtype: str, data: st.DataObject
) -> None:
    """An operand that was broadcast has the sum of what arrives at its copies."""
    a, b = data.draw(st.permutations(BROADCAST[dtype]), label="shapes")
    of_shape = {"a": a, "b": b, "grad_y": np.broadcast_shapes(a, b)}
    feeds = {
        name: data.draw(arrays(dtype, shape, TAME), label=name) for name, shape in of_shape.items()
    }
    graph = graphs.gradients.broadcast(dtype=dtype, operation=operation, shapes=[a, b])
    observed = subject.run(graph, trace(step("a", "b", **feeds)))
    to_a, to_b = gradients.of_broadcast(operation, *map(balls.ball, feeds.values()))
    judge(observed, [{"a": to_a, "b": to_b}])


@api(GRADIENTS)
@dtypes
@pytest.mark.parametrize("function", gradients.FUNCTIONS)
@given(data=st.data())
def test_functions(subject: Subject, function: str, dtype: str, data: st.DataObject) -> None:
    """Gradients of what normalisation is made of, from the result that TensorFlow had."""
    x, grad_y = data.draw(series(2, dtype, (LENGTH,), TAME), label="x, grad_y")
    if "sqrt" in function:
        x = np.abs(x)
    if dtype == "bfloat16" and semantics(subject, "bfloat16_roots_are_compiled"):
        x = np.where(x == 0, np.ones_like(x), x)
    graph = graphs.gradients.of_function(dtype=dtype, function=function, size=LENGTH)
    observed = subject.run(graph, trace(step("y", "x", x=x, grad_y=grad_y)))
    y = balls.ball(observed.seen(0, "y", x))
    gradient = gradients.of_function(
        function,
        balls.ball(x),
        y,
        balls.ball(grad_y),
        zero_stays_zero=semantics(subject, "zero_gradient_of_a_root_is_zero"),
    )
    judge(observed, [{"y": y, "x": gradient}])


@api(GRADIENTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("function", SECOND)
@given(data=st.data())
def test_gradients_of_gradients(
    subject: Subject, function: str, dtype: str, data: st.DataObject
) -> None:
    """What a gradient penalty differentiates: to x, and to the gradient that arrived."""
    drawn = data.draw(series(3, dtype, (LENGTH,), TAME), label="x, grad_y, grad")
    feeds = dict(zip(("x", "grad_y", "grad"), drawn, strict=True))
    feeds["x"] = np.where(feeds["x"] == 0, np.ones_like(feeds["x"]), np.abs(feeds["x"]))
    graph = graphs.gradients.second_of_function(dtype=dtype, function=function, size=LENGTH)
    observed = subject.run(graph, trace(step("y", "gradient", "x", "grad_y", **feeds)))
    y, gradient = (balls.ball(observed.seen(0, name, feeds["x"])) for name in ("y", "gradient"))
    x, grad_y, grad = (balls.ball(one) for one in feeds.values())
    expected = gradients.second_of_function(function, x, y, grad_y, gradient, grad)
    judge(observed, [{"y": y, "gradient": gradient, **expected}])


@api(GRADIENTS)
@dtypes
@given(data=st.data())
def test_moved_elements(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """What only moves elements moves their gradients back; rows gathered twice add up."""
    shapes = {
        "a": (2, 3),
        "b": (4, 3),
        "concat": (6, 3),
        "transpose": (3, 2),
        "reshape": (12,),
        "rows": (3, 3),
        "slice": (1, 2),
    }
    of = {
        name: data.draw(arrays(dtype, shape, ("simple",)), label=name)
        for name, shape in shapes.items()
    }
    whole = np.zeros((6, 3), dtype_of(dtype))
    whole[1] = of["rows"][0] + of["rows"][2]
    whole[5] = of["rows"][1]
    corner = np.zeros((2, 3), dtype_of(dtype))
    corner[1:, :2] = of["slice"]
    expected = {
        "concat to a": of["concat"][:2],
        "concat to b": of["concat"][2:],
        "transpose to a": of["transpose"].T,
        "reshape to b": of["reshape"].reshape(4, 3),
        "rows to a": whole[:2],
        "rows to b": whole[2:],
        "slice to a": corner,
    }
    observed = subject.run(graphs.gradients.of_moved(dtype=dtype), trace(step(*expected, **of)))
    judge(observed, [{name: exact(value) for name, value in expected.items()}])


@api(GRADIENTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_power_of_zero(subject: Subject, dtype: str) -> None:
    """Where the base is 0 the exponent has a gradient of 0, although the logarithm is infinite."""
    number = dtype_of(dtype)
    feeds = {"x": np.asarray([0, 0, 1, 1], number), "y": np.asarray([1, 2, 3, 0.5], number)}
    observed = subject.run(graphs.gradients.of_power(dtype=dtype), trace(step("x", "y", **feeds)))
    to_x = np.asarray([1, 0, 3, 0.5], number)
    judge(observed, [{"x": exact(to_x), "y": exact(np.zeros(4, number))}])


@api(GRADIENTS, "tf.stop_gradient")
@dtypes
def test_stop_gradient(subject: Subject, dtype: str) -> None:
    """A factor behind stop_gradient is a constant."""
    x = np.asarray([1, -2, 0.5], dtype_of(dtype))
    observed = subject.run(graphs.gradients.of_stopped(dtype=dtype), trace(step("x", x=x)))
    judge(observed, [{"x": exact(x)}])


@api(GRADIENTS)
@dtypes
@pytest.mark.parametrize("reduction", gradients.REDUCTIONS + gradients.EXTREMES)
@given(data=st.data())
def test_reductions(subject: Subject, reduction: str, dtype: str, data: st.DataObject) -> None:
    """Each element gets what arrives at its sum, its part of a mean, or its share of an extreme."""
    static = data.draw(st.sampled_from(REDUCED), label="static")
    shape, keepdims = (2, 3, 4), static["keepdims"]
    feeds, expected = {}, {}
    for n, axes in enumerate(static["axes"]):
        reduced = np.sum(np.zeros(shape), None if axes is None else tuple(axes), keepdims=keepdims)
        feeds[f"x{n}"] = data.draw(arrays(dtype, shape, TAME), label=f"x{n}")
        grad_y = data.draw(arrays(dtype, reduced.shape, TAME), label=f"grad_y{n}")
        feeds[f"grad_y{n}"] = grad_y
        arriving = balls.ball(grad_y)
        if reduction in gradients.EXTREMES:
            x = balls.ball(feeds[f"x{n}"])
            expected[f"x{n}"] = gradients.of_extreme(reduction, x, axes, arriving)
        else:
            expected[f"x{n}"] = gradients.of_reduction(reduction, shape, axes, arriving)
    graph = graphs.gradients.reductions(dtype=dtype, reduction=reduction, **static)
    observed = subject.run(graph, trace(step(*expected, **feeds)))
    judge(observed, [expected])


@api(GRADIENTS)
@dtypes
@given(data=st.data())
def test_casts(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """A gradient goes back through a cast as a cast; through integers none does."""
    others = [other for other in FLOATS if other != dtype]
    feeds = {"x": data.draw(arrays(dtype, (LENGTH,), TAME), label="x")}
    for other in others:
        drawn = data.draw(arrays(other, (LENGTH,), TAME), label=f"grad_{other}")
        feeds[f"grad_{other}"] = drawn
    graph = graphs.gradients.casts(dtype=dtype, others=[*others, "int32"], size=LENGTH)
    observed = subject.run(graph, trace(step(*others, **feeds)))
    expected = {other: balls.cast(balls.ball(feeds[f"grad_{other}"]), dtype) for other in others}
    judge(observed, [expected])
    judge_fact(observed, "without", ["int32"])


@api(GRADIENTS)
@pytest.mark.parametrize("unconnected_gradients", [None, "none", "zero"])
def test_unconnected(subject: Subject, unconnected_gradients: str | None) -> None:
    """What y does not depend on has no gradient, or zeros where they are asked for."""
    zeros = unconnected_gradients == "zero"
    fetches = ["x", *UNCONNECTED * zeros]
    observed = subject.run(
        graphs.gradients.unconnected(unconnected_gradients=unconnected_gradients),
        trace(step(*fetches)),
    )
    expected: dict[str, Array] = {
        "x": np.asarray([4, 5], np.float32),
        "far": np.zeros(1, np.float32),
        "whole": np.zeros(2, np.int32),
        "stopped": np.zeros(2, np.float32),
        "ref": np.zeros(3, np.float64),
        "resource": np.zeros(3, np.float64),
        "sibling": np.zeros(2, np.float32),
    }
    judge(observed, [{name: exact(expected[name]) for name in fetches}])
    judge_fact(observed, "none", [] if zeros else UNCONNECTED)


@api(GRADIENTS)
@variables
@pytest.mark.parametrize(
    ("call", "gradients"),
    [
        ("x in no list", [[2, 4]]),
        ("x twice", [[2, 4], [2, 4]]),
        ("y twice", [[4, 8]]),
        ("y itself", [[1, 1], [2, 4]]),
        ("y and its square", [[3, 9]]),
        ("colocated", [[2, 4]]),
        ("y and double stopped", [[2, 4], [1, 4]]),
    ],
)
def test_repeated_arguments(
    subject: Subject, use_resource: bool, call: str, gradients: list[list[float]]
) -> None:
    """Each y counts as often as it is given; a y that is an x has its own gradient, and what flows.

    An x that is stopped has its gradient, though what lies before it has none. The variable is
    [1, 2], and y is its square.
    """
    names = [f"gradient{n}" for n in range(len(gradients))]
    observed = subject.run(
        graphs.gradients.repeated(use_resource=use_resource, call=call), trace(step(*names))
    )
    wanted = (exact(np.asarray(one, np.float32)) for one in gradients)
    judge(observed, [dict(zip(names, wanted, strict=True))])


@api(GRADIENTS, COMPUTE)
@pytest.mark.parametrize("call", ["gradients", "compute_gradients", "minimize"])
@pytest.mark.parametrize("colocated", [False, True], ids=["anywhere", "colocated"])
def test_devices_of_gradients(subject: Subject, call: str, colocated: bool) -> None:
    """With colocate_gradients_with_ops, a gradient's operations are where those they are of are."""
    device = "/job:ps/task:1/device:CPU:0"
    options = {"colocate_gradients_with_ops": True} if colocated else {}
    spec = graphs.gradients.colocated(call=call, device=device, options=options)
    judge_fact(subject.run(spec, trace()), "devices", [device if colocated else ""])


@api(GRADIENTS)
@variables
def test_gradient_of_a_gather_is_slices(subject: Subject, use_resource: bool) -> None:
    """Rows gathered twice come twice; as a tensor they are added up, and to what is no slices."""
    weights = np.asarray([[1, 2], [3, 4], [5, 6]], np.float32)
    factor = np.asarray([[10, 20], [30, 40], [50, 60], [70, 80]], np.float32)
    observed = subject.run(
        graphs.gradients.gathered(use_resource=use_resource),
        trace(step("values", "indices", "dense", "both", weights=weights, factor=factor)),
    )
    dense = np.asarray([[3, 4], [0, 0], [6, 8], [0, 0]], np.float32)
    judge(
        observed,
        [
            {
                "values": exact(weights),
                "indices": exact(np.asarray([2, 0, 2], np.int32)),
                "dense": exact(dense),
                "both": exact(dense + factor),
            }
        ],
    )
    judge_fact(observed, "is_slices", True)


COMPUTATIONS: list[dict[str, object]] = [
    {
        "gate_gradients": "GATE_OP",
        "has_grad_loss": False,
        "var_list": None,
        "has_global_step": True,
        "minimize": False,
    },
    {
        "gate_gradients": "GATE_GRAPH",
        "has_grad_loss": True,
        "var_list": ["b", "unused", "a"],
        "has_global_step": False,
        "minimize": False,
    },
    {
        "gate_gradients": "GATE_NONE",
        "has_grad_loss": True,
        "var_list": ["b"],
        "has_global_step": True,
        "minimize": True,
    },
]


@api(COMPUTE, APPLY)
@dtypes
@variables
@given(data=st.data())
def test_compute_and_apply_gradients(
    subject: Subject, dtype: str, use_resource: bool, data: st.DataObject
) -> None:
    """Pairs with what tf.gradients gives; each applied once, and then the global step counts."""
    which = data.draw(st.sampled_from(COMPUTATIONS), label="call")
    asked = which["var_list"] or ["a", "b", "unused"]
    assert isinstance(asked, list)
    draw = arrays(dtype, (LENGTH,), TAME)
    init = {name: data.draw(draw, label=name) for name in ("a", "b")}
    feeds = {"x": data.draw(draw, label="x")}
    grad_loss = np.ones(LENGTH, dtype_of(dtype))
    if which["has_grad_loss"]:
        grad_loss = feeds["grad_loss"] = data.draw(draw, label="grad_loss")
    connected = [name for name in asked if name != "unused"]
    steps_count = ["global_step"] * bool(which["has_global_step"])
    computed = [f"{kind}_{name}" for kind in ("grad", "plain") for name in connected]
    observed = subject.run(
        graphs.gradients.compute_and_apply(
            dtype=dtype, size=LENGTH, use_resource=use_resource, **which
        ),
        trace(
            step(*computed, **feeds),
            step("apply", **feeds),
            step("a", "b", "unused", *steps_count),
            init=init,
        ),
    )
    x, of_loss = balls.ball(feeds["x"]), balls.ball(grad_loss)
    a, b = balls.ball(init["a"]), balls.ball(init["b"])
    half = of_loss * b  # b * b sends it back along each of its two factors
    gradient = {"a": of_loss * x, "b": half + half}
    after: dict[str, object] = {
        name: was - gradient[name] if name in asked else exact(init[name])
        for name, was in (("a", a), ("b", b))
    }
    after["unused"] = exact(np.zeros(LENGTH, dtype_of(dtype)))
    if steps_count:
        after["global_step"] = exact(np.asarray(1, np.int64))
    judge(
        observed,
        [{name: gradient[name.split("_")[1]] for name in computed}, {}, after],
    )
    judge_fact(observed, "variables", asked)
    judge_fact(observed, "none", [name for name in asked if name == "unused"])
    judge_fact(observed, "apply_is_operation", True)
    judge_fact(observed, "in_train_op", True)


@api(GRADIENTS, COMPUTE, APPLY)
@pytest.mark.parametrize(
    ("call", "errors"),
    [
        ("fewer grad_ys than ys", ["ValueError"]),
        ("unknown aggregation_method", ["ValueError"]),
        # Before 1.13 the function has no such argument.
        ("unknown unconnected_gradients", ["ValueError", "TypeError"]),
        ("grad_y of another kind", ["TypeError"]),
        ("complex y without grad_y", ["TypeError"]),
        ("unknown gate_gradients", ["ValueError"]),
        ("no variables", ["ValueError"]),
        ("integer loss", ["ValueError"]),
        ("complex variable", ["ValueError"]),
        ("apply nothing", ["ValueError"]),
        ("apply None only", ["ValueError"]),
        ("minimize without a path", ["ValueError"]),
    ],
)
def test_refused_arguments(subject: Subject, call: str, errors: list[str]) -> None:
    """Lists that do not match, unknown choices, kinds without gradients, nothing to apply."""
    observed = subject.run(graphs.gradients.refused(call=call), trace())
    judge(observed, raises(*errors, during="build"))
