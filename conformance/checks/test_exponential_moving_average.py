"""tf.train.ExponentialMovingAverage over variables: averages and decays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import LENGTH, few_examples
from conformance.judge import exact, judge, judge_fact
from conformance.marks import api
from conformance.strategies import FLOATS, arrays, decays, dtype_of, named, samples, series
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import moving_averages as reference

EMA = "tf.train.ExponentialMovingAverage"

dtypes = pytest.mark.parametrize("dtype", FLOATS)
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
# A graph for each: few, because a graph costs a hundred runs.
STATIC: st.SearchStrategy[tuple[tuple[int, ...], float, dict[str, Any]]] = st.sampled_from(
    [
        ((LENGTH,), 0.9, {}),
        # Only the averages of tensors start at zero.
        ((2, 3), 0.999, {"zero_debias": True}),
        ((), 0.5, {"name": "smoothed"}),
    ]
)
# How the number of updates runs: not at all, from the start, far on, and jumping back and forth.
updates_so_far = st.sampled_from(
    [(0, 1, 2), (0, 10_000, 10_000), (5, 0, 3), (99_999, 7, 2**31), (-1, -9, -10)]
)


@api(EMA)
@dtypes
@variables
@given(data=st.data())
def test_update_moves_average_towards_variable(
    subject: Subject, dtype: str, use_resource: bool, data: st.DataObject
) -> None:
    """average -= (average - variable) * (1 - decay), with the decay in float32."""
    shape, decay, options = data.draw(STATIC, label="shape, decay, options")
    initial = data.draw(arrays(dtype, shape), label="initial")
    values = data.draw(series(3, dtype, shape), label="values")
    graph = graphs.moving_averages.ema_of_variables(
        dtype=dtype, shape=shape, use_resource=use_resource, decay=decay, **options
    )
    steps = [step("average0", "v0")]
    for value in values:
        steps += [step("assign0", v0=value), step("update"), step("average0", "v0")]
    observed = subject.run(graph, trace(*steps, init={"v0": initial}))
    rate = reference.decay_rate(np.float32(decay), dtype_of(dtype))
    expected: list[dict[str, object]] = [{"average0": initial, "v0": initial}]
    for n, value in enumerate(values):
        before = observed.seen(3 * n, "average0", initial)
        after = reference.moving_average(before, value, rate)
        expected += [{}, {}, {"average0": exact(*after), "v0": value}]
    judge(observed, expected)


@api(EMA)
@dtypes
@variables
@pytest.mark.parametrize("num_updates", ["fed", None], ids=["num_updates", "constant_decay"])
@given(data=st.data())
def test_decay_is_capped_by_num_updates(
    subject: Subject, dtype: str, use_resource: bool, num_updates: str | None, data: st.DataObject
) -> None:
    """The decay is min(decay, (1 + num_updates) / (10 + num_updates)), in float32."""
    decay = np.float32(data.draw(decays(), label="decay"))
    counts = data.draw(updates_so_far, label="num_updates") if num_updates else (None, None)
    initial = data.draw(arrays(dtype, (LENGTH,)), label="initial")
    values = data.draw(series(len(counts), dtype, (LENGTH,)), label="values")
    graph = graphs.moving_averages.ema_of_variables(
        dtype=dtype, shape=(LENGTH,), use_resource=use_resource, num_updates=num_updates
    )
    steps = []
    for value, count in zip(values, counts, strict=True):
        feeds: dict[str, Array] = {"decay": np.asarray(decay)}
        if count is not None:
            feeds["num_updates"] = np.asarray(count, np.int64)
        steps += [step("assign0", v0=value), step("update", **feeds), step("average0")]
    observed = subject.run(graph, trace(*steps, init={"v0": initial}))
    expected: list[dict[str, object]] = []
    before = initial
    for n, (value, count) in enumerate(zip(values, counts, strict=True)):
        capped = reference.capped_decay(np.asarray(decay), count)
        rate = reference.decay_rate(capped, dtype_of(dtype))
        after = reference.moving_average(before, value, rate)
        expected += [{}, {}, {"average0": exact(*after)}]
        before = observed.seen(3 * n + 2, "average0", initial)
    judge(observed, expected)


@api(EMA)
@variables
@given(data=st.data())
def test_num_updates_may_be_a_variable(
    subject: Subject, use_resource: bool, data: st.DataObject
) -> None:
    """A step variable, raised before each update, is the number of updates the decay sees."""
    initial = data.draw(arrays("float32", (LENGTH,)), label="initial")
    values = data.draw(series(4, "float32", (LENGTH,)), label="values")
    graph = graphs.moving_averages.ema_of_variables(
        dtype="float32",
        shape=(LENGTH,),
        use_resource=use_resource,
        decay=0.999,
        num_updates="variable",
    )
    steps = []
    for value in values:
        steps += [step("assign0", "raise", v0=value), step("update"), step("average0")]
    observed = subject.run(graph, trace(*steps, init={"v0": initial}))
    expected: list[dict[str, object]] = []
    before = initial
    for n, value in enumerate(values):
        capped = reference.capped_decay(0.999, n + 1)
        rate = reference.decay_rate(capped, np.dtype("float32"))
        after = reference.moving_average(before, value, rate)
        expected += [{}, {}, {"average0": exact(*after)}]
        before = observed.seen(3 * n + 2, "average0", initial)
    judge(observed, expected)


@api(EMA)
@dtypes
@variables
@given(data=st.data())
def test_apply_under_control_dependencies_sees_assigned_values(
    subject: Subject, dtype: str, use_resource: bool, data: st.DataObject
) -> None:
    """Applied under control dependencies of assigns, averages move towards what was assigned."""
    initial = data.draw(series(2, dtype, (LENGTH,)), label="initials")
    values = data.draw(series(2, dtype, (LENGTH,)), label="values")
    graph = graphs.moving_averages.ema_of_variables(
        dtype=dtype, shape=(LENGTH,), use_resource=use_resource, decay=0.9, control=True, count=2
    )
    observed = subject.run(
        graph,
        trace(
            step("update", v0=values[0], v1=values[1]),
            step("average0", "average1", "v0", "v1"),
            init={"v0": initial[0], "v1": initial[1]},
        ),
    )
    rate = reference.decay_rate(np.float32(0.9), dtype_of(dtype))
    judge(
        observed,
        [
            {},
            {
                "average0": exact(*reference.moving_average(initial[0], values[0], rate)),
                "average1": exact(*reference.moving_average(initial[1], values[1], rate)),
                "v0": values[0],
                "v1": values[1],
            },
        ],
    )


@api(EMA)
@dtypes
@variables
@few_examples
@given(data=st.data())
def test_average_starts_at_the_variables_initial_value(
    subject: Subject, dtype: str, use_resource: bool, data: st.DataObject
) -> None:
    """In a new session, initialised all at once, the average is the variable's initial value."""
    initial = data.draw(samples(["v0"], dtype, (2, 3)), label="initial")["v0"]
    graph = graphs.moving_averages.ema_of_variables(
        dtype=dtype, shape=(2, 3), use_resource=use_resource, decay=0.9
    )
    observed = subject.run(graph, trace(step("average0", "v0"), init={"v0": initial}, fresh=True))
    judge(observed, [{"average0": initial, "v0": initial}])


