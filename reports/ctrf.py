"""A run in the Common Test Report Format, which CI systems and dashboards read."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import Any

# CTRF knows five statuses; what has no kernel or no API to run is skipped.
_STATUS = {
    "passed": "passed",
    "failed": "failed",
    "crashed": "failed",
    "timed_out": "failed",
    "missing": "skipped",
    "expected": "other",
}


def document(report: dict[str, Any]) -> dict[str, Any]:
    """Return the CTRF document of one subject's `report`, valid under its schema.

    Source: https://ctrf.io, the JSON schema of the format.
    """
    tests = [_test(check) for check in report["checks"]]
    counted = Counter(test["status"] for test in tests)
    start = datetime.datetime.fromisoformat(report["created"]).timestamp()
    subject = report["subject"]
    statuses = ("passed", "failed", "pending", "skipped", "other")
    return {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "results": {
            "tool": {"name": "tf-litmus", "version": report["tf_litmus"]},
            "summary": {
                "tests": len(tests),
                **{status: counted[status] for status in statuses},
                "start": int(start * 1000),
                "stop": int((start + report["summary"]["seconds"]) * 1000),
            },
            "tests": tests,
            "environment": {
                "appName": "tensorflow",
                "appVersion": subject["tensorflow"],
                "osPlatform": subject["platform"],
                "extra": {"label": subject["label"], "python": subject["python"]},
            },
        },
    }


def _test(check: dict[str, Any]) -> dict[str, Any]:
    failure = check["failure"]
    test = {
        "name": check["id"],
        "status": _STATUS[check["outcome"]],
        "rawStatus": check["outcome"],
        "duration": round(check["seconds"] * 1000),
        "suite": [check["api"]],
        "filePath": check["id"].partition("::")[0],
        "extra": {"comparisons": check["comparisons"], "worst": check["worst"]},
    }
    if failure:
        test["message"] = failure["message"]
        if failure["repro"]:
            test["snippet"] = failure["repro"]
    elif check["reason"]:
        test["message"] = check["reason"]
    return test
