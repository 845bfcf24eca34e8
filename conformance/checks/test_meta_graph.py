"""tf.train.export_meta_graph and import_meta_graph: what is built on an import, and devices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import LENGTH, few_examples
from conformance.judge import judge, judge_fact
from conformance.marks import api
from conformance.strategies import series
from conformance.subject import Subject
from conformance.trace import graphs, step, trace
from reference_impls.balls import ball

EXPORT = "tf.train.export_meta_graph"
IMPORT = "tf.train.import_meta_graph"


@api(EXPORT, IMPORT, "tf.cond", "tf.gradients")
@pytest.mark.parametrize("import_scope", [None, "under"], ids=["as_named", "import_scope"])
@few_examples
@given(data=st.data())
def test_gradients_of_an_imported_cond(
    subject: Subject, import_scope: str | None, data: st.DataObject
) -> None:
    """Who trains on from a MetaGraph differentiates branches that another program has built."""
    a, b = data.draw(series(2, "float32", (LENGTH,)), label="a, b")
    one, zero = np.ones_like(a), np.zeros_like(a)
    of_b: dict[str, object] = {"y": b, "by a": zero, "by b": one}
    expected: list[dict[str, object]] = [
        {"y": ball(a) * ball(b), "by a": b, "by b": a},
        {"y": a, "by a": one, "by b": zero},
        of_b,
        of_b,
    ]
    steps = [
        step("y", "by a", "by b", a=a, b=b, outer=np.asarray(outer), inner=np.asarray(inner))
        for outer in (True, False)
        for inner in (True, False)
    ]
    observed = subject.run(graphs.meta_graph.branches(import_scope=import_scope), trace(*steps))
    judge(observed, expected)


@api(EXPORT, IMPORT)
@pytest.mark.parametrize("exporting", [False, True], ids=["kept", "cleared_by_export"])
@pytest.mark.parametrize("importing", [False, True], ids=["kept", "cleared_by_import"])
def test_devices(subject: Subject, exporting: bool, importing: bool) -> None:
    """Operations keep the devices they were given, unless one of the two clears them."""
    observed = subject.run(
        graphs.meta_graph.devices(exporting=exporting, importing=importing), trace()
    )
    kept = {"on a CPU": "/device:CPU:0", "on a job": "/job:worker/task:1", "anywhere": ""}
    cleared = exporting or importing
    judge_fact(observed, "devices", dict.fromkeys(kept, "") if cleared else kept)


@api(EXPORT, IMPORT)
def test_collections_of_values(subject: Subject) -> None:
    """Strings, integers and floats are collected again as they were, in their order."""
    made: dict[str, list[object]] = {
        "strings": ["b", "a", "b"],
        "integers": [3, -1, 2**40],
        "floats": [0.5, -1.25],
    }
    observed = subject.run(graphs.meta_graph.collections(made=made), trace())
    judge_fact(observed, "collections", made)


@api(EXPORT, IMPORT)
@pytest.mark.parametrize("import_scope", [None, "under"], ids=["as_named", "import_scope"])
def test_one_scope(subject: Subject, import_scope: str | None) -> None:
    """export_scope exports what is in it, without its name, and nothing else."""
    observed = subject.run(graphs.meta_graph.scoped(import_scope=import_scope), trace())
    prefix = f"{import_scope}/" if import_scope else ""
    judge_fact(observed, "negated", [f"{prefix}negated"])
    judge_fact(observed, "variables", [f"{prefix}v"])
    judge_fact(observed, "trainable", [f"{prefix}v"])


@api(EXPORT, "tf.train.Saver")
@pytest.mark.parametrize(
    ("call", "options", "is_text", "has_defaults"),
    [
        ("export_meta_graph", {}, False, True),
        ("export_meta_graph", {"as_text": True}, True, True),
        ("export_meta_graph", {"strip_default_attrs": True}, False, False),
        ("save", {}, False, True),
        ("save", {"strip_default_attrs": True}, False, False),
    ],
    ids=["export", "export_as_text", "export_stripped", "save", "save_stripped"],
)
def test_what_is_written(
    subject: Subject, call: str, options: dict[str, bool], is_text: bool, has_defaults: bool
) -> None:
    """A binary file with all attributes, unless text, or none but those that matter, is wanted."""
    observed = subject.run(
        graphs.meta_graph.written(call=call, options=options),
        trace(step("write"), step("is_text", "has_defaults"), fresh=True),
    )
    told = {"is_text": np.asarray(is_text), "has_defaults": np.asarray(has_defaults)}
    judge(observed, [{}, told])