@api(EMA)
@variables
@few_examples
@given(data=st.data())
def test_average_starts_at_what_the_variable_has_by_then(
    subject: Subject, use_resource: bool, data: st.DataObject
) -> None:
    """Initialised after its variable was changed, or restored, the average is the changed value.

    Before its variable is initialised it is the variable's initial value.
    """
    initial, value = data.draw(series(2, "float32", [2]), label="initial, value")
    fed = {"initial": initial, "v": value}
    observed = subject.run(
        graphs.moving_averages.ema_of_changed(dtype="float32", use_resource=use_resource),
        trace(
            step("start", **fed),
            step("average"),
            step("initialize", **fed),
            step("assign", **fed),
            step("start", **fed),
            step("average"),
            fresh=True,
        ),
    )
    judge(observed, [{}, {"average": initial}, {}, {}, {}, {"average": value}])


@api(EMA)
@variables
@given(data=st.data())
def test_each_apply_updates_its_own_variables(
    subject: Subject, use_resource: bool, data: st.DataObject
) -> None:
    """Two applies of one object: each update moves the averages it was made for, and no other."""
    a, b, c, new_a, new_b = data.draw(
        named(("a", "b", "c", "new a", "new b"), "float32", ()), label="a, b, c, new a, new b"
    ).values()
    observed = subject.run(
        graphs.moving_averages.ema_applied_twice(dtype="float32", use_resource=use_resource),
        trace(
            step("assign_a", "assign_b", a=new_a, b=new_b),
            step("update_a"),
            step("average_a", "average_b"),
            step("update_b"),
            step("average_a", "average_b"),
            init={"a": a, "b": b, "c": c},
        ),
    )
    rate = reference.decay_rate(np.float32(0.75), np.dtype("float32"))
    moved_a, moved_b = (
        exact(*reference.moving_average(a, new_a, rate)),
        exact(*reference.moving_average(b, new_b, rate)),
    )
    judge(
        observed,
        [
            {},
            {},
            {"average_a": moved_a, "average_b": b},
            {},
            {"average_a": moved_a, "average_b": moved_b},
        ],
    )
    judge_fact(observed, "average_of_c", True)
    judge_fact(observed, "name_for_c", "c/ExponentialMovingAverage")
    judge_fact(observed, "moving_average_variables", ["a", "b"])


