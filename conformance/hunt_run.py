"""A pytest run that looks for the input on which two subjects differ most.

Each check is run twice. First hypothesis' ``target`` climbs on the distance of the two subjects,
and nothing fails; then an example fails that differs by at least half of the largest distance seen,
so that hypothesis makes a minimal one of it. Both times it draws the same examples.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import hypothesis
import pytest

from conformance import corpus, corpus_building, judge, repro
from conformance.errors import LitmusError
from conformance.hunt import Difference, Pair
from conformance.judge import Deviation
from conformance.run import Run
from conformance.subject import Subject, SubjectCrashed
from conformance.verdicts import check_id, minimal_inputs, parameter
from reports import files

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["Hunt"]

# `hypothesis.target` wants a finite number.
_FARTHEST = 1e300


class Differs(Exception):
    """The two subjects differ on this example."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(difference.message)
        self.difference = difference


@dataclass(frozen=True)
class Found:
    """The minimal example of one check."""

    check: str
    api: str
    dtype: str | None
    difference: Difference
    repro: Path


class Hunt(Run):
    """A run of the checks on two subjects, ``--tf`` and ``--against``."""

    def __init__(self, config: pytest.Config, default_examples: int) -> None:
        super().__init__(config, default_examples)
        if self.is_xdist_controller or self.is_xdist_worker:
            raise pytest.UsageError("a hunt runs in one process; leave -n out")
        self._other: Subject | None = None
        self._pair: Pair | None = None
        # Examples that differ by as much fail; None: none does.
        self._threshold: float | None = None
        self._best: Difference | None = None
        self._found: list[Found] = []
        self._added = 0
        self._folder = Path(config.getoption("litmus_out")).resolve()
        judge.listen(self._expect)

    def other(self) -> Subject:
        """The subject that is compared with, made at the first call.

        Raises
        ------
        LitmusError
            It cannot be made.
        """
        if self._other is None:
            self._other = self.started(self._config.getoption("against"))
        return self._other

    def begin(self, item: pytest.Item) -> Subject:  # noqa: ARG002
        """Return the pair, which a check takes for a subject."""
        if self._pair is None:
            self._pair = Pair(self.subject(), self.other())
        self._pair.begin_check()
        return cast("Subject", self._pair)

    # pytest's hooks ------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Start both workers: TensorFlow is imported while checks are collected."""
        for start in (self.subject, self.other):
            with contextlib.suppress(LitmusError):
                start()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Wait until both have imported TensorFlow; without one of them there is no hunt."""
        if session.config.option.collectonly or not session.items:
            return
        for get in (self.subject, self.other):
            try:
                _ = get().fingerprint
            except LitmusError as error:
                self.give_up(error)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Search with a check, and fail where it found a difference."""
        mark = pyfuncitem.get_closest_marker("api")
        names = inspect.signature(pyfuncitem.obj).parameters
        if mark is None or "subject" not in names:
            pytest.skip("it asks no subject")
        test = pyfuncitem.obj
        arguments = {name: pyfuncitem.funcargs[name] for name in names}
        self._best, self._threshold = None, None
        self._search(test, arguments)
        if self._best is None:
            return True
        found = self._minimal(test, arguments, self._best)
        self._keep(pyfuncitem, mark.args[0], found)
        raise Differs(found)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self,
        item: pytest.Item,  # noqa: ARG002  (pytest names its hooks' arguments)
        call: pytest.CallInfo[None],
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Show a difference by its inputs, its values and its script."""
        report = yield
        error = call.excinfo.value if call.excinfo is not None else None
        if isinstance(error, Differs):
            report.longrepr = _story(self._found[-1])
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Record nothing: there are no verdicts."""

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Freeze what was found, when asked to, and set the exit status."""
        yield
        self._take_junit()
        if self._stopped is not None:
            session.exitstatus = self._stopped[1]
        elif self._found and self._config.getoption("add_to_corpus"):
            entries = (one.difference.entry(one.check, one.api, one.dtype) for one in self._found)
            grown, count = corpus_building.with_found(corpus.load(), entries)
            corpus.save(grown, corpus.corpus_dir())
            self._added = count

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the differences, the largest first, and where their scripts are."""
        write = terminalreporter.write_line
        if self._stopped is not None:
            write(f"error: {self._stopped[0]}", red=True)
            return
        terminalreporter.section("tf-litmus hunt")
        for one in sorted(self._found, key=lambda one: -one.difference.amount):
            write(f"{one.check}: {one.difference.message}")
            write(f"    {one.repro}")
        count = len(self._found)
        if not count:
            write("no difference was found")
        elif self._config.getoption("add_to_corpus"):
            write(f"{self._added} of {count} inputs are new in {corpus.corpus_dir()}")
        else:
            write("with --add-to-corpus these inputs are frozen: every later run replays them")

    def pytest_unconfigure(self) -> None:
        """End both workers."""
        super().pytest_unconfigure()
        if self._other is not None:
            self._other.close()

    # ----------------------------------------------------------------------------------------------

    def _expect(self, observed: Any, expected: Any) -> None:
        if self._pair is not None:
            self._pair.expect(observed, expected)

    def _search(self, test: Callable[..., None], arguments: dict[str, Any]) -> None:
        """Run a check with every example measured; one at or above the threshold fails."""
        handle = getattr(test, "hypothesis", None)
        if handle is None:
            self._measured(test, drawn=False)(**arguments)
            return
        inner = handle.inner_test
        handle.inner_test = self._measured(inner, drawn=True)
        try:
            test(**arguments)
        finally:
            handle.inner_test = inner

    def _measured(self, inner: Callable[..., None], *, drawn: bool) -> Callable[..., None]:
        @functools.wraps(inner)
        def example(*args: Any, **kwargs: Any) -> None:
            pair = self._pair
            if pair is None:
                raise RuntimeError("a check that asks no subject")
            pair.begin_example()
            # What the check says of the base is not asked here.
            with contextlib.suppress(Deviation, SubjectCrashed):
                inner(*args, **kwargs)
            difference = pair.difference()
            amount = difference.amount if difference else 0.0
            if drawn:
                hypothesis.target(min(amount, _FARTHEST), label="distance of the two subjects")
            if difference is not None and amount > (self._best.amount if self._best else 0.0):
                self._best = difference
            if difference is not None and _reaches(amount, self._threshold):
                raise Differs(difference)

        return example

    def _minimal(
        self, test: Callable[..., None], arguments: dict[str, Any], best: Difference
    ) -> Difference:
        """A minimal example that differs by at least half as much as the best."""
        self._threshold = best.amount / 2
        try:
            self._search(test, arguments)
        except Differs as error:
            return error.difference
        except hypothesis.errors.Flaky:
            pass  # it did not come twice: it is shown as it was drawn
        return best

    def _keep(self, item: pytest.Item, api: str, difference: Difference) -> None:
        name = check_id(item)
        path = self._folder / (re.sub(r"[^\w.-]+", "_", name).strip("_") + ".py")
        text = repro.script(
            title=f"{api}: {name}",
            subject=self.other().fingerprint,
            setup=self.setup_text,
            spec=difference.spec,
            trace=difference.trace,
            step=difference.step,
            fetch=difference.fetch,
            expected=difference.base,
            radius=None,
            message=f"{difference.message}\nThe script expects what the other TensorFlow gives.",
        )
        files.write_text(path, text)
        self._found.append(Found(name, api, parameter(item, "dtype"), difference, path))


def _reaches(amount: float, threshold: float | None) -> bool:
    return threshold is not None and amount >= threshold


def _story(found: Found) -> str:
    difference = found.difference
    return "\n".join(
        [
            f"{found.api}  ({found.check})",
            "",
            difference.message,
            *minimal_inputs(difference.trace),
            "",
            "Repro (tensorflow and numpy alone):",
            "",
            found.repro.read_text("utf-8"),
        ]
    )
