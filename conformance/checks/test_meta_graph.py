"""tf.train.export_meta_graph and import_meta_graph: what is built on an import, and devices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import LENGTH, few_examples
from conformance.judge import exact, judge, judge_fact, strings
from conformance.marks import api
from conformance.strategies import make_array, series
from conformance.subject import Subject
from conformance.trace import graphs, step, trace
from reference_impls import summaries
from reference_impls.balls import ball

EXPORT = "tf.train.export_meta_graph"
IMPORT = "tf.train.import_meta_graph"
import_scopes = pytest.mark.parametrize(
    "import_scope", [None, "under"], ids=["as_named", "import_scope"]
)


@api(EXPORT, IMPORT, "tf.cond", "tf.gradients")
@import_scopes
@few_examples
@given(data=st.data())
def test_gradients_of_an_imported_cond(
    subject: Subject, import_scope: str | None, data: st.DataObject
) -> None:
    """Who trains on from a MetaGraph differentiates branches that another program has built."""
    a, b = data.draw(series(2, "float32", (LENGTH,)), label="a, b")
    one, zero = np.ones_like(a), np.zeros_like(a)
    # The branch not taken adds zeros, and so makes 0 of -0.
    of_b: dict[str, object] = {"y": b, "by a": zero, "by b": one}
    expected: list[dict[str, object]] = [
        {"y": ball(a) * ball(b), "by a": ball(b), "by b": ball(a)},
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
@import_scopes
def test_one_scope(subject: Subject, import_scope: str | None) -> None:
    """export_scope exports what is in it, without its name, and nothing else."""
    observed = subject.run(graphs.meta_graph.scoped(import_scope=import_scope), trace())
    prefix = f"{import_scope}/" if import_scope else ""
    judge_fact(observed, "negated", [f"{prefix}negated"])
    judge_fact(observed, "variables", [f"{prefix}v"])
    judge_fact(observed, "trainable", [f"{prefix}v"])
    judge_fact(observed, "collected", [f"{prefix}negated:0"])
    judge_fact(observed, "colocated", [f"loc:@{prefix}v"])


@api(EXPORT, IMPORT, "tf.summary.merge_all")
@import_scopes
def test_collections_of_nodes(subject: Subject, import_scope: str | None) -> None:
    """Tensors are tensors again, operations operations; variables, where they are known to be."""
    observed = subject.run(
        graphs.meta_graph.nodes(import_scope=import_scope), trace(step("merged"))
    )
    prefix = f"{import_scope}/" if import_scope else ""
    variable, run = ["variable", f"{prefix}v:0"], ["operation", f"{prefix}run"]
    first, second = (["tensor", f"{prefix}halves:{number}"] for number in range(2))
    expected = {
        "tensors": [second, first],
        "operations": [run, ["operation", f"{prefix}halves"]],
        "both": [second, run],
        # Of a collection that is its own, a program gets what its variables are in the graph.
        "mine": [["tensor", f"{prefix}v:0"]],
        "update_ops": [run],
        "local_variables": [["variable", f"{prefix}local:0"]],
        "model_variables": [variable],
        "moving_average_variables": [variable],
    }
    judge_fact(observed, "collections", expected)
    (merged,) = summaries.scalar("loss", np.asarray(0.5, np.float32))
    judge(observed, [{"merged": exact(np.array(merged, object))}])


@api(EXPORT, "tf.train.Saver")
def test_what_is_exported(subject: Subject) -> None:
    """The graph and the collections given; and of Savers all, or its own where so wished."""
    observed = subject.run(graphs.meta_graph.chosen(), trace())
    judge_fact(observed, "collections", ["wanted"])
    judge_fact(observed, "savers", ["one", "two"])
    judge_fact(observed, "own_savers", ["two"])
    judge_fact(observed, "saves_by", "two/control_dependency:0")
    judge_fact(observed, "graph", [["there"], ["theirs"]])


@api(IMPORT, EXPORT)
@pytest.mark.parametrize(
    ("as_text", "import_scope"), [(False, "under"), (True, None)], ids=["binary", "text"]
)
def test_variables_from_a_file(subject: Subject, as_text: bool, import_scope: str | None) -> None:
    """They start with their values, are set, and are trained and initialised as they were."""
    initial = {"ref": 2.0, "resource": 3.0, "fixed": 5.0, "local": 7.0}
    start = {name: np.asarray(value, np.float32) for name, value in initial.items()}
    other = {name: np.negative(start[name]) for name in ("ref", "resource", "fixed")}
    observed = subject.run(
        graphs.meta_graph.variables(as_text=as_text, import_scope=import_scope),
        trace(
            step(*start),
            step("set", **{f"set_{name}": value for name, value in other.items()}),
            step(*start),
            fresh=True,
        ),
    )
    judge(observed, [start, {}, start | other])
    prefix = f"{import_scope}/" if import_scope else ""
    trained = [f"{prefix}ref:0", f"{prefix}resource:0"]
    judge_fact(observed, "global", [*trained, f"{prefix}fixed:0"])
    judge_fact(observed, "local", [f"{prefix}local:0"])
    judge_fact(observed, "trainable", trained)
    judge_fact(observed, "says_trainable", trained)
    judge_fact(observed, "are_global", True)
    judge_fact(observed, "beside", [f"loc:@{prefix}fixed"])


@api(IMPORT, EXPORT, "tf.train.Saver")
@import_scopes
def test_variables_in_parts(subject: Subject, import_scope: str | None) -> None:
    """Imported, they are still parts of one variable to a Saver."""
    wholes = {
        f"{kind}_of_rank_{len(shape)}": make_array("float32", shape, "unit", 1)
        for kind in ("ref", "resource")
        for shape in ((5,), (7, 2))
    }
    parts = {
        f"{name}/part_{part}": piece
        for name, whole in wholes.items()
        for part, piece in enumerate(np.array_split(whole, 2))
    }
    prefix = f"{import_scope}/" if import_scope else ""
    saved = {f"saved_{name}": whole for name, whole in wholes.items()}
    listed = {"listed": strings(*(f"{prefix}{name}" for name in wholes))}
    observed = subject.run(
        graphs.meta_graph.slices(
            shapes={name: list(whole.shape) for name, whole in wholes.items()},
            import_scope=import_scope,
        ),
        trace(
            step("set", **{f"set_{name}": piece for name, piece in parts.items()}),
            step("save"),
            step("listed", *saved),
            step(*parts),
        ),
    )
    judge(observed, [{}, {}, listed | saved, parts])


@api(EXPORT, IMPORT, "tf.while_loop", "tf.gradients")
def test_gradients_of_an_imported_loop(subject: Subject) -> None:
    """They run as often as the loop did."""
    a = np.asarray(-3, np.float32)
    counts = (0, 1, 4)
    observed = subject.run(
        graphs.meta_graph.loops(import_scope="under"),
        trace(*(step("y", "by a", a=a, times=np.asarray(n, np.int32)) for n in counts)),
    )
    powers = [(1, 0), (-3, 1), (81, -108)]
    judge(
        observed,
        [
            {"y": np.asarray(y, np.float32), "by a": np.asarray(by_a, np.float32)}
            for y, by_a in powers
        ],
    )


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
