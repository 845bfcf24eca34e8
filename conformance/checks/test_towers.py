"""Towers: a batch split, variables shared, gradients and losses averaged, whose update ops run."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.networks import (
    BATCH,
    OUTPUTS,
    STATISTICS,
    batch,
    descended,
    drawn,
    fixed,
    initial_values,
    moved,
    one_pass,
    set_variables,
    state_at,
    steps_so_far,
)
from conformance.checks.sizes import few_examples
from conformance.judge import Exact, exact, judge, judge_fact
from conformance.marks import api, published
from conformance.subject import Observed, Subject
from conformance.trace import Array, GraphSpec, graphs, step, trace
from reference_impls import balls
from reference_impls.networks import Pass

TOWERS = "tf.train.Optimizer.compute_gradients"
OTHERS = ("tf.train.Optimizer.apply_gradients", "tf.GraphKeys.UPDATE_OPS", "tf.split")
STEPS = 2


def graph_of(
    count: int,
    batch_norm: str = "composed",
    *,
    use_resource: bool,
    updates: str = "first",
    devices: bool = False,
) -> GraphSpec:
    """The graph of a step by ``count`` towers."""
    spec: GraphSpec = graphs.networks.towers(
        dtype="float32",
        batch_norm=batch_norm,
        use_resource=use_resource,
        count=count,
        updates=updates,
        devices=devices,
        outputs=OUTPUTS,
    )
    return spec.with_session(cpus=count) if devices else spec


def passes_of_towers(
    before: dict[str, Array], fed: dict[str, Array], batch_norm: str, count: int
) -> list[Pass]:
    """What each tower makes of its part of the batch."""
    size = BATCH // count
    return [
        one_pass(
            before,
            {name: value[at : at + size] for name, value in fed.items()},
            batch_norm,
        )
        for at in range(0, BATCH, size)
    ]


def run_steps(
    subject: Subject, spec: GraphSpec, values: dict[str, Array], batches: list[dict[str, Array]]
) -> Observed:
    """Fetch the loss of each batch, take its step, and see what it left."""
    state = step(*values, "global_step")
    steps = [set_variables(values | {"global_step": steps_so_far(0)}), state]
    for fed in batches:
        steps += [step("loss", **fed), step("train", **fed), state]
    return subject.run(spec, trace(*steps))


def judge_steps(
    observed: Observed,
    values: dict[str, Array],
    batches: list[dict[str, Array]],
    batch_norm: str,
    count: int,
    updates: str,
) -> None:
    """Judge each step by the reference's towers from the variables TensorFlow had before."""
    expected: list[Mapping[str, object]] = [{}, values | {"global_step": steps_so_far(0)}]
    for n, fed in enumerate(batches):
        before = state_at(observed, 1 + 3 * n, values)
        passes = passes_of_towers(before, fed, batch_norm, count)
        gradients = {
            name: balls.mean(balls.stack([one.gradients[name] for one in passes]), 0)
            for name in passes[0].gradients
        }
        whose = passes if updates == "all" else passes[:1]
        expected += [
            {"loss": balls.mean(balls.stack([one.loss for one in passes]), 0)},
            {},
            {
                **descended(before, gradients),
                **moved(before, whose, batch_norm),
                "global_step": steps_so_far(n + 1),
            },
        ]
    judge(observed, expected)


# The graph of four towers costs as much as a hundred others: not every combination.
@api(TOWERS, *OTHERS)
@pytest.mark.parametrize(
    ("count", "updates", "batch_norm", "use_resource"),
    [
        (1, "first", "composed", False),
        (2, "first", "composed", True),
        (2, "all", "composed", True),
        (4, "first", "composed", False),
        (4, "all", "composed", True),
        (1, "first", "layers", True),
        (2, "first", "layers", False),
        (2, "all", "layers", True),
    ],
)
@few_examples
@given(data=st.data())
def test_step_of_towers(
    subject: Subject,
    count: int,
    updates: str,
    batch_norm: str,
    use_resource: bool,
    data: st.DataObject,
) -> None:
    """One step by the mean of gradients; statistics of the first tower, or moved by all in turn.

    Each tower normalises by its own part of the batch. Updates of several towers are in no order;
    of reference variables without a lock one may also be lost, so that nothing is promised.
    """
    subject.record.bits_are_open = updates == "all" and count > 1
    draw = drawn(data, "float32")
    values = initial_values(draw, batch_norm)
    batches = [batch(draw, n) for n in range(STEPS)]
    spec = graph_of(count, batch_norm, use_resource=use_resource, updates=updates)
    observed = run_steps(subject, spec, values, batches)
    judge_steps(observed, values, batches, batch_norm, count, updates)
    judge_fact(observed, "update_count", 2 * (count if updates == "all" else 1))


@api(TOWERS, *OTHERS, "tf.device")
@pytest.mark.parametrize(
    ("count", "use_resource"),
    [pytest.param(2, False, marks=published(23)), (2, True), (4, False)],
)
def test_towers_on_devices_of_their_own(subject: Subject, count: int, use_resource: bool) -> None:
    """A device for each tower changes nothing."""
    draw = fixed("float32")
    values = initial_values(draw, "composed")
    batches = [batch(draw, n) for n in range(STEPS)]
    spec = graph_of(count, use_resource=use_resource, devices=True)
    observed = run_steps(subject, spec, values, batches)
    judge_steps(observed, values, batches, "composed", count, "first")
    judge_fact(observed, "devices", count)
    judge_fact(observed, "variable_devices", 1)
    names = [f"batch_norm/{name}" for name in ("beta", "gamma", *STATISTICS)]
    shared = [f"network/{name}" for name in ("biases", "kernel", "weights", *names)]
    judge_fact(observed, "variables", sorted(["global_step", *shared]))


@published(23)
@api(TOWERS, *OTHERS)
@pytest.mark.parametrize("count", [1, 2, 4])
def test_towers_equal_one_on_the_whole_batch(subject: Subject, count: int) -> None:
    """Without batch statistics; bit for bit, because sums of small integers have no rounding."""
    draw = fixed("float32", "simple")
    values = initial_values(draw, "none")
    fed = batch(draw, 0)
    # Half of an odd number beside integers: nothing is on the kink of relu.
    fed["x"] = 2 * fed["x"] + 1
    values["kernel"][0, 0, 0] += 0.5
    observed = run_steps(subject, graph_of(count, "none", use_resource=False), values, [fed])
    whole = one_pass(values, fed, "none")
    after = descended(values, whole.gradients)
    judge(
        observed,
        [
            {},
            values | {"global_step": steps_so_far(0)},
            {"loss": centre_of(whole.loss)},
            {},
            {name: centre_of(one) for name, one in after.items()}
            | {"global_step": exact(steps_so_far(1))},
        ],
    )


def centre_of(ball: balls.Ball) -> Exact:
    """The expectation of a ball's centre itself."""
    return exact(ball.centre.astype(ball.dtype))
