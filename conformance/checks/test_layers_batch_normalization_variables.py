"""tf.layers.batch_normalization: its variables, their names, losses, constraints, collections."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.batch_norm_layers import (
    CHANNELS,
    KINDS,
    STATISTICS,
    Layer,
    initial_values,
    regularization_losses,
)
from conformance.judge import exact, judge, judge_fact, raises
from conformance.marks import api, published
from conformance.published import shown
from conformance.strategies import TAME, arrays, named
from conformance.subject import Subject
from conformance.trace import graphs, step, trace
from reference_impls import balls

LAYER = "tf.layers.batch_normalization"
NAMES = ("gamma", "beta", *STATISTICS)


def variables_of(*layers: str) -> list[str]:
    """The names of the variables of layers, in the order they are made."""
    return [f"{layer}/{name}" for layer in layers for name in NAMES]


def trainable_of(*layers: str) -> list[str]:
    """The names of those that are trained."""
    return [f"{layer}/{name}" for layer in layers for name in ("gamma", "beta")]


@api(LAYER)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("training", [True, False, "fed"], ids=["train", "infer", "placeholder"])
def test_variables_and_update_ops(subject: Subject, kind: str, training: Any) -> None:
    """The layer's variables, which of them are trainable, and how many update ops it registers."""
    drawn = KINDS[kind]
    observed = subject.run(
        graphs.batch_norm_layers.layer(
            dtype="float32",
            shape=drawn.shape,
            axis=drawn.axis,
            fused=drawn.fused,
            training=training,
            name="bn",
        ),
        trace(step(*NAMES), fresh=True),
    )
    shape = drawn.parameter_shape
    judge(observed, [initial_values(shape)])
    judge_fact(observed, "variables", [[f"bn/{name}", shape] for name in NAMES])
    judge_fact(observed, "trainable", ["bn/gamma", "bn/beta"])
    judge_fact(observed, "update_count", 0 if training is False else 2)
    judge_fact(observed, "output_dtype", "float32")
    judge_fact(observed, "output_shape", list(drawn.shape))


