"""tf.cond: the chosen branch's values, its gradient, and what is refused.

Which operations run, and when, is a matter of order: see test_ordering.py.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import LENGTH
from conformance.judge import exact, judge, judge_fact, raises
from conformance.marks import api
from conformance.strategies import FLOATS, dtype_of, series
from conformance.subject import Subject
from conformance.trace import graphs, step, trace

COND = "tf.cond"
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])


@api(COND)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("strict", [False, True], ids=["unpacked", "strict"])
@given(data=st.data())
def test_values_of_a_branch(
    subject: Subject, strict: bool, dtype: str, data: st.DataObject
) -> None:
    """Those of the branch that is chosen, slices too; a list of one is unpacked unless strict."""
    a, b = data.draw(series(2, dtype, (LENGTH,)), label="a, b")
    fetches = ["y", "second", "slices", "indices", "gradient"]
    if dtype == "bfloat16":  # which TensorFlow 1 does not differentiate
        fetches.pop()
    preds = (True, False, True)
    observed = subject.run(
        graphs.cond.values(dtype=dtype, strict=strict),
        trace(*(step(*fetches, pred=np.asarray(pred), a=a, b=b) for pred in preds)),
    )
    ones = np.ones(LENGTH, dtype_of(dtype))
    of = {
        chosen: dict.fromkeys(("y", "second", "slices"), value)
        | {"indices": np.arange(LENGTH, dtype=np.int32), "gradient": chosen * ones}
        for chosen, value in ((True, a), (False, b))
    }
    judge(observed, [{name: exact(of[pred][name]) for name in fetches} for pred in preds])
    judge_fact(observed, "one", False)
    judge_fact(observed, "list of one", strict)
    judge_fact(observed, "two", True)


@api(COND)
def test_structures_of_a_branch(subject: Subject) -> None:
    """What branches return in dicts, tuples, lists and named tuples comes in the same ones."""
    a, b = np.asarray(3, np.float32), np.asarray(-5, np.float32)
    of = {
        chosen: {"one": one, "two": 2 * one, "in_list": one, "first": one, "second": 2 * one}
        for chosen, one in ((True, a), (False, b))
    }
    observed = subject.run(
        graphs.cond.structures(),
        trace(*(step(*of[pred], pred=np.asarray(pred), a=a, b=b) for pred in of)),
    )
    judge(observed, [{name: exact(one) for name, one in of[pred].items()} for pred in of])


@api(COND)
@variables
@pytest.mark.parametrize(("form", "by"), [("operation", 1), ("group", 2), ("list", 1)])
def test_operations_of_a_branch(subject: Subject, use_resource: bool, form: str, by: int) -> None:
    """A branch may return what gives no value: it runs, and that of the other branch does not."""
    preds = (True, False, False)
    steps = [one for pred in preds for one in (step("done", pred=np.asarray(pred)), step("a", "b"))]
    observed = subject.run(
        graphs.cond.operations(use_resource=use_resource, form=form), trace(*steps)
    )
    if not use_resource and subject.fingerprint["profile"] == "v2":
        # TF2's branches are functions, which capture a value and no reference.
        judge(observed, raises("TypeError", during="build"))
        return
    expected: list[dict[str, object]] = []
    for n in range(1, len(preds) + 1):
        counts = (by * preds[:n].count(True), by * preds[:n].count(False))
        after = zip("ab", counts, strict=True)
        expected += [{}, {name: np.asarray(count, np.int32) for name, count in after}]
    judge(observed, expected)


@api(COND, "tf.gradients")
@variables
def test_gradient_to_a_variable(subject: Subject, use_resource: bool) -> None:
    """What a branch reads of a variable has a gradient, by the branch that is chosen."""
    observed = subject.run(
        graphs.cond.of_variable(use_resource=use_resource),
        trace(*(step("y", "v", pred=np.asarray(pred)) for pred in (True, False))),
    )
    values = [{"y": [1, 4], "v": [2, -4]}, {"y": [3, -6], "v": [3, 3]}]
    judge(
        observed,
        [{name: exact(np.asarray(one, np.float32)) for name, one in of.items()} for of in values],
    )


@api(COND)
def test_shape_is_what_both_branches_have(subject: Subject) -> None:
    """Where they differ, the size or the rank is known when it runs."""
    pairs = [([2], [2]), ([2], [3]), ([3], [2]), ([2, 3], [None, 3]), ([2], [2, 1])]
    observed = subject.run(graphs.cond.shapes(pairs=pairs), trace())
    judge_fact(observed, "shapes", [[2], [None], [None], [None, 3], None])


@api(COND)
def test_contexts_are_collected(subject: Subject) -> None:
    """Of both branches, for a MetaGraph; not those inside of them. TF2's cond has none."""
    observed = subject.run(graphs.cond.contexts(), trace())
    legacy = subject.fingerprint["profile"] == "legacy"
    judge_fact(observed, "branches", [["outer", 1], ["outer", 0]] if legacy else [])


@api(COND)
@pytest.mark.parametrize(
    "name", ["doubled", "switch_t", "pred_id"], ids=["result", "pivot", "predicate"]
)
def test_what_is_inside_cannot_be_fetched(subject: Subject, name: str) -> None:
    """Where the branch is not taken there is no value. TF2's cond has it in a function."""
    observed = subject.run(graphs.cond.inside(name=name), trace(step("inside"), fresh=True))
    if subject.fingerprint["profile"] == "legacy":
        judge(observed, raises("InaccessibleTensorError", "ValueError", during="step 0"))
    else:
        judge(observed, raises("KeyError", during="build"))


@api(COND)
@pytest.mark.parametrize(
    ("call", "errors"),
    [
        ("a Python bool", ["TypeError"]),
        ("no function", ["TypeError"]),
        ("other numbers of tensors", ["ValueError", "TypeError"]),
        ("other dtypes", ["ValueError", "TypeError"]),
    ],
)
def test_refused_arguments(subject: Subject, call: str, errors: list[str]) -> None:
    """A predicate that is no tensor, and branches that do not match."""
    observed = subject.run(graphs.cond.refused(call=call), trace())
    judge(observed, raises(*errors, during="build"))
