"""The diff: which class each check falls into, the roll-up, the sentence, the terminal."""

from __future__ import annotations

import copy
import io
import random
from typing import Any

import pytest
import sample_reports as sample
from rich.console import Console

from reports import documents, findings, headline, terminal
from reports.diff import CLASSES, compare

TEST = "test_batch_norm.py::test_train"
OUTCOMES = ("passed", "failed", "crashed", "timed_out", "missing", "expected")
BAD = ("failed", "crashed", "timed_out")


def diff_of(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    diff = compare(
        sample.report("2.15.1", [before] if before else []),
        sample.report("2.21.0", [after] if after else []),
    )
    documents.validate(diff)
    return diff


def class_of(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    (check,) = diff_of(before, after)["checks"]
    return str(check["class"])


def make(outcome: str, **fields: Any) -> dict[str, Any]:
    return sample.check(TEST, sample.BATCH, outcome=outcome, **fields)


def expected_class(was: str, now: str) -> str:
    """Restate the docstring of `reports.diff` for equal inputs, bits and comparisons."""
    if was in ("passed", "expected") and now in BAD:
        return "regression"
    if was in BAD and now in BAD:
        return "still_failing"
    if was == "missing" and now in BAD:
        return "new_failing"
    if was == "missing":
        return "unchanged" if now == "missing" else "new"
    if now == "missing":
        return "lost"
    if was in BAD:
        return "fixed"
    return {("passed", "expected"): "deviates", ("expected", "passed"): "fixed"}.get(
        (was, now), "unchanged"
    )


@pytest.mark.parametrize("was", OUTCOMES)
@pytest.mark.parametrize("now", OUTCOMES)
def test_class_by_outcome(was: str, now: str) -> None:
    assert class_of(make(was), make(now)) == expected_class(was, now)


@pytest.mark.parametrize("now", OUTCOMES)
def test_a_check_the_base_lacks(now: str) -> None:
    assert class_of(None, make(now)) == expected_class("missing", now)


@pytest.mark.parametrize("was", OUTCOMES)
def test_a_check_that_vanished_compares_less(was: str) -> None:
    diff = diff_of(make(was), None)
    assert diff["counts"]["fewer_comparisons"] == 1
    assert diff["severity"] == "regression"


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [(0.5, 0.25, "better"), (0.25, 0.5, "worse"), (0.5, 0.5, "equal"), (None, 0.5, None)],
)
def test_drift_says_what_became_of_the_accuracy(
    was: float | None, now: float, said: str | None
) -> None:
    before = make("passed", bits="aa", worst={"bound_fraction": was, "ulp": 1})
    after = make("passed", bits="bb", worst={"bound_fraction": now, "ulp": 1})
    diff = diff_of(before, after)
    assert diff["checks"][0]["accuracy"] == said
    assert diff["apis"][0]["accuracy"] == ({said: 1} if said else {})
    assert diff_of(before, before)["checks"][0]["accuracy"] is None


@pytest.mark.parametrize("verdict", ["passed", "expected"])
def test_other_bits_on_equal_inputs_are_drift(verdict: str) -> None:
    before = make(verdict, bits="a1", worst={"bound_fraction": 0.1, "ulp": 1.0})
    after = make(verdict, bits="a2", worst={"bound_fraction": 0.9, "ulp": 4.0})
    diff = diff_of(before, after)
    (check,) = diff["checks"]
    assert (check["class"], check["bits"], check["inputs"]) == ("drifted", "differ", "equal")
    assert check["base"]["worst"] == {"bound_fraction": 0.1, "ulp": 1.0}
    assert check["candidate"]["worst"] == {"bound_fraction": 0.9, "ulp": 4.0}
    assert diff["apis"][0]["ulp"] == {"base": 1.0, "candidate": 4.0}
    assert diff["severity"] == "drift"


@pytest.mark.parametrize("inputs", ["b2", None])
def test_other_bits_on_other_inputs_are_not_drift(inputs: str | None) -> None:
    before, after = make("passed", bits="a1", inputs="b1"), make("passed", bits="a2", inputs=inputs)
    diff = diff_of(before, after)
    (check,) = diff["checks"]
    assert (check["class"], check["bits"]) == ("incomparable", None)
    assert diff["severity"] == "none"


def test_changed_facts_are_listed_by_the_operation_they_are_of() -> None:
    was = {"update": "Avg", "operations": {"Avg": {"type": "AssignSub", "inputs": ["v:0"]}}}
    now = {"operations": {"Avg": {"type": "AssignSubVariableOp", "inputs": ["v:0"]}}}
    before, after = sample.check("test_a", "tf.a"), sample.check("test_a", "tf.a")
    before["facts"], after["facts"] = was, now
    diff = compare(sample.report("1", [before]), sample.report("2", [after]))
    assert diff["checks"][0]["facts"] == [
        {"name": "operations: Avg: type", "base": "AssignSub", "candidate": "AssignSubVariableOp"},
        {"name": "update", "base": "Avg", "candidate": None},
    ]


def test_facts_of_one_side_alone_are_no_change() -> None:
    before, after = sample.check("test_a", "tf.a"), sample.check("test_a", "tf.a")
    after["facts"] = {"update": "Avg"}
    diff = compare(sample.report("1", [before]), sample.report("2", [after]))
    assert diff["checks"][0]["facts"] == []


def test_equal_bits_are_unchanged() -> None:
    assert class_of(make("passed"), make("passed", seconds=9.0)) == "unchanged"


def test_a_fall_in_comparisons_counts_even_where_bits_agree() -> None:
    before, after = make("passed", comparisons=100), make("passed", comparisons=99)
    diff = diff_of(before, after)
    (check,) = diff["checks"]
    assert (check["class"], check["bits"]) == ("fewer_comparisons", "equal")
    assert diff["comparisons"] == {"base": 100, "candidate": 99}
    assert class_of(after, before) == "unchanged"


def test_every_class_occurs_in_order() -> None:
    base, candidate = sample.pair()
    candidate["checks"].append(make("failed") | {"id": "test_new.py::test_new"})
    diff = compare(base, candidate)
    documents.validate(diff)
    assert all(diff["counts"].values())
    places = [CLASSES.index(check["class"]) for check in diff["checks"]]
    assert places == sorted(places)
    for name in CLASSES:
        keys = [(each["api"], each["id"]) for each in diff["checks"] if each["class"] == name]
        assert keys == sorted(keys)


def test_the_order_of_checks_in_a_report_does_not_matter() -> None:
    base, candidate = sample.pair()
    shuffled = copy.deepcopy([base, candidate])
    for report in shuffled:
        random.Random(1).shuffle(report["checks"])
    assert compare(*shuffled) == compare(base, candidate)


def test_a_report_against_itself_is_unchanged() -> None:
    base, _ = sample.pair()
    base["checks"] = [each for each in base["checks"] if each["outcome"] == "passed"]
    diff = compare(base, base)
    assert diff["counts"]["unchanged"] == len(diff["checks"])
    assert diff["severity"] == "none"
    assert diff["headline"].startswith("the candidate takes nothing away that the base has, in all")


def test_roll_up_adds_up() -> None:
    diff = compare(*sample.pair())
    assert sum(api["checks"] for api in diff["apis"]) == len(diff["checks"])
    for name in CLASSES:
        assert sum(api["counts"].get(name, 0) for api in diff["apis"]) == diff["counts"][name]
    for side in ("base", "candidate"):
        assert sum(api["comparisons"][side] for api in diff["apis"]) == diff["comparisons"][side]
    apis = {api["api"]: api for api in diff["apis"]}
    assert apis[sample.LAYERS]["class"] == "lost"
    assert apis[sample.EMA]["bits"] == "equal"
    assert apis[sample.MOMENTS]["bits"] == "differ"
    assert apis[sample.BATCH]["bound_fraction"]["candidate"] == "inf"


def test_headline_names_what_is_lost_and_what_is_identical() -> None:
    base, candidate = sample.pair()
    kept = (sample.LAYERS, sample.EMA, sample.MOMENTS)
    for report in (base, candidate):
        report["checks"] = [each for each in report["checks"] if each["api"] in kept]
    assert compare(base, candidate)["headline"] == (
        "2.21.0 loses tf.layers.batch_normalization (tf.compat.v1.layers needs Keras 2, and this "
        "TensorFlow has Keras 3) and changes bits in 1 of 16 checks; "
        "tf.train.ExponentialMovingAverage is bit-identical."
    )


def test_headline_does_not_call_an_api_lost_while_a_part_of_it_runs() -> None:
    base, candidate = sample.pair()
    for report in (base, candidate):
        report["checks"] = [each for each in report["checks"] if each["api"] == sample.LAYERS]
    candidate["checks"][0] |= make("passed") | {
        name: candidate["checks"][0][name] for name in ("id", "api")
    }
    headline = compare(base, candidate)["headline"]
    assert "loses 2 checks of tf.layers.batch_normalization" in headline


def test_headline_writes_names_whole_or_counts_them() -> None:
    names = [f"tf.api_{letter}" for letter in "abcdefg"]
    for number, said in [(6, "tf.api_e and tf.api_f"), (7, "loses 7 APIs")]:
        base = [sample.check(f"test_{name}", name) for name in names[:number]]
        after = [sample.check(f"test_{name}", name, outcome="missing") for name in names[:number]]
        diff = compare(sample.report("2.15.1", base), sample.report("2.21.0", after))
        assert said in diff["headline"]


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        (["passed"], "does what it promises in its only check."),
        (["passed", "passed"], "does what it promises in all 2 checks."),
        (
            ["passed", "passed", "expected"],
            "does what it promises in 2 checks and deviates as registered in 1.",
        ),
        (["expected"], "2.21.0 deviates as registered in 1."),
        (["failed", "passed"], "deviates in 1 of 2 checks (tf.a)."),
        (
            ["passed", "missing"],
            "and lacks what 1 check of tf.a needs (no kernel for Assign).",
        ),
        ([], "ran no check."),
    ],
)
def test_headline_of_a_run_counts_honestly(outcomes: list[str], said: str) -> None:
    checks = [
        sample.check(f"test_{place}", "tf.a", outcome=outcome)
        for place, outcome in enumerate(outcomes)
    ]
    for check in checks:
        if check["outcome"] == "missing":
            check["reason"] = "No OpKernel was registered to support Op 'Assign' used by {{v}}"
    assert headline.of_run(sample.report("2.21.0", checks)).endswith(said)


