"""The run page and the diff page: one static file each, opened from disk, without the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports import headline, wording
from reports.files import write_text
from reports.outcomes import BAD, BY_GRAVITY, by_api, count, gravest_first, largest
from reports.rendering import render

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence


def write_run_page(path: str | os.PathLike[str], report: dict[str, Any]) -> None:
    """Write the page of one subject's `report`, valid under its schema, to `path`.

    Raises
    ------
    OSError
        As `files.write_text`: the page is written whole or not at all.
    """
    checks = gravest_first(report["checks"])
    outcomes = count((check["outcome"] for check in checks), BY_GRAVITY)
    write_text(
        path,
        render(
            "run.html.j2",
            title=f"{report['subject']['label']} · tf-litmus",
            headline=headline.of_run(report),
            report=report,
            subject=report["subject"],
            checks=checks,
            apis=by_api(checks),
            comparisons=sum(check["comparisons"] for check in checks),
            figures=_run_figures(outcomes, checks),
            strip=[wording.OUTCOMES[check["outcome"]].tone for check in checks],
            facets=[
                ("api", "API", _options(checks, "api")),
                ("outcome", "Outcome", _outcome_options(outcomes)),
                ("dtype", "Dtype", _options(checks, "dtype")),
            ],
        ),
    )


def write_diff_page(path: str | os.PathLike[str], diff: dict[str, Any]) -> None:
    """Write the page of `diff`, valid under its schema, to `path`.

    Raises
    ------
    OSError
        As `files.write_text`: the page is written whole or not at all.
    """
    checks = diff["checks"]
    classes = {name: number for name, number in diff["counts"].items() if number}
    figures = _diff_figures(diff)
    outcomes = count(
        (check["candidate"]["outcome"] for check in checks if check["candidate"]), BY_GRAVITY
    )
    base, candidate = headline.subject_names(diff)
    write_text(
        path,
        render(
            "diff.html.j2",
            title=f"{base} → {candidate} · tf-litmus",
            diff=diff,
            names={"base": base, "candidate": candidate},
            figures=figures,
            others=[name for name in classes if name in _BESIDE_THE_FIGURES],
            strip=[wording.CLASSES[check["class"]].tone for check in checks],
            facets=[
                ("api", "API", _options(checks, "api")),
                ("class", "Change", _class_options(classes, figures)),
                ("outcome", "Outcome now", _outcome_options(outcomes)),
                ("dtype", "Dtype", _options(checks, "dtype")),
            ],
        ),
    )


_BESIDE_THE_FIGURES = ("new_failing", "deviates", "incomparable", "still_failing", "new")


def _run_figures(
    outcomes: dict[str, int], checks: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    bad = {name: number for name, number in outcomes.items() if name in BAD}
    missing = {check["api"] for check in checks if check["outcome"] == "missing"}
    fraction = largest(check["worst"]["bound_fraction"] for check in checks)
    return [
        _figure(
            sum(bad.values()),
            "deviations",
            ", ".join(f"{number} {wording.OUTCOMES[name].words}" for name, number in bad.items()),
            {"outcome": ",".join(bad or BAD)},
            "bad",
        ),
        _figure(
            outcomes.get("missing", 0),
            "missing",
            wording.plural(len(missing), "API") if missing else "",
            {"outcome": "missing"},
            "lost",
        ),
        _figure(
            outcomes.get("expected", 0),
            "expected",
            "registered deviations",
            {"outcome": "expected"},
            "drift",
        ),
        _figure(
            outcomes.get("passed", 0),
            "passed",
            f"of {wording.plural(len(checks), 'check')}",
            {"outcome": "passed"},
            "good",
        ),
        _figure(
            sum(check["comparisons"] for check in checks),
            "comparisons",
            f"worst at {wording.measure(fraction)} of its bound",
            None,
            "plain",
        ),
    ]


def _diff_figures(diff: dict[str, Any]) -> list[dict[str, Any]]:
    counts = diff["counts"]
    regressions = {
        name: counts[name] for name in ("regression", "fewer_comparisons") if counts[name]
    }
    lost = sum("lost" in api["counts"] for api in diff["apis"])
    drift = largest(
        check["candidate"]["worst"]["ulp"]
        for check in diff["checks"]
        if check["class"] == "drifted"
    )
    words = {"regression": "failing", "fewer_comparisons": "comparing less"}
    return [
        _figure(
            sum(regressions.values()),
            "regressions",
            ", ".join(f"{number} {words[name]}" for name, number in regressions.items()),
            {"class": ",".join(regressions or words)},
            "bad",
        ),
        _figure(
            lost,
            "lost API" if lost == 1 else "lost APIs",
            wording.plural(counts["lost"], "check") if lost else "",
            {"class": "lost"},
            "lost",
        ),
        _figure(
            counts["drifted"],
            "drifted",
            f"now up to {wording.measure(drift)} ulp" if drift is not None else "",
            {"class": "drifted"},
            "drift",
        ),
        _figure(counts["fixed"], "fixed", "", {"class": "fixed"}, "good"),
        _figure(
            counts["unchanged"],
            "unchanged",
            f"of {wording.plural(len(diff['checks']), 'check')}",
            {"class": "unchanged"},
            "plain",
        ),
    ]


def _figure(
    number: int, label: str, detail: str, state: dict[str, str] | None, tone: str
) -> dict[str, Any]:
    return {
        "number": number,
        "label": label,
        "detail": detail,
        "state": state,
        "tone": tone if number else "plain",
    }


def _options(checks: Iterable[dict[str, Any]], field: str) -> list[tuple[str, str]]:
    return [(value, value) for value in sorted({check[field] for check in checks} - {None})]


def _outcome_options(counts: dict[str, int]) -> list[tuple[str, str]]:
    options = [
        (name, f"{wording.OUTCOMES[name].words} ({number})") for name, number in counts.items()
    ]
    bad = [name for name in counts if name in BAD]
    if len(bad) > 1:
        options.insert(0, (",".join(bad), f"any deviation ({sum(counts[name] for name in bad)})"))
    return options


def _class_options(counts: dict[str, int], figures: list[dict[str, Any]]) -> list[tuple[str, str]]:
    options = [
        (name, f"{wording.CLASSES[name].words} ({number})") for name, number in counts.items()
    ]
    # A figure may stand for several classes; what its link says must be in the list too.
    grouped = [
        (figure["state"]["class"], f"all {figure['label']} ({figure['number']})")
        for figure in figures
        if figure["number"] and "," in figure["state"]["class"]
    ]
    return grouped + options
