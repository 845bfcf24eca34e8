"""What examples are drawn follows from seeds alone; many of them are drawn in turns."""

from __future__ import annotations

import pytest

from conformance import turns
from conformance.turns import ExampleTurns

EXAMPLES = 2 * turns.MOST_AT_ONCE + 100
CHECK = """\
from pathlib import Path

from hypothesis import given, strategies

from conformance.marks import api

HERE = Path(__file__).parent


@api("tf.nn.moments")
@given(number=strategies.integers(0, 2**62))
def test_drawing(subject, number):
    with (HERE / "drawn").open("a") as stream:
        stream.write(f"{number}\\n")
    assert str(number) != (HERE / "wrong").read_text()
"""


@pytest.fixture
def drawn(litmus):
    """Return a function that runs a check which fails for one number, and gives what it drew."""
    (litmus.checks / "test_drawing.py").write_text(CHECK, encoding="utf-8")
    path = litmus.checks / "drawn"

    def run(examples, *arguments, wrong=""):
        path.unlink(missing_ok=True)
        (litmus.checks / "wrong").write_text(wrong, encoding="utf-8")
        ran = litmus("--examples", examples, "-k", "test_drawing", "--no-shrink", *arguments)
        return ran, path.read_text("utf-8").split()

    return run


@pytest.mark.parametrize(
    ("examples", "count", "each"),
    [(1, 1, 1), (500, 1, 500), (501, 2, 251), (1000, 2, 500), (10000, 20, 500)],
)
def test_turns_are_as_few_as_can_be_and_alike(examples, count, each):
    made = ExampleTurns(examples)
    assert (made.count, made.examples) == (count, each)


def test_no_two_turns_draw_alike_and_two_runs_do(drawn):
    ran, numbers = drawn(EXAMPLES)
    assert ran.status == 0, ran.output
    assert EXAMPLES <= len(numbers) < EXAMPLES + 3
    # Small numbers, and the edges, come in every turn.
    assert len(set(numbers)) > 0.9 * EXAMPLES
    assert drawn(EXAMPLES)[1] == numbers


def test_a_failure_of_a_later_turn_is_one(drawn):
    _, numbers = drawn(EXAMPLES)
    wrong = next(one for one in numbers[turns.MOST_AT_ONCE :] if numbers.count(one) == 1)
    ran, again = drawn(EXAMPLES, wrong=wrong)
    assert ran.status == 1
    assert again[: numbers.index(wrong) + 1] == numbers[: numbers.index(wrong) + 1]
    assert wrong in ran.output


def test_a_hunt_is_one_turn(drawn, stub_python):
    ran, numbers = drawn(EXAMPLES, "--against", stub_python)
    assert ran.status == 0, ran.output
    # In turns as long as each other it would be one more.
    assert len(numbers) == EXAMPLES


def test_constants_in_the_source_of_other_modules_change_no_inputs(drawn, litmus):
    litmus.write("many_constants.py", f"NUMBERS = {list(range(10**9, 10**9 + 100))}\n")
    ran, numbers = drawn(200, "-p", "many_constants")
    assert ran.status == 0, ran.output
    assert drawn(200)[1] == numbers
