"""The TensorFlow under test, as checks see it: it runs traces, and survives its own crashes."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import reject

from conformance.record import CheckRecord
from conformance.trace import Array, GraphSpec, Sampling, Trace, as_request, digest_inputs
from conformance.worker_process import WorkerLost, WorkerProcess, WorkerTimedOut

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.subjects import Launch

# A restarted worker imports TensorFlow anew, which takes seconds: shrinking a crash may cost this
# many restarts in one check, after which smaller inputs are no longer looked for.
RESTARTS_PER_CHECK = 12
REQUEST_SECONDS = 60.0


class ApiMissing(pytest.skip.Exception):  # type: ignore[misc, name-defined]
    """The release under test does not have the API.

    A skip to pytest and hypothesis: there is nothing to shrink about an API that is not there.
    """


class SubjectCrashed(Exception):
    """The TensorFlow under test died on these inputs."""

    kind = "crash"

    def __init__(self, message: str, spec: GraphSpec, trace: Trace) -> None:
        super().__init__(message)
        self.spec = spec
        self.trace = trace


class SubjectTimedOut(SubjectCrashed):
    """The TensorFlow under test did not answer within the deadline on these inputs."""

    kind = "timeout"


@dataclass(frozen=True)
class RunError:
    """TensorFlow's own answer to a build or a run that it refuses."""

    type: str
    message: str
    during: str  # "build", "initialize" or "step N"


@dataclass(frozen=True)
class Observed:
    """What one trace gave: a dict of arrays for each step that ran, facts, and the error if any."""

    spec: GraphSpec
    trace: Trace
    steps: tuple[Mapping[str, Array], ...]
    facts: Mapping[str, Any]
    error: RunError | None
    record: CheckRecord

    def seen(self, step: int, fetch: str, otherwise: Array) -> Array:
        """What was fetched at a step, or ``otherwise`` when the trace did not get there.

        A reference that takes the value TensorFlow itself had before a stage judges that stage
        alone; the value has been judged at its own step.
        """
        return self.steps[step][fetch] if step < len(self.steps) else otherwise