def test_alike_findings_are_one() -> None:
    base, candidate = sample.pair()
    found = findings.of_diff(compare(base, candidate))
    assert [finding.checks for finding in found if finding.word.words == "lost"] == [3]
    assert "lost 3 checks: tf.compat.v1.layers" in printed(120, compare(base, candidate))


def test_notes_warn_of_unlike_runs() -> None:
    base, candidate = sample.pair()
    candidate["incomplete"] = True
    candidate["settings"]["examples"] = 10
    incomplete, settings = compare(base, candidate)["notes"]
    assert "tf2.21.0-legacy is incomplete" in incomplete
    assert "examples 100 and then 10" in settings


def printed(width: int, document: dict[str, Any]) -> str:
    console = Console(file=io.StringIO(), width=width, height=40)
    show = terminal.print_diff if "counts" in document else terminal.print_run
    show(document, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_terminal_shows_the_gravest_first_in_a_screen(width: int) -> None:
    base, candidate = sample.pair()
    diff = compare(base, candidate)
    for document, first in ((diff, "✕ regression"), (candidate, "‼ crashed")):
        text = printed(width, document)
        assert text.startswith(first)
        assert len(text.splitlines()) <= 30
    assert diff["headline"] in printed(width, diff)


def test_terminal_does_not_pass_on_escape_sequences_or_markup() -> None:
    base, candidate = sample.pair()
    for each in candidate["checks"]:
        if each["failure"]:
            each["failure"]["message"] = "\x1b[2J\x9b31m[red]boo[/red]\u202e"
    for document in (candidate, compare(base, candidate)):
        text = printed(120, document)
        assert not {"\x1b", "\x9b", "\u202e"} & set(text)
        assert "[red]boo" in text
