"""tf.assign, tf.assign_add, tf.assign_sub: what they leave, what they give, what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import LENGTH
from conformance.judge import exact, judge, raises
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import FLOATS, Noise, arrays, dtype_of
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import assign as reference

INTEGERS = ("int32", "int64", "int16", "int8", "uint8", "uint16", "uint32", "uint64")
OPERATIONS = {
    "assign": reference.assign,
    "assign_add": reference.assign_add,
    "assign_sub": reference.assign_sub,
}
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
operations = pytest.mark.parametrize("operation", OPERATIONS)


def integers(dtype: str, shape: tuple[int, ...]) -> st.SearchStrategy[Array]:
    """Integers over their whole range, so that sums wrap around."""
    info = np.iinfo(dtype)
    size = int(np.prod(shape))

    def of(seed: int) -> Array:
        scaled = np.ldexp(Noise(seed, size).unit(), info.bits - (info.min < 0))
        whole = scaled.astype(np.int64) if info.min < 0 else np.abs(scaled)
        return whole.astype(dtype).reshape(shape)

    return st.builds(of, st.integers(0, 2**31 - 1))


@api("tf.assign", "tf.assign_add", "tf.assign_sub")
@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS])
@variables
@given(data=st.data())
def test_value_result_and_control_input(
    subject: Subject, dtype: str, use_resource: bool, data: st.DataObject
) -> None:
    """The variable, the operation's result and what is read after it all have the new value."""
    operation, use_locking = data.draw(
        st.sampled_from([("assign", None), ("assign_add", True), ("assign_sub", None)]),
        label="operation, use_locking",
    )
    draw = arrays if dtype in FLOATS else integers
    initial, *values = data.draw(draw(dtype, (4, LENGTH)), label="initial, values")
    observed = subject.run(
        graphs.assign.assign(
            dtype=dtype,
            shape=[LENGTH],
            use_resource=use_resource,
            operation=operation,
            use_locking=use_locking,
        ),
        trace(
            step("variable"),
            step("result", "used", value=values[0]),
            step("variable"),
            step("after", value=values[1]),
            step("operation", value=values[2]),
            step("variable"),
            init={"variable": initial},
        ),
    )
    before = [
        initial,
        observed.seen(2, "variable", initial),
        observed.seen(3, "after", initial),
    ]
    apply = OPERATIONS[operation]
    states = [apply(one, value) for one, value in zip(before, values, strict=True)]
    judge(
        observed,
        [
            {"variable": exact(initial)},
            {"result": exact(*states[0]), "used": exact(*states[0])},
            {"variable": exact(*states[0])},
            {"after": exact(*states[1])},
            {},
            {"variable": exact(*states[2])},
        ],
    )


@api("tf.assign", "tf.scatter_update", "tf.scatter_add", "tf.scatter_sub")
@variables
@pytest.mark.parametrize("part", ["slice", "scatter_update", "scatter_add", "scatter_sub"])
def test_part_of_a_variable(subject: Subject, use_resource: bool, part: str) -> None:
    """Rows are assigned, raised or lowered, and no others; the result is the whole variable."""
    initial = np.arange(8, dtype=np.float32).reshape(4, 2)
    value = np.asarray([[0.5, -1], [3, 100]], np.float32)
    kept, change = {"scatter_add": (1, value), "scatter_sub": (1, -value)}.get(part, (0, value))
    observed = subject.run(
        graphs.assign.assign_to_part(use_resource=use_resource, part=part),
        trace(
            step("operation", value=value),
            step("v"),
            step("result", value=value),
            step("after", value=value),
            step("v"),
            init={"v": initial},
        ),
    )
    states = [initial]
    for _ in range(3):
        state = states[-1].copy()
        state[1::2] = kept * state[1::2] + change
        states.append(state)
    _, once, twice, thrice = map(exact, states)
    judge(observed, [{}, {"v": once}, {"result": twice}, {"after": thrice}, {"v": thrice}])


@api("tf.assign", "tf.assign_add", "tf.assign_sub")
@pytest.mark.parametrize("dtype", ["float32", "int32"])
@variables
@given(data=st.data())
def test_operation_on_a_result(
    subject: Subject, dtype: str, use_resource: bool, data: st.DataObject
) -> None:
    """An operation on another's result comes after it: both have been done."""
    operation = data.draw(
        st.sampled_from(("assign", "assign_add", "assign_sub")), label="operation"
    )
    draw = arrays(dtype, (LENGTH,)) if dtype in FLOATS else integers(dtype, (LENGTH,))
    initial, value = (data.draw(draw, label=name) for name in ("initial", "value"))
    observed = subject.run(
        graphs.assign.assign(
            dtype=dtype, shape=[LENGTH], use_resource=use_resource, operation=operation
        ),
        trace(step("chained", value=value), init={"variable": initial}),
    )
    apply = OPERATIONS[operation]
    chained = [twice for once in apply(initial, value) for twice in apply(once, value)]
    judge(observed, [{"chained": exact(*chained)}])


