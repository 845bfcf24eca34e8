"""The command line, ``tf-litmus``."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from conformance.errors import LitmusError
from conformance.options import complain
from conformance.pytest_process import INTERRUPTED, WRONG_USAGE

__all__ = ["main"]

# Each in a module of its own, imported when asked for: all of them together take a second.
_COMMANDS = (
    "bisect",
    "corpus",
    "diff",
    "exchange",
    "hunt",
    "matrix",
    "merge",
    "run",
    "sensitivity",
    "soundness",
    "subjects",
)


class _Commands(click.Group):
    """A group that shows our own errors as one line and exits with their status."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click gives it)
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"conformance.{cmd_name}_command")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LitmusError as error:
            complain(str(error))
            ctx.exit(error.exit_status)
        except BrokenPipeError:
            raise
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            complain(
                f"{where}{error.strerror or error}; choose another folder with --out, or make room"
            )
            ctx.exit(WRONG_USAGE)
        except KeyboardInterrupt:
            complain("interrupted")
            ctx.exit(INTERRUPTED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tf-litmus", prog_name="tf-litmus")
def main() -> None:
    """Show whether a TensorFlow computes what TF1-style graphs rely on.

    Every check runs the same inputs through a real TensorFlow and a NumPy reference, and reports
    each difference down to the bit.

    \b
    Examples:
      tf-litmus run                            check the TensorFlow beside tf-litmus
      tf-litmus run --tf 1.15 --tf 2.21        check two releases (each is installed at first use)
      tf-litmus run -k ExponentialMovingAverage
      tf-litmus diff 1.15 2.21                 what does the upgrade change?
      tf-litmus diff old/report.json new/      compare two runs already made
      tf-litmus matrix --tf 2.11..2.21         every release of a range, and each step between
      tf-litmus bisect --good 2.10 --bad 2.21 -k layers
      tf-litmus hunt 2.15 2.21 -k moments      on which input do they differ most?
      tf-litmus sensitivity                    how many faults would the checks notice?
      tf-litmus soundness --tf 2.21            do the checks ever raise a false alarm?
      tf-litmus subjects                       which releases can be run on this machine?

    \b
    A SUBJECT is one of:
      installed            the TensorFlow beside tf-litmus (the default)
      2.15  1.15.5         a release; `tf-litmus subjects` lists them
      2.21+tf_keras        a release with its legacy Keras 2
      venv/bin/python      a Python interpreter that has TensorFlow
      cmd:COMMAND          a command that starts a Python on its standard input and output:
                           "cmd:ssh gpu-box python3"
                           "cmd:docker run -i --rm tensorflow/tensorflow:1.15.5 python3"

    \b
    Exit status:
      0  as expected
      1  run: a deviation; diff: a regression
      2  wrong usage, or a file that cannot be read or written
      3  a subject could not be started
    """  # noqa: D301  (click takes a real backspace for "do not rewrap")
