"""tf.summary.scalar, merge_all and FileWriter: the bytes of a summary, and the event file."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.enlargement import longer
from conformance.judge import Exact, exact, judge, judge_fact, raises, strings
from conformance.marks import api, published
from conformance.strategies import FLOATS, TAME, make_array, series
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import moving_averages, summaries

SCALAR = "tf.summary.scalar"
MERGE_ALL = "tf.summary.merge_all"
FILE_WRITER = "tf.summary.FileWriter"
# [name, name scope, family] of each summary; the tag it has.
TAGS = {
    "plain": ("loss", None, None),
    "again": ("loss", None, None),
    "inner/scoped": ("scoped", "inner", None),
    "kin/kin/of_a_family": ("of_a_family", None, "kin"),
    "a_b_": ("a b!", None, None),
}
CALLED = {"plain": "loss", "again": "loss_1"}
variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])


def text(*contents: bytes) -> Exact:
    """The expectation of a scalar string, one of these."""
    return exact(*(np.array(content, object) for content in contents))


@api(SCALAR, MERGE_ALL, "tf.summary.merge")
@pytest.mark.parametrize("dtype", [*FLOATS, "int32", "int64", "uint8"])
@given(data=st.data())
def test_bytes_of_summaries(subject: Subject, dtype: str, data: st.DataObject) -> None:
    """Tag and float32 value on the wire; merged, one after the other."""
    is_float = dtype in FLOATS
    regimes = ("unit", "wide", "infinities", "huge", "tiny") if is_float else ("simple",)
    drawn_of = series(longer(1), dtype if is_float else "float32", (), regimes)
    values: list[list[Array]] = []
    for n in range(len(TAGS)):
        drawn = data.draw(drawn_of, label=f"values {n}")
        values.append(drawn if is_float else [np.abs(one).astype(dtype) for one in drawn])
    names = [f"summary{n}" for n in range(len(TAGS))]
    by_step = list(zip(*values, strict=True))
    observed = subject.run(
        graphs.summaries.scalars(dtype=dtype, tags=list(map(list, TAGS.values()))),
        trace(
            *(
                step(*names, "merged", **{f"value{n}": value for n, value in enumerate(fed)})
                for fed in by_step
            )
        ),
    )
    expected: list[dict[str, Exact]] = []
    for at, fed in enumerate(by_step):
        each = {
            name: text(*summaries.scalar(CALLED.get(tag, tag), value))
            for name, tag, value in zip(names, TAGS, fed, strict=True)
        }
        seen = [observed.seen(at, name, one.alternatives[0]).item() for name, one in each.items()]
        expected.append(each | {"merged": text(summaries.merged(seen))})
    judge(observed, expected)


@api(MERGE_ALL, SCALAR, "tf.summary.merge")
def test_which_summaries_are_merged(subject: Subject) -> None:
    """Those of SUMMARIES or of the collection named, and of the scope; None where there is none.

    What merges others goes into the collections it is told, and into none else.
    """
    observed = subject.run(
        graphs.summaries.collections(), trace(step("merged", "mine", "inner", "both"))
    )
    one = np.asarray(1, np.float32)
    (plain,), (own,), (scoped,), (nowhere,) = (
        summaries.scalar(tag, one) for tag in ("plain", "own", "inner/scoped", "nowhere")
    )
    expected = {
        "merged": text(plain + scoped),
        "mine": text(own),
        "inner": text(scoped),
        "both": text(own + nowhere),
    }
    judge(observed, [expected])
    judge_fact(observed, "empty_is_none", True)
    judge_fact(observed, "missing_is_none", True)
    judge_fact(observed, "summaries", ["plain", "inner/scoped"])
    judge_fact(observed, "merged_by_hand", ["both/both"])


@api(SCALAR)
def test_tags(subject: Subject) -> None:
    """The name with its scopes, of the signs a name may have, after the family if there is one."""
    named = {
        "a/b-c.d": ["a/b-c.d", None, None],
        "slash": ["/slash", None, None],
        "inner/_umlaut_": ["(umlaut)", "inner", None],
        "kin/outer/kin/loss": ["loss", "outer", "kin"],
        "my_kin/my_kin/loss": ["loss", None, "my kin"],
        "kin/outer_1/kin/loss": ["loss", "outer", "kin"],
    }
    tags = [*named, "entered/loss", "entered_1/loss", "entered/loss_1"]
    names = [*(f"tag{index}" for index in range(len(named))), "first", "again", "reopened"]
    observed = subject.run(graphs.summaries.tags(named=list(named.values())), trace(step(*names)))
    judge(observed, [{name: of_one(tag) for name, tag in zip(names, tags, strict=True)}])


@api(SCALAR)
def test_what_is_a_number(subject: Subject) -> None:
    """Python's and NumPy's numbers, tensors and variables."""
    names = ("python", "numpy", "array", "constant", "ref", "resource", "integer")
    observed = subject.run(graphs.summaries.values(number=3.0), trace(step(*names)))
    value = np.asarray(3, np.float32)
    judge(observed, [{name: text(*summaries.scalar(name, value)) for name in names}])


@api(SCALAR)
def test_vectors_are_refused(subject: Subject) -> None:
    """A summary is of one number."""
    observed = subject.run(graphs.summaries.refused(), trace(step("summary")))
    judge(observed, raises("InvalidArgumentError", during="step 0"))


@api("tf.summary.merge", MERGE_ALL, SCALAR)
def test_merges_of_merges(subject: Subject) -> None:
    """In the order given; a scope is the beginning of a name; a tag may not come twice."""
    a, ab, b = (of_one(f"{scope}/loss") for scope in ("a", "ab", "b"))
    expected = {
        "nested": joined(b, a, ab),
        "one": joined(b, a),
        "scoped": joined(a, ab),
        "exactly": a,
        "mine": joined(a, ab),
        "mine_scoped": ab,
    }
    spec = graphs.summaries.merges()
    observed = subject.run(spec, trace(step(*expected)))
    judge(observed, [expected])
    judge_fact(observed, "named", "all_of_them/all_of_them")
    judge_fact(observed, "none", True)
    judge_fact(observed, "count", 4)
    twice = subject.run(spec, trace(step("twice")))
    judge(twice, raises("InvalidArgumentError", during="step 0"))


def of_one(tag: str) -> Exact:
    """The expectation of the summary of 1."""
    return text(*summaries.scalar(tag, np.asarray(1, np.float32)))


def joined(*of: Exact) -> Exact:
    """The expectation of these summaries merged."""
    return text(summaries.merged([one.alternatives[0].item() for one in of]))


@api(FILE_WRITER)
def test_steps_of_events(subject: Subject) -> None:
    """Any number is a step, and none is 0; events are written in their order, whatever they are."""
    observed = subject.run(
        graphs.summaries.steps(),
        trace(step("write"), step("steps", "kinds", "in_time")),
    )
    of_summaries = [0, 0, 1, 2**40, 3, 4, 5, 6, 7, 8]
    others = {
        "session_log": 9,
        "graph_def": 10,
        "meta_graph_def": 11,
        "tagged_run_metadata": 12,
    }
    told = {
        "steps": exact(np.array([0, *of_summaries, *others.values(), 13])),
        "kinds": strings("file_version", *["summary"] * len(of_summaries), *others, "file_version"),
        "in_time": exact(np.array(True)),
    }
    judge(observed, [{}, told])


@api(FILE_WRITER)
def test_files_of_a_writer(subject: Subject) -> None:
    """What is flushed is in the file; a closed writer writes nothing, a reopened one goes on."""
    told = {
        "flushed": exact(np.array([1, 2])),
        "closed": exact(np.array([1, 2, 3])),
        "reopened": exact(np.array([1, 2, 3, 5, 6])),
        "suffixes": strings(".mine", ".mine"),
        "logdir": strings("made/here"),
    }
    observed = subject.run(graphs.summaries.files(), trace(step("write"), step(*told)))
    judge(observed, [{}, told])


@published(14)
@api(FILE_WRITER, SCALAR, MERGE_ALL, "tf.train.summary_iterator")
@variables
@pytest.mark.parametrize("regime", TAME)
def test_event_file(subject: Subject, use_resource: bool, regime: str) -> None:
    """Values of a variable and of its average come back bit for bit, by tag and step."""
    delta, at = 0.25, [0, 10, 2**40]
    start = make_array("float32", (), regime, 1)
    observed = subject.run(
        graphs.summaries.event_file(use_resource=use_resource, delta=delta, steps=at),
        trace(step("write"), step("kinds", "steps", "tags", "values"), init={"v": start}),
    )
    v = average = start
    values = []
    rate = moving_averages.decay_rate(np.float32(0.9), np.dtype(np.float32))
    for _ in at:
        v = np.asarray(v + np.float32(delta))
        (average,) = moving_averages.moving_average(average, v, rate)
        values += [v, average]
    judge(
        observed,
        [
            {},
            {
                "kinds": strings(
                    "file_version", "graph_def", "meta_graph_def", *["summary"] * len(at)
                ),
                "steps": exact(np.repeat(np.asarray(at, np.int64), 2)),
                "tags": strings(*["variable", "average"] * len(at)),
                "values": exact(np.stack(values)),
            },
        ],
    )
