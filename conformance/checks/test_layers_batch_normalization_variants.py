"""tf.layers.batch_normalization: renorm, virtual batches, adjustment, and where it is fused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.batch_norm_layers import (
    CHANNELS,
    KINDS,
    STATISTICS,
    Kind,
    Layer,
    RenormLayer,
    seen,
)
from conformance.judge import judge, judge_fact, raises
from conformance.marks import api
from conformance.strategies import TAME, arrays, named, series
from conformance.subject import Subject
from conformance.trace import Array, graphs, step, trace
from reference_impls import balls

LAYER = "tf.layers.batch_normalization"
VIRTUAL = {
    "dense": Kind((None, CHANNELS)),
    "image": Kind((None, 2, 2, CHANNELS)),
}
CLIPPED = {"unclipped": [], "clipped": ["rmin", "rmax", "dmax"], "rmax": ["rmax"]}


@api(LAYER)
@pytest.mark.parametrize("kind", ["dense", "dense_axis1", "image"])
@pytest.mark.parametrize("clipped", CLIPPED)
@given(data=st.data())
def test_renorm_corrects_the_output_and_moves_its_averages(
    subject: Subject, kind: str, clipped: str, data: st.DataObject
) -> None:
    """Training corrects by r and d from the averages before the update, clipped."""
    drawn = KINDS[kind]
    composed = Kind(drawn.shape, drawn.axis)
    layer = RenormLayer(subject, data, composed, CLIPPED[clipped], training=True)
    x = data.draw(series(2, "float32", layer.shape, TAME), label="xs")
    fed = layer.clipping
    state = layer.state
    observed = subject.run(
        layer.graph,
        trace(
            layer.set_variables(),
            step("y", x=x[0], **fed),
            step(*state),
            step("updates", x=x[0], **fed),
            step(*state),
            step("y", x=x[1], **fed),
            step("updates", x=x[1], **fed),
            step(*state),
        ),
    )
    once = seen(observed, 4, state)
    judge(
        observed,
        [
            {},
            {"y": layer.train_corrected(x[0], state)},
            state,
            {},
            layer.moved_state(x[0], state),
            {"y": layer.train_corrected(x[1], once)},
            {},
            layer.moved_state(x[1], once),
        ],
    )
    judge_fact(observed, "uses_fused_kernel", False)


@api(LAYER)
@given(data=st.data())
def test_renorm_does_not_change_inference(subject: Subject, data: st.DataObject) -> None:
    """A placeholder that says inference: r = 1, d = 0, and nothing is moved."""
    layer = RenormLayer(subject, data, KINDS["dense"], [], training="fed")
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    fed = {"x": x, "training": np.asarray(False)}
    observed = subject.run(
        layer.graph,
        trace(layer.set_variables(), step("y", **fed), step("updates", **fed), step(*layer.state)),
    )
    judge(observed, [{}, {"y": layer.infer(x)}, {}, layer.state])


@api(LAYER)
@pytest.mark.parametrize("kind", VIRTUAL)
@pytest.mark.parametrize("virtual_batch_size", [1, 2, 3])
@pytest.mark.parametrize("training", [True, False], ids=["training", "inference"])
@given(data=st.data())
def test_virtual_batches_are_normalised_each_by_itself(
    subject: Subject, kind: str, virtual_batch_size: int, training: bool, data: st.DataObject
) -> None:
    """Statistics are of each sub-batch; the moving ones move towards the mean of them."""
    layer = Layer(
        subject,
        data,
        VIRTUAL[kind],
        "float32",
        training=training,
        virtual_batch_size=virtual_batch_size,
    )
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(
        layer.graph,
        trace(layer.set_variables(), step("y", x=x), step("updates", x=x), step(*STATISTICS)),
    )
    judge(
        observed,
        [
            {},
            {"y": layer.train(x)[0] if training else layer.infer(x)},
            {},
            layer.moved(x, layer.statistics) if training else layer.statistics,
        ],
    )
    judge_fact(observed, "uses_fused_kernel", False)


@api(LAYER)
def test_virtual_batches_must_divide_the_batch(subject: Subject) -> None:
    """A batch of 3 is not of virtual batches of 2."""
    graph = graphs.batch_norm_layers.layer(
        dtype="float32", shape=[None, CHANNELS], training=True, virtual_batch_size=2
    )
    observed = subject.run(graph, trace(step("y", x=np.ones((3, CHANNELS), np.float32))))
    judge(observed, raises("InvalidArgumentError", during="step 0"))


@api(LAYER)
@pytest.mark.parametrize("kind", ["dense", "dense_axis1", "image"])
@pytest.mark.parametrize("training", [True, False, "fed"], ids=["true", "false", "placeholder"])
@given(data=st.data())
def test_adjustment_scales_and_shifts_before_gamma_and_beta(
    subject: Subject, kind: str, training: Any, data: st.DataObject
) -> None:
    """In training only, by what the function returns for the input's shape; statistics are not."""
    drawn = KINDS[kind]
    layer = Layer(
        subject,
        data,
        Kind(drawn.shape, drawn.axis),
        "float32",
        training=training,
        adjusted=True,
    )
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    broadcast = [1] * len(layer.shape)
    broadcast[1 if kind == "dense_axis1" else -1] = CHANNELS
    adjust = data.draw(
        named(("adjust_scale", "adjust_bias"), "float32", broadcast, TAME),
        label="adjust_scale, adjust_bias",
    )
    trains = training is True or (training == "fed" and data.draw(st.booleans(), label="training"))
    fed: dict[str, Array] = {"x": x}
    if training == "fed":
        fed["training"] = np.asarray(trains)
    if training is not False:
        fed |= adjust
    observed = subject.run(
        layer.graph,
        trace(layer.set_variables(), step("y", **fed), step("updates", **fed), step(*STATISTICS)),
    )
    scale, bias = (balls.ball(one) for one in adjust.values())
    judge(
        observed,
        [
            {},
            {"y": layer.train(x, (scale, bias))[0] if trains else layer.infer(x)},
            {},
            layer.moved(x, layer.statistics) if trains else layer.statistics,
        ],
    )
    judge_fact(observed, "uses_fused_kernel", False)


