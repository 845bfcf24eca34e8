"""Checkpoints and MetaGraphs that one release wrote, read by another (`fixtures/exchange`).

What TensorFlow promises (https://www.tensorflow.org/guide/versions): a release that supports the
version of a graph runs it as its writer did, but for floating-point details, whatever the major
release; for readers older than the writer that is enforced between patch releases only. An older
reader may refuse a graph, which then counts as missing; it may not compute something else.
Checkpoints have versions of their own (``kTensorBundleVersion`` in
``tensorflow/core/util/tensor_bundle/tensor_bundle.cc``), and theirs has stayed since 2016 and names
no oldest consumer: values are read in both directions, bit for bit.

Results are judged by the references; the fact ``ulp_from_writer`` says how far they are from those
of the writer.
"""

from __future__ import annotations

import textwrap
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from conformance import exchange, exchange_building
from conformance.checks.exchanged_graphs import SHADOW, apart, results
from conformance.checks.sizes import few_examples
from conformance.enlargement import longer
from conformance.exchange import Written
from conformance.judge import judge, judge_fact
from conformance.marks import api
from conformance.strategies import TAME, named
from conformance.subject import ApiMissing, Observed, Subject
from conformance.trace import graphs, step, trace

SAVER = "tf.train.Saver"
IMPORT = "tf.train.import_meta_graph"


def exchanged(*names: str) -> pytest.MarkDecorator:
    """Every file there is, or those of the graphs called ``names``."""
    found = [one for one in exchange.shipped() if not names or one[1].partition("-")[0] in names]
    return pytest.mark.parametrize(("writer", "name"), found, ids=["-".join(one) for one in found])


@api(SAVER)
@exchanged()
def test_checkpoint_of_another_release(subject: Subject, writer: str, name: str) -> None:
    """Variables made by this release's own code get the values bit for bit.

    They are of the kind that the writer's were not: its own are those of the imported graphs.
    """
    written = exchange.shipped_one(writer, name)
    use_resource = not written.spec.arguments["use_resource"]
    observed = subject.run(
        graphs.exchange.restored(
            graph=written.graph, use_resource=use_resource, files=written.encoded_files
        ),
        trace(step("restore"), step(*written.saved)),
    )
    judge(observed, [{}, written.saved])
    judge_fact(observed, "variables", written.facts["variables"])


@api(SAVER)
@exchanged("dense", "image")
def test_checkpoint_of_a_layer_in_one_written_by_hand(
    subject: Subject, writer: str, name: str
) -> None:
    """A checkpoint of tf.layers needs no tf.layers to be restored: its names are enough."""
    written = exchange.shipped_one(writer, name)
    observed = subject.run(
        graphs.exchange.restored(
            graph="hand_built", use_resource=True, files=written.encoded_files
        ),
        trace(step("restore"), step(*written.saved)),
    )
    judge(observed, [{}, written.saved])


@api("tf.train.ExponentialMovingAverage", SAVER)
@exchanged("averages")
def test_averages_of_another_release_restored_into_variables(
    subject: Subject, writer: str, name: str
) -> None:
    """By variables_to_restore a variable gets the average another release saved, bit for bit."""
    written = exchange.shipped_one(writer, name)
    averages = {"w": f"w/{SHADOW}", "b": f"b/{SHADOW}", "global_step": "global_step"}
    for use_resource in (False, True):
        observed = subject.run(
            graphs.exchange.evaluated(use_resource=use_resource, files=written.encoded_files),
            trace(step("restore"), step(*averages)),
        )
        judge(observed, [{}, {one: written.saved[saved] for one, saved in averages.items()}])
        judge_fact(observed, "restored", sorted([saved, one] for one, saved in averages.items()))


@api(IMPORT, SAVER)
@exchanged()
def test_imported_graph_runs_as_for_its_writer(subject: Subject, writer: str, name: str) -> None:
    """Names, collections and values are the writer's, and so are the results but for rounding."""
    written = exchange.shipped_one(writer, name)
    observed = imported(subject, written)
    for fact in ("variables", "collections"):
        judge_fact(observed, fact, written.facts[fact])
    judge(observed, [{}, *results(written, observed)])
    subject.record.keep_fact("ulp_from_writer", apart(written.values, observed.steps[1:]))


@api(IMPORT)
@exchanged("hand_built", "dense", "image", "averages")
@few_examples
@given(data=st.data())
def test_imported_graph_on_other_inputs(
    subject: Subject, writer: str, name: str, data: st.DataObject
) -> None:
    """The operations of another release compute here what the reference says, on any input."""
    written = exchange.shipped_one(writer, name)
    frozen = {
        f"{n} {feed}": array.shape
        for n, one in enumerate(written.trace.steps)
        for feed, array in one.feeds.items()
    }
    ((rows, *rest),) = set(frozen.values())
    fed = data.draw(named(frozen, "float32", (longer(rows), *rest), TAME), label="feeds")
    steps = [
        replace(one, feeds={feed: fed[f"{n} {feed}"] for feed in one.feeds})
        for n, one in enumerate(written.trace.steps)
    ]
    drawn = replace(written, trace=trace(*steps))
    observed = imported(subject, drawn)
    judge(observed, [{}, *results(drawn, observed)])


@api("tf.train.export_meta_graph", IMPORT, SAVER)
@pytest.mark.parametrize("graph", ["hand_built", "dense", "image", "averages"])
@pytest.mark.parametrize(
    ("use_resource", "import_scope"),
    [(False, None), (True, None), (True, "under")],
    ids=["ref", "resource", "import_scope"],
)
def test_exported_graph_is_imported_again(
    subject: Subject, graph: str, use_resource: bool, import_scope: str | None
) -> None:
    """What a release writes it reads: a graph with the same names, that runs as it would have."""
    spec = graphs.exchange.imported_again(
        graph=graph, use_resource=use_resource, import_scope=import_scope
    )
    facts = subject.run(spec, trace()).facts.get("written", {})
    described = facts.get("variables", [])
    saved = {name: np.array(facts["saved"][name], dtype) for name, dtype, _ in described}
    steps = exchange_building.steps_of(graph, list(saved))[1]
    observed = subject.run(spec, trace(step("restore"), *steps))
    scope = f"{import_scope}/" if import_scope else ""
    named = [[scope + name, *rest] for name, *rest in described]
    collected = {
        key: [scope + name for name in names] for key, names in facts.get("collections", {}).items()
    }
    judge_fact(observed, "variables", named)
    judge_fact(observed, "collections", collected)
    release = subject.fingerprint["tensorflow"]
    written = Written("", release, spec, {}, facts, trace(*steps), (saved,))
    judge(observed, [{}, *results(written, observed)])


def imported(subject: Subject, written: Written) -> Observed:
    """Import the graph, restore the checkpoint and run what its writer ran.

    Raises
    ------
    ApiMissing
        The writer is a later release than the subject, which refuses its graph.
    """
    observed = subject.run(
        graphs.exchange.imported(
            files=written.encoded_files,
            feeds=written.facts["feeds"],
            fetches=written.facts["fetches"],
        ),
        trace(step("restore"), *written.trace.steps),
    )
    error = observed.error
    if error and minor(written.tensorflow) > minor(subject.fingerprint["tensorflow"]):
        said = textwrap.shorten(error.message, 100, placeholder="…")
        raise ApiMissing(
            f"a graph of TensorFlow {written.tensorflow}: {error.type} at {error.during}: {said}"
        )
    return observed


def minor(release: str) -> tuple[int, ...]:
    """The minor release of a TensorFlow."""
    return Version(release).release[:2]
