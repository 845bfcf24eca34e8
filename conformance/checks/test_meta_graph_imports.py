"""Imports beside others, and with inputs that the importing program gives."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.judge import judge, judge_fact
from conformance.marks import api
from conformance.subject import Subject
from conformance.trace import graphs, step, trace

EXPORT = "tf.train.export_meta_graph"
IMPORT = "tf.train.import_meta_graph"
# What runs where inputs were mapped: a = x, the second of the halves = y, and each run is counted.
X, Y, B = (np.full(1, value, np.float32) for value in (7, 3, 2))
MAPPED = trace(step("difference", x=X, b=B), step("of_halves", x=X, b=B, y=Y), step("count"))
OF_MAPPED: list[dict[str, object]] = [
    {"difference": X - B},
    {"of_halves": X - Y},
    {"count": np.float32(1)},
]


@api(IMPORT, EXPORT, "tf.train.Saver")
@pytest.mark.parametrize(
    ("scopes", "under"),
    [
        ([None, "under"], ["", "under/"]),
        (["under", None], ["under/", ""]),
        (["under", "under"], ["under/", "under_1/"]),
    ],
    ids=["second_scoped", "first_scoped", "same_scope"],
)
def test_two_imports(subject: Subject, scopes: list[str | None], under: list[str]) -> None:
    """Each has variables of its own, and a Saver that restores them by their old names."""
    observed = subject.run(
        graphs.imports.twice(scopes=scopes), trace(step("restore"), step("v0", "v1"))
    )
    judge(observed, [{}, {"v0": np.float32(11), "v1": np.float32(21)}])
    judge_fact(observed, "variables", [f"{scope}v" for scope in under])
    judge_fact(observed, "kept", [3, 3])


@api("tf.import_graph_def")
def test_input_map_of_a_graph_def(subject: Subject) -> None:
    """Tensors and control inputs named in it are others then; what is wanted is returned."""
    observed = subject.run(graphs.imports.mapped_graph_def(), MAPPED)
    judge(observed, OF_MAPPED)
    judge_fact(observed, "nothing", None)
    judge_fact(observed, "plain", "outer/import/difference")
    named = ["difference:0", "difference", "of_halves:0", "halves:0"]
    elements = [*(f"mapped/{name}" for name in named), "x:0", "mapped/b:0"]
    judge_fact(observed, "elements", elements)
    judge_fact(observed, "controls", ["counted", "mapped/stays"])


@api("tf.import_graph_def")
def test_what_is_not_imported(subject: Subject) -> None:
    """Inputs and elements that a GraphDef does not have, and what is of another type."""
    observed = subject.run(graphs.imports.refused(), trace())
    expected = {
        "an input that is not there": "ValueError",
        "an element that is not there": "ValueError",
        "an output that is not there": "ValueError",
        "a tensor of another dtype": "ValueError",
        "a map that is none": "TypeError",
        "no GraphDef": "TypeError",
    }
    judge_fact(observed, "refused", expected)


@api(IMPORT, EXPORT)
def test_input_map_of_a_meta_graph(subject: Subject) -> None:
    """The same; a collection has what was imported."""
    observed = subject.run(graphs.imports.mapped_meta_graph(import_scope="under"), MAPPED)
    judge(observed, OF_MAPPED)


@api(EXPORT, IMPORT)
def test_inputs_from_outside_the_scope(subject: Subject) -> None:
    """What the scope exported has read must be given to the import."""
    x = np.asarray(3, np.float32)
    observed = subject.run(graphs.imports.unbound(), trace(step("negated", x=x)))
    judge(observed, [{"negated": -x}])
    judge_fact(observed, "unbound", [])
    judge_fact(observed, "refused", True)
    judge_fact(observed, "has_saver", False)
