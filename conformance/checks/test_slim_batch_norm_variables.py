"""Variables of tf.contrib.layers.batch_norm and tf_slim.batch_norm: names, collections, reuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.batch_norm_layers import regularization_losses
from conformance.checks.slim_layers import CHANNELS, IMAGE, libraries
from conformance.judge import judge, judge_fact, raises
from conformance.marks import published
from conformance.semantics import semantics
from conformance.strategies import TAME, arrays, named
from conformance.trace import graphs, step, trace
from reference_impls import balls, batch_norm_layer
from reference_impls.batch_norm_layer import Parameters

if TYPE_CHECKING:
    from conformance.subject import Subject

# A call for each of slim's implementations.
implementations = pytest.mark.parametrize(
    "call",
    [
        {},
        {"updates_collections": "none"},
        {"updates_collections": "none", "fused": False},
    ],
    ids=["layer", "fused", "composed"],
)
VARIABLES = ["beta", "gamma", "moving_mean", "moving_variance"]


def below(scope: str, *names: str) -> list[str]:
    """Names below a scope."""
    return [f"{scope}/{name}" for name in names]


@libraries
@implementations
def test_param_initializers(subject: Subject, library: str, call: dict[str, Any]) -> None:
    """Each variable starts at what its initialiser gives, else at 0, and 1 for the scales."""
    given_as = {"beta": 0.5, "gamma": 2.0, "moving_variance": 4.0}
    values = {**given_as, "moving_mean": 0.0}
    observed = subject.run(
        graphs.slim.batch_norm(
            library=library,
            dtype="float32",
            shape=IMAGE,
            is_training=True,
            scale=True,
            param_initializers=given_as,
            **call,
        ),
        trace(step(*VARIABLES), fresh=True),
    )
    judge(observed, [{name: np.full(CHANNELS, values[name], np.float32) for name in VARIABLES}])


@libraries
@implementations
def test_initial_values(subject: Subject, library: str, call: dict[str, Any]) -> None:
    """Without initialisers beta and the mean start at 0, the variance at 1; there is no gamma."""
    observed = subject.run(
        graphs.slim.batch_norm(
            library=library, dtype="float32", shape=IMAGE, is_training=True, **call
        ),
        trace(step("beta", "moving_mean", "moving_variance"), fresh=True),
    )
    zeros, ones = np.zeros(CHANNELS, np.float32), np.ones(CHANNELS, np.float32)
    judge(observed, [{"beta": zeros, "moving_mean": zeros, "moving_variance": ones}])


@published(4)
@libraries
@pytest.mark.parametrize(
    ("updates_collections", "counts"),
    [
        ("default", {"update_ops": 2}),
        ("update_ops", {"update_ops": 2}),
        ("own_updates", {"own_updates": 2}),
        ("none", {}),
    ],
)
def test_where_updates_are_collected(
    subject: Subject, library: str, updates_collections: str, counts: dict[str, int]
) -> None:
    """Both updates are in UPDATE_OPS unless another collection is named, or none."""
    observed = subject.run(
        graphs.slim.batch_norm(
            library=library,
            dtype="float32",
            shape=IMAGE,
            is_training=True,
            updates_collections=updates_collections,
        ),
        trace(),
    )
    judge_fact(observed, "update_counts", counts)


@libraries
@implementations
def test_names_and_scopes(subject: Subject, library: str, call: dict[str, Any]) -> None:
    """Calls in a row have scopes of their own; all variables are model variables."""
    observed = subject.run(
        graphs.slim.batch_norm_names(library=library, shape=IMAGE, calls=2, scale=True, **call),
        trace(),
    )
    everything = below("BatchNorm", *VARIABLES) + below("BatchNorm_1", *VARIABLES)
    judge_fact(observed, "variables", everything)
    judge_fact(observed, "model_variables", everything)
    judge_fact(
        observed,
        "trainable",
        below("BatchNorm", "beta", "gamma") + below("BatchNorm_1", "beta", "gamma"),
    )


@libraries
@implementations
@given(data=st.data())
def test_param_regularizers(
    subject: Subject, library: str, call: dict[str, Any], data: st.DataObject
) -> None:
    """Their values are losses; slim's own implementation, which is not fused, ignores them."""
    factors = {"beta": 0.5, "gamma": 0.125}
    values = data.draw(named(VARIABLES, "float32", [CHANNELS], TAME), label="variables")
    observed = subject.run(
        graphs.slim.regularized(library=library, shape=IMAGE, factors=factors, **call),
        trace(
            step("set", **{f"set_{name}": value for name, value in values.items()}), step("total")
        ),
    )
    losses, total = regularization_losses(values, factors if call.get("fused", True) else {})
    judge(observed, [{}, {"total": total}])
    judge_fact(observed, "losses", len(losses))


@libraries
@implementations
@pytest.mark.parametrize("collections", ["named", "by_variable"])
def test_collections(
    subject: Subject, library: str, collections: str, call: dict[str, Any]
) -> None:
    """Variables and outputs are in the collections the caller names, for all or for each."""
    observed = subject.run(
        graphs.slim.batch_norm_names(
            library=library,
            shape=IMAGE,
            calls=1,
            collections=collections,
            scope="bn",
            scale=True,
            **call,
        ),
        trace(),
    )
    names = below("bn", *VARIABLES)
    judge_fact(
        observed,
        "given_collections",
        {"given": names}
        if collections == "named"
        else {f"given_{name}": [f"bn/{name}"] for name in ("beta", "gamma", "moving_mean")},
    )
    judge_fact(observed, "outputs_are_collected", [True])
    # What end points are known by.
    judge_fact(observed, "aliases", [["bn"]])
    judge_fact(observed, "variables", names)
    judge_fact(observed, "model_variables", names)


