"""The order of the checks: what the atlas says changes most often comes first."""

from __future__ import annotations

import sample_reports as sample
from conftest import ROOT, Runner

from conformance import order
from reports import documents, files, matrix


def atlas(*bits: tuple[str, str]) -> dict[str, object]:
    """Give a matrix of releases, each with the bits of two tests."""
    return matrix.build(
        [
            {
                "subject": f"2.{minor}",
                "profile": "legacy",
                "folder": None,
                "reason": "",
                "report": sample.report(
                    f"2.{minor}.0",
                    [
                        {**sample.check("t", "tf.a", None, bits=one), "id": name}
                        for name, one in zip(("a.py::x[p-q]", "a.py::y"), made, strict=True)
                    ],
                ),
            }
            for minor, made in enumerate(bits)
        ]
    )


def test_steps_that_change_a_test_are_counted() -> None:
    document = atlas(("aa", "aa"), ("aa", "bb"), ("bb", "cc"), ("bb", "dd"))
    assert order.changes(document) == {"a.py::x": 1, "a.py::y": 3}


def test_what_changes_most_often_comes_first(litmus: Runner) -> None:
    litmus.checks.joinpath("test_a.py").write_text(
        "from conformance.marks import api\n"
        "@api('tf.nn.moments')\ndef test_steady(subject): pass\n"
        "@api('tf.nn.moments')\ndef test_unsteady(subject): pass\n"
    )

    def order_of_tests() -> list[str]:
        lines = litmus("--collect-only", "-q", "-k", "steady").output.splitlines()
        return [line.rpartition("::")[2] for line in lines if "::" in line]

    assert order_of_tests() == ["test_steady", "test_unsteady"]
    changed = {"id": "test_a.py::test_unsteady", "api": "tf.nn.moments", "class": "drifted"}
    document = atlas(("aa", "aa"), ("aa", "bb"))
    steps = [{**document["steps"][0], "checks": [changed]}]  # type: ignore[index]
    files.write_json(litmus.fixtures / "atlas" / "matrix.json", {**document, "steps": steps})
    assert order_of_tests() == ["test_unsteady", "test_steady"]


def test_the_shipped_atlas_is_small_and_tells_of_every_release() -> None:
    folder = ROOT / "fixtures" / "atlas"
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 6e6
    cells = documents.load_matrix(folder)["cells"]
    assert not [cell["subject"] for cell in cells if cell["summary"] is None or cell["incomplete"]]
    numbered = {f"1.{minor}" for minor in range(12, 16)} | {f"2.{minor}" for minor in range(22)}
    assert numbered <= {cell["subject"] for cell in cells}
