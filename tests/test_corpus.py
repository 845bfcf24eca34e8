"""The frozen inputs: their files, the choice of them, their replay, and what a diff makes of it."""

from __future__ import annotations

import ast
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import sample_reports as sample
from click.testing import CliRunner
from conftest import ROOT, Runner, with_graphs

from conformance import corpus, corpus_building, corpus_choice, corpus_replay
from conformance.cli import main
from conformance.corpus import Corpus, Entry
from conformance.corpus_edges import edges_of
from conformance.errors import UsageError
from conformance.trace import graphs, step, trace
from reports import distances, documents, files, outputs
from reports.diff import compare
from reports.outputs import EntryOutputs, Output

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
MOMENTS = "test_moments.py::test_mean[float32]"


def entry(x: Any, dtype: str = "float32", check: str = MOMENTS, **fields: Any) -> Entry:
    """Make an entry for the moments of a matrix."""
    array = np.asarray(x, BFLOAT16 if dtype == "bfloat16" else dtype)
    spec = graphs.batch_norm.moments(dtype=dtype, rank=array.ndim, axes=[0], keep_dims=False)
    return Entry(check, "tf.nn.moments", dtype, spec, trace(step("mean", x=array)), **fields)


def edged(one: Entry) -> Entry:
    """Give an entry the edges of its matrix."""
    return replace(one, edges=tuple(sorted(edges_of(one.trace.steps[0].feeds["x"]))))


def test_a_corpus_is_read_as_it_was_written(tmp_path: Path) -> None:
    strings = np.array([b"a\0", b""], object)
    fed = trace(step("y", x=np.float64(np.nan)), step("y"), init={"s": strings}, fresh=True)
    written = [
        entry([[1, np.nan], [-0.0, np.inf]], "bfloat16"),
        entry([[1.5]], edges=("one element",), radii={(0, "mean"): np.float32([np.inf])}),
        Entry("test_a.py::test_b", "tf.a", None, graphs.a.b(c=[1, None]), fed),
    ]
    corpus.save(Corpus(corpus.by_family(written)), tmp_path / "one")
    read = corpus.load(tmp_path / "one")
    assert {one.id for one in read.entries} == {one.id for one in written}
    assert list(read.families) == ["a", "moments"]
    for one in written:
        (same,) = (other for other in read.entries if other.id == one.id)
        assert (same.check, same.api, same.dtype, same.edges, same.graph) == (
            *(one.check, one.api, one.dtype, one.edges, one.graph),
        )
        assert same.radii.keys() == one.radii.keys()
    corpus.save(read, tmp_path / "two")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_what_is_no_corpus_is_refused(tmp_path: Path) -> None:
    assert corpus.load(tmp_path).entries == []
    corpus.save(Corpus(corpus.by_family([entry([[1]]), entry([[2]])])), tmp_path)
    whole = (tmp_path / "moments.frames.z").read_bytes()
    for spoilt in (whole[:-9], b"", corpus.zlib.compress(b"no frames")):
        (tmp_path / "moments.frames.z").write_bytes(spoilt)
        with pytest.raises(UsageError, match="corpus build"):
            corpus.load(tmp_path)
    (tmp_path / "index.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="not a corpus"):
        corpus.load(tmp_path)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 2.0, -3.0], set()),
        ([], {"empty"}),
        ([1.0], {"one element"}),
        ([np.nan, np.inf, -np.inf], {"nan", "inf", "-inf"}),
        ([0.0, -0.0], {"-0", "zeros"}),
        ([2.0, 2.0], {"constant"}),
        ([1e-40, 1e-41], {"subnormal", "square underflows"}),
        ([1e-30, 1e-30], {"constant", "square underflows"}),
        ([1e30, 2e30], {"square overflows"}),
        ([1e-9, 1.0], {"wide"}),
        ([100.5, 101.0], {"offset"}),
    ],
)
def test_edges(values: list[float], expected: set[str]) -> None:
    assert set(edges_of(np.array(values, np.float32))) == expected


def test_edges_of_other_dtypes() -> None:
    assert set(edges_of(np.array([1, 1e-39], BFLOAT16))) == {"subnormal", "wide"}
    assert set(edges_of(np.array([b"a"], object))) == {"one element"}
    assert set(edges_of(np.float64(1e200))) == {"square overflows"}
    assert set(edges_of(np.arange(3))) == set()