@dataclass(frozen=True)
class Outcome:
    """What a trace gave at least once when it was run many times.

    ``counts`` says how often, for each of the sampling's sessions.
    """

    steps: tuple[Mapping[str, Array], ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Sampled:
    """The different outcomes of one trace run many times, in the order they were first seen."""

    spec: GraphSpec
    trace: Trace
    sampling: Sampling
    outcomes: tuple[Outcome, ...]
    facts: Mapping[str, Any]
    error: RunError | None
    record: CheckRecord
    keep: Callable[[Sampled], None] = lambda _: None


def worker_settings(
    profile: str = "legacy", setup: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the settings a worker has unless a graph or a sampling says otherwise."""
    return {
        "profile": profile,
        "threads": {"intra": 1, "inter": 2},
        "grappler": True,
        "setup": setup,
    }


class Subject:
    """One TensorFlow under test.

    Parameters
    ----------
    launch
        How its Python is started.
    settings
        ``profile``, ``threads``, ``grappler``, ``setup``: what the worker needs to know.
    """

    def __init__(self, launch: Launch, settings: Mapping[str, Any]) -> None:
        self._launch = launch
        self._settings = settings
        self._worker: WorkerProcess | None = None
        self._lost: dict[bytes, tuple[type[SubjectCrashed], str]] = {}
        self._restarts = 0
        self._kept: dict[bytes, Sampled] = {}
        self.record = CheckRecord()

    def start(self) -> None:
        """Start the worker; TensorFlow is imported while the driver goes on."""
        if self._worker is None:
            self._worker = WorkerProcess(self._launch, self._settings)

    @property
    def worker(self) -> WorkerProcess:
        """The worker, started when it is not."""
        self.start()
        if self._worker is None:
            raise RuntimeError("a started worker is there")
        return self._worker

    @property
    def fingerprint(self) -> dict[str, Any]:
        """What this subject is (report.json: ``subject``, without its label)."""
        return self.worker.fingerprint()

    def begin_check(self) -> CheckRecord:
        """Start counting for another check."""
        self.record = CheckRecord()
        self._restarts = 0
        self._lost.clear()
        self._kept.clear()
        return self.record

    def run(self, spec: GraphSpec, trace: Trace) -> Observed:
        """Run one trace on one graph.

        Raises
        ------
        ApiMissing
            The release has no such API.
        SubjectCrashed, SubjectTimedOut
            The worker died or hung. It is restarted at the next run.
        """
        reply, values = self._answer(spec, trace, None)
        observed = Observed(
            spec,
            trace,
            _steps(reply.get("steps", ()), values),
            reply.get("facts", {}),
            _error(reply),
            self.record,
        )
        self._record_outputs(observed)
        return observed

    def sample(self, spec: GraphSpec, trace: Trace, sampling: Sampling) -> Sampled:
        """Run one trace on one graph many times, each from the start; raises as `run` does.

        What came out is not part of the check's ``bits`` until it is judged, because only the judge
        knows whether it had to come out. A sample that the judge keeps is given again for the same
        inputs: a rare outcome seldom comes twice, and hypothesis replays what it found.
        """
        inputs = digest_inputs(spec, trace, sampling)
        if inputs in self._kept:
            return self._kept[inputs]
        reply, values = self._answer(spec, trace, sampling)
        facts = reply.get("facts", {})
        self.record.add_facts(facts)
        return Sampled(
            spec,
            trace,
            sampling,
            tuple(
                Outcome(_steps(one["steps"], values), tuple(one["counts"]))
                for one in reply.get("outcomes", ())
            ),
            facts,
            _error(reply),
            self.record,
            functools.partial(self._kept.__setitem__, inputs),
        )

    def _answer(
        self, spec: GraphSpec, trace: Trace, sampling: Sampling | None
    ) -> tuple[dict[str, Any], list[Array]]:
        """Count the example and get the worker's answer to it, or raise as `run` does."""
        inputs = digest_inputs(spec, trace, sampling)
        self.record.add_inputs(inputs)
        if self._restarts >= RESTARTS_PER_CHECK and inputs not in self._lost:
            reject()
        # The same inputs again (hypothesis replays what it found) get the same answer without
        # another crash, raised from the same line: that is how hypothesis tells faults apart.
        reply: dict[str, Any] = {}
        values: list[Array] = []
        if inputs not in self._lost:
            reply, values = self._ask(spec, trace, sampling, inputs)
        if inputs in self._lost:
            lost, message = self._lost[inputs]
            raise lost(message, spec, trace)
        if "missing" in reply:
            raise ApiMissing(reply["missing"])
        return reply, values

    def _ask(
        self, spec: GraphSpec, trace: Trace, sampling: Sampling | None, inputs: bytes
    ) -> tuple[dict[str, Any], list[Array]]:
        """Send the trace to the worker; note in ``_lost`` when the worker is lost over it."""
        header, arrays = as_request(spec, trace)
        header["graph"] = spec.key  # as text, by which the worker keeps graphs
        if sampling is not None:
            header["sampling"] = sampling.as_json()
        try:
            return self.worker.request(header, arrays, REQUEST_SECONDS)
        except (WorkerLost, WorkerTimedOut) as error:
            lost = SubjectCrashed if isinstance(error, WorkerLost) else SubjectTimedOut
            said = [line for line in self.worker.stderr_tail if line.strip()][-8:]
            message = "\n".join([f"TensorFlow: {error}", *(f"  stderr: {line}" for line in said)])
            self._lost[inputs] = (lost, message)
            self._restarts += 1
            self.close()
            return {}, []

    def _record_outputs(self, observed: Observed) -> None:
        for index, one in enumerate(observed.steps):
            for name in sorted(one):
                self.record.add_outputs(f"{index} {name}", one[name])
        if observed.error is not None:
            self.record.add_fact("error", [observed.error.type, observed.error.during])
        self.record.add_facts(observed.facts)

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None


def _steps(
    places: Sequence[Mapping[str, int]], values: Sequence[Array]
) -> tuple[Mapping[str, Array], ...]:
    return tuple({name: values[at] for name, at in one.items()} for one in places)


def _error(reply: Mapping[str, Any]) -> RunError | None:
    error = reply.get("error")
    return RunError(error["type"], error["message"], error["during"]) if error else None
