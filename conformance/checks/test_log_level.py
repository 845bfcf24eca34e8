"""TF_CPP_MIN_LOG_LEVEL: which severities of TensorFlow's native messages reach stderr."""

from __future__ import annotations

import pytest

from conformance.judge import judge_fact
from conformance.marks import api, published
from conformance.published import shown
from conformance.subject import Subject
from conformance.trace import graphs, trace

# Two levels at a time: each is a process that imports TensorFlow.
LEVELS = ([0, 1], [2, 3])


@published(31)
@api("TF_CPP_MIN_LOG_LEVEL")
@pytest.mark.parametrize("messages", ["provoked", "all"])
def test_severities_of_each_level(subject: Subject, messages: str) -> None:
    """0 shows INFO, WARNING and ERROR, 1 no INFO, 2 ERROR alone, 3 nothing."""
    severities = shown(31)["severities"]
    for levels in LEVELS:
        observed = subject.run(graphs.log_level.severities(levels=levels), trace())
        judge_fact(observed, "exit_statuses", [0] * len(levels))
        judge_fact(observed, messages, [sorted(severities[level]) for level in levels])