def test_the_choice_does_not_depend_on_the_order() -> None:
    draw = np.random.default_rng(0)
    gathered = [entry(draw.standard_normal((2, 3)), dtype) for dtype in ("float32", "float64")]
    gathered += [entry([[np.nan, 1]]), entry([[np.nan, 2]]), entry([[np.inf]]), entry([[0.0]])]
    gathered += [entry(draw.standard_normal((40, 40)))]
    gathered = list(map(edged, gathered))
    chosen = corpus_choice.choose(gathered)
    random.Random(1).shuffle(gathered)
    assert [one.id for one in corpus_choice.choose(gathered)] == [one.id for one in chosen]
    assert {edge for one in chosen for edge in one.edges} >= {"nan", "inf", "zeros"}
    assert {one.dtype for one in chosen} == {"float32", "float64"}
    assert all(one.size <= corpus_choice.LARGEST_BYTES for one in chosen)


def test_what_depends_on_scheduling_or_files_is_left_out() -> None:
    spec = graphs.saver.layer(layer="own")
    assert corpus_choice.choose([Entry("test_saver.py::a", "tf.a", None, spec, trace())]) == []


def test_the_shipped_corpus_is_small_and_its_graphs_can_be_built() -> None:
    frozen = corpus.load()
    assert frozen.entries
    assert sum(path.stat().st_size for path in corpus.corpus_dir().iterdir()) < 1.5e6
    stale = {one.graph for one in frozen.entries if not _is_buildable(one)}
    assert not stale, "graphs have other arguments now; write it anew: `tf-litmus corpus build`"
    assert len({one.id for one in frozen.entries}) == len(frozen.entries)
    assert {"float16", "bfloat16", "float32", "float64"} <= {one.dtype for one in frozen.entries}


def test_every_check_of_the_shipped_corpus_is_there(litmus: Runner) -> None:
    """A run replays entries after their check: those of a check that is gone would never be."""
    ran = litmus("--collect-only", "-q", checks=ROOT / "conformance" / "checks")
    lines = [line for line in ran.output.splitlines() if "::test_" in line]
    collected = {line.rsplit("/", 1)[-1] for line in lines}
    gone = {one.check for one in corpus.load().entries} - collected
    assert not gone, "write it anew: `tf-litmus corpus build`"


# Distances ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32", "float64"])
def test_ulp_counts_the_floats_between(dtype: str) -> None:
    number = BFLOAT16 if dtype == "bfloat16" else np.dtype(dtype)
    one, two = np.array([1, 2, 0, -0.0, np.nan, np.inf, -1], number), np.array([1, 2], number)
    bits = one.view(f"u{number.itemsize}").copy()
    bits[1] -= 1
    bits[6] += 3
    other = bits.view(number)
    other[2:6] = np.array([-0.0, -0.0, np.nan, np.nan], number)
    stored = (lambda x: x.view(np.uint16)) if dtype == "bfloat16" else (lambda x: x)
    found = distances.in_ulp(stored(one), stored(other), dtype)
    assert found.tolist() == [0, 1, 1, 0, 0, np.inf, 3]
    assert distances.in_ulp(stored(two), stored(-two), dtype).min() > 1e3


def test_ulp_of_what_is_no_float() -> None:
    assert distances.in_ulp(np.array([1, 2]), np.array([1, 3]), "int64").tolist() == [0, np.inf]
    strings = np.array(["a", "b"], object)
    assert distances.in_ulp(strings, strings, "string").tolist() == [0, 0]


def test_radii_and_cancellation() -> None:
    was = Output(0, "y", "float32", np.float32([1, 1, 1e-9, np.inf, 5]))
    now = Output(0, "y", "float32", np.float32([1, 1.5, -1e-9, 1, 7]))
    radius = np.array([0.0, 0.25, 1e-8, 1.0, np.inf])
    found, cancelled = distances.in_radii(was, now, radius)
    np.testing.assert_allclose(found, [0, 2, 0.2, np.inf, 0], rtol=1e-6)
    assert cancelled.tolist() == [False, False, True, False, False]


def made(name: str, values: Any = None, outcome: str = "values", **fields: Any) -> EntryOutputs:
    """Make what a subject gave for one entry."""
    given = () if values is None else (Output(0, "y", "float32", np.float32(values), **fields),)
    return EntryOutputs(name, f"test_a.py::{name}", "tf.a", "float32", outcome, None, given)


def both(tmp_path: Path, before: list[EntryOutputs], after: list[EntryOutputs]) -> dict[str, Any]:
    """Diff two reports with these outputs beside them."""
    for side, entries in (("base", before), ("candidate", after)):
        (tmp_path / side).mkdir(exist_ok=True)
        outputs.write(tmp_path / side / outputs.NAME, "00", entries)
    reports = [sample.report(release, [sample.check("test_a", "tf.a")]) for release in "12"]
    diff = compare(*reports, (tmp_path / "base", tmp_path / "candidate"))
    documents.validate(diff)
    return diff


