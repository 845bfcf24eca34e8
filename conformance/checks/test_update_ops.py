"""UPDATE_OPS under minimize and apply_gradients, beside them, under losses, and by scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from _pytest.mark import ParameterSet
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.networks import (
    KINDS,
    OUTPUTS,
    STATISTICS,
    TRAINABLE,
    batch,
    decayed,
    descended,
    drawn,
    initial_values,
    loss_with_decay,
    moved,
    one_pass,
    set_variables,
    state_at,
    steps_so_far,
    variables,
    zeros_of,
)
from conformance.checks.sizes import few_examples
from conformance.judge import exact, judge, judge_fact
from conformance.marks import api, published
from conformance.subject import Subject
from conformance.trace import graphs, step, trace
from reference_impls import moving_averages, norms

UPDATE_OPS = "tf.GraphKeys.UPDATE_OPS"
MINIMIZE = "tf.train.Optimizer.minimize"
APPLY = "tf.train.Optimizer.apply_gradients"
STEPS = 2
HOW_UPDATES_RUN = ("apply_gradients", "minimize", "grouped", "forgotten")
SCOPES = ("first", "second", None)


def choices(options: Sequence[str | None], row: int) -> list[ParameterSet]:
    """Every kind of layer with the first option, and every option with the first kind.

    The first two also of resource variables; the first of all is what is published as ``row``.
    """
    refs = [(option, *KINDS[0], False) for option in options]
    resources = [(option, *KINDS[0], True) for option in options[:2]]
    kinds = [(options[0], *kind, False) for kind in KINDS[1:]]
    return [
        pytest.param(
            *one,
            id="-".join([str(one[0]), *one[1:3], "resource" if one[3] else "ref"]),
            marks=[published(row)] if one == refs[0] else [],
        )
        for one in (*refs, *resources, *kinds)
    ]


@api(UPDATE_OPS, MINIMIZE, APPLY, "tf.control_dependencies")
@pytest.mark.parametrize(
    ("updates", "batch_norm", "dtype", "use_resource"), choices(HOW_UPDATES_RUN, row=18)
)
@few_examples
@given(data=st.data())
def test_training(
    subject: Subject,
    updates: str,
    batch_norm: str,
    dtype: str,
    use_resource: bool,
    data: st.DataObject,
) -> None:
    """Each step descends by the gradients of its batch, and moves the statistics once or never."""
    draw = drawn(data, dtype)
    values = initial_values(draw, batch_norm)
    batches = [batch(draw, n) for n in range(STEPS)]
    state = step(*values, "global_step")
    steps = [set_variables(values | {"global_step": steps_so_far(0)}), state]
    for fed in batches:
        steps += [step("loss", **fed), step("train", **fed), state]
    observed = subject.run(
        graphs.networks.training(
            dtype=dtype,
            batch_norm=batch_norm,
            use_resource=use_resource,
            updates=updates,
            outputs=OUTPUTS,
        ),
        trace(*steps),
    )
    expected: list[Mapping[str, object]] = [{}, values | {"global_step": steps_so_far(0)}]
    for n, fed in enumerate(batches):
        before = state_at(observed, 1 + 3 * n, values)
        done = one_pass(before, fed, batch_norm)
        unmoved: dict[str, object] = {name: before[name] for name in STATISTICS}
        after = descended(before, decayed(done, before))
        statistics = unmoved if updates == "forgotten" else moved(before, [done], batch_norm)
        expected += [
            {"loss": loss_with_decay(done, before)},
            {},
            {**after, **statistics, "global_step": steps_so_far(n + 1)},
        ]
    judge(observed, expected)
    judge_fact(observed, "trainable", sorted_as_made(batch_norm))
    judge_fact(observed, "update_count", 2)


def sorted_as_made(batch_norm: str) -> list[str]:
    """The trainable variables in the order the network makes them."""
    return [name for name in TRAINABLE if batch_norm != "none" or name not in ("gamma", "beta")]


@api(UPDATE_OPS, "tf.add_n")
@pytest.mark.parametrize(("scope", "batch_norm", "dtype", "use_resource"), choices(SCOPES, row=17))
@few_examples
@given(data=st.data())
def test_update_ops_of_a_scope_under_the_losses(
    subject: Subject,
    scope: str | None,
    batch_norm: str,
    dtype: str,
    use_resource: bool,
    data: st.DataObject,
) -> None:
    """Fetching the total loss moves the statistics of the scope's network, and of no other."""
    draw = drawn(data, dtype)
    of_scope = {
        name: initial_values(draw, batch_norm, prefix=f"{name}_") for name in ("first", "second")
    }
    values = of_scope["first"] | of_scope["second"]
    fed = batch(draw, 0)
    observed = subject.run(
        graphs.networks.losses_by_scope(
            dtype=dtype,
            batch_norm=batch_norm,
            use_resource=use_resource,
            scope=scope,
            outputs=OUTPUTS,
        ),
        trace(set_variables(values), step("plain", **fed), step("total", **fed), step(*values)),
    )
    losses, after = [], dict[str, object](values)
    for name, given_as in of_scope.items():
        own = {key.removeprefix(f"{name}_"): value for key, value in given_as.items()}
        done = one_pass(own, fed, batch_norm)
        losses.append(loss_with_decay(done, own))
        if scope in (name, None):
            statistics = moved(own, [done], batch_norm)
            after |= {f"{name}_{key}": value for key, value in statistics.items()}
    total = norms.add_n(losses)
    judge(observed, [{}, {"plain": total}, {"total": total}, after])
    judge_fact(observed, "update_count", 2 if scope else 4)
    kinds_of_loss = ("error", "weight_decay")
    judge_fact(
        observed, "losses", [f"{name}/{kind}" for name in of_scope for kind in kinds_of_loss]
    )


