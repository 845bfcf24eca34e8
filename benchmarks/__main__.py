"""The command: ``python benchmarks``."""

from __future__ import annotations

import datetime
import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from benchmarks import growth, memory, ordering, start, steady_state, whole_run, workers
from benchmarks.harness import ROOT, Bench, Row, loop_seconds
from conformance.errors import LitmusError
from conformance.options import complain, subject_option
from conformance.subject import Subject, worker_settings
from conformance.subjects import resolve
from conformance.turns import draw_from_seeds_alone
from reports import files
from reports.benchmarks_page import as_markdown, print_benchmarks, write_benchmarks_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.status import Status

    from conformance.subjects import Launch

SCHEMA = "tf-litmus/benchmarks/2"


@dataclass(frozen=True)
class Part:
    """A benchmark by its title; what it measures is told one row after the other."""

    title: str
    measures: tuple[Callable[[Bench], Iterator[Row]], ...]


PARTS = {
    "a": Part("One example in its steady state", (steady_state.measure,)),
    "b": Part("From a command to its verdict", (start.measure,)),
    "c": Part("Growth", (growth.measure, memory.measure)),
    "d": Part("Two processes", (workers.measure,)),
    "e": Part("Everything", (whole_run.measure,)),
    "f": Part("A litmus program", (ordering.measure,)),
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-p",
    "--part",
    "chosen",
    multiple=True,
    type=click.Choice(list(PARTS)),
    help="Take this part; may be given several times. All, unless given.",
)
@subject_option("The TensorFlow, as `tf-litmus run --tf` takes it.")
@click.option(
    "--quick", is_flag=True, help="Fewer and smaller samples: to see that all works, not to keep."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=ROOT / "benchmarks" / "out",
    metavar="DIR",
    help="The folder for benchmarks.json and index.html (default: benchmarks/out).",
)
@click.option(
    "--markdown",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what DIR holds as a page in Markdown too.",
)
def main(
    chosen: tuple[str, ...], subject: str, quick: bool, out: Path, markdown: Path | None
) -> None:
    """Measure what the suite costs, and write DIR/benchmarks.json and DIR/index.html.

    Every number is a ratio, or a difference, of things measured in turn within one run: seconds of
    two machines, or of one machine on two days, say nothing about each other. Bounds are shown as
    kept or not; the exit status does not depend on them. Leave the machine alone meanwhile.

    \b
    Parts:
      a  one example, its graph built: beside session.run alone, and the textbook way
      b  from `pytest -k ema` to its verdict, beside TensorFlow's import
      c  time by examples, checks and elements; memory over 10,000 examples
      d  one and two processes of pytest-xdist
      e  the whole default run, beside TensorFlow's import
      f  a litmus program, beside its session runs

    \b
    Examples:
      python benchmarks --quick           all parts in a few minutes
      python benchmarks --tf 2.21         all parts, as they are kept
      python benchmarks -p a -p b         these two; parts taken before stay on the page

    A part that fails is shown with its reason, and the others go on. What has been measured stays
    when the command is interrupted.
    """  # noqa: D301  (click takes a real backspace for "do not rewrap")
    draw_from_seeds_alone()  # as checks do
    console = Console(stderr=True)
    try:
        launch = resolve(subject)
        fingerprint = _fingerprint(launch)
    except LitmusError as error:
        complain(str(error))
        sys.exit(error.exit_status)
    document = {
        "schema": SCHEMA,
        "tensorflow": fingerprint["tensorflow"],
        "subject": fingerprint["python"],
        "machine": {
            "cores": os.cpu_count(),
            "cpu": fingerprint["cpu"],
            "platform": platform.platform(),
            "driver": platform.python_version(),
        },
        "quick": quick,
        "parts": {},
    }
    document["parts"] = _before(out, document)
    interrupted = False
    with tempfile.TemporaryDirectory(prefix="tf-litmus-benchmarks-") as scratch:
        for name in chosen or PARTS:
            with console.status(PARTS[name].title) as status:
                bench = Bench(subject, launch, quick, _teller(console, status), Path(scratch))
                part = _taken(PARTS[name], bench)
            interrupted = part["error"] == "interrupted"
            document["parts"][name] = part
            document["parts"] = dict(sorted(document["parts"].items()))
            write_benchmarks_page(out / "index.html", document)
            files.write_json(out / "benchmarks.json", document)
            said = part["error"] or f"{part['seconds']:.0f} s"
            console.print(f"({name}) {part['title']}: {said}", markup=False, highlight=False)
            if interrupted:
                break
    if markdown is not None:
        files.write_text(markdown, as_markdown(document))
    print_benchmarks(document, Console())
    click.echo(f"benchmarks: {out / 'benchmarks.json'}\npage:       {out / 'index.html'}")
    sys.exit(130 if interrupted else 0)


def _taken(part: Part, bench: Bench) -> dict[str, Any]:
    """Measure one part as far as it goes; what stops it becomes its ``error``."""
    began, error = time.monotonic(), None
    loops = [loop_seconds()]
    rows: list[dict[str, Any]] = []
    try:
        for one in part.measures:
            rows.extend(row.as_json() for row in one(bench))
    except KeyboardInterrupt:
        error = "interrupted"
    except Exception as failure:  # whatever it is, the other parts can be measured
        error = " ".join(f"{type(failure).__name__}: {failure}".split())
    loops.append(loop_seconds())
    return {
        "title": part.title,
        "about": " ".join(
            (sys.modules[one.__module__].__doc__ or "").partition(") ")[2] for one in part.measures
        ),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - began, 1),
        "loops": loops,
        "error": error,
        "rows": rows,
    }


def _before(out: Path, document: dict[str, Any]) -> dict[str, Any]:
    """Return the parts that an earlier command has measured of the same, on the same machine."""
    try:
        before = json.loads((out / "benchmarks.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    same = all(before.get(name) == value for name, value in document.items() if name != "parts")
    return dict(before["parts"]) if same else {}


def _fingerprint(launch: Launch) -> dict[str, Any]:
    subject = Subject(launch, worker_settings())
    try:
        return subject.fingerprint
    finally:
        subject.close()


def _teller(console: Console, status: Status) -> Callable[[str], None]:
    """Return what shows the step that is taken now: in place on a terminal, else not at all."""
    title = status.status
    return lambda what: status.update(f"{title}: {what}") if console.is_terminal else None


if __name__ == "__main__":
    main()
