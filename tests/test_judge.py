"""The judge: each kind of deviation, and what counts as compared."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from conformance.judge import Deviation, exact, judge, judge_fact, raises, same_bits
from conformance.record import CheckRecord
from conformance.subject import Observed, RunError
from conformance.trace import GraphSpec, step, trace
from reference_impls import balls

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)


def observed(*steps, facts=None, error=None) -> Observed:
    spec = GraphSpec("family", "builder")
    return Observed(spec, trace(step("y")), steps, facts or {}, error, CheckRecord())


def deviation_of(seen: Observed, expected) -> Deviation:
    with pytest.raises(Deviation) as caught:
        judge(seen, expected)
    return caught.value


def ball_of(centre, radius, dtype: str = "float32") -> balls.Ball:
    made = balls.ball(np.asarray(centre, dtype))
    return balls.Ball(made.centre, np.asarray(radius, made.radius.dtype), made.dtype)


# -- inside and outside a ball ---------------------------------------------------------------------


def test_a_value_inside_its_radius_passes_and_is_counted():
    seen = observed({"y": np.float32([1.25, -2])})
    judge(seen, [{"y": ball_of([1, -2], [0.5, 0])}])
    assert seen.record.comparisons == 2
    assert seen.record.bound_fraction == 0.5
    assert seen.record.ulp == 0.25 / np.finfo(np.float32).eps


def test_a_value_outside_its_radius_is_told_with_its_distance_in_radii():
    seen = observed({}, {"y": np.float32([[1, 2.5], [3, 4]])})
    fault = deviation_of(seen, [{}, {"y": ball_of([[1, 2], [3, 4]], np.full((2, 2), 0.125))}])
    assert (fault.kind, fault.step, fault.fetch, fault.index) == ("value", 1, "y", (0, 1))
    assert str(fault) == (
        "y at step 1, index [0, 1]: observed 2.5, expected 2.0 ± 0.125: 4 radii away"
    )
    assert (fault.expected[0, 1], fault.radius[0, 1], fault.value[0, 1]) == (2, 0.125, 2.5)
    assert seen.record.comparisons == 0


def test_the_worst_element_is_the_one_told():
    seen = observed({"y": np.float32([1, 9, 5])})
    assert deviation_of(seen, [{"y": ball_of([0, 0, 0], [1, 3, 1])}]).index == (2,)


def test_balls_of_several_steps_shapes_and_dtypes_are_all_counted():
    seen = observed(
        {"a": np.float32([1.25, -2]), "b": np.float64([[3.0]])},
        {"a": np.float32(5), "c": np.int32(7)},
    )
    wanted = [
        {"a": ball_of([1, -2], [0.5, 0]), "b": ball_of([[3.5]], [[1]], "float64")},
        {"a": ball_of(8, 4), "c": np.int32(7)},
    ]
    judge(seen, wanted)
    assert seen.record.comparisons == 5
    assert seen.record.bound_fraction == 0.75


def test_of_several_values_outside_the_first_is_told():
    seen = observed({"a": np.float32([1, 2]), "b": np.float32(3)}, {"a": np.float32([1, 9])})
    wanted = [
        {"a": ball_of([1, 2], [1, 1]), "b": ball_of(1, 1)},
        {"a": ball_of([1, 2], [1, 1])},
    ]
    fault = deviation_of(seen, wanted)
    assert (fault.step, fault.fetch, fault.index) == (0, "b", ())
    assert seen.record.comparisons == 2  # what is before it


def test_elements_without_a_claim_are_counted_apart():
    seen = observed({"y": np.float32([1, 99])})
    judge(seen, [{"y": ball_of([1, 1], [0, np.inf])}])
    assert (seen.record.comparisons, seen.record.unclaimed) == (1, 1)
    assert seen.record.bound_fraction == 0


def test_without_any_claim_nothing_was_compared():
    seen = observed({"y": np.float32([7, np.nan])})
    judge(seen, [{"y": ball_of([1, 1], [np.inf, np.inf])}])
    assert (seen.record.comparisons, seen.record.unclaimed) == (0, 2)
    assert seen.record.bound_fraction is None
    assert seen.record.as_json()["worst"] == {"bound_fraction": None, "ulp": None}


@pytest.mark.parametrize(
    ("centre", "value", "inside"),
    [
        (np.nan, np.nan, True),
        (np.nan, 1, False),
        (1, np.nan, False),
        (np.inf, np.inf, True),
        (np.inf, -np.inf, False),
        (np.inf, 3e38, False),
        (1, np.inf, False),
        (0.0, -0.0, True),
    ],
)
def test_infinities_nans_and_zeros_of_a_ball(centre, value, inside):
    seen = observed({"y": np.float32(value)})
    expected = [{"y": ball_of(centre, 0)}]
    if inside:
        judge(seen, expected)
        assert seen.record.comparisons == 1
    else:
        assert "inf radii away" in str(deviation_of(seen, expected))


def test_a_scalar_is_told_by_an_empty_index():
    fault = deviation_of(observed({"y": np.float32(3)}), [{"y": ball_of(1, 0.5)}])
    assert fault.index == ()
    assert "index []: observed 3.0, expected 1.0 ± 0.5: 4 radii away" in str(fault)


# -- bit for bit -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", BFLOAT16, "int64", "bool"])
def test_equal_bits_pass_and_are_counted(dtype):
    value = np.array([[0, 1, 2]]).astype(dtype)
    seen = observed({"y": value})
    judge(seen, [{"y": value.copy()}])
    assert seen.record.comparisons == 3
    assert seen.record.bound_fraction == 0


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", BFLOAT16])
def test_one_bit_less_is_told(dtype):
    value = np.array([1, 2]).astype(dtype)
    other = value.copy()
    other.view(f"u{other.dtype.itemsize}")[1] -= 1
    fault = deviation_of(observed({"y": other}), [{"y": value}])
    assert (fault.kind, fault.index, fault.radius) == ("bits", (1,), None)
    assert "bit for bit" in str(fault)


def test_zeros_of_different_sign_have_different_bits():
    fault = deviation_of(observed({"y": np.float32([0, -0.0])}), [{"y": np.zeros(2, np.float32)}])
    assert fault.index == (1,)


def test_any_nan_is_a_nan():
    quiet, other = np.array([0x7FC00000, 0xFFC00001], np.uint32).view(np.float32)
    seen = observed({"y": np.array([other])})
    judge(seen, [{"y": np.array([quiet])}])
    assert seen.record.comparisons == 1


def test_each_element_is_one_of_the_alternatives():
    kept, flushed = np.float32([1e-40, 2e-40]), np.float32([0, 0])
    judge(observed({"y": np.float32([1e-40, 0])}), [{"y": exact(kept, flushed)}])
    fault = deviation_of(observed({"y": np.float32([0, 3])}), [{"y": exact(kept, flushed)}])
    assert fault.index == (1,)
    assert "expected np.float32(2e-40) or np.float32(0.0), bit for bit" in str(fault)


@given(
    npst.arrays(np.uint64, 4),
    npst.arrays(np.uint64, 4),
    st.sampled_from(["float64", "float32", "int32", "complex128", "complex64"]),
)
def test_bits_are_the_same_exactly_when_memory_is_or_both_are_nan(a, b, dtype):
    x, y = a.view(dtype), b.view(dtype)
    np.testing.assert_array_equal(same_bits(x, x), True)
    part = np.dtype(dtype).itemsize // (2 if dtype.startswith("complex") else 1)
    real = {"complex128": "float64", "complex64": "float32"}.get(dtype, dtype)
    by_part = a.view(f"u{part}") == b.view(f"u{part}")
    by_part |= np.isnan(a.view(real)) & np.isnan(b.view(real))
    np.testing.assert_array_equal(same_bits(x, y), by_part.reshape(len(x), -1).all(axis=1))


def test_strings_are_compared_as_bytes():
    value = np.array([b"a", b"b"], object)
    judge(observed({"y": value}), [{"y": value.copy()}])
    fault = deviation_of(observed({"y": value}), [{"y": np.array([b"a", b"c"], object)}])
    assert (fault.kind, fault.index) == ("bits", (1,))


# -- dtype, shape ----------------------------------------------------------------------------------


@pytest.mark.parametrize("expected", [np.float64([1, 2]), ball_of([1, 2], [9, 9], "float64")])
def test_another_dtype_is_told(expected):
    fault = deviation_of(observed({"y": np.float32([1, 2])}), [{"y": expected}])
    assert fault.kind == "dtype"
    assert str(fault) == "y at step 0: expected dtype float64, observed float32"


@pytest.mark.parametrize("expected", [np.float32([[1, 2]]), ball_of([[1, 2]], [[9, 9]])])
def test_another_shape_is_told_and_not_broadcast(expected):
    fault = deviation_of(observed({"y": np.float32([1, 2])}), [{"y": expected}])
    assert fault.kind == "shape"
    assert str(fault) == "y at step 0: expected shape (1, 2), observed (2,)"


# -- what is not judged ----------------------------------------------------------------------------

one = np.float32(1)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([{"y": one, "z": one}], [{"y": one}]),
        ([{"y": one}], [{"y": one, "z": one}]),
        ([{"y": one}], [{"y": None}]),
        ([{}], [{"y": one}]),
    ],
)
def test_a_value_that_is_not_judged_is_a_fault_of_the_check(steps, expected):
    with pytest.raises(ValueError, match="fetched or expected, not both"):
        judge(observed(*steps), expected)


def test_a_step_that_is_not_judged_is_a_fault_of_the_check():
    with pytest.raises(ValueError, match="2 steps ran, 1 are expected"):
        judge(observed({"y": one}, {}), [{"y": one}])


def test_an_operation_is_expected_to_have_no_value():
    seen = observed({"y": one})
    judge(seen, [{"y": one, "train": None}])
    assert seen.record.comparisons == 1


# -- errors ----------------------------------------------------------------------------------------

refusal = RunError("InvalidArgumentError", "no such axis", "step 0")


def test_an_error_nobody_expects_is_told():
    fault = deviation_of(observed(error=refusal), [{"y": one}])
    assert fault.kind == "error"
    assert str(fault) == "InvalidArgumentError at step 0: no such axis"


def test_an_expected_error_passes_and_is_counted():
    for expected in (
        raises("InvalidArgumentError"),
        raises("ValueError", "InvalidArgumentError"),
        raises("InvalidArgumentError", during="step 0"),
    ):
        seen = observed(error=refusal)
        judge(seen, expected)
        assert seen.record.comparisons == 1


@pytest.mark.parametrize(
    ("error", "expected", "message"),
    [
        (None, raises("ValueError"), "expected ValueError, but no error was raised"),
        (
            refusal,
            raises("ValueError", "TypeError"),
            (
                "expected ValueError or TypeError, observed InvalidArgumentError at step 0: "
                "no such axis"
            ),
        ),
        (
            refusal,
            raises("InvalidArgumentError", during="build"),
            (
                "expected InvalidArgumentError at build, observed InvalidArgumentError at step 0: "
                "no such axis"
            ),
        ),
    ],
)
def test_another_error_or_none_is_told(error, expected, message):
    fault = deviation_of(observed(error=error), expected)
    assert (fault.kind, str(fault)) == ("error", message)


# -- facts -----------------------------------------------------------------------------------------


def test_a_fact_is_compared_and_counted():
    seen = observed(facts={"names": ["a", "b"]})
    judge_fact(seen, "names", ["a", "b"])
    assert seen.record.comparisons == 1
    with pytest.raises(Deviation, match=r"names: expected \['a'\], observed \['a', 'b'\]") as fault:
        judge_fact(seen, "names", ["a"])
    assert fault.value.kind == "fact"


def test_a_fact_of_a_graph_that_was_not_built_is_its_error():
    with pytest.raises(Deviation, match="InvalidArgumentError at step 0") as fault:
        judge_fact(observed(error=refusal), "names", [])
    assert fault.value.kind == "error"
