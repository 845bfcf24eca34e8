"""The TensorFlow under test, as checks see it: it runs traces, and survives its own crashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import reject

from conformance.record import CheckRecord
from conformance.trace import Array, GraphSpec, Trace, digest_inputs
from conformance.worker_process import WorkerLost, WorkerProcess, WorkerTimedOut

if TYPE_CHECKING:
    from conformance.subjects import Launch

# A restarted worker imports TensorFlow anew, which takes seconds: shrinking a crash may cost this
# many restarts in one check, after which smaller inputs are no longer looked for.
RESTARTS_PER_CHECK = 12
REQUEST_SECONDS = 60.0


class ApiMissing(pytest.skip.Exception):
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
        inputs = digest_inputs(spec, trace)
        self.record.add_inputs(inputs)
        if self._restarts >= RESTARTS_PER_CHECK and inputs not in self._lost:
            reject()
        # The same inputs again (hypothesis replays what it found) get the same answer without
        # another crash, raised from the same line: that is how hypothesis tells faults apart.
        reply, values = {}, []
        if inputs not in self._lost:
            reply, values = self._ask(spec, trace, inputs)
        if inputs in self._lost:
            lost, message = self._lost[inputs]
            raise lost(message, spec, trace)
        if "missing" in reply:
            raise ApiMissing(reply["missing"])
        error = reply.get("error")
        observed = Observed(
            spec,
            trace,
            tuple({name: values[at] for name, at in one.items()} for one in reply.get("steps", ())),
            reply.get("facts", {}),
            RunError(error["type"], error["message"], error["during"]) if error else None,
            self.record,
        )
        self._record_outputs(observed)
        return observed

    def _ask(
        self, spec: GraphSpec, trace: Trace, inputs: bytes
    ) -> tuple[dict[str, Any], list[Array]]:
        """Send the trace to the worker; note in ``_lost`` when the worker is lost over it."""
        arrays: list[Array] = []

        def place(named: Mapping[str, Array]) -> dict[str, int]:
            places = {}
            for name, array in named.items():
                places[name] = len(arrays)
                arrays.append(array)
            return places

        header = {
            "graph": spec.as_json(),
            "fresh": trace.fresh,
            "init": place(trace.init),
            "steps": [{"fetches": one.fetches, "feeds": place(one.feeds)} for one in trace.steps],
        }
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
        self.record.add_fact("facts", observed.facts)

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None
