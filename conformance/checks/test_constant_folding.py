"""Multiplication by a constant 0 or 1, which Grappler may fold away and which upgrades change.

A moving average with a constant decay of 1, or a loss with a weight of 0, is such a product:
whether an infinity or a NaN comes through depends on the release.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.sizes import LENGTH
from conformance.judge import exact, judge
from conformance.marks import api
from conformance.strategies import FLOATS, arrays
from conformance.subject import Subject
from conformance.trace import graphs, step, trace
from reference_impls import constant_folding


@api("tf.multiply")
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("constant", [0.0, 1.0], ids=["by_zero", "by_one"])
@pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
@given(data=st.data())
def test_multiplication_by_a_constant(
    subject: Subject, dtype: str, constant: float, use_resource: bool, data: st.DataObject
) -> None:
    """x * 0 is the IEEE product, or zero whatever x; x * 1 is x, flushed or not."""
    initial = data.draw(arrays(dtype, (LENGTH,)), label="variable")
    x = data.draw(arrays(dtype, (LENGTH,)), label="x")
    observed = subject.run(
        graphs.constant_folding.subtract_constant_multiple(
            dtype=dtype, size=LENGTH, constant=constant, use_resource=use_resource
        ),
        trace(step("update", x=x), step("variable"), init={"variable": initial}),
    )
    factor = np.asarray(constant, x.dtype)
    outcomes = constant_folding.subtract_constant_multiple(initial, x, factor)
    judge(observed, [{}, {"variable": exact(*outcomes)}])
