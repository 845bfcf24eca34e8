"""One pytest run on one subject: starts the subject, records verdicts, writes the report."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from _pytest.junitxml import xml_key
from rich.console import Console

from conformance import corpus, corpus_replay, floors, subjects, verdicts
from conformance.errors import LitmusError, UsageError
from conformance.recorder import Recorder
from conformance.subject import Subject, worker_settings
from reports import ctrf, files, html, markdown, outputs, terminal

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from conformance.subjects import Launch

CHECKS = Path(__file__).parent / "checks"
# Where a process of xdist leaves what it has replayed for the one that writes the report.
_REPLAYED = "tf-litmus-replayed"


class Run:
    """One pytest run: its subject, its report, and the hooks that fill it."""

    def __init__(self, config: pytest.Config, default_examples: int) -> None:
        self.default_examples = default_examples
        self._session: pytest.Session | None = None
        self._config = config
        self.is_xdist_worker = hasattr(config, "workerinput")
        self.is_xdist_controller = not self.is_xdist_worker and bool(
            config.getoption("numprocesses", None) or config.getoption("tx", None)
        )
        self.examples: int = config.getoption("examples")
        # Why the run cannot go on, and the exit status that means.
        self._stopped: tuple[str, int] | None = None
        self._subject: Subject | None = None
        self._subject_error: LitmusError | None = None
        setup = config.getoption("litmus_setup")
        self._setup_path = Path(setup).resolve() if setup else None
        self.setup_text = _read_setup(self._setup_path) if self._setup_path else None
        self._out = Path(config.getoption("litmus_out")).resolve()
        self._recorder = Recorder(
            self._out,
            {
                "examples": self.examples,
                "seed": _seed(config),
                "select": config.getoption("keyword") or None,
                "setup": self._setup_path.name if self._setup_path else None,
                "enlarge": config.getoption("enlarge"),
            },
        )
        self._replay: corpus_replay.Replay | None = None
        self._junit: Path | None = None
        if (
            not self.is_xdist_worker
            and selects_checks(config)
            and config.getoption("xmlpath", None) is None
        ):
            # Until the subject has said what it is, its folder has no name.
            self._junit = Path(tempfile.gettempdir()) / f"tf-litmus-junit-{os.getpid()}.xml"
            config.option.xmlpath = str(self._junit)

    def subject(self) -> Subject:
        """The subject, made at the first call.

        Raises
        ------
        LitmusError
            It cannot be made; the same error at every call.
        """
        if self._subject_error is not None:
            raise self._subject_error
        if self._subject is None:
            try:
                self._subject = self.started(self._config.getoption("tf"))
            except LitmusError as error:
                self._subject_error = error
                raise
        return self._subject

    def started(self, name: str) -> Subject:
        """Return a subject that imports TensorFlow now.

        Raises
        ------
        LitmusError
            It cannot be made.
        """
        setup = self._setup_path
        subject = self.make_subject(
            subjects.resolve(name),
            worker_settings(
                self._config.getoption("profile"),
                {"text": self.setup_text, "filename": str(setup)} if setup else None,
            ),
        )
        subject.start()
        return subject

    def make_subject(self, launch: Launch, settings: dict[str, Any]) -> Subject:
        """Return a subject that is not started."""
        return Subject(launch, settings)

    def begin(self, item: pytest.Item) -> Subject:  # noqa: ARG002  (others need the item)
        """Return the subject for a check, counting anew.

        Raises
        ------
        LitmusError
            There is none.
        """
        subject = self.subject()
        _ = subject.fingerprint  # waits until TensorFlow is imported, or says why it cannot be
        subject.begin_check()
        return subject

    def give_up(self, error: LitmusError) -> NoReturn:
        """End the run because there is no subject."""
        self._stopped = (str(error), error.exit_status)
        # pytest writes no summary after an exit.
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            self._print_summary(reporter)
        pytest.exit("no subject", error.exit_status)

    # pytest's hooks ------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Remember the session, which a missing subject stops."""
        self._session = session

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Start the worker: TensorFlow is imported while inputs are read and checks collected."""
        if not selects_checks(self._config):
            return
        if not self.is_xdist_controller:
            # Why it cannot be started is said by the first check.
            with contextlib.suppress(LitmusError):
                self.subject()
        self._replay = self._corpus_replay()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Wait until TensorFlow is imported; without it no check need be tried."""
        if self.is_xdist_worker or self.is_xdist_controller or session.config.option.collectonly:
            return
        if not any(item.get_closest_marker("api") for item in session.items):
            return
        try:
            _ = self.subject().fingerprint
        except LitmusError as error:
            self.give_up(error)

    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Replay the frozen inputs of a check, whose graphs are still there."""
        if self._replay is None or self._subject is None or not item.get_closest_marker("api"):
            return
        try:
            self._replay.after(verdicts.check_id(item), self._subject)
        except LitmusError as error:
            self._replay = None
            self._warn(str(error))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn what happened to a check into its verdict."""
        report = yield
        verdicts.give_verdict(self, item, call, report)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Record a verdict; of xdist's processes the controller does it."""
        verdict = getattr(report, "litmus", None)
        if verdict is not None and not self.is_xdist_worker:
            self._take(json.loads(verdict))

    # The innermost wrapper: when pytest's own have written junit.xml, and before the summary.
    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Finish the report and set the exit status the contract gives."""
        with self._told_when_unwritable():
            yield
        if self.is_xdist_worker:
            if self._replay is not None:
                self._config.workeroutput[_REPLAYED] = self._replay.encoded()  # type: ignore[attr-defined]
            return
        interrupted = session.exitstatus == pytest.ExitCode.INTERRUPTED
        with self._told_when_unwritable():
            self._finish(incomplete=bool(interrupted or session.shouldstop or session.shouldfail))
        status = self._exit_status()
        if status is not None:
            session.exitstatus = status

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a process of xdist has replayed, if it has lived to tell."""
        encoded = getattr(node, "workeroutput", {}).get(_REPLAYED)
        if encoded is not None and self._replay is not None:
            self._replay.join(*encoded)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the run by API, and where the report is."""
        self._print_summary(terminalreporter)

    def pytest_unconfigure(self) -> None:
        """End the worker."""
        if self._subject is not None:
            self._subject.close()

    # ----------------------------------------------------------------------------------------------

    def _take(self, verdict: dict[str, Any]) -> None:
        """Take one test's verdict, or the news that there is no subject."""
        if "unavailable" in verdict:
            self._stop(verdict["unavailable"], verdict["status"])
            return
        with self._told_when_unwritable():
            self._recorder.add(verdict["subject"], verdict["check"])

    def _stop(self, reason: str, status: int) -> None:
        self._stopped = self._stopped or (reason, status)
        # With xdist it is not the session that has the loop.
        for loop in (self._session, self._config.pluginmanager.get_plugin("dsession")):
            if loop is not None:
                loop.shouldstop = reason

    @contextlib.contextmanager
    def _told_when_unwritable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = error.filename or self._out
            self._stop(
                f"{where}: {error.strerror}; choose another folder for the report, or make room",
                UsageError.exit_status,
            )

    def _judge_floors(self) -> None:
        """Record APIs of which less was compared than their floor."""
        if not selects_all_checks(self._config):
            return  # floors speak of the whole of an API
        scale = min(1.0, self.examples / self.default_examples)
        for name, compared, floor in floors.below(self._recorder.checks, scale):
            message = (
                f"{name}: {compared} comparisons, below the floor of {floor}: checks of it compare "
                "less than they did; find out why, or lower the floor in floors.toml"
            )
            self._recorder.add(
                self._recorder.fingerprint,
                {
                    "id": f"floor::{name}",
                    "api": name,
                    "dtype": None,
                    "outcome": "failed",
                    "examples": 0,
                    "comparisons": 0,
                    "unclaimed": 0,
                    "seconds": 0.0,
                    "worst": {"bound_fraction": None, "ulp": None},
                    "bits": None,
                    "inputs": None,
                    "reason": None,
                    "failure": verdicts.bare_failure("floor", message),
                },
            )

    def _corpus_replay(self) -> corpus_replay.Replay | None:
        """What replays the frozen inputs; None where that is not wanted, or not possible."""
        if any(map(self._config.getoption, ("no_corpus", "gather"))):
            return None
        try:
            return corpus_replay.Replay(corpus.load())
        except LitmusError as error:
            self._warn(str(error))
            return None

    def _warn(self, message: str) -> None:
        self._config.issue_config_time_warning(pytest.PytestWarning(message), 2)

    def _exit_status(self) -> int | None:
        """The exit status of the contract, or None to leave pytest's."""
        if self._stopped is not None:
            return self._stopped[1]
        bad = {"failed", "crashed", "timed_out"}
        if any(check["outcome"] in bad for check in self._recorder.checks):
            return 1
        return None

    def _finish(self, *, incomplete: bool) -> None:
        """Write the finished report, its page, and junit.xml beside them."""
        junit = self._take_junit()
        folder = self._recorder.folder
        if folder is None:
            return
        if not incomplete:
            self._judge_floors()
        (folder / outputs.NAME).unlink(missing_ok=True)
        if self._replay is not None:
            self._recorder.corpus = self._replay.write(folder)
        self._recorder.write(incomplete=incomplete)
        document = self._recorder.document(incomplete=incomplete)
        html.write_run_page(folder / "index.html", document)
        files.write_json(folder / "ctrf.json", ctrf.document(document))
        markdown.to_step_summary(markdown.of_run(document))
        if junit is not None:
            files.write_text(folder / "junit.xml", junit)

    def _take_junit(self) -> str | None:
        """Take what pytest has written away, so that it does not tell of it."""
        if self._junit is None or not self._junit.exists():
            return None
        text = self._junit.read_text("utf-8")
        self._junit.unlink()
        self._config.pluginmanager.unregister(self._config.stash[xml_key])
        del self._config.stash[xml_key]
        return text

    def _print_summary(self, terminalreporter: Any) -> None:
        """Print the run by API, and where the report is."""
        if self._stopped is not None:
            terminalreporter.write_line(f"error: {self._stopped[0]}", red=True)
            return
        folder = self._recorder.folder
        if folder is None:
            return
        terminalreporter.section("tf-litmus")
        document = self._recorder.document(incomplete=False)
        if self._config.getoption("litmus_format") == "markdown":
            terminalreporter.write_line(markdown.of_run(document))
        else:
            terminal.print_run(document, Console(file=terminalreporter._tw._file))
        terminalreporter.write_line(f"report: {folder / 'report.json'}")
        terminalreporter.write_line(f"page:   {folder / 'index.html'}")
        kept = self._recorder.corpus
        if kept is not None:
            terminalreporter.write_line(
                f"corpus: {kept['entries']} frozen inputs replayed in {kept['seconds']:.1f} s, "
                f"outputs in {folder / kept['file']}"
            )
        if self._junit is not None:
            terminalreporter.write_line(f"junit:  {folder / 'junit.xml'}")


def selects_checks(config: pytest.Config) -> bool:
    """Whether the command line's paths have checks of this suite in them."""
    for argument in config.args:
        path = Path(argument.split("::", 1)[0]).resolve()
        if path == CHECKS or path in CHECKS.parents or CHECKS in path.parents:
            return True
    return False


def selects_all_checks(config: pytest.Config) -> bool:
    """Whether the command line leaves no check out."""
    folders = [Path(argument).resolve() for argument in config.args]
    return any(one == CHECKS or one in CHECKS.parents for one in folders) and not any(
        config.getoption(option, None)
        for option in ("keyword", "markexpr", "deselect", "ignore", "ignore_glob")
    )


def _read_setup(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise pytest.UsageError(f"--setup {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise pytest.UsageError(f"--setup {path}: not a text in UTF-8 ({error})") from None


def _seed(config: pytest.Config) -> int:
    seed = config.getoption("hypothesis_seed")
    try:
        return int(seed)
    except ValueError:
        raise pytest.UsageError(f"--hypothesis-seed {seed}: give an integer") from None
