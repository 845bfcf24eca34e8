"""Litmus tests: a program run many times, each outcome looked up among those that may come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from conformance.enlargement import longer
from conformance.judge import Deviation, Steps
from conformance.programs import counters_in, source
from conformance.subject import Observed, Outcome, Sampled, Subject
from conformance.trace import Array, GraphSpec, Sampling, graphs, step, trace
from reference_impls.ordering.graph import RESOURCE, Program

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from reference_impls.ordering import Outcome as Values

# One inter-op thread takes operations in one order, several race; Grappler rewrites the graph.
SESSIONS = tuple(
    {"threads": {"inter": inter}, "grappler": grappler}
    for inter, grappler in ((1, True), (4, False), (1, False), (4, True))
)

# Runs of a program in each session.
REPEATS = longer(15)


def run_program(
    subject: Subject,
    program: Program,
    kind: str,
    *,
    sessions: Sequence[Mapping[str, object]] = SESSIONS,
    repeats: int = REPEATS,
) -> Sampled:
    """Run ``program`` with ``resource`` or ``ref`` variables, ``repeats`` times in each session."""
    text = source(program, use_resource=kind == RESOURCE)
    return run_source(subject, text, program["runs"], sessions=sessions, repeats=repeats)


def run_source(
    subject: Subject,
    text: str,
    runs: Sequence[Sequence[str]],
    *,
    sessions: Sequence[Mapping[str, object]],
    repeats: int,
) -> Sampled:
    """Run TF1 code, fetching the names of ``runs``, ``repeats`` times in each session."""
    fetches = list(dict.fromkeys(name for run in runs for name in run))
    spec = graphs.ordering.program(source=text, fetches=fetches)
    steps = (step(*fetched) for fetched in runs)
    return subject.sample(spec, trace(*steps), Sampling(repeats, tuple(sessions)))


def judge_program(sampled: Sampled, program: Program, allowed: Collection[Values]) -> None:
    """Judge what ``run_program`` gave by the outcomes allowed, or raise Deviation."""
    arrays = [as_steps(program, outcome) for outcome in sorted(allowed, key=repr)]
    judge_outcomes(sampled, arrays)


def _shown(sampled: Sampled) -> list[str]:
    """The lines of the program, its runs included."""
    runs = (f"session.run([{', '.join(one.fetches)}])" for one in sampled.trace.steps)
    return [*sampled.spec.arguments["source"].rstrip().split("\n"), *runs]


def as_steps(program: Program, outcome: Iterable[Iterable[Sequence[int] | None]]) -> Steps:
    """An outcome of the reference, or of a fixture, as the arrays TensorFlow gives."""
    counters = set(counters_in(program["body"]))

    def array(name: str, value: Sequence[int] | None) -> Array | None:
        if value is None:
            return None
        if name in counters:
            return np.array(value[0], np.int32)
        return np.array(value, program["dtype"]).reshape(program["shape"])

    return [
        {name: array(name, value) for name, value in zip(fetches, values, strict=True)}
        for fetches, values in zip(program["runs"], outcome, strict=True)
    ]


def judge_outcomes(sampled: Sampled, allowed: Sequence[Steps]) -> None:
    """Find every outcome of a sampled trace among those allowed, bit for bit, or raise Deviation.

    An outcome that is the only one allowed is
    taken into the check's ``bits``; where several are allowed, which of them came is chance.
    """
    if sampled.error is not None:
        error = sampled.error
        raise Deviation(
            "error",
            "\n".join([f"{error.type} at {error.during}: {error.message}", "", *_shown(sampled)]),
            _as_observed(sampled, sampled.spec, ()),
        )
    known = {_outcome_bits(steps) for steps in allowed}
    for outcome in sampled.outcomes:
        if _outcome_bits(outcome.steps) not in known:
            sampled.keep(sampled)
            raise _unexplained(sampled, outcome, allowed)
        for one in outcome.steps:
            elements = sum(value.size for value in one.values())
            sampled.record.add_comparisons(elements * sum(outcome.counts))
    sampled.record.add_outcomes(len(known), len(sampled.outcomes))
    if len(known) == 1:
        for index, one in enumerate(sampled.outcomes[0].steps):
            for name in sorted(one):
                sampled.record.add_outputs(f"{index} {name}", one[name])


def judge_refusal(sampled: Sampled, error_type: str, during: str) -> None:
    """Require that TensorFlow refuses the program with this error, or raise Deviation."""
    error = sampled.error
    sampled.record.add_comparisons(1)
    if error is None or (error.type, error.during) != (error_type, during):
        got = "no error" if error is None else f"{error.type} at {error.during}: {error.message}"
        message = [f"expected {error_type} at {during}, observed {got}", "", *_shown(sampled)]
        raise Deviation("error", "\n".join(message), _as_observed(sampled, sampled.spec, ()))


def _unexplained(sampled: Sampled, outcome: Outcome, allowed: Sequence[Steps]) -> Deviation:
    """The deviation of an outcome that is not allowed, shown beside the nearest one that is."""
    differing = min((_differences(outcome.steps, steps) for steps in allowed), key=len)
    step, fetch, expected = differing[0]
    where = max(range(len(outcome.counts)), key=outcome.counts.__getitem__)
    session = sampled.sampling.sessions[where]
    runs = sum(outcome.counts), sampled.sampling.repeats * len(outcome.counts)
    observed = [
        {name: values.get(name) for name in one.fetches}
        for one, values in zip(sampled.trace.steps, outcome.steps, strict=True)
    ]
    listed = [_written(steps) for steps in allowed[:_SHOWN]]
    if len(allowed) > _SHOWN:
        listed.append(f"and {len(allowed) - _SHOWN} more")
    message = [
        f"an outcome that no permitted order gives, in {runs[0]} of {runs[1]} runs",
        "",
        *_shown(sampled),
        "",
        f"observed:  {_written(observed)}",
        *(f"{'allowed:' if not at else '':10} {text}" for at, text in enumerate(listed)),
        f"seen with: {json.dumps(session, sort_keys=True)}",
    ]
    return Deviation(
        "outcome",
        "\n".join(message),
        _as_observed(sampled, sampled.spec.with_session(**session), outcome.steps),
        step=step,
        fetch=fetch,
        expected=expected,
        value=outcome.steps[step].get(fetch),
        allowed=allowed,
        repeats=sampled.sampling.repeats,
    )


_SHOWN = 8  # of the allowed outcomes, in a message


def _written(steps: Steps) -> str:
    """An outcome on one line: ``x=3 g=None; x=[1, 2]``, a semicolon between runs."""
    return "; ".join(
        " ".join(f"{n}={None if v is None else v.tolist()}" for n, v in sorted(one.items()))
        for one in steps
    )


def _differences(observed: Steps, allowed: Steps) -> list[tuple[int, str, Array | None]]:
    """Where two outcomes differ: (step, name, what is allowed)."""
    return [
        (step, name, wanted.get(name))
        for step, (got, wanted) in enumerate(zip(observed, allowed, strict=True))
        for name in sorted({**got, **wanted})
        if _value_bits(got.get(name)) != _value_bits(wanted.get(name))
    ]


def _outcome_bits(steps: Steps) -> object:
    return tuple(
        tuple((name, _value_bits(one[name])) for name in sorted(one) if one[name] is not None)
        for one in steps
    )


def _value_bits(value: Array | None) -> object:
    return None if value is None else (value.dtype.name, value.shape, value.tobytes())


def _as_observed(
    sampled: Sampled, spec: GraphSpec, steps: tuple[Mapping[str, Array], ...]
) -> Observed:
    return Observed(spec, sampled.trace, steps, sampled.facts, sampled.error, sampled.record)
