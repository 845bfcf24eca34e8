"""Moving averages as tutorials publish them: the numbers people compare their own runs with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from conformance.judge import exact, judge
from conformance.marks import api, published
from conformance.published import agrees, numbers, shown
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import balls, optimizers
from reference_impls import moving_averages as reference

EMA = "tf.train.ExponentialMovingAverage"
FLOAT32 = np.dtype(np.float32)
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])


def averaged(average: Array, value: Array, decay: float | Array, text: object) -> Array:
    """The reference's average after an update, which must be the one published."""
    (after,) = reference.moving_average(average, value, reference.decay_rate(decay, FLOAT32))
    assert agrees(after, text), f"the reference gives {after}, published is {text}"
    return after


@api(EMA)
@variables
@pytest.mark.parametrize(
    ("row", "control"),
    [
        pytest.param(9, True, marks=published(9), id="control_dependencies"),
        pytest.param(10, False, marks=published(10), id="in_turn"),
    ],
)
def test_ema_after_assign_add(
    subject: Subject, use_resource: bool, row: int, control: bool
) -> None:
    """The same averages, whether by control dependencies or by running in turn."""
    texts = shown(row)["average_w"]
    one_turn = [step("update")] if control else [step("change"), step("update")]
    turn = [*one_turn, step("average_w")]
    observed = subject.run(
        graphs.moving_averages.published_control_dependencies(
            control=control, use_resource=use_resource
        ),
        trace(*(turn * len(texts))),
    )
    w = average = np.asarray(1, np.float32)
    expected: list[dict[str, Any]] = []
    for text in texts:
        w = np.asarray(w + np.float32(1))
        average = averaged(average, w, np.asarray(0.9, np.float32), text)
        expected += [{}] * len(one_turn) + [{"average_w": exact(average)}]
    judge(observed, expected)


@published(19)
@api("moving_averages.assign_moving_average")
@variables
@pytest.mark.parametrize(("statistic", "start"), [("mean", 0), ("variance", 1)])
def test_moving_statistics(
    subject: Subject, use_resource: bool, statistic: str, start: float
) -> None:
    """With a decay of 0.9, from a mean of 0 and a variance of 1."""
    values = numbers(shown(19)[statistic])
    texts = shown(19)[f"moving_{statistic}"]
    average = np.full(3, start, np.float32)
    steps = []
    expected: list[dict[str, Any]] = []
    for value, text in zip(values, texts, strict=True):
        batch = np.full(3, value)
        steps += [step("update0", value=batch), step("variable")]
        average = averaged(average, batch, 0.9, [text] * 3)
        expected += [{}, {"variable": exact(average)}]
    observed = subject.run(
        graphs.moving_averages.assign_moving_average(
            dtype="float32", shape=[3], use_resource=use_resource, zero_debias=False, decay=0.9
        ),
        trace(*steps, init={"variable": np.full(3, start, np.float32)}),
    )
    judge(observed, expected)


@published(22)
@api(EMA)
@variables
def test_recurrence(subject: Subject, use_resource: bool) -> None:
    """decay * average + (1 - decay) * variable, from 0."""
    decay = float(shown(22)["decay"])
    average = np.zeros(3, np.float32)
    steps = []
    expected: list[dict[str, Any]] = []
    for value, text in zip(numbers(shown(22)["variable"]), shown(22)["average"], strict=True):
        v = np.full(3, value)
        steps += [step("assign0", v0=v), step("update"), step("average0")]
        average = averaged(average, v, decay, [text] * 3)
        expected += [{}, {}, {"average0": exact(average)}]
    observed = subject.run(
        graphs.moving_averages.ema_of_variables(
            dtype="float32", shape=[3], use_resource=use_resource, decay=decay
        ),
        trace(*steps, init={"v0": np.zeros(3, np.float32)}),
    )
    judge(observed, expected)


