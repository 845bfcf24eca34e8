"""The run page and the diff page: one static file each, opened from disk, without the network.

A report is untrusted input. Every value is escaped by Jinja2; the page carries no data as script;
and its Content-Security-Policy allows only the style and the script of this package, by their
hashes, so that even a hole in the escaping would run nothing.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup, escape

from reports import arrays, headline, picture, wording
from reports.files import write_text
from reports.outcomes import BAD, BY_GRAVITY, by_api, count, gravest_first, largest

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

_MOST_ELEMENTS = 24


def write_run_page(path: str | os.PathLike[str], report: dict[str, Any]) -> None:
    """Write the page of one subject's `report`, valid under its schema, to `path`.

    Raises
    ------
    OSError
        As `files.write_text`: the page is written whole or not at all.
    """
    checks = gravest_first(report["checks"])
    outcomes = count((check["outcome"] for check in checks), BY_GRAVITY)
    page = _environment().get_template("run.html.j2")
    write_text(
        path,
        page.render(
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
    page = _environment().get_template("diff.html.j2")
    write_text(
        path,
        page.render(
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


def _failure_view(failure: dict[str, Any]) -> dict[str, Any]:
    """Lay out what a page shows of a failure: the picture, and its elements, farthest first."""
    distances = arrays.distances(failure)
    if distances is None:
        return {"plot": None, "elements": [], "hidden": 0, "unit": None}
    indices = arrays.indices(failure["observed"]["shape"])
    order = sorted(range(len(indices)), key=lambda i: -abs(distances.signed[i]))[:_MOST_ELEMENTS]
    radius = failure["radius"]
    return {
        "plot": picture.error_plot(distances, indices),
        "unit": distances.unit,
        "hidden": len(indices) - len(order),
        "elements": [
            {
                "index": list(indices[i]),
                "expected": failure["expected"]["values"][i],
                "radius": radius["values"][i] if radius else None,
                "observed": failure["observed"]["values"][i],
                "distance": distances.signed[i],
                "outside": abs(distances.signed[i]) > distances.limit,
            }
            for i in order
        ],
    }


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    static = resources.files("reports") / "static"
    style = (static / "page.css").read_text(encoding="utf-8")
    script = (static / "page.js").read_text(encoding="utf-8")
    environment.globals.update(
        # Both are this package's own files, which is what makes them safe to inline.
        style=Markup(style),
        script=Markup(script),
        policy="; ".join(
            [
                "default-src 'none'",
                f"style-src '{_digest(style)}'",
                f"script-src '{_digest(script)}'",
                "base-uri 'none'",
                "form-action 'none'",
            ]
        ),
        OUTCOMES=wording.OUTCOMES,
        CLASSES=wording.CLASSES,
        BITS=wording.BITS,
        gravity={name: place for place, name in enumerate(BY_GRAVITY)},
        class_gravity={name: place for place, name in enumerate(wording.CLASSES)},
        failure_view=_failure_view,
        fraction_bar=picture.fraction_bar,
    )
    environment.filters.update(
        count=wording.count,
        measure=wording.measure,
        soft=_soft,
        array=arrays.as_text,
        state=_state,
        short_id=_short_id,
        setting=_setting,
        keras=_keras,
    )
    return environment


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _soft(name: str) -> Markup:
    """Let a long name break after its dots, underscores, colons and slashes."""
    text = str(escape(name))
    # None of the stops occurs in a character reference, so none is torn.
    for stop in ("_", ".", "::", "/", "["):
        text = text.replace(stop, f"{stop}<wbr>")
    return Markup(text)


def _state(state: dict[str, str]) -> str:
    """URL fragment that brings the page into `state`."""
    return "#" + urlencode(state, errors="backslashreplace")


def _short_id(name: str) -> str:
    """Name the test function and its parameters, without the file."""
    return name.rpartition("::")[2] if "[" not in name else _before_parameters(name)


def _before_parameters(name: str) -> str:
    path, bracket, parameters = name.partition("[")
    return path.rpartition("::")[2] + bracket + parameters


def _setting(value: object) -> str:
    """Write a value of the fingerprint."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_setting(item)}" for name, item in value.items())
    return str(value)


def _keras(keras: dict[str, Any] | None) -> str:
    if keras is None:
        return "without Keras"
    return " ".join(str(part) for part in (keras["flavour"], keras["version"]) if part)