@api(LAYER)
@pytest.mark.parametrize("kind", ["dense", "image"])
@given(data=st.data())
def test_a_partitioner_cuts_what_is_trained(
    subject: Subject, kind: str, data: st.DataObject
) -> None:
    """gamma and beta come in parts, moving statistics do not; the layer computes as without."""
    layer = Layer(subject, data, KINDS[kind], "float32", training=True)
    layer.values = initial_values()
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(
        graphs.batch_norm_layers.partitioned(shape=KINDS[kind].shape, parts=2),
        trace(step("y", x=x), step("updates", x=x), step(*STATISTICS), step("loss0", "loss1")),
    )
    sizes = [CHANNELS - CHANNELS // 2, CHANNELS // 2]
    # Gamma is all ones.
    losses = {f"loss{at}": exact(np.asarray(size / 2, np.float32)) for at, size in enumerate(sizes)}
    moved = layer.moved(x, layer.statistics)
    judge(observed, [{"y": layer.train(x)[0]}, {}, moved, losses])
    cut = [
        [f"{name}/part_{at}", [size]]
        for name in trainable_of("bn")
        for at, size in enumerate(sizes)
    ]
    whole = [[f"bn/{name}", [CHANNELS]] for name in STATISTICS]
    judge_fact(observed, "variables", cut + whole)
    judge_fact(observed, "trainable", [name for name, _ in cut])


@published(2)
@api(LAYER)
def test_published_update_ops(subject: Subject) -> None:
    """Two update ops of three channels, by the names tutorials print."""
    observed = subject.run(graphs.batch_norm_layers.published_layer(), trace())
    row = shown(2)
    judge_fact(observed, "names", row["update_ops"])
    judge_fact(observed, "shapes", [row["shape"]] * 2)
    judge_fact(observed, "dtypes", [row["dtype"]] * 2)


@api(LAYER)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_initializers(subject: Subject, dtype: str) -> None:
    """Each variable starts at what its own initializer gives."""
    values = {"gamma": 2.5, "beta": -1.5, "moving_mean": 0.1, "moving_variance": 4.0}
    observed = subject.run(
        graphs.batch_norm_layers.initialized(dtype=dtype, values=values, channels=CHANNELS),
        trace(step(*NAMES)),
    )
    judge(observed, [{name: np.full(CHANNELS, one, dtype) for name, one in values.items()}])


@api(LAYER)
@pytest.mark.parametrize(
    ("which", "options"),
    [(["gamma", "beta"], {}), (["beta"], {}), ([], {}), (["gamma", "beta"], {"reused": True})],
    ids=["both", "beta", "none", "reused"],
)
@given(data=st.data())
def test_regularizers_are_losses_of_the_variables(
    subject: Subject, which: list[str], options: dict[str, bool], data: st.DataObject
) -> None:
    """Each regularizer's value of its variable is in REGULARIZATION_LOSSES, once, and nowhere else.

    A layer that reuses the variable adds none.
    """
    known = {"gamma": 0.5, "beta": 0.125}
    factors = {name: known[name] for name in which}
    values = data.draw(named(NAMES, "float32", [CHANNELS], TAME), label="variables")
    observed = subject.run(
        graphs.batch_norm_layers.regularized(factors=factors, channels=CHANNELS, **options),
        trace(
            step("set", **{f"set_{name}": value for name, value in values.items()}),
            step(*(f"loss{n}" for n in range(len(which))), "total"),
        ),
    )
    losses, total = regularization_losses(values, factors)
    expected: dict[str, Any] = {f"loss{n}": loss for n, loss in enumerate(losses)}
    judge(observed, [{}, {**expected, "total": total}])
    judge_fact(observed, "losses", len(which))
    judge_fact(observed, "other_losses", 0)
    judge_fact(observed, "loss_scopes", [f"bn/{name}/Regularizer" for name in which])


@api(LAYER)
@pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
@given(data=st.data())
def test_constraints_hold_after_an_optimiser_step(
    subject: Subject, use_resource: bool, data: st.DataObject
) -> None:
    """gamma and beta are projected after the step, and not when they are set."""
    values = data.draw(named(NAMES, "float32", [CHANNELS], TAME), label="variables")
    values["moving_variance"] = np.abs(values["moving_variance"])
    fed = data.draw(named(("x", "weight"), "float32", [2, CHANNELS], TAME), label="x, weight")
    observed = subject.run(
        graphs.batch_norm_layers.constrained(use_resource=use_resource, channels=CHANNELS),
        trace(
            step("set", **{f"set_{name}": value for name, value in values.items()}),
            step("gamma", "beta", "grad_gamma", "grad_beta", **fed),
            step("step", **fed),
            step("gamma", "beta"),
        ),
    )
    zeros = np.zeros(CHANNELS, np.float32)
    gradient = {
        name: balls.ball(observed.seen(1, f"grad_{name}", zeros)) for name in ("gamma", "beta")
    }
    stepped = {name: balls.ball(values[name]) - gradient[name] for name in gradient}
    root = balls.rsqrt(balls.ball(values["moving_variance"]) + 0.001)
    weight, x = balls.ball(fed["weight"]), balls.ball(fed["x"])
    mean = balls.ball(values["moving_mean"])
    of_shift = balls.sum(weight, 0)
    judge(
        observed,
        [
            {},
            {
                "gamma": values["gamma"],
                "beta": values["beta"],
                "grad_gamma": (balls.sum(weight * x, 0) - of_shift * mean) * root,
                "grad_beta": of_shift,
            },
            {},
            {
                "gamma": balls.maximum(stepped["gamma"], 0.0),
                "beta": balls.minimum(balls.maximum(stepped["beta"], -1.0), 1.0),
            },
        ],
    )
    judge_fact(observed, "constrained", ["gamma", "beta"])


@api(LAYER)
@pytest.mark.parametrize(
    ("calls", "layers"),
    [
        ([{}, {}], ["batch_normalization", "batch_normalization_1"]),
        ([{"name": "a"}, {"name": "b"}], ["a", "b"]),
        ([{"name": "a"}, {"name": "a", "reuse": True}], ["a"]),
        ([{"name": "a", "reuse": "auto"}, {"name": "a", "reuse": "auto"}], ["a"]),
    ],
    ids=["default", "named", "reuse", "auto_reuse"],
)
@pytest.mark.parametrize("scope", [None, "tower"], ids=["top", "scope"])
def test_names_are_made_unique_or_reused(
    subject: Subject, calls: list[dict[str, Any]], layers: list[str], scope: str | None
) -> None:
    """Unnamed layers are counted; reuse shares the variables; each call has updates of its own."""
    observed = subject.run(graphs.batch_norm_layers.named_layers(calls=calls, scope=scope), trace())
    full = [layer if scope is None else f"{scope}/{layer}" for layer in layers]
    judge_fact(observed, "variables", variables_of(*full))
    judge_fact(observed, "trainable", trainable_of(*full))
    judge_fact(observed, "update_count", 4)


@api(LAYER)
def test_each_scope_counts_its_own(subject: Subject) -> None:
    """Unnamed layers are counted in each variable scope."""
    scopes = ["a", "b", "a/c"]
    observed = subject.run(graphs.batch_norm_layers.layers_in_scopes(scopes=scopes), trace())
    full = [f"{scope}/batch_normalization" for scope in scopes]
    judge_fact(observed, "variables", variables_of(*full))
    judge_fact(observed, "update_count", 6)


@api(LAYER, "tf.train.ExponentialMovingAverage")
@pytest.mark.parametrize("kind", ["dense", "image"])
@given(data=st.data())
def test_custom_getter_gives_averages(subject: Subject, kind: str, data: st.DataObject) -> None:
    """A layer that reuses another's variables gets what the scope's getter makes of them."""
    layer = Layer(subject, data, KINDS[kind], "float32", builder=graphs.batch_norm_layers.averaged)
    drawn = data.draw(named(("gamma", "beta"), "float32", [CHANNELS], TAME), label="averages")
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(
        layer.graph,
        trace(
            layer.set_variables(**{f"{name}_average": value for name, value in drawn.items()}),
            step("y", "of_averages", x=x),
        ),
    )
    judge(observed, [{}, {"y": layer.infer(x), "of_averages": layer.infer(x, drawn)}])
    judge_fact(observed, "variables", 6)


@api("tf.layers.BatchNormalization")
def test_custom_getter_may_freeze_a_variable(subject: Subject) -> None:
    """What a scope's getter makes not trainable is so to the graph, and to the layer."""
    observed = subject.run(graphs.batch_norm_layers.frozen_by_getter(), trace())
    judge_fact(observed, "variables", variables_of("bn"))
    judge_fact(observed, "trainable", ["bn/beta"])
    judge_fact(observed, "layer_trainable_variables", ["bn/beta"])
    frozen = [f"bn/{name}" for name in ("gamma", *STATISTICS)]
    judge_fact(observed, "layer_non_trainable_variables", frozen)


@api(LAYER, "tf.cond")
def test_a_layer_in_a_branch_is_collected(subject: Subject) -> None:
    """Variables and updates of a layer that a branch of tf.cond makes are in the collections."""
    observed = subject.run(graphs.batch_norm_layers.in_branch(), trace())
    judge_fact(observed, "variables", variables_of("outside", "inside"))
    judge_fact(observed, "trainable", trainable_of("outside", "inside"))
    judge_fact(observed, "update_count", 4)


@api(LAYER)
def test_scope_with_auto_reuse_shares_by_name(subject: Subject) -> None:
    """Under variable_scope(reuse=AUTO_REUSE) two layers of one name have one set of variables."""
    observed = subject.run(
        graphs.batch_norm_layers.named_layers(
            calls=[{"name": "a"}, {"name": "a"}], scope="tower", scope_reuse="auto"
        ),
        trace(),
    )
    judge_fact(observed, "variables", variables_of("tower/a"))
    judge_fact(observed, "update_count", 4)


@api(LAYER)
@pytest.mark.parametrize(
    "calls",
    [[{"name": "a"}, {"name": "a"}], [{"name": "a", "reuse": True}]],
    ids=["name_twice", "nothing_to_reuse"],
)
def test_wrong_reuse_is_refused(subject: Subject, calls: list[dict[str, Any]]) -> None:
    """A name that is taken needs reuse, and reuse needs variables that are there."""
    observed = subject.run(graphs.batch_norm_layers.named_layers(calls=calls), trace())
    judge(observed, raises("ValueError", during="build"))


@api("tf.layers.BatchNormalization")
def test_one_layer_called_twice_has_one_set_of_variables(subject: Subject) -> None:
    """Each call registers its own two updates."""
    graph = graphs.batch_norm_layers.one_layer_called_twice(shapes=[[None, 3], [2, 3]])
    observed = subject.run(graph, trace())
    judge_fact(observed, "variables", variables_of("bn"))
    judge_fact(observed, "trainable", trainable_of("bn"))
    judge_fact(observed, "updates", 4)
    judge_fact(observed, "update_count", 4)


@api("tf.layers.BatchNormalization")
@pytest.mark.parametrize("shape", [[None, 3, 3], [None, 2]], ids=["rank", "channels"])
def test_one_layer_called_on_another_shape_is_refused(
    subject: Subject, shape: list[int | None]
) -> None:
    """The first call has decided the rank, and the size of the axis that has parameters."""
    graph = graphs.batch_norm_layers.one_layer_called_twice(shapes=[[None, 3], shape])
    judge(subject.run(graph, trace()), raises("ValueError", during="build"))