@api("tf.assign")
@pytest.mark.parametrize("dtype", ["bool", "complex64", "uint16", "uint32", "uint64"])
@variables
@given(data=st.data())
def test_assign_of_other_dtypes(
    subject: Subject, dtype: str, use_resource: bool, data: st.DataObject
) -> None:
    """Assign computes nothing, and so takes dtypes that have no arithmetic, or another one."""
    draw = (
        integers(dtype, (LENGTH,))
        if dtype in INTEGERS
        else arrays(
            "float32", (LENGTH,), ("simple", "unit", "signed_zeros", "subnormal", "infinities")
        )
    )
    initial, value = [
        data.draw(draw, label=name).astype(dtype_of(dtype)) for name in ("initial", "value")
    ]
    observed = subject.run(
        graphs.assign.assign(
            dtype=dtype, shape=[LENGTH], use_resource=use_resource, operation="assign"
        ),
        trace(step("operation", value=value), step("variable"), init={"variable": initial}),
    )
    judge(observed, [{}, {"variable": exact(value)}])


@api("tf.assign", "tf.assign_add", "tf.assign_sub")
@operations
@variables
@pytest.mark.parametrize("value_shape", [[1], [2, 2], []], ids=["one", "matrix", "scalar"])
def test_other_shapes_are_refused_when_the_graph_is_built(
    subject: Subject, operation: str, use_resource: bool, value_shape: list[int]
) -> None:
    """A value is never broadcast to the shape of the variable."""
    observed = subject.run(
        graphs.assign.assign_of_shape(
            use_resource=use_resource, operation=operation, shape=[2], value_shape=value_shape
        ),
        trace(),
    )
    judge(observed, raises("ValueError", during="build"))


@api("tf.assign", "tf.assign_add", "tf.assign_sub")
@operations
@variables
def test_other_shapes_are_refused_when_it_runs(
    subject: Subject, operation: str, use_resource: bool
) -> None:
    """A shape that only the run knows is compared then."""
    value = np.ones([2, 2], np.float32)
    observed = subject.run(
        graphs.assign.assign_of_shape(
            use_resource=use_resource, operation=operation, shape=[2], value_shape=None
        ),
        trace(step("operation", value=value), step("variable"), fresh=True),
    )
    compared = semantics(subject, "resource_assign_compares_shapes")
    if use_resource and operation == "assign" and not compared:
        judge(observed, [{}, {"variable": exact(value)}])
    else:
        judge(observed, raises("InvalidArgumentError", during="step 0"))


@api("tf.assign")
@pytest.mark.parametrize("value_shape", [[2, 2], None], ids=["known", "unknown"])
def test_without_validate_shape_a_variable_takes_any_shape(
    subject: Subject, value_shape: list[int] | None
) -> None:
    """validate_shape=False: the variable has the value's shape from then on."""
    value = np.arange(4, dtype=np.float32).reshape(2, 2)
    observed = subject.run(
        graphs.assign.assign_of_shape(
            use_resource=False,
            operation="assign",
            shape=[2],
            value_shape=value_shape,
            validate_shape=False,
        ),
        trace(step("operation", value=value), step("variable"), fresh=True),
    )
    judge(observed, [{}, {"variable": exact(value)}])


@api("tf.assign", "tf.assign_add", "tf.assign_sub")
@operations
@variables
@pytest.mark.parametrize("value_dtype", ["float64", "int32"])
def test_other_dtypes_are_refused(
    subject: Subject, operation: str, use_resource: bool, value_dtype: str
) -> None:
    """A tensor of another dtype is never cast to the variable's."""
    observed = subject.run(
        graphs.assign.assign_of_dtype(
            use_resource=use_resource, operation=operation, value_dtype=value_dtype
        ),
        trace(),
    )
    judge(observed, raises("ValueError" if use_resource else "TypeError", during="build"))


@api("tf.assign", "tf.assign_add", "tf.assign_sub")
@operations
@variables
@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_python_numbers_take_the_variables_dtype(
    subject: Subject, operation: str, use_resource: bool, dtype: str
) -> None:
    """Python's integers alone would be int32."""
    numbers = [2, 3]
    observed = subject.run(
        graphs.assign.assign_of_numbers(
            dtype=dtype, use_resource=use_resource, operation=operation, numbers=numbers
        ),
        trace(step("operation"), step("variable"), fresh=True),
    )
    assigned = OPERATIONS[operation](np.ones(2, dtype), np.asarray(numbers, dtype))
    judge(observed, [{}, {"variable": exact(*assigned)}])


@api("tf.assign", "tf.assign_add", "tf.assign_sub", "tf.fixed_size_partitioner")
@operations
@variables
def test_each_part_takes_its_part(subject: Subject, operation: str, use_resource: bool) -> None:
    """A whole value assigned to a variable that a partitioner has cut is cut likewise."""
    value = np.asarray([[1, 2], [3, 4], [5, 6], [7, 8]], np.float32)
    observed = subject.run(
        graphs.assign.assign_to_parts(use_resource=use_resource, operation=operation),
        trace(step("operation", value=value), step("variable")),
    )
    after = OPERATIONS[operation](np.ones_like(value), value)
    judge(observed, [{}, {"variable": exact(*after)}])


@api("tf.assign", "tf.assign_add", "tf.assign_sub")
@operations
@variables
def test_uninitialized_variable(subject: Subject, operation: str, use_resource: bool) -> None:
    """An update needs a value to update; assign makes the first one."""
    observed = subject.run(
        graphs.assign.assign_to_uninitialized(use_resource=use_resource, operation=operation),
        trace(step("operation"), step("variable"), fresh=True),
    )
    if operation == "assign":
        judge(observed, [{}, {"variable": exact(np.asarray([3.0, 4.0], np.float32))}])
    else:
        # Where nothing was ever assigned to a resource, there is no container to look it up in.
        judge(observed, raises("FailedPreconditionError", "NotFoundError", during="step 0"))
