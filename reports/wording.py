"""How outcomes, classes and numbers are worded, the same in a terminal and on a page."""

from __future__ import annotations

import math
import re
from typing import NamedTuple


class Word(NamedTuple):
    """How a name is shown: a sign that needs no colour, the words, and the colour's tone."""

    sign: str
    words: str
    tone: str


OUTCOMES = {
    "crashed": Word("‼", "crashed", "bad"),
    "timed_out": Word("…", "timed out", "bad"),
    "failed": Word("✕", "failed", "bad"),
    "missing": Word("∅", "missing", "lost"),
    "expected": Word("†", "expected", "drift"),
    "passed": Word("✓", "passed", "good"),
}

CLASSES = {
    "regression": Word("✕", "regression", "bad"),
    "lost": Word("∅", "lost", "lost"),
    "fewer_comparisons": Word("−", "compares less", "bad"),
    "new_failing": Word("‼", "newly failing", "bad"),
    "deviates": Word("†", "newly deviates", "drift"),
    "drifted": Word("≠", "drifted", "drift"),
    "incomparable": Word("?", "incomparable", "plain"),
    "still_failing": Word("✕", "still failing", "bad"),
    "fixed": Word("✓", "fixed", "good"),
    "new": Word("+", "new", "good"),
    "unchanged": Word("=", "unchanged", "plain"),
}

MUTANTS = {
    "killed": Word("✓", "killed", "good"),
    "survived": Word("✕", "survived", "bad"),
    "not applicable": Word("∅", "not applicable", "plain"),
    "broken": Word("‼", "broken", "lost"),
}

BITS = {"equal": "= equal", "differ": "≠ differ", None: "–"}
# The worst error of a check with other bits, in radii of its ball.
ACCURACY = {"better": "less error", "worse": "more error", "equal": "same error"}


def count(number: int) -> str:
    """Write a whole number with thin spaces between thousands: ``184 320``."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def measure(number: float | str | None) -> str:
    """Write a measure to three significant digits: ``0.42``, ``1.4×10³``, ``∞``, ``NaN``, ``–``."""
    if number is None:
        return "–"
    value = float(number)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        digits = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    else:
        mantissa, exponent = f"{value:.1e}".split("e")
        digits = f"{mantissa}×10{superscript(int(exponent))}"
    return digits.replace("-", "−")


def superscript(number: int) -> str:
    """Write a whole number in superior figures."""
    return str(number).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def plural(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 check``, ``2 checks``."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


_NO_KERNEL = re.compile(r"No OpKernel was registered to support Op '(\w+)'")


def short_reason(reason: str, limit: int = 90) -> str:
    """Say in a part of one line why a check has no verdict.

    TensorFlow's account of a kernel it lacks names the devices, the attributes and every kernel it
    has; the operation says it all.
    """
    if kernel := _NO_KERNEL.search(reason):
        return f"no kernel for {kernel[1]}"
    line = reason.partition("\n")[0]
    return line if len(line) <= limit else line[: limit - 1].rpartition(" ")[0] + " …"
