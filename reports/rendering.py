"""Rendering: templates filled, styled and scripted into one static file without the network.

A report is untrusted input. Every value is escaped by Jinja2; the page carries no data as script;
and its Content-Security-Policy allows only the style and the script of this package, by their
hashes, so that even a hole in the escaping would run nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup, escape

from reports import arrays, heatmap, picture, wording
from reports.outcomes import BY_GRAVITY

_MOST_ELEMENTS = 24
_MOST_FACTS = 12
_PARTS = re.compile(r".{8,}?(?:::|[_./\[])|.+\Z", re.DOTALL)


def render(template: str, **context: Any) -> str:
    """Return the page that a template of this package makes of `context`."""
    return _environment().get_template(template).render(context)


def _failure_view(failure: dict[str, Any]) -> dict[str, Any]:
    """Lay out what a page shows of a failure: the picture, and its elements, farthest first."""
    distances = arrays.distances(failure)
    if distances is None:
        return {"map": None, "plot": None, "elements": [], "hidden": 0, "unit": None}
    indices = arrays.indices(failure["observed"]["shape"])
    order = sorted(range(len(indices)), key=lambda i: -abs(distances.signed[i]))[:_MOST_ELEMENTS]
    radius = failure["radius"]
    heat = heatmap.heat_map(distances, failure["observed"]["shape"], indices)
    return {
        "map": heat,
        "plot": None if heat else picture.error_plot(distances, indices),
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
        ACCURACY=wording.ACCURACY,
        gravity=BY_GRAVITY,
        most_facts=_MOST_FACTS,
        failure_view=_failure_view,
        fraction_bar=picture.fraction_bar,
    )
    environment.filters.update(
        count=wording.count,
        measure=wording.measure,
        digits=_digits,
        fact=_fact,
        short_reason=wording.short_reason,
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
    """Let a long name break after its dots, underscores, colons and slashes, but not often."""
    return Markup("<wbr>").join(escape(part) for part in _PARTS.findall(name))


def _fact(value: object) -> str:
    """Write what a graph says of itself: without quotes, and without what is empty."""
    if isinstance(value, dict):
        return "; ".join(f"{name} {_fact(item)}" for name, item in value.items() if item != [])
    if isinstance(value, list):
        return ", ".join(_fact(item) for item in value) or "none"
    return _setting(value)


def _digits(measure: float | str | None) -> str | None:
    """Write a measure for a script to sort by."""
    return None if measure is None else f"{float(measure):.5g}"


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