def test_a_diff_says_how_far_two_subjects_are_apart(tmp_path: Path) -> None:
    up = np.nextafter(np.float32(1), np.float32(2))
    before = [
        made("same", [1, np.nan]),
        made("drifts", [1, 2]),
        made("far", [1.0], radius=np.array([0.25])),
        made("refused now", [1]),
        made("lost", [1]),
        made("gained", outcome="missing"),
        made("neither", outcome="missing"),
        made("shape", [1, 2]),
        made("not run", outcome="not run"),
        made("of another corpus", [1]),
    ]
    after = [
        made("same", [1, np.nan]),
        made("drifts", [1, up * 2]),
        made("far", [2.0], radius=np.array([0.25])),
        made("refused now", outcome="InvalidArgumentError at step 0"),
        made("lost", outcome="missing"),
        made("gained", [1]),
        made("neither", outcome="missing"),
        made("shape", [[1, 2]]),
        made("not run", [1]),
    ]
    (row,) = both(tmp_path, before, after)["distances"]
    assert row == {
        "api": "tf.a",
        "dtype": "float32",
        "entries": 8,
        "outputs": 3,
        "equal": 1,
        "drifted": 2,
        "changed": 2,
        "lost": 1,
        "gained": 1,
        "ulp": {"most": 2.0**23, "check": "test_a.py::far"},
        "radii": {"most": 4.0, "check": "test_a.py::far"},
    }


def test_equal_outputs_have_equal_bytes_and_no_distance(tmp_path: Path) -> None:
    diff = both(tmp_path, [made("a", [1])], [made("a", [1])])
    assert distances.apart(diff) == []
    one, other = (tmp_path / side / outputs.NAME for side in ("base", "candidate"))
    assert one.read_bytes() == other.read_bytes()
    outputs.write(other, "11", [made("a", [2])])
    rows, note = distances.between(one.parent, other.parent)
    assert note is not None
    assert "different corpora" in note
    assert rows is not None
    assert rows[0]["drifted"] == 1
    other.write_bytes(b"no archive")
    assert distances.between(one.parent, other.parent)[0] is None
    other.unlink()
    assert distances.between(one.parent, other.parent) == (None, None)


def test_outputs_are_kept_bit_for_bit(tmp_path: Path) -> None:
    arrays = (
        ("bfloat16", np.array([1, np.nan], BFLOAT16).view(np.uint16)),
        ("float64", np.array(-0.0)),
        ("int32", np.zeros((0, 2), np.int32)),
        ("bool", np.array([True])),
        ("string", np.array([b"\xff\0", b""], object)),
    )
    given = tuple(Output(0, name, name, array) for name, array in arrays)
    outputs.write(
        tmp_path / "o.npz", "00", [EntryOutputs("a", "b", "c", None, "values", None, given)]
    )
    digest, (read,) = outputs.read(tmp_path / "o.npz")
    assert digest == "00"
    for (name, array), output in zip(arrays, read.outputs, strict=True):
        assert output.values.shape == array.shape
        if name == "string":
            assert output.values.tolist() == ["\xff\0", ""]
        else:
            assert output.values.tobytes() == array.tobytes()


# Runs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("processes", [(), ("-n", 2)], ids=["one", "xdist"])
def test_a_run_replays_the_corpus_and_keeps_what_it_gives(
    litmus: Runner, processes: tuple[object, ...]
) -> None:
    named = "test_moments.py::test_mean[squeezed-{}]".format
    entries = [
        entry([[1, 2], [3, 4]], check=named("float32")),
        entry([[np.inf]], check=named("float32")),
        entry([[np.inf]], "float64", check=named("float64")),
        Entry("test_b.py::b", "tf.b", None, graphs.no.such(), trace()),
    ]
    frozen = Corpus(corpus.by_family(entries))
    corpus.save(frozen, litmus.fixtures / "corpus")
    ran = litmus("--examples", 3, *processes)
    assert ran.status == 0, ran.output
    assert "3 frozen inputs replayed" in ran.output
    kept = ran.report["corpus"]
    assert (kept["digest"], kept["entries"], kept["values"]) == (frozen.digest, 3, 3)
    documents.validate(ran.report)
    assert ran.folder is not None
    _, replayed = outputs.read(ran.folder / outputs.NAME)
    # In the corpus' order, whichever process replayed them.
    assert [one.id for one in replayed] == [one.id for one in frozen.entries if one.api != "tf.b"]
    found = {one.id: one.outputs[0].values.tolist() for one in replayed}
    assert found[entries[0].id] == [2, 3]
    ran = litmus("--examples", 3, "-k", "squeezed-float64")
    assert "1 frozen inputs replayed" in ran.output
    ran = litmus("--examples", 3, "--no-corpus")
    assert ran.report["corpus"] is None
    assert not (ran.folder / outputs.NAME).exists()