@published(33)
@api("tf.train.RMSPropOptimizer", "tf.train.AdadeltaOptimizer")
@pytest.mark.parametrize(
    ("optimizer", "option", "slot", "start"),
    [("RMSPropOptimizer", "decay", "rms", 1), ("AdadeltaOptimizer", "rho", "accum", 0)],
    ids=["rmsprop", "adadelta"],
)
@variables
def test_optimizers_average_squared_gradients(
    subject: Subject, use_resource: bool, optimizer: str, option: str, slot: str, start: float
) -> None:
    """The slot follows the recurrence of a moving average; of such numbers, exactly."""
    decay = float(shown(33)["decay"])
    rho = optimizers.hyperparameter(decay, FLOAT32)
    average = np.full((4, 2), start, np.float32)
    steps = []
    expected: list[dict[str, Any]] = []
    for value, text in zip(numbers(shown(33)["gradient"]), shown(33)[slot], strict=True):
        grad = np.full((4, 2), value)
        steps += [step("apply", grad=grad), step(slot)]
        move = optimizers.moved if slot == "rms" else optimizers.weighed
        average = move(balls.ball(average), balls.square(balls.ball(grad)), rho).centre
        average = average.astype(np.float32)
        assert agrees(average, np.full((4, 2), text, object))
        expected += [{}, {slot: exact(average)}]
    observed = subject.run(
        graphs.optimizers.optimizer(
            optimizer_name=optimizer,
            dtype="float32",
            shape=[4, 2],
            use_resource=use_resource,
            sparse=False,
            options={"learning_rate": 0.1, option: decay},
        ),
        trace(*steps, init={"var": np.zeros((4, 2), np.float32)}),
    )
    judge(observed, expected)


@published(34)
@api(EMA)
@variables
def test_ema_with_num_updates(subject: Subject, use_resource: bool) -> None:
    """What is printed at the start, and after each of three updates."""
    table = shown(34)
    steps = [step("v1", "average")]
    average = np.asarray(0, np.float32)
    expected: list[dict[str, Any]] = [{"v1": average, "average": average}]
    rows = list(zip(table["steps"], table["v1"], table["average"], strict=True))
    for count, v1, text in rows[1:]:
        value = numbers(v1)
        steps += [
            step("assign_v1", "assign_step", v1=value, step=np.asarray(count, np.int32)),
            step("update"),
            step("v1", "average"),
        ]
        average = averaged(average, value, reference.capped_decay(0.99, count), text)
        expected += [{}, {}, {"v1": value, "average": exact(average)}]
    observed = subject.run(
        graphs.moving_averages.published_num_updates(use_resource=use_resource), trace(*steps)
    )
    judge(observed, expected)


@published(35)
@api(EMA)
@variables
def test_decay_used(subject: Subject, use_resource: bool) -> None:
    """What is left of an average of 1 when the variable is 0."""
    table = shown(35)
    decay = float(table["decay"])
    one, zero = np.asarray(1, np.float32), np.asarray(0, np.float32)
    for count, text in zip(table["steps"], table["used"], strict=True):
        left = averaged(one, zero, reference.capped_decay(decay, count), text)
        observed = subject.run(
            graphs.moving_averages.ema_of_variables(
                dtype="float32", shape=[], use_resource=use_resource, num_updates="fed"
            ),
            trace(
                step("assign0", v0=zero),
                step(
                    "update",
                    decay=np.asarray(decay, np.float32),
                    num_updates=np.asarray(count, np.int64),
                ),
                step("average0"),
                init={"v0": one},
            ),
        )
        judge(observed, [{}, {}, {"average0": exact(left)}])


@published(36)
@api(EMA)
@variables
def test_average_starts_at_the_initial_value(subject: Subject, use_resource: bool) -> None:
    """Before any update, and whatever the variable is assigned meanwhile."""
    initial = np.full(3, float(shown(36)["initial"]), np.float32)
    observed = subject.run(
        graphs.moving_averages.ema_of_variables(
            dtype="float32", shape=[3], use_resource=use_resource, decay=0.9
        ),
        trace(
            step("average0"),
            step("assign0", v0=initial + 1),
            step("average0"),
            init={"v0": initial},
        ),
    )
    judge(observed, [{"average0": initial}, {}, {"average0": initial}])
