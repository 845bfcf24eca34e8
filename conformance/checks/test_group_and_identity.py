"""tf.identity, tf.group, tf.tuple, tf.no_op, tf.control_dependencies: what they make and refuse.

Sources: ``tensorflow/python/ops/array_ops.py: identity``; ``tensorflow/python/ops/
control_flow_ops.py: group, tuple``; ``tensorflow/python/framework/ops.py:
Graph.control_dependencies``. None of them computes anything: each value is the one given.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.enlargement import longer
from conformance.judge import exact, judge, judge_fact, raises
from conformance.marks import api
from conformance.strategies import FLOATS, arrays, dtype_of
from conformance.subject import Subject
from conformance.trace import graphs, step, trace

variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])


@api("tf.identity")
@pytest.mark.parametrize("dtype", [*FLOATS, "int64", "bool"])
@given(data=st.data())
def test_identity_keeps_every_bit(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """The value, bit for bit, subnormals and negative zeros too, in a tensor of its own."""
    shape = data.draw(st.lists(st.integers(0, longer(4)), max_size=3), label="shape")
    if dtype in FLOATS:
        x = data.draw(arrays(dtype, shape), label="x")
    else:
        x = data.draw(arrays("float32", shape, ("simple",)), label="x").astype(dtype_of(dtype))
    observed = subject.run(graphs.group_and_identity.identity(dtype=dtype), trace(step("y", x=x)))
    judge(observed, [{"y": exact(x)}])
    judge_fact(observed, "same_tensor", False)
    judge_fact(observed, "dtype", dtype)
    judge_fact(observed, "op", "Identity")


@api("tf.identity")
@variables
def test_identity_of_variable_is_a_tensor(subject: Subject, use_resource: bool) -> None:
    """It is an operation, which control dependencies apply to; ``y = x`` makes none."""
    observed = subject.run(
        graphs.group_and_identity.identity_of_variable(use_resource=use_resource),
        trace(step("y")),
    )
    judge(observed, [{"y": exact(np.asarray([1.0, 2.0], np.float32))}])
    judge_fact(observed, "is_tensor", True)
    judge_fact(observed, "op", "Identity")


@api("tf.identity")
def test_identity_of_numbers_is_a_tensor(subject: Subject) -> None:
    """Numbers are converted, as any operation converts them."""
    observed = subject.run(graphs.group_and_identity.identity_of_number(), trace(step("y")))
    judge(observed, [{"y": exact(np.asarray([1.5, 2.5], np.float32))}])


@api("tf.group")
@variables
@pytest.mark.parametrize("form", ["arguments", "nested", "devices"])
def test_group_runs_all_and_gives_nothing(subject: Subject, use_resource: bool, form: str) -> None:
    """A group is an operation without a value; when it is done, so are all its inputs."""
    observed = subject.run(
        graphs.group_and_identity.group(use_resource=use_resource, form=form),
        trace(
            step("grouped", by=np.asarray(0.5, np.float32)),
            step("a", "b"),
            step("grouped", by=np.asarray(-2, np.float32)),
            step("a", "b"),
        ),
    )

    def state(a: float, b: float) -> dict[str, object]:
        return {"a": exact(np.asarray(a, np.float32)), "b": exact(np.asarray(b, np.float32))}

    judge(observed, [{}, state(1.5, 1.5), {}, state(-0.5, 3.5)])
    judge_fact(observed, "is_operation", True)
    judge_fact(observed, "type", "NoOp")
    judge_fact(observed, "name", "together")


@api("tf.no_op", "tf.group")
def test_no_op_and_empty_group(subject: Subject) -> None:
    """Operations that do nothing, wait for nothing and give nothing."""
    observed = subject.run(graphs.group_and_identity.no_op(), trace(step("no_op", "empty")))
    judge(observed, [{}])
    judge_fact(observed, "types", ["NoOp", "NoOp"])
    judge_fact(observed, "is_operation", True)
    judge_fact(observed, "control_inputs", [0, 0])
    judge_fact(observed, "names", ["idle", "none"])


@api("tf.tuple")
@pytest.mark.parametrize("dtype", ["float32", "int32"])
@variables
def test_tuple_gives_values_once_all_is_done(
    subject: Subject, dtype: str, use_resource: bool
) -> None:
    """Any one value runs every entry and control input; None stays None, operations operations."""
    a, b = np.asarray([1, 2], dtype), np.asarray([3], dtype)
    counts = [
        dict.fromkeys(("inside", "outside", "beside"), np.asarray(n, np.int32)) for n in range(3)
    ]
    observed = subject.run(
        graphs.group_and_identity.tuple_of(dtype=dtype, use_resource=use_resource),
        trace(
            step(*counts[0]),
            step("a", a=a, b=b),
            step(*counts[0]),
            step("operation", a=a, b=b),
            step(*counts[0]),
            step("a", "b", a=a, b=b),
        ),
    )
    judge(
        observed,
        [
            counts[0],
            {"a": a},
            counts[1],
            {},
            counts[2],
            {"a": a, "b": b},
        ],
    )
    judge_fact(observed, "is_tensor", [True, False, True, False])
    judge_fact(observed, "is_operation", [False, False, False, True])
    judge_fact(observed, "is_none", [False, True, False, False])
    judge_fact(observed, "same_tensors", [False, False])
    judge_fact(observed, "type", "list")


@api("tf.control_dependencies")
@pytest.mark.parametrize(
    ("entries", "waiting"),
    [
        ("operation", ["first"]),
        ("tensor", ["second"]),
        ("twice", ["first", "second"]),
        ("name", ["first"]),
        ("slices", ["slices"]),
        ("empty", []),
        ("none", []),
    ],
)
def test_control_inputs(subject: Subject, entries: str, waiting: list[str]) -> None:
    """Inner blocks add to outer ones; None drops them all, in its block; outside there are none."""
    observed = subject.run(graphs.group_and_identity.control_inputs(given=entries), trace())
    within = {*waiting, *["outer"] * (entries != "none")}
    judge_fact(observed, "waiting", sorted(within))
    # What is its input it does not wait for once more.
    judge_fact(observed, "taking", sorted(within - {"second"}))
    judge_fact(observed, "nested", sorted({*within, "second"}))
    judge_fact(observed, "again", sorted({*within, "second"}))
    judge_fact(observed, "free", [])
    judge_fact(observed, "after", [])


@api("tf.identity", "tf.group", "tf.tuple", "tf.control_dependencies")
@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("identity of None", "ValueError"),
        ("group of None", "TypeError"),
        ("group of a number", "TypeError"),
        ("group of an array", "TypeError"),
        ("group with an unknown keyword", "ValueError"),
        ("group across graphs", "ValueError"),
        ("tuple of nothing", "ValueError"),
        ("tuple of None", "ValueError"),
        ("tuple with a number as control input", "TypeError"),
        ("tuple with None as control input", "TypeError"),
        ("tuple across graphs", "ValueError"),
        ("control_dependencies of None entries", "TypeError"),
        ("control_dependencies of a number", "TypeError"),
        ("control_dependencies of no list", "TypeError"),
        ("control_dependencies of an unknown name", "KeyError"),
        ("control_dependencies across graphs", "ValueError"),
        ("control_dependencies of a list", "TypeError"),
    ],
)
def test_refused_arguments(subject: Subject, call: str, error: str) -> None:
    """Wrong types, empty inputs, None entries, and two graphs in one call."""
    observed = subject.run(graphs.group_and_identity.refused(call=call), trace())
    judge(observed, raises(error, during="build"))