@api("tf.train.ExponentialMovingAverage", MINIMIZE, "tf.group")
@pytest.mark.parametrize(
    "ordered", [True, pytest.param(False, marks=published(20))], ids=["after_the_step", "grouped"]
)
@variables
@few_examples
@given(data=st.data())
def test_averages_of_trained_variables(
    subject: Subject, ordered: bool, use_resource: bool, data: st.DataObject
) -> None:
    """Averages of what the step left; merely grouped with it, of what it found or left."""
    subject.record.bits_are_open = not ordered
    dtype, batch_norm = "float32", "composed"
    decay = 0.2  # between the caps of the first two steps
    draw = drawn(data, dtype)
    values = initial_values(draw, batch_norm)
    batches = [batch(draw, n) for n in range(STEPS)]
    averages = {f"average_{name}": value for name, value in zeros_of(dtype, TRAINABLE).items()}
    state = step(*values, *averages, "global_step")
    steps = [set_variables(values | {"global_step": steps_so_far(0)}), state]
    for fed in batches:
        steps += [step("train", **fed), state]
    observed = subject.run(
        graphs.networks.averages(
            dtype=dtype,
            batch_norm=batch_norm,
            use_resource=use_resource,
            decay=decay,
            ordered=ordered,
            outputs=OUTPUTS,
        ),
        trace(*steps),
    )
    expected: list[Mapping[str, object]] = [
        {},
        values | averages | {"global_step": steps_so_far(0)},
    ]
    for n, fed in enumerate(batches):
        before = state_at(observed, 1 + 2 * n, values | averages)
        left = state_at(observed, 3 + 2 * n, values)
        weights = {name: before[name] for name in values}
        done = one_pass(weights, fed, batch_norm)
        after: dict[str, object] = {
            **descended(weights, done.gradients),
            **moved(weights, [done], batch_norm),
            "global_step": steps_so_far(n + 1),
        }
        for name in TRAINABLE:
            alternatives = [
                average
                for count in ((n + 1,) if ordered else (n, n + 1))
                for value in ((left,) if ordered else (before, left))
                for average in moving_averages.moving_average(
                    before[f"average_{name}"],
                    value[name],
                    moving_averages.decay_rate(
                        moving_averages.capped_decay(decay, count), np.dtype(dtype)
                    ),
                )
            ]
            after[f"average_{name}"] = exact(*alternatives)
        expected += [{}, after]
    judge(observed, expected)
    judge_fact(observed, "averaged", list(sorted_as_made(batch_norm)))
