"""How small an error of TensorFlow the judge catches, beside what usual tolerances would.

    python benchmarks/numerical_sensitivity.py [--tf SUBJECT] [--examples N] [-k EXPR]
        [--markdown FILE]

Runs the checks and looks at every array that is judged by a ball. If TensorFlow's array were off by
a relative error e, the same for all elements, the judge would catch it from some e on: the smallest
over the elements of (radius - |observed - centre|) / |observed|. The same is asked of tolerances in
use: |observed - expected| <= atol + rtol |expected|, with the ball's centre as what is expected.
All in units of the dtype's roundoff u; medians over the arrays, by API and dtype.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from conformance import judge
from reference_impls.balls import Ball, measured
from reference_impls.balls.formats import format_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Observed
    from conformance.trace import Array

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "numerical_sensitivity.md"

# (rtol, atol) by dtype. TensorFlow's own tests: the defaults of assertAllClose and
# assertAllCloseAccordingToType (tensorflow/python/framework/test_util.py). PyTorch:
# torch.testing.assert_close. ONNX: the backend test runner.
TOLERANCES: dict[str, dict[str, tuple[float, float]]] = {
    "TensorFlow": {
        "float64": (1e-6, 1e-6),
        "float32": (1e-6, 1e-6),
        "float16": (1e-3, 1e-3),
        "bfloat16": (1e-2, 1e-2),
    },
    "PyTorch": {
        "float64": (1e-7, 1e-7),
        "float32": (1.3e-6, 1e-5),
        "float16": (1e-3, 1e-5),
        "bfloat16": (1.6e-2, 1e-5),
    },
    "ONNX": dict.fromkeys(("float64", "float32", "float16", "bfloat16"), (1e-3, 1e-7)),
}


class Collector:
    """Sees every ball that is judged while the checks of one process run."""

    def __init__(self) -> None:
        self.caught: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self.api = self.tensorflow = ""
        judge.listen(self._see)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Function) -> None:
        """Note whose arrays come next."""
        self.tensorflow = item.funcargs["subject"].fingerprint["tensorflow"]
        mark = item.get_closest_marker("api")
        self.api = str(mark.args[0]) if mark else ""

    def _see(self, observed: Observed, expected: judge.Expected) -> None:
        if isinstance(expected, judge.Raises):
            return
        for values, wanted in zip(observed.steps, expected, strict=False):
            for name, value in values.items():
                ball = wanted.get(name)
                if isinstance(ball, Ball) and value.shape == ball.shape:
                    self._measure(value, ball)

    def _measure(self, value: Array, ball: Ball) -> None:
        inside, _ = measured(ball, value)
        wide = np.asarray(value).astype(ball.centre.dtype)
        usual = np.isfinite(wide) & (wide != 0) & np.isfinite(ball.radius)
        if not inside.all() or not usual.any():
            return
        got, centre, radius = (
            np.asarray(one)[usual].astype(np.float64) for one in (wide, ball.centre, ball.radius)
        )
        unit = float(format_of(ball.dtype).unit_roundoff)
        rows = self.caught[self.api, ball.dtype]
        rows["tf-litmus"].append(_smallest(radius, got, centre, unit))
        for whose, tolerances in TOLERANCES.items():
            rtol, atol = tolerances[ball.dtype]
            rows[whose].append(_smallest(atol + rtol * np.abs(centre), got, centre, unit))


def _smallest(allowed: Array, got: Array, centre: Array, unit: float) -> float:
    return float(np.min((allowed - np.abs(got - centre)) / np.abs(got)) / unit)


HEAD = """\
# How small an error is caught

Measured on TensorFlow {subject} by `benchmarks/numerical_sensitivity.py`: the relative error, the
same for all elements of an array, from which on the judge does not let it pass, in units of the
dtype's roundoff u (2⁻²⁴ for float32). Medians over the arrays that the checks compared with balls.

Beside it, what would be caught on the same arrays by the tolerances that are the defaults of
TensorFlow's own tests, of PyTorch's and of ONNX's. A negative number is a false alarm: such a
tolerance refuses what rounding alone explains. Where arithmetic is determined, checks compare
bits; those are not in this table.

| API | dtype | arrays | tf-litmus | {others} |
| --- | --- | --- | --- |{rules}
"""


def page(caught: dict[tuple[str, str], dict[str, list[float]]], subject: str) -> str:
    """Return the page in Markdown."""
    head = HEAD.format(
        subject=subject, others=" | ".join(TOLERANCES), rules=" --- |" * len(TOLERANCES)
    )
    return head + "".join(f"{row}\n" for row in _rows(caught))


def _rows(caught: dict[tuple[str, str], dict[str, list[float]]]) -> Iterator[str]:
    for (api, dtype), by in sorted(caught.items()):
        cells = [f"{statistics.median(values):.3g}" for values in by.values()]
        yield f"| `{api}` | {dtype} | {len(by['tf-litmus'])} | " + " | ".join(cells) + " |"


def main() -> None:
    """Run the checks, then write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tf", default="installed", metavar="SUBJECT")
    parser.add_argument("--examples", type=int, default=25)
    parser.add_argument("-k", dest="select", default="")
    parser.add_argument("--markdown", type=Path, default=PAGE, metavar="FILE")
    options = parser.parse_args()
    collector = Collector()
    arguments: list[Any] = [str(ROOT / "conformance" / "checks")]
    arguments += ["-c", str(ROOT / "conformance" / "pytest.ini"), "--tf", options.tf]
    arguments += ["--examples", str(options.examples), "-k", options.select, "-q"]
    arguments += ["--litmus-out", str(ROOT / "benchmarks" / "out")]
    status = pytest.main(arguments, plugins=[collector])
    if status not in (0, 1):
        sys.exit(int(status))
    if not collector.caught:
        sys.exit("none of these checks compared an array with a ball: nothing is written")
    options.markdown.write_text(page(collector.caught, collector.tensorflow), encoding="utf-8")
    print(f"written: {options.markdown}")


if __name__ == "__main__":
    main()
