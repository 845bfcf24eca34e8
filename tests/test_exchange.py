"""What releases wrote for each other: the files, their command, and what a fault in them does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import make_subject

from conformance import exchange, exchange_building
from conformance.checks import test_exchange as checks
from conformance.checks.exchanged_graphs import apart, results
from conformance.cli import main
from conformance.errors import UsageError
from conformance.exchange import Written
from conformance.judge import Deviation, judge
from conformance.record import CheckRecord
from conformance.subject import ApiMissing, Observed, Subject
from conformance.trace import graphs, step, trace

SHIPPED = exchange.shipped()
INDEX, DATA, META = exchange_building.FILES


def shipped_one(name: str, writer: str = "1.12") -> Written:
    return exchange.load(exchange.path_of(exchange.exchange_dir(), writer, name))


def made(**fields: Any) -> Written:
    """Make a file without TensorFlow."""
    values = {
        "writer": "1.2",
        "tensorflow": "1.2.3",
        "spec": graphs.exchange.written(graph="image", use_resource=True),
        "files": {META: np.arange(3, dtype=np.uint8)},
        "facts": {"variables": [["v", "string", []]]},
        "trace": trace(step("v"), step("y", x=np.float32([1, np.nan]))),
        "values": ({"v": np.array(b"\x00\xff", object)}, {"y": np.float32(-0.0)}),
    }
    return Written(**{**values, **fields})


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = made()
    path = exchange.save(written, tmp_path / "one")
    assert path == tmp_path / "one" / "1.2" / "image-resource.frames.z"
    read = exchange.load(path)
    assert (read.writer, read.tensorflow, read.spec) == ("1.2", "1.2.3", written.spec)
    assert read.encoded_files == {META: "AAEC"}
    assert read.facts == written.facts
    assert read.saved["v"].item() == b"\x00\xff"
    assert np.signbit(read.values[1]["y"])
    again = exchange.save(read, tmp_path / "two")
    assert again.read_bytes() == path.read_bytes()


def test_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    path = exchange.save(made(), tmp_path)
    whole = path.read_bytes()
    for spoilt in (whole[:-9], b"", whole[:40] + bytes([whole[40] ^ 1]) + whole[41:]):
        path.write_bytes(spoilt)
        with pytest.raises(UsageError, match="exchange build"):
            exchange.load(path)
    with pytest.raises(UsageError, match="No such file"):
        exchange.load(tmp_path / "absent")


def test_writers_come_in_the_order_of_their_releases(tmp_path: Path) -> None:
    for writer in ("2.9", "1.12", "2.15+tf_keras", "my-python"):
        exchange.save(made(writer=writer), tmp_path)
    found = [writer for writer, _ in exchange.shipped(tmp_path)]
    assert found == ["my-python", "1.12", "2.9", "2.15+tf_keras"]


def test_what_is_shipped_is_whole_and_small() -> None:
    names = {name for _, name in SHIPPED}
    writers = {writer for writer, _ in SHIPPED}
    assert {"1.12", "1.15", "2.15"} < writers
    assert len(names) == len(exchange_building.GRAPHS)
    assert len(SHIPPED) == len(names) * len(writers)
    paths = exchange.exchange_dir().rglob("*.frames.z")
    assert sum(path.stat().st_size for path in paths) < 50_000 * len(writers)


@pytest.mark.parametrize(("writer", "name"), SHIPPED)
def test_what_was_written_is_what_the_references_say(writer: str, name: str) -> None:
    """The writer's own results are judged as a reader's are."""
    written = shipped_one(name, writer)
    judge(observed(written), results(written, observed(written)))
    assert apart(written.values, written.values) == {}


@pytest.mark.parametrize("name", ["hand_built-ref", "image-resource", "averages-ref"])
def test_a_result_of_a_neighbouring_release_is_told_apart(name: str) -> None:
    """No value can be moved by much: each of a step is judged from those before it."""
    written = shipped_one(name)
    for n, values in enumerate(written.values):
        for fetch, value in values.items():
            off = np.asarray(value + np.asarray(0.01 * (1 + np.abs(value))).astype(value.dtype))
            if value.dtype.kind == "i":
                off = value + 1
            moved = [*written.values]
            moved[n] = {**values, fetch: off}
            seen = observed(written, moved)
            with pytest.raises(Deviation):
                judge(seen, results(written, seen))


def observed(written: Written, values: Any = None) -> Observed:
    """What a writer computed, as if a reader had."""
    spec = graphs.exchange.imported()
    steps = tuple(values or written.values)
    return Shifted(spec, written.trace, steps, {}, None, CheckRecord())


class Shifted(Observed):
    """A reader's steps begin with the one that restores, which gives nothing."""

    def seen(self, step: int, fetch: str, otherwise: Any) -> Any:
        return super().seen(step - 1, fetch, otherwise)


def test_distances_are_those_of_bits_that_differ() -> None:
    up = np.nextafter(np.float32(1), np.float32(2))
    were = [{"a": np.float32([1, 2]), "n": np.int64(3)}, {"a": np.float32([np.nan])}]
    now = [{"a": np.float32([up, 2]), "n": np.int64(3)}, {"a": np.float32([np.nan])}]
    assert apart(were, now) == {"0 a": 1.0}


# The command --------------------------------------------------------------------------------------