@api(LAYER)
@pytest.mark.parametrize(
    ("shape", "options", "fuses"),
    [
        ([None, None, None, CHANNELS], {"fused": True}, True),
        ([None, None, None, CHANNELS], {"fused": None}, True),
        ([None, None, None, CHANNELS], {"fused": False}, False),
        ([None, CHANNELS, None, None], {"fused": True, "axis": 1}, True),
        ([None, 2, CHANNELS, None], {"fused": True, "axis": 2}, False),
        ([None, 2, 2, CHANNELS], {"fused": True, "axis": [1, 3]}, False),
        ([None, CHANNELS], {"fused": True}, False),
        ([None, 2, CHANNELS], {"fused": True}, False),
        ([None, None, None, CHANNELS], {"fused": True, "renorm": True}, False),
        ([None, 2, 2, CHANNELS], {"fused": True, "virtual_batch_size": 2}, False),
        ([None, 2, 2, CHANNELS], {"fused": True, "adjusted": True}, False),
    ],
    ids=[
        "image",
        "default",
        "not_fused",
        "axis1",
        "axis2",
        "two_axes",
        "rank2",
        "rank3",
        "renorm",
        "virtual_batch",
        "adjustment",
    ],
)
def test_fused_is_a_wish(
    subject: Subject, shape: list[int | None], options: dict[str, Any], fuses: bool
) -> None:
    """fused=True is the fused kernel where it can be, and quietly the composed form elsewhere."""
    graph = graphs.batch_norm_layers.layer(dtype="float32", shape=shape, training=True, **options)
    judge_fact(subject.run(graph, trace()), "uses_fused_kernel", fuses)


@api(LAYER)
@pytest.mark.parametrize("form", ["function", "class"])
@pytest.mark.parametrize(
    ("shape", "options", "error"),
    [
        ([None, CHANNELS], {"axis": 2}, "ValueError"),
        ([None, CHANNELS], {"axis": [1, -1]}, "ValueError"),
        ([None, CHANNELS], {"axis": "channels"}, "TypeError"),
        ([None, None], {}, "ValueError"),
        (None, {}, "ValueError"),
        ([None, CHANNELS], {"virtual_batch_size": 0}, "ValueError"),
        ([4, CHANNELS], {"virtual_batch_size": 2, "axis": 0}, "ValueError"),
        ([None, CHANNELS], {"renorm": True, "renorm_clipping": {"max": 1.0}}, "ValueError"),
    ],
    ids=[
        "axis_too_large",
        "axis_twice",
        "axis_no_number",
        "channels_unknown",
        "rank_unknown",
        "virtual_batch_of_none",
        "virtual_batch_axis",
        "clipping_unknown",
    ],
)
def test_refused_arguments(
    subject: Subject, form: str, shape: list[int | None] | None, options: dict[str, Any], error: str
) -> None:
    """What the layer cannot be is an error when it is made."""
    graph = graphs.batch_norm_layers.refused(dtype="float32", shape=shape, form=form, **options)
    judge(subject.run(graph, trace()), raises(error, during="build"))