@api(EMA)
@variables
@given(data=st.data())
def test_applies_to_one_variable_share_its_average(
    subject: Subject, use_resource: bool, data: st.DataObject
) -> None:
    """Applied again to a variable, an object makes no second shadow: each update moves the one."""
    initial, *values = data.draw(series(3, "float32", [2]), label="values")
    observed = subject.run(
        graphs.moving_averages.ema_applied_again(dtype="float32", use_resource=use_resource),
        trace(
            step("assign", v=values[0]),
            step("first"),
            step("average"),
            step("assign", v=values[1]),
            step("second"),
            step("average"),
            init={"v": initial},
        ),
    )
    rate = reference.decay_rate(np.float32(0.75), np.dtype("float32"))
    once = observed.seen(2, "average", initial)
    judge(
        observed,
        [
            {},
            {},
            {"average": exact(*reference.moving_average(initial, values[0], rate))},
            {},
            {},
            {"average": exact(*reference.moving_average(once, values[1], rate))},
        ],
    )
    judge_fact(observed, "variables", ["v", "v/ExponentialMovingAverage"])
    judge_fact(observed, "moving_average_variables", ["v"])
    judge_fact(observed, "update_names", ["ExponentialMovingAverage", "ExponentialMovingAverage_1"])


@api(EMA)
@dtypes
@variables
@given(data=st.data())
def test_slices_of_a_partitioned_variable(
    subject: Subject, dtype: str, use_resource: bool, data: st.DataObject
) -> None:
    """Each slice is a variable, with an average and a name in the checkpoint of its own."""
    values = data.draw(series(2, dtype, [2, 2]), label="slices")
    observed = subject.run(
        graphs.moving_averages.ema_of_slices(dtype=dtype, use_resource=use_resource),
        trace(
            step("update", slice0=values[0], slice1=values[1]),
            step("average0", "average1", "whole"),
        ),
    )
    rate = reference.decay_rate(np.float32(0.75), dtype_of(dtype))
    zeros = np.zeros((2, 2), dtype_of(dtype))
    averages = [exact(*reference.moving_average(zeros, value, rate)) for value in values]
    judge(
        observed,
        [
            {},
            {
                "average0": averages[0],
                "average1": averages[1],
                "whole": exact(np.concatenate(values)),
            },
        ],
    )
    slices = ["p/part_0", "p/part_1"]
    judge_fact(observed, "averaged", slices)
    judge_fact(
        observed, "to_restore", [[f"{name}/ExponentialMovingAverage", name] for name in slices]
    )
