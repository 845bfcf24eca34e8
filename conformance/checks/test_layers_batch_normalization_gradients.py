"""tf.layers.batch_normalization: gradients of its output to its input, gamma and beta."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.batch_norm_layers import KINDS, Kind, Layer, RenormLayer
from conformance.judge import judge
from conformance.marks import api
from conformance.strategies import TAME, arrays
from conformance.trace import graphs, step, trace
from reference_impls import balls, batch_norm_layer_gradients

if TYPE_CHECKING:
    from conformance.subject import Subject

LAYER = "tf.layers.batch_normalization"
GRADIENTS = ("grad_x", "grad_gamma", "grad_beta")
BUILDER = graphs.batch_norm_layers.gradients


@api(LAYER)
@pytest.mark.parametrize("kind", ["dense", "dense_axis1", "image"])
@pytest.mark.parametrize("training", [True, False, "fed"], ids=["true", "false", "placeholder"])
@given(data=st.data())
def test_gradients(subject: Subject, kind: str, training: Any, data: st.DataObject) -> None:
    """In training they go through the batch's statistics; in inference those are constants."""
    layer = Layer(subject, data, KINDS[kind], "float32", builder=BUILDER, training=training)
    x, grad_y = (
        data.draw(arrays("float32", layer.shape, TAME), label=label) for label in ("x", "grad_y")
    )
    trains = training is True or (training == "fed" and data.draw(st.booleans(), label="training"))
    flag = {"training": np.asarray(trains)} if training == "fed" else {}
    observed = subject.run(
        layer.graph,
        trace(layer.set_variables(), step(*GRADIENTS, x=x, grad_y=grad_y, **flag)),
    )
    judge(observed, [{}, layer.gradients(x, grad_y, training=trains)])


@api(LAYER)
@pytest.mark.parametrize("clipped", [[], ["rmin", "rmax", "dmax"]], ids=["unclipped", "clipped"])
@given(data=st.data())
def test_renorm_has_no_gradient_through_its_correction(
    subject: Subject, clipped: list[str], data: st.DataObject
) -> None:
    """r and d are constants to tf.gradients, though they come of the batch."""
    kind = Kind(KINDS["dense"].shape)
    layer = RenormLayer(subject, data, kind, clipped, builder=BUILDER, training=True)
    x, grad_y = (
        data.draw(arrays("float32", layer.shape, TAME), label=label) for label in ("x", "grad_y")
    )
    observed = subject.run(
        layer.graph,
        trace(layer.set_variables(), step(*GRADIENTS, x=x, grad_y=grad_y, **layer.clipping)),
    )
    gradients = batch_norm_layer_gradients.training(
        balls.ball(x),
        -1,
        layer.parameters(),
        layer.used_epsilon,
        balls.ball(grad_y),
        fused=False,
        correction=layer.correction(x, layer.state),
    )
    judge(observed, [{}, {f"grad_{name}": one for name, one in gradients.items()}])
