"""tf.nn.batch_norm_with_global_normalization: the older form, its arguments by either name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.judge import judge
from conformance.marks import api
from conformance.strategies import FINITE, FLOATS, TAME, arrays, shapes, variants
from conformance.subject import Subject
from conformance.trace import graphs, step, trace
from reference_impls import balls, batch_norm

GLOBAL = "tf.nn.batch_norm_with_global_normalization"

NAMES = {"deprecated_names": ["t", "m", "v"], "names": ["input", "mean", "variance"]}


@api(GLOBAL)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("names", NAMES)
@given(data=st.data())
def test_formula(subject: Subject, dtype: str, names: str, data: st.DataObject) -> None:
    """batch_normalization, with gamma or, unless scale_after_normalization, without."""
    graph = data.draw(variants(scaled=(True, False), epsilon=(0.1, 0.001)), label="graph")
    scaled, epsilon = graph["scaled"], graph["epsilon"]
    shape = data.draw(shapes(4, 4), label="shape")
    feeds = {"x": data.draw(arrays(dtype, shape, FINITE), label="x")}
    for name in ("mean", "variance", "beta", "gamma"):
        feeds[name] = data.draw(arrays(dtype, shape[-1:], TAME), label=name)
    feeds["variance"] = np.abs(feeds["variance"])
    observed = subject.run(
        graphs.batch_norm.batch_norm_with_global_normalization(
            dtype=dtype, scale_after_normalization=scaled, epsilon=epsilon, names=NAMES[names]
        ),
        trace(step("y", **feeds)),
    )
    of = {name: balls.ball(array) for name, array in feeds.items()}
    y = batch_norm.batch_normalization(
        of["x"],
        of["mean"],
        of["variance"],
        of["beta"],
        of["gamma"] if scaled else None,
        epsilon,
    )
    judge(observed, [{"y": y}])
