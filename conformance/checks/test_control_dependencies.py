"""tf.control_dependencies, identity, group and tuple in a few lines each, as people meet them.

The programs and every outcome they may have are data (`fixtures/litmus.toml`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.litmus import SESSIONS, judge_outcomes, judge_refusal, run_source
from conformance.marks import api, published
from conformance.named_litmus import NamedLitmus, named_litmus_tests
from reference_impls.ordering.graph import MODELS, REF

if TYPE_CHECKING:
    from conformance.subject import Subject

_REPEATS = 10
LITMUS_TESTS = [
    pytest.param(one, id=one.name, marks=[published(*one.published)] if one.published else [])
    for one in named_litmus_tests()
]


@api("tf.control_dependencies", "tf.identity", "tf.group", "tf.tuple", "tf.no_op")
@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("litmus", LITMUS_TESTS)
def test_named_litmus(subject: Subject, litmus: NamedLitmus, kind: str) -> None:
    """A named program gives nothing but the outcomes written beside it."""
    sampled = run_source(
        subject, litmus.source(kind), litmus.runs, sessions=SESSIONS[:2], repeats=_REPEATS
    )
    if kind == REF and litmus.updates_in_function and subject.fingerprint["profile"] == "v2":
        # The functions that TensorFlow 2 makes of branches and loops capture a value, no reference.
        judge_refusal(sampled, "TypeError", "build")
    else:
        judge_outcomes(sampled, litmus.outcomes(kind))