def test_a_crash_costs_the_entry_it_comes_with(subjects: Any, stub_python: str) -> None:
    builder = "import os\ndef die(tf):\n    os._exit(9)\n"
    subject = subjects(stub_python, with_graphs(builder))
    dies = Entry("test_a.py::a", "tf.a", None, graphs.added.die(), trace())
    lacks = Entry(
        "test_a.py::a", "tf.a", None, graphs.norms.l2_loss(dtype="float32", rank=1), trace()
    )
    ends = corpus_replay.replay_entries(subject, [entry([[1]]), dies, lacks, entry([[2]])])
    assert [one.outcome for one in ends] == ["values", "crashed", "missing", "values"]
    assert ends[1].reason is not None
    assert "exit status 9" in ends[1].reason
    ends = corpus_replay.replay_entries(subject, [dies, dies, entry([[1]])])
    assert [one.outcome for one in ends] == ["crashed", "not run", "values"]


def test_a_counterexample_is_added_once_and_survives_a_rebuild(litmus: Runner) -> None:
    litmus.write(
        "patch.py",
        "import tensorflow as tf\nright = tf.nn.moments\n"
        "def wrong(x, axes, keep_dims=False):\n"
        "    mean, variance = right(x, axes, keep_dims)\n"
        "    return tf.py_func(lambda value: value * 2 + 1, [mean], None), variance\n"
        "tf.nn.moments = wrong\n",
    )
    ran = litmus("--setup", litmus.folder / "patch.py", "--examples", 5, "-k", "squeezed-float32")
    assert ran.status == 1, ran.output
    folder = litmus.folder / "corpus"
    arguments = ["corpus", "add", str(ran.folder), "--corpus", str(folder)]
    said = CliRunner().invoke(main, arguments)
    assert said.exit_code == 0, said.output
    assert "1 of 1 inputs are new" in said.output
    assert "0 of 1 inputs are new" in CliRunner().invoke(main, arguments).output
    (found,) = corpus.load(folder).entries
    (failing,) = (check for check in ran.report["checks"] if check["failure"])
    assert found.trace.steps[0].feeds["x"].shape == tuple(
        failing["failure"]["inputs"][0]["array"]["shape"]
    )
    assert (0, "mean") in found.radii
    rebuilt = corpus_building.build([], [], corpus.load(folder))
    assert [one.id for one in rebuilt.entries] == [found.id]
    listed = CliRunner().invoke(main, ["corpus", "list", "--corpus", str(folder)])
    assert "tf.nn.moments" in listed.output


def test_gathered_examples_have_their_radii(litmus: Runner) -> None:
    path = litmus.folder / "gathered.frames"
    ran = litmus("--gather", path, "--examples", 4)
    assert ran.status == 0, ran.output
    gathered = list(corpus.decode_entries(path.read_bytes()))
    assert {one.dtype for one in gathered} == {"float32", "float64"}
    assert all(one.radii[0, "mean"].dtype.kind == "f" for one in gathered)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["corpus", "add", "2.15"], "is a subject"),
        (["corpus", "add", "no-such-file"], "there is no no-such-file"),
        (["corpus", "list", "--corpus", "no-such-folder"], "no corpus"),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_report_without_failures_has_nothing_to_add(tmp_path: Path) -> None:
    files.write_json(tmp_path / "report.json", sample.report("2.21.0", [sample.check("a", "tf.a")]))
    result = CliRunner().invoke(main, ["corpus", "add", str(tmp_path)])
    assert result.exit_code == 2
    assert "nothing failed" in result.output


def test_the_corpus_gives_the_same_twice(subjects: Any, tensorflow_python: str) -> None:
    entries = [one for one in corpus.load().entries if one.api == "tf.nn.moments"]
    subject = subjects(tensorflow_python)
    forth = corpus_replay.replay_entries(subject, entries)
    back = corpus_replay.replay_entries(subject, entries[::-1])[::-1]
    assert any(one.outcome == "values" for one in forth)
    for one, other in zip(forth, back, strict=True):
        assert one.outcome == other.outcome
        for was, now in zip(one.outputs, other.outputs, strict=True):
            assert was.values.tobytes() == now.values.tobytes()


def _is_buildable(one: Entry) -> bool:
    """Whether the worker has the builder, and it takes these arguments."""
    path = ROOT / "conformance" / "worker" / "graphs" / f"{one.spec.module}.py"
    if not path.is_file():
        return False
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == one.spec.function:
            named = [argument.arg for argument in node.args.args][1:]
            needed = named[: len(named) - len(node.args.defaults)]
            given = set(one.spec.arguments)
            known = given <= {*named, *(argument.arg for argument in node.args.kwonlyargs)}
            return set(needed) <= given and (known or node.args.kwarg is not None)
    return False
