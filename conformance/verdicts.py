"""A check's verdict: its row in the report, and what a failing check prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis.errors import FlakyFailure

from conformance import deviations, repro
from conformance.arrays_json import array_as_json
from conformance.errors import LitmusError
from conformance.judge import Deviation
from conformance.subject import ApiMissing, SubjectCrashed

if TYPE_CHECKING:
    from conformance.run import Run
    from conformance.trace import Trace


# How often a script tries what happened once: half a minute of a small graph.
_ATTEMPTS = 1000


def give_verdict(
    run: Run, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
) -> None:
    """Set ``report``'s outcome and attach the row to it (as JSON: xdist carries it).

    A check without the ``api`` mark is an ordinary test and keeps pytest's report.
    """
    mark = item.get_closest_marker("api")
    error = call.excinfo.value if call.excinfo is not None else None
    if mark is None or (error is None and call.when != "call"):
        return
    if isinstance(error, LitmusError):
        _attach(report, json.dumps({"unavailable": str(error), "status": error.exit_status}))
        report.longrepr = str(error)
    elif isinstance(error, ApiMissing) or not isinstance(
        error, KeyboardInterrupt | pytest.skip.Exception
    ):
        _verdict(run, item, mark.args[0], report, error, call.duration)


def _verdict(
    run: Run,
    item: pytest.Item,
    api: str,
    report: pytest.TestReport,
    error: BaseException | None,
    seconds: float,
) -> None:
    subject = run.subject()
    name = check_id(item)
    row: dict[str, Any] = {
        "id": name,
        "api": api,
        "dtype": parameter(item, "dtype"),
        "outcome": "passed",
        **subject.record.as_json(),
        "seconds": round(seconds, 3),
        "reason": None,
        "failure": None,
    }
    entry = deviations.find(name, subject.fingerprint)
    if isinstance(error, ApiMissing):
        row.update(outcome="missing", reason=str(error))
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, f"missing: {error}")
    elif error is not None:
        failure = _failure(run, name, api, error)
        row["failure"] = failure
        row["outcome"] = {"crash": "crashed", "timeout": "timed_out"}.get(failure["kind"], "failed")
        report.longrepr = _story(row)
        if entry is not None and entry.explains(failure["kind"]):
            row.update(outcome="expected", reason=f"{entry.reason} ({entry.link})")
            report.outcome = "skipped"
            report.wasxfail = entry.reason
    elif entry is not None and not entry.sometimes and run.examples >= run.default_examples:
        row["outcome"] = "failed"
        row["failure"] = bare_failure(
            "stale_deviation",
            f"the registered deviation of {name} no longer occurs: {entry.reason}; take it out "
            "of deviations.toml or narrow its releases",
        )
        report.outcome = "failed"
        report.longrepr = row["failure"]["message"]
    _attach(report, json.dumps({"subject": subject.fingerprint, "check": row}))


def _attach(report: pytest.TestReport, verdict: str) -> None:
    """Let the verdict travel with pytest's report; xdist carries every attribute of it."""
    vars(report)["litmus"] = verdict


def _failure(run: Run, name: str, api: str, error: BaseException) -> dict[str, Any]:
    once = _seen_once(error)
    error = once or error
    if not isinstance(error, Deviation | SubjectCrashed):
        return bare_failure("error", f"the check itself failed: {type(error).__name__}: {error}")
    deviation = error if isinstance(error, Deviation) else None
    step = deviation.step if deviation else None
    fetch = deviation.fetch if deviation else None
    expected = deviation.expected if deviation else None
    radius = deviation.radius if deviation else None
    observed = deviation.value if deviation else None
    message = str(error) + (
        "; seen once, and not when run again on the same inputs" if once else ""
    )
    failure = bare_failure(error.kind, message)
    failure.update(
        step=step,
        fetch=fetch,
        inputs=_inputs(error.trace),
        run={
            "graph": error.spec.as_json(),
            "fresh": error.trace.fresh,
            "steps": [list(one.fetches) for one in error.trace.steps],
        },
        expected=None if expected is None else array_as_json(expected),
        radius=None if radius is None else array_as_json(radius),
        observed=None if observed is None else array_as_json(observed),
        index=list(deviation.index) if deviation and deviation.index is not None else None,
        repro=repro.script(
            title=f"{api}: {name}",
            subject=run.subject().fingerprint,
            setup=run.setup_text,
            spec=error.spec,
            trace=error.trace,
            step=step,
            fetch=fetch,
            expected=expected,
            radius=radius,
            message=message,
            allowed=deviation.allowed if deviation else None,
            repeats=max(_ATTEMPTS if once else 1, deviation.repeats if deviation else 1),
        ),
    )
    return failure


def _seen_once(error: BaseException) -> Exception | None:
    """Return what TensorFlow did at first, of a failure that hypothesis could not repeat."""
    if not isinstance(error, FlakyFailure):
        return None
    found = (one for one in error.exceptions if isinstance(one, Deviation | SubjectCrashed))
    return next(found, None)


def bare_failure(kind: str, message: str) -> dict[str, Any]:
    """Return a failure that has a message and nothing to show with it."""
    return {
        "kind": kind,
        "message": message,
        "step": None,
        "fetch": None,
        "inputs": [],
        "run": None,
        "expected": None,
        "radius": None,
        "observed": None,
        "index": None,
        "repro": "",
    }


def _inputs(trace: Trace) -> list[dict[str, Any]]:
    return [
        {"step": when, "name": name, "array": array_as_json(array)}
        for when, name, array in trace.arrays()
    ]


def minimal_inputs(trace: Trace) -> list[str]:
    """Return what a trace feeds, as lines to print."""
    return _listed(_inputs(trace))


def _listed(inputs: list[dict[str, Any]]) -> list[str]:
    lines = ["", "Minimal inputs:"] if inputs else []
    for fed in inputs:
        array = fed["array"]
        values = ", ".join(array["values"][:24]) + (" …" if len(array["values"]) > 24 else "")
        lines.append(
            f"  {fed['step']}  {fed['name']}: {array['dtype']} {array['shape']} [{values}]"
        )
    return lines


def _story(row: dict[str, Any]) -> str:
    """What a failing check prints."""
    failure = row["failure"]
    lines = [f"{row['api']}  ({row['id']})", "", failure["message"]]
    lines += _listed(failure["inputs"])
    if failure["repro"]:
        lines += ["", "Repro (tensorflow and numpy alone):", "", failure["repro"]]
    return "\n".join(lines)


def check_id(item: pytest.Item) -> str:
    """Return a check's id in reports: pytest's, without the folder."""
    return f"{item.path.name}::{item.nodeid.split('::', 1)[-1]}"


def parameter(item: pytest.Item, name: str) -> str | None:
    """Return a parameter of a check, if it has one of this name that is a text."""
    callspec = getattr(item, "callspec", None)
    value = callspec.params.get(name) if callspec is not None else None
    return value if isinstance(value, str) else None
