"""tf.train.ExponentialMovingAverage: names, collections, what is restored, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.judge import judge, judge_fact, raises
from conformance.marks import api, published
from conformance.strategies import FLOATS, dtype_of
from conformance.subject import Subject
from conformance.trace import graphs, trace

EMA = "tf.train.ExponentialMovingAverage"
SUFFIX = "ExponentialMovingAverage"

dtypes = pytest.mark.parametrize("dtype", FLOATS)
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])


@published(11, 37)
@api(EMA)
@dtypes
@variables
@pytest.mark.parametrize("name", [None, "smoothed"], ids=["default_name", "named"])
def test_names_and_collections(
    subject: Subject, dtype: str, use_resource: bool, name: str | None
) -> None:
    """The names, collections and restore maps that checkpoints and evaluation code rely on."""
    options = {"name": name} if name else {}
    observed = subject.run(
        graphs.moving_averages.ema_of_variables(
            dtype=dtype, shape=(2,), use_resource=use_resource, decay=0.9, count=2, **options
        ),
        trace(init={f"v{n}": np.zeros(2, dtype_of(dtype)) for n in range(2)}),
    )
    suffix = name or "ExponentialMovingAverage"
    shadows = [f"v0/{suffix}", f"v1/{suffix}"]
    judge_fact(observed, "average_names", shadows)
    judge_fact(observed, "shadow_names", shadows)
    judge_fact(observed, "shadow_dtypes", [dtype, dtype])
    judge_fact(observed, "shadow_trainable", [False, False])
    judge_fact(observed, "moving_average_variables", ["v0", "v1"])
    judge_fact(observed, "to_restore", [[shadows[0], "v0"], [shadows[1], "v1"]])
    judge_fact(observed, "update_is_operation", True)
    judge_fact(observed, "update_name", suffix)


@api(EMA)
@variables
def test_averages_are_on_their_variables_device(subject: Subject, use_resource: bool) -> None:
    """Wherever apply is called; that of a tensor is where its apply is called."""
    device = "/job:ps/task:1/device:CPU:0"
    observed = subject.run(
        graphs.moving_average_names.ema_on_devices(use_resource=use_resource, device=device),
        trace(),
    )
    judge_fact(observed, "of_variable", device)
    judge_fact(observed, "of_tensor", "")


SHADOW = {name: f"{name}/{SUFFIX}" for name in ("weight", "fixed")}


@api(EMA)
@variables
@pytest.mark.parametrize(
    ("applied", "restored", "averaged", "to_restore"),
    [
        (None, None, ["weight"], [["fixed", "fixed"], [SHADOW["weight"], "weight"]]),
        (
            ["fixed"],
            None,
            ["fixed"],
            [[SHADOW["fixed"], "fixed"], [SHADOW["weight"], "weight"]],
        ),
        (
            ["fixed", "weight"],
            None,
            ["fixed", "weight"],
            [[SHADOW["fixed"], "fixed"], [SHADOW["weight"], "weight"]],
        ),
        (
            ["weight"],
            ["fixed"],
            ["weight"],
            [
                [SHADOW["fixed"], "fixed"],
                ["weight", "weight"],
                [SHADOW["weight"], SHADOW["weight"]],
            ],
        ),
        (
            ["weight"],
            ["weight"],
            ["weight"],
            [["fixed", "fixed"], [SHADOW["weight"], "weight"]],
        ),
        (
            ["weight"],
            [],
            ["weight"],
            [
                ["fixed", "fixed"],
                ["weight", "weight"],
                [SHADOW["weight"], SHADOW["weight"]],
            ],
        ),
    ],
    ids=["no_list", "not_trainable", "both", "restore_other", "restore_averaged", "restore_none"],
)
def test_which_variables_are_averaged_and_restored(
    subject: Subject,
    use_resource: bool,
    applied: list[str] | None,
    restored: list[str] | None,
    averaged: list[str],
    to_restore: list[list[str]],
) -> None:
    """apply() is over trainable variables, or those listed, trainable or not.

    variables_to_restore() maps the shadow's name to each trainable or averaged variable, or each
    listed one, averaged or not; every other variable, shadows too, keeps its own name.
    """
    observed = subject.run(
        graphs.moving_average_names.ema_to_restore(
            use_resource=use_resource, applied=applied, restored=restored
        ),
        trace(),
    )
    judge_fact(observed, "averaged", averaged)
    judge_fact(observed, "unknown", sorted({"weight", "fixed"} - set(averaged)))
    judge_fact(observed, "trainable", ["weight"])
    judge_fact(observed, "to_restore", to_restore)


@api(EMA)
@variables
@pytest.mark.parametrize(
    ("variable_scope", "scope_kind", "scope", "shadow", "update"),
    [
        ("", "variable_scope", "", f"w/{SUFFIX}", SUFFIX),
        ("model", "variable_scope", "", f"model/w/{SUFFIX}", SUFFIX),
        ("", "name_scope", "train", f"w/{SUFFIX}", f"train/{SUFFIX}"),
        ("", "variable_scope", "train", f"train/w/{SUFFIX}", f"train/{SUFFIX}"),
        ("model", "variable_scope", "model", f"model/model/w/{SUFFIX}", f"model_1/{SUFFIX}"),
    ],
    ids=["root", "of_a_scope", "in_name_scope", "in_variable_scope", "in_the_same_scope"],
)
def test_names_under_scopes(
    subject: Subject,
    use_resource: bool,
    variable_scope: str,
    scope_kind: str,
    scope: str,
    shadow: str,
    update: str,
) -> None:
    """A shadow is below its variable's name, and that below the variable scope of apply()."""
    observed = subject.run(
        graphs.moving_average_names.ema_under_scopes(
            use_resource=use_resource,
            variable_scope=variable_scope,
            scope_kind=scope_kind,
            scope=scope,
        ),
        trace(),
    )
    variable = f"{variable_scope}/w" if variable_scope else "w"
    judge_fact(observed, "name_before", f"{variable}/{SUFFIX}")
    judge_fact(observed, "average_name", shadow)
    judge_fact(observed, "shadow_name", shadow)
    judge_fact(observed, "update_name", update)
    judge_fact(observed, "to_restore", [[shadow, variable]])


