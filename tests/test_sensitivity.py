"""Sensitivity: mutants are read and judged, and each of ours says what it must."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sample_reports as sample
from conftest import ROOT

from conformance import sensitivity
from conformance.errors import UsageError
from conformance.matrix import Cell, Result
from reports import documents, files
from reports import sensitivity as sensitivity_report

MUTANTS = ROOT / "tests" / "mutants"
MUTANT = sensitivity.Mutant("a", "A fault.", "tf.a", "a", Path("a.py"))


def test_every_mutant_of_ours_says_what_it_breaks():
    found = sensitivity.mutants(MUTANTS)
    assert len({one.what for one in found}) == len(found)
    assert all(one.what.endswith(".") for one in found)


def test_mutants_are_chosen_by_an_expression_of_names_and_apis():
    chosen = "ExponentialMovingAverage and off_by_one or nothing"
    (one,) = sensitivity.mutants(MUTANTS, chosen)
    assert one.name == "exponential_moving_average/num_updates_off_by_one"
    with pytest.raises(UsageError, match="no mutant of 'nothing'"):
        sensitivity.mutants(MUTANTS, "nothing")
    with pytest.raises(UsageError, match="expected end of input"):
        sensitivity.mutants(MUTANTS, "two words")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("API = 'tf.a'", "a mutant has"),
        ("'A fault.'\nAPI, SELECT = 'tf.a', 'test_a'", "a mutant has"),
        ("'A fault.'\nAPI = 'tf.a'\nSELECT = ''", "a mutant has"),
        ("'A fault.'\nAPI = 'tf.a'\nSELECT = 'a b'", "SELECT = 'a b': .* it is a -k of pytest"),
        ("'A fault.", "not Python"),
    ],
)
def test_a_file_that_is_no_mutant_is_named(tmp_path, text, reason):
    (tmp_path / "broken.py").write_text(f"{text}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=rf"broken\.py: {reason}"):
        sensitivity.mutants(tmp_path)


def verdict_of(tmp_path, status, checks, baseline, reason=""):
    path = None
    if checks is not None:
        base, _ = sample.pair()
        path = tmp_path / "report.json"
        files.write_json(path, {**base, "checks": checks})
    result = Result(Cell("2.15", "legacy"), status, path, reason)
    return sensitivity.verdict(MUTANT, result, baseline)


def test_verdicts(tmp_path):
    good = sample.check("test_a.py::test_a", "tf.a")
    bad = sample.check("test_a.py::test_a", "tf.a", outcome="failed", failure=sample.bits_failure())
    name = good["id"]

    def verdict(*arguments: object, **options: str) -> str:
        return verdict_of(tmp_path, *arguments, **options)["verdict"]

    assert verdict(1, [bad], {name: "passed"}) == "killed"
    assert verdict(0, [good], {name: "passed"}) == "survived"
    # What fails without the fault notices nothing.
    assert verdict(1, [bad], {name: "failed"}) == "not applicable"
    assert verdict(3, None, {}, reason="line 8: NotApplicable: no f") == "not applicable"
    assert verdict(3, None, {}, reason="line 8: NameError: g") == "broken"
    assert verdict(-9, None, {}, reason="ended by SIGKILL") == "broken"


def test_the_document_counts_by_api(tmp_path):
    base, _ = sample.pair()
    good = sample.check("test_a.py::test_a", "tf.a")
    row = verdict_of(tmp_path, 0, [good], {good["id"]: "passed"})
    document = sensitivity_report.build(base, [row, {**row, "verdict": "killed"}])
    documents.validate(document)
    assert document["apis"]["tf.a"]["survived"] == 1
    assert "notice 1 (50 %)" in document["headline"]
    page = sensitivity_report.as_markdown(document)
    assert "| `tf.a` | 1 | 1 | 0 | 0 |" in page
    assert "## Survived\n\n- `a`: A fault." in page
    assert "## Broken" not in page


IN_SOURCE = """
import sys, types
sys.path.insert(0, {root!r})
from conformance.worker import mutation
import {module} as subject
mutation.in_source({module!r}, "Adds.to", "+ self.one", "- self.one")
mutation.in_source({module!r}, "closure", "a + b", "a * b")
print(subject.Adds().to(5), subject.kept(5), subject.closure(3, 4))
mutation.in_source({module!r}, "Adds.by_two", "by + 2", "", ("by or two", "by * 10"), ("by", ""))
mutation.in_source({module!r}, "factorial", "n - 1)", "n - 1) + 1")
print(subject.Adds().by_two(), subject.factorial(3))
mutation.results({module!r}, ("divided_v2", "divided"), lambda result, given: (result, given["b"]))
print(subject.divided(6, b=3))
try:
    mutation.results({module!r}, ("divided_v2", "divided_v3"), None)
except mutation.NotApplicable as error:
    print(error)
for name, old in (("Adds.to", "nothing of it"), ("Adds.gone", "+")):
    try:
        mutation.in_source({module!r}, name, old, "")
    except mutation.NotApplicable as error:
        print(error)
try:
    mutation.in_source({module!r}, "Adds.same", "# why", "# because")
except AssertionError as error:
    print(error)
"""

ADDS = """
def decorated(function):
    import functools
    @functools.wraps(function)
    def call(*args):
        return function(*args)
    return call

class Adds:
    one = 1

    def to(self, x):
        return x + self.one

    TWO = 2

    def by_two(self, by=TWO):
        two = None
        return by or two

    def same(self):
        return self.one  # why

kept = Adds().to

def factorial(n):
    return n * factorial(n - 1) if n else 1

def divided(a, b):
    return a // b

def make():
    factor = 1
    @decorated
    def closure(a, b):
        return (a + b) * factor
    return closure

closure = make()
"""


def test_a_fault_goes_into_the_source_wherever_it_is_called_from(tmp_path):
    (tmp_path / "adds.py").write_text(ADDS, encoding="utf-8")
    program = IN_SOURCE.format(root=str(ROOT), module="adds")
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    first, second, changed, none, absent, gone, same = ran.stdout.splitlines()
    assert first == "4 4 12"
    assert second == "20 16"
    assert changed == "(2, 3)"
    assert none == "no divided_v2 or divided_v3 in adds"
    assert absent == "Adds.to has no 'nothing of it'"
    assert gone == "no Adds.gone in adds"
    assert same == "Adds.same is what it was"
