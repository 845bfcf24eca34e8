"""Bisection: every change is found, with few runs."""

from __future__ import annotations

import copy
import math

import pytest
import sample_reports as sample
from click.testing import CliRunner

from conformance import bisect, cli
from reports.diff import compare


class Releases:
    """Reports of many releases, in which some checks change at some release."""

    def __init__(self, count: int, changes: dict[str, int]) -> None:
        self.count = count
        self.changes = changes
        self.ran: set[int] = set()

    def report(self, place: int):
        self.ran.add(place)
        base, _ = sample.pair()
        report = copy.deepcopy(base)
        report["checks"] = [
            sample.check(f"test_a.py::test_{name}", "tf.a", bits=("b" if place >= at else "a") * 32)
            for name, at in self.changes.items()
        ]
        return report

    def compare(self, base: int, candidate: int):
        return compare(self.report(base), self.report(candidate))

    def found(self):
        wanted = bisect.changed(self.compare(0, self.count - 1), "drift")
        return list(bisect.locate(self.count, self.compare, "drift", wanted))


@pytest.mark.parametrize("at", range(1, 22))
def test_one_change_takes_a_logarithm_of_runs(at):
    releases = Releases(22, {"one": at})
    (change,) = releases.found()
    assert (change.base, change.candidate) == (at - 1, at)
    assert len(releases.ran) <= 2 + math.ceil(math.log2(22))


def test_each_change_is_found_by_itself():
    releases = Releases(22, {"early": 3, "late": 17, "never": 99, "late too": 17})
    early, late = releases.found()
    assert (early.candidate, late.candidate) == (3, 17)
    assert {name.rpartition("test_")[2] for name in (f"{one}" for one in early.checks)} == {
        "early[float32]"
    }
    assert len(late.checks) == 2


def test_levels_are_looked_for_gravest_first():
    base, candidate = sample.pair()
    assert bisect.level_of(compare(base, candidate)) == "regression"
    assert bisect.level_of(compare(base, base)) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--good", "2.15", "--bad", "2.21+tf_keras"], "the same Keras flavour"),
        (["--good", "2.21", "--bad", "2.15"], "no release in this range"),
        (["--good", "2.15", "--bad", "2.15"], "no release between"),
        (["--good", "2.15", "--bad", "2.99"], "2.99 is not in the releases table"),
        (["--good", "1.12", "--bad", "1.15", "--profile", "v2"], "v2 profile"),
    ],
)
def test_ends_that_make_no_sense_are_named(arguments, message, tmp_path):
    ran = CliRunner().invoke(cli.main, ["bisect", *arguments, "--out", str(tmp_path)])
    assert ran.exit_code == 2
    assert message in ran.output