@published(37)
@api(EMA)
@variables
def test_objects_over_one_variable(subject: Subject, use_resource: bool) -> None:
    """Each object has a shadow of its own: names are counted up, or differ by ``name``."""
    observed = subject.run(
        graphs.moving_average_names.ema_objects(use_resource=use_resource), trace()
    )
    shadows = [f"w/{SUFFIX}", f"w/{SUFFIX}_1", "w/slow"]
    judge_fact(observed, "names_before", shadows)
    judge_fact(observed, "names", shadows)
    judge_fact(observed, "updates", [SUFFIX, f"{SUFFIX}_1", "slow"])
    judge_fact(observed, "moving_average_variables", ["w", "w", "w"])


@api(EMA)
@pytest.mark.parametrize("of_tensor", [False, True], ids=["variable", "tensor"])
@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "complex64", "bool"])
def test_refuses_what_is_not_floating_point(subject: Subject, dtype: str, of_tensor: bool) -> None:
    """Averages of integers, booleans and complex numbers are a TypeError."""
    observed = subject.run(
        graphs.moving_average_names.ema_refused(dtype=dtype, of_tensor=of_tensor), trace()
    )
    judge(observed, raises("TypeError", during="build"))


@api(EMA)
@variables
def test_refuses_a_partitioned_variable(subject: Subject, use_resource: bool) -> None:
    """Slices of a partitioned variable are variables; the whole is none."""
    observed = subject.run(
        graphs.moving_average_names.ema_of_partitioned(use_resource=use_resource), trace()
    )
    judge(observed, raises("AttributeError", "TypeError", "ValueError", during="build"))


@published(11)
@api(EMA)
@variables
def test_average_is_of_one_variable(subject: Subject, use_resource: bool) -> None:
    """A list of variables has no average, it is an error."""
    observed = subject.run(
        graphs.moving_average_names.ema_average_of_list(use_resource=use_resource), trace()
    )
    judge(observed, raises("AttributeError", "TypeError", during="build"))