@libraries
@implementations
def test_a_partitioner_cuts_what_is_trained(
    subject: Subject, library: str, call: dict[str, Any]
) -> None:
    """Moving statistics stay whole."""
    observed = subject.run(
        graphs.slim.batch_norm_names(
            library=library, shape=IMAGE, calls=1, parts=2, scope="bn", scale=True, **call
        ),
        trace(),
    )
    cut = below("bn", *(f"{name}/part_{part}" for name in ("beta", "gamma") for part in (0, 1)))
    judge_fact(observed, "variables", [*cut, *below("bn", *VARIABLES[2:])])
    judge_fact(observed, "trainable", cut)


@libraries
@implementations
def test_not_trainable(subject: Subject, library: str, call: dict[str, Any]) -> None:
    """With trainable=False the layer still trains, but no optimiser sees its variables."""
    observed = subject.run(
        graphs.slim.batch_norm_names(
            library=library, shape=IMAGE, calls=1, trainable=False, scale=True, **call
        ),
        trace(),
    )
    judge_fact(observed, "variables", below("BatchNorm", *VARIABLES))
    judge_fact(observed, "trainable", [])


@libraries
def test_slots_of_zero_debias(subject: Subject, library: str) -> None:
    """zero_debias_moving_mean adds two variables, below the layer's scope twice."""
    observed = subject.run(
        graphs.slim.batch_norm_names(
            library=library, shape=IMAGE, calls=1, zero_debias_moving_mean=True, scope="bn"
        ),
        trace(),
    )
    slots = below("bn/bn/moving_mean", "biased", "local_step")
    own = below("bn", "beta", "moving_mean", "moving_variance")
    judge_fact(observed, "variables", sorted(own + slots))
    judge_fact(observed, "model_variables", own)


@libraries
@given(data=st.data())
def test_reuse(subject: Subject, library: str, data: st.DataObject) -> None:
    """A second call of a scope shares its variables: the evaluation graph of a training graph."""
    shape = [*data.draw(st.sampled_from([(4, 2, 1), (2, 3, 2)]), label="N, H, W"), CHANNELS]
    x = data.draw(arrays("float32", shape, TAME), label="x")
    values = data.draw(
        named(("beta", "moving_mean", "moving_variance"), "float32", [CHANNELS], TAME),
        label="beta, moving_mean, moving_variance",
    )
    values["moving_variance"] = np.abs(values["moving_variance"])
    statistics = ("moving_mean", "moving_variance")
    observed = subject.run(
        graphs.slim.batch_norm_reused(library=library, shape=IMAGE),
        trace(
            step("set", **{f"set_{name}": value for name, value in values.items()}),
            step("first", x=x),
            step(*statistics),
            step("second", x=x),
        ),
    )
    epsilon = max(0.001, semantics(subject, "fused_epsilon_floor"))

    def parameters(moving: dict[str, Any]) -> Parameters:
        mean, variance = (balls.ball(moving[name]) for name in statistics)
        return Parameters(None, balls.ball(values["beta"]), mean, variance)

    first, mean, variance = batch_norm_layer.training(
        balls.ball(x), -1, parameters(values), epsilon, fused=True
    )
    moved = {
        name: batch_norm_layer.moved(balls.ball(values[name]), value, 0.9, momentum_is_tensor=False)
        for name, value in zip(statistics, (mean, variance), strict=True)
    }
    seen = {name: observed.seen(2, name, values[name]) for name in statistics}
    second = batch_norm_layer.inference(balls.ball(x), -1, parameters(seen), epsilon, fused=True)
    judge(observed, [{}, {"first": first}, moved, {"second": second}])
    judge_fact(observed, "variables", below("shared", "beta", "moving_mean", "moving_variance"))


@libraries
@pytest.mark.parametrize(
    "options",
    [
        {"shape": IMAGE, "data_format": "NHCW"},
        {"shape": IMAGE, "data_format": "NHCW", "fused": False},
        {"shape": None},
        {"shape": [2, 2, None]},
        {"shape": [2, None]},
        {"shape": IMAGE, "reuse": True},
        {"shape": IMAGE, "renorm": True, "fused": False, "updates_collections": "none"},
        {"shape": IMAGE, "renorm": True, "fused": False, "zero_debias_moving_mean": True},
        {"shape": [2, 2, 2, 3], "reuse": True, "scope": "unmade"},
    ],
    ids=[
        "data_format",
        "data_format_unfused",
        "unknown_rank",
        "unknown_channels",
        "unknown_channels_of_rows",
        "reuse_without_scope",
        "renorm_in_place",
        "renorm_zero_debias",
        "reuse_of_nothing",
    ],
)
def test_refused(subject: Subject, library: str, options: dict[str, Any]) -> None:
    """Arguments that say nothing, or that contradict each other, are a ValueError."""
    observed = subject.run(graphs.slim.batch_norm_refused(library=library, **options), trace())
    judge(observed, raises("ValueError", during="build"))
