"""tf.contrib.layers.batch_norm and tf_slim.batch_norm: outputs and moving statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.slim_layers import CALLS, Layer, judge_training, libraries
from conformance.judge import judge, judge_fact
from conformance.semantics import semantics
from conformance.strategies import FINITE
from conformance.trace import step, trace
from reference_impls import balls
from reference_impls.slim import Implementation

if TYPE_CHECKING:
    from conformance.subject import Subject

calls = pytest.mark.parametrize("call", CALLS)


@libraries
@calls
@given(data=st.data())
def test_training_moves_the_statistics(
    subject: Subject, library: str, call: str, data: st.DataObject
) -> None:
    """The output is normalised by the batch; updates run in place, or with their collection."""
    is_training = data.draw(st.sampled_from((True, "fed")), label="is_training")
    layer = Layer(
        subject,
        data,
        library,
        "float32",
        is_training=is_training,
        decay=0.9,
        **CALLS[call],
    )
    flag = {"is_training": np.asarray(True)} if is_training == "fed" else {}
    judge_training(layer, [layer.draw_batch(data, FINITE) for _ in range(2)], flag)


@libraries
@calls
@given(data=st.data())
def test_inference_leaves_the_statistics(
    subject: Subject, library: str, call: str, data: st.DataObject
) -> None:
    """The output is normalised by the moving statistics, and no update op moves them."""
    is_training = data.draw(st.sampled_from((False, "fed")), label="is_training")
    layer = Layer(subject, data, library, "float32", is_training=is_training, **CALLS[call])
    batch = layer.draw_batch(data)
    flag = {"is_training": np.asarray(False)} if is_training == "fed" else {}
    # The layer's update ops multiply the fused kernel's statistics by zero: NaN, now and then,
    # where those are whatever the memory held.
    updates = layer.implementation is not Implementation.FUSED_LAYER or semantics(
        subject, "fused_inference_fills_statistics"
    )
    observed = subject.run(
        layer.graph,
        trace(
            layer.set_variables(),
            step("y", **batch.feeds, **flag),
            *([step("updates", **batch.feeds, **flag)] if updates else []),
            step(*layer.moving),
        ),
    )
    unmoved = {name: layer.values[name] for name in layer.moving}
    judge(observed, [{}, {"y": layer.infer(batch)}, *([{}] if updates else []), unmoved])
    collection = CALLS[call].get("updates_collections", "update_ops")
    in_graph = is_training == "fed" and not layer.in_place
    judge_fact(observed, "update_counts", {collection: 2} if in_graph else {})


@libraries
@pytest.mark.parametrize(
    ("dtype", "call"),
    [
        ("float16", "image_in_place"),
        ("float64", "image_in_place_unfused"),
        ("float64", "image_unfused"),
    ],
)
@given(data=st.data())
def test_dtypes(subject: Subject, library: str, dtype: str, call: str, data: st.DataObject) -> None:
    """The variables are float32 with the fused kernel, of the input's dtype without it."""
    layer = Layer(subject, data, library, dtype, is_training=True, **CALLS[call])
    judge_training(layer, [layer.draw_batch(data)], {})


@libraries
@pytest.mark.parametrize("call", ["image_in_place", "image_own_unfused", "rows_in_place"])
@given(data=st.data())
def test_zero_debias_moving_mean(
    subject: Subject, library: str, call: str, data: st.DataObject
) -> None:
    """The moving mean, and it alone, is a zero-debiased average: biased / (1 - decay**steps)."""
    layer = Layer(
        subject,
        data,
        library,
        "float32",
        is_training=True,
        zero_debias_moving_mean=True,
        decay=0.9,
        **CALLS[call],
    )
    judge_training(layer, [layer.draw_batch(data) for _ in range(3)], {})


@libraries
@pytest.mark.parametrize(
    "call", ["image", "image_in_place", "image_own", "rows", "channels_first_in_place"]
)
@given(data=st.data())
def test_batch_weights(subject: Subject, library: str, call: str, data: st.DataObject) -> None:
    """Each element of the batch counts by its weight, in the output and in the statistics."""
    layer = Layer(
        subject, data, library, "float32", is_training=True, batch_weights=True, **CALLS[call]
    )
    judge_training(layer, [layer.draw_batch(data)], {})


@libraries
@pytest.mark.parametrize("call", ["image", "image_in_place", "rank_3_in_place", "rows"])
@pytest.mark.parametrize("center", [True, False], ids=["center", "no_center"])
@given(data=st.data())
def test_scale_epsilon_and_activation(
    subject: Subject, library: str, call: str, center: bool, data: st.DataObject
) -> None:
    """gamma where it is asked for, beta unless refused, epsilon, and a function of the output."""
    scale, epsilon = data.draw(
        st.sampled_from([(True, 1e-5), (not center, 1e-6)]), label="scale, epsilon"
    )
    layer = Layer(
        subject,
        data,
        library,
        "float32",
        is_training=True,
        scale=scale,
        center=center,
        epsilon=epsilon,
        activation_fn="relu",
        **CALLS[call],
    )
    batch = layer.draw_batch(data)
    observed = subject.run(layer.graph, trace(layer.set_variables(), step("y", **batch.feeds)))
    judge(observed, [{}, {"y": balls.maximum(layer.train(batch)[0], 0.0)}])
