"""tf.nn.moments: mean and biased variance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.judge import judge
from conformance.marks import api
from conformance.strategies import ALL, FLOATS, arrays, shapes
from conformance.subject import Subject
from conformance.trace import graphs, step, trace
from reference_impls import balls, batch_norm

MOMENTS = "tf.nn.moments"

axes_of_rank = {
    1: ([0], []),
    2: ([0], [1], [0, 1]),
    3: ([0, 1], [2]),
    4: ([0, 1, 2], [0, 2, 3], [1, 2], [0, 1, 2, 3]),
}


@api(MOMENTS)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("keep_dims", [False, True], ids=["squeezed", "keep_dims"])
@given(data=st.data())
def test_mean_and_variance(
    subject: Subject, dtype: str, keep_dims: bool, data: st.DataObject
) -> None:
    """Mean and biased variance over any axes; float16 is computed in float32."""
    rank = data.draw(st.sampled_from(tuple(axes_of_rank)), label="rank")
    axes = data.draw(st.sampled_from(axes_of_rank[rank]), label="axes")
    shape = data.draw(shapes(rank, 6), label="shape")
    x = data.draw(arrays(dtype, shape, ALL), label="x")
    observed = subject.run(
        graphs.batch_norm.moments(dtype=dtype, rank=rank, axes=axes, keep_dims=keep_dims),
        trace(step("mean", "variance", x=x)),
    )
    mean, variance = batch_norm.moments(balls.ball(x), axes, keep_dims)
    judge(observed, [{"mean": mean, "variance": variance}])