def test_files_are_listed_and_unpacked(tmp_path: Path) -> None:
    exchange.save(made(), tmp_path / "exchange")
    folder = ["--exchange", str(tmp_path / "exchange")]
    said = CliRunner().invoke(main, ["exchange", "list", *folder])
    assert said.exit_code == 0, said.output
    assert "image-resource" in said.output
    assert "1.2.3" in said.output
    target = tmp_path / "target"
    arguments = ["exchange", "unpack", "1.2", "image-resource", str(target), *folder]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert (target / META).read_bytes() == b"\x00\x01\x02"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "--exchange", "no-such-folder"], "nothing was written"),
        (["unpack", "1.12", "no-such-graph", "target"], "No such file"),
        (["build", "--tf", "0.1"], "not in the releases table"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["exchange", *arguments])
    assert result.exit_code == 2, result.output
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_subject_that_cannot_write_is_told(stub_python: str, tmp_path: Path) -> None:
    folder = tmp_path / "exchange"
    arguments = ["exchange", "build", "--tf", stub_python, "--exchange", str(folder)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2, result.output
    assert "cannot write hand_built" in result.output
    assert not folder.exists()


# Readers ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running(tensorflow_python: str) -> Iterator[Subject]:
    """Return a real TensorFlow for all tests, because importing it takes seconds."""
    subject = make_subject(tensorflow_python)
    yield subject
    subject.close()


@pytest.fixture
def reader(running: Subject) -> Subject:
    """Return a real TensorFlow that begins a check."""
    running.begin_check()
    return running


@pytest.fixture
def spoil(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what gives the checks another file than the one that is shipped."""

    def give(written: Written) -> tuple[str, str]:
        monkeypatch.setattr(exchange, "shipped_one", lambda *_: written)
        return written.writer, written.name

    return give


def with_byte(written: Written, name: str, at: int) -> Written:
    """Return what was written with a byte of a file changed."""
    content = written.files[name].copy()
    content[at] ^= 1
    return replace(written, files={**written.files, name: content})


def with_names(written: Written, old: bytes, new: bytes) -> Written:
    """Return what was written with names in its MetaGraph changed, length kept."""
    assert len(old) == len(new)
    content = written.files[META].tobytes()
    assert old in content
    changed = np.frombuffer(content.replace(old, new), np.uint8)
    return replace(written, files={**written.files, META: changed})


def with_facts(written: Written, **facts: Any) -> Written:
    """Return what was written, and said of it."""
    return replace(written, facts={**written.facts, **facts})


def test_a_reader_reads_what_is_shipped(reader: Subject, spoil: Any) -> None:
    files = spoil(shipped_one("averages-ref"))
    checks.test_checkpoint_of_another_release(reader, *files)
    checks.test_averages_of_another_release_restored_into_variables(reader, *files)
    checks.test_imported_graph_runs_as_for_its_writer(reader, *files)
    assert reader.record.facts is not None
    assert "ulp_from_writer" in reader.record.facts


@pytest.mark.parametrize(("name", "at"), [(DATA, 5), (INDEX, 20)])
def test_a_changed_byte_is_noticed(reader: Subject, spoil: Any, name: str, at: int) -> None:
    files = spoil(with_byte(shipped_one("hand_built-ref"), name, at))
    with pytest.raises(Deviation, match="at step 0"):
        checks.test_checkpoint_of_another_release(reader, *files)
    with pytest.raises(Deviation, match="at step 0"):
        checks.test_imported_graph_runs_as_for_its_writer(reader, *files)


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        (b"layer/gamma", b"layer/gamme", "variables"),
        (b"AssignMovingAvg_1", b"AssignMovingAvg_2", "collections"),
    ],
)
def test_a_changed_name_is_noticed(
    reader: Subject, spoil: Any, old: bytes, new: bytes, fact: str
) -> None:
    files = spoil(with_names(shipped_one("hand_built-ref"), old, new))
    with pytest.raises(Deviation, match=fact):
        checks.test_imported_graph_runs_as_for_its_writer(reader, *files)


def test_a_lost_update_op_is_noticed(reader: Subject, spoil: Any) -> None:
    files = spoil(with_names(shipped_one("hand_built-ref"), b"update_ops", b"update_opt"))
    with pytest.raises(Deviation, match="collections"):
        checks.test_imported_graph_runs_as_for_its_writer(reader, *files)
    found = checks.imported(reader, shipped_one("hand_built-ref"))
    lost = checks.imported(reader, exchange.shipped_one("", ""))
    judge(found, [{}, *results(shipped_one("hand_built-ref"), found)])
    with pytest.raises(Deviation, match="moving_mean at step 4"):
        judge(lost, [{}, *results(shipped_one("hand_built-ref"), lost)])


def test_a_wrong_result_is_noticed(reader: Subject, spoil: Any) -> None:
    files = spoil(with_facts(shipped_one("hand_built-resource"), momentum=0.91))
    with pytest.raises(Deviation, match="moving_"):
        checks.test_imported_graph_runs_as_for_its_writer(reader, *files)


def test_an_earlier_reader_may_refuse_and_a_later_one_may_not(reader: Subject, spoil: Any) -> None:
    broken = with_names(shipped_one("hand_built-ref"), b"Rsqrt", b"Rsqru")
    for tensorflow, outcome in (("99.0.0", ApiMissing), ("1.12.3", Deviation)):
        files = spoil(replace(broken, tensorflow=tensorflow))
        with pytest.raises(outcome):
            checks.test_imported_graph_runs_as_for_its_writer(reader, *files)
