"""One worker process: started, spoken to with a deadline, and its death told as what it was."""

from __future__ import annotations

import collections
import contextlib
import importlib.resources
import json
import os
import selectors
import shlex
import signal
import subprocess
import threading
import time
from typing import IO, TYPE_CHECKING, Any

import ml_dtypes
import numpy as np

from conformance.errors import SubjectUnavailable
from conformance.worker import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.subjects import Launch

# All a Python needs on its command line; the rest of the worker arrives through the pipe.
BOOTSTRAP = (
    "import sys;stdin=sys.stdin.buffer;exec(stdin.read(int(stdin.readline())).decode('utf-8'))"
)

IMPORT_SECONDS = 300.0
_STDERR_LINES = 40
# A remote shell may greet before the Python it starts speaks; more than this is not a greeting.
_GREETING_BYTES = 65536
_CHUNK_BYTES = 1 << 16


class WorkerLost(Exception):
    """The worker died, or said something that is no frame; the message says which."""


class WorkerTimedOut(Exception):
    """The worker did not answer within the deadline and was killed."""


class WorkerProcess:
    """A Python with TensorFlow that answers requests over its stdin and stdout.

    Starting returns at once; `fingerprint` waits for TensorFlow to be imported.
    """

    def __init__(self, launch: Launch, settings: Mapping[str, Any]) -> None:
        self._launch = launch
        self._setup = (settings.get("setup") or {}).get("filename")
        self._fingerprint: dict[str, Any] | None = None
        self._unavailable: SubjectUnavailable | None = None
        self._stderr_tail: collections.deque[str] = collections.deque(maxlen=_STDERR_LINES)
        bootstrap = shlex.quote(BOOTSTRAP) if launch.remote_shell else BOOTSTRAP
        try:
            self._process = subprocess.Popen(
                [*launch.argv, "-u", "-c", bootstrap],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                # Its own process group: a deadline ends whatever it started, and Ctrl-C at the
                # terminal reaches the driver alone, which then ends the worker.
                start_new_session=True,
            )
        except OSError as error:
            raise SubjectUnavailable(
                f"{launch.name}: cannot start {launch.argv[0]!r}: {error.strerror}"
            ) from error
        self._stdin = _pipe(self._process.stdin)
        self._stdout = _pipe(self._process.stdout)
        # A deadline holds for writing too: a pipe nobody reads from is soon full.
        os.set_blocking(self._stdin.fileno(), False)
        self._stderr_reader = threading.Thread(
            target=self._collect_stderr, args=(_pipe(self._process.stderr),), daemon=True
        )
        self._stderr_reader.start()
        self._unread = bytearray()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stdout, selectors.EVENT_READ)
        # What is sent first may be more than a pipe holds, and a remote Python starts slowly.
        self._greeter = threading.Thread(target=self._greet, args=(settings,), daemon=True)
        self._greeter.start()

    def _greet(self, settings: Mapping[str, Any]) -> None:
        boot = _source("boot.py").encode()
        setting = {**settings, "env": dict(self._launch.env), "sources": worker_sources()}
        # Without an answer in time, `fingerprint` says so.
        with contextlib.suppress(WorkerTimedOut):
            self._send(
                b"%d\n%b%b\n" % (len(boot), boot, json.dumps(setting).encode("utf-8")),
                time.monotonic() + IMPORT_SECONDS,
            )

    def fingerprint(self) -> dict[str, Any]:
        """What this subject is; waits until TensorFlow is imported.

        Raises
        ------
        SubjectUnavailable
            The Python did not start, has no TensorFlow, or a set-up file failed.
        """
        if self._unavailable is not None:
            raise self._unavailable
        if self._fingerprint is None:
            try:
                self._fingerprint = self._first_reply()
            except SubjectUnavailable as error:
                self.kill()
                self._unavailable = error
                raise
        return self._fingerprint

    def _first_reply(self) -> dict[str, Any]:
        deadline = time.monotonic() + IMPORT_SECONDS
        try:
            self._skip_greeting(deadline)
            header, _ = frames.decode(self._reader(deadline), _dtype)
        except (WorkerLost, WorkerTimedOut, frames.BadFrame) as error:
            reason = str(error) or f"it said nothing within {IMPORT_SECONDS:g} s"
            raise SubjectUnavailable(
                f"{self._launch.name}: no worker answered: {reason}"
                f"{self._last_words()}; does `{shlex.join(self._launch.argv)}` start a Python "
                "that can import tensorflow?"
            ) from error
        if "unavailable" in header:
            raise SubjectUnavailable(self._why_unavailable(header))
        return {
            **header["fingerprint"],
            "package": self._launch.package,
            "flavour": self._launch.flavour,
        }

    def request(
        self, header: Mapping[str, Any], arrays: Sequence[np.ndarray], seconds: float
    ) -> tuple[dict[str, Any], list[np.ndarray]]:
        """Send one request and wait for its reply.

        Raises
        ------
        WorkerLost, WorkerTimedOut
            The process is gone; a new one is needed.
        """
        self.fingerprint()
        deadline = time.monotonic() + seconds
        try:
            self._send(frames.encode(header, arrays), deadline)
            reply, values = frames.decode(self._reader(deadline), _dtype)
        except WorkerTimedOut as error:
            self.kill()
            raise WorkerTimedOut(f"no answer within {seconds:g} s") from error
        except frames.BadFrame as error:
            self.kill()
            raise WorkerLost(f"the worker broke the protocol: {error}") from error
        return reply, values

    @property
    def pid(self) -> int:
        """The process's number on this machine."""
        return self._process.pid

    @property
    def stderr_tail(self) -> list[str]:
        """The last lines the process wrote to its standard error."""
        return list(self._stderr_tail)

    def close(self) -> None:
        """End the process by closing its pipe; kill it when that is not enough."""
        # One that is still importing TensorFlow would notice after seconds.
        if self._fingerprint is not None:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                self._stdin.close()
                self._process.wait(timeout=2)
        self.kill()

    def kill(self) -> None:
        """End the process and all it started, now."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self._process.kill()
        self._process.wait()
        # Its pipe has no reader now, which ends it.
        self._greeter.join(timeout=2)
        self._selector.close()
        self._stdin.close()
        self._stdout.close()

    def _send(self, data: bytes, deadline: float) -> None:
        unsent = memoryview(data)
        while unsent:
            try:
                unsent = unsent[os.write(self._stdin.fileno(), unsent) :]
            except BlockingIOError:
                self._wait_until_writable(deadline)
            except BrokenPipeError:
                # The reason is known when the reply is read: the pipe ends there too.
                return

    def _wait_until_writable(self, deadline: float) -> None:
        remaining = deadline - time.monotonic()
        with selectors.DefaultSelector() as writable:
            writable.register(self._stdin, selectors.EVENT_WRITE)
            if remaining <= 0 or not writable.select(remaining):
                raise WorkerTimedOut

    def _reader(self, deadline: float) -> Callable[[int], bytes]:
        """Return `frames.decode`'s ``read``: of what has arrived, or of what arrives in time."""

        def read(count: int) -> bytes:
            while len(self._unread) < count:
                remaining = deadline - time.monotonic()
                if remaining <= 0 or not self._selector.select(remaining):
                    raise WorkerTimedOut
                chunk = os.read(self._stdout.fileno(), _CHUNK_BYTES)
                if not chunk:
                    raise WorkerLost(self._cause_of_death())
                self._unread += chunk
            taken = bytes(self._unread[:count])
            del self._unread[:count]
            return taken

        return read

    def _skip_greeting(self, deadline: float) -> None:
        read = self._reader(deadline)
        seen = b""
        while not seen.endswith(frames.MAGIC):
            seen += read(1)
            if len(seen) > _GREETING_BYTES:
                raise WorkerLost(f"it printed {seen[:60]!r}… instead of a frame")
        self._unread[:0] = frames.MAGIC

    def _cause_of_death(self) -> str:
        try:
            status = self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            return "it closed its output without ending"
        self._stderr_reader.join(timeout=2)
        if status < 0:
            return f"killed by {_signal_name(-status)}"
        # A shell, and a container, tell that a signal ended what they started by 128 + its number.
        by = f" ({_signal_name(status - 128)})" if status > 128 else ""
        return f"ended with exit status {status}{by}"

    def _last_words(self) -> str:
        spoken = [line for line in self._stderr_tail if line.strip()]
        return f" ({spoken[-1].strip()})" if spoken else ""

    def _why_unavailable(self, header: Mapping[str, Any]) -> str:
        reason = header["unavailable"]
        python = shlex.join(self._launch.argv)
        if header["during"] == "setup":
            reason = reason.removeprefix("RuntimeError: ")
            return f"{self._launch.name}: --setup {self._setup}: {reason}; correct the file"
        if "no TensorFlow in this Python" in reason:
            return (
                f"{self._launch.name}: {reason.removeprefix('ImportError: ')}; install one, such "
                f"as `{python} -m pip install tensorflow`"
            )
        return f"{self._launch.name}: TensorFlow cannot be imported by {python}: {reason}"

    def _collect_stderr(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self._stderr_tail.append(line.decode("utf-8", "replace").rstrip())


def worker_sources() -> dict[str, dict[str, Any]]:
    """The worker's modules by the name the subject imports them under."""
    sources: dict[str, dict[str, Any]] = {}
    for package, folder in (("tf_litmus_worker", ()), ("tf_litmus_worker.graphs", ("graphs",))):
        directory = importlib.resources.files("conformance.worker").joinpath(*folder)
        for entry in directory.iterdir():
            if not entry.name.endswith(".py") or entry.name == "boot.py":
                continue
            stem = entry.name.removesuffix(".py")
            name = package if stem == "__init__" else f"{package}.{stem}"
            sources[name] = {"text": entry.read_text("utf-8"), "package": stem == "__init__"}
    return sources


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _source(name: str) -> str:
    return importlib.resources.files("conformance.worker").joinpath(name).read_text("utf-8")


def _dtype(name: str) -> np.dtype[Any]:
    return np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the worker was started without this pipe")
    return stream
