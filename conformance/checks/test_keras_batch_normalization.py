"""tf.keras.layers.BatchNormalization in a graph and a session: of Keras 2 and of Keras 3.

Keras 2 gives two classes: that of TensorFlow's API 1, where ``trainable`` is about variables only,
and that of API 2, where a layer that is not trainable is in inference. Neither fills UPDATE_OPS.
Keras 3 has one class, without ``updates``: in a session its moving statistics never move.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from conformance.checks.batch_norm_layers import (
    CHANNELS,
    KINDS,
    OPTIONS,
    STATISTICS,
    Kind,
    Layer,
    RenormLayer,
    initial_values,
    regularization_losses,
    seen,
)
from conformance.judge import judge, judge_fact, raises
from conformance.marks import api, published
from conformance.semantics import semantics
from conformance.strategies import FINITE, TAME, arrays, named, series
from conformance.subject import Subject
from conformance.trace import graphs, step, trace
from reference_impls import balls, batch_norm_layer, statistics

if TYPE_CHECKING:
    from conformance.trace import Array
    from reference_impls.balls import Ball

LAYER = "tf.keras.layers.BatchNormalization"
NAMES = ("gamma", "beta", *STATISTICS)
behaviours = pytest.mark.parametrize("behaviour", ["v1", "v2"])
kinds = pytest.mark.parametrize("kind", ["dense", "dense_axis1", "image"])
# The default is drawn too.
MOMENTUM = st.sampled_from([{}, {"momentum": 0.9}])


def is_keras_3(subject: Subject) -> bool:
    """Whether ``tf.keras`` is Keras 3 on this subject."""
    keras = subject.fingerprint["keras"]
    return keras["flavour"] == "keras" and Version(keras["version"]).major >= 3


def keras_layer(subject: Subject, data: st.DataObject, kind: str, **options: Any) -> Layer:
    """A layer of ``tf.keras``; Keras 3 has no fused kernel."""
    drawn = KINDS[kind]
    if is_keras_3(subject):
        drawn = Kind(drawn.shape, drawn.axis)
    return Layer(subject, data, drawn, "float32", **(of_keras(subject) | options))


def renorm_layer(subject: Subject, data: st.DataObject, **options: Any) -> RenormLayer:
    """A dense layer of ``tf.keras`` with renorm."""
    return RenormLayer(subject, data, KINDS["dense"], training=True, **of_keras(subject), **options)


def of_keras(subject: Subject) -> dict[str, Any]:
    """What makes a `Layer` one of ``tf.keras``."""
    formula = batch_norm_layer.weighted if is_keras_3(subject) else None
    return {"builder": graphs.keras_batch_norm.layer, "formula": formula}


@api(LAYER)
@behaviours
@kinds
@given(data=st.data())
def test_training_output_alone_moves_nothing(
    subject: Subject, behaviour: str, kind: str, data: st.DataObject
) -> None:
    """training=True normalises by the batch; the moving statistics stay, on every Keras."""
    options = data.draw(OPTIONS, label="options")
    layer = keras_layer(subject, data, kind, behaviour=behaviour, training=True, **options)
    x = data.draw(arrays("float32", layer.shape, FINITE), label="x")
    observed = subject.run(
        layer.graph, trace(layer.set_variables(), step("y", x=x), step(*STATISTICS))
    )
    judge(observed, [{}, {"y": layer.train(x)[0]}, layer.statistics])
    judge_fact(observed, "update_ops", 0)
    judge_fact(observed, "uses_fused_kernel", layer.fused)


@api(LAYER)
@behaviours
@kinds
@given(data=st.data())
def test_updates_move_the_statistics(
    subject: Subject, behaviour: str, kind: str, data: st.DataObject
) -> None:
    """Keras 2: running the layer's ``updates`` moves both statistics, each time."""
    options = data.draw(MOMENTUM, label="options")
    layer = keras_layer(
        subject, data, kind, behaviour=behaviour, training=True, with_updates=True, **options
    )
    judge_two_runs_of(subject, layer, "updates", data)


@api(LAYER)
@behaviours
@kinds
@given(data=st.data())
def test_assignments_move_the_statistics(
    subject: Subject, behaviour: str, kind: str, data: st.DataObject
) -> None:
    """Keras 3: what its call assigns, and no output needs, would move both statistics."""
    options = data.draw(MOMENTUM, label="options")
    layer = keras_layer(
        subject, data, kind, behaviour=behaviour, training=True, with_assignments=True, **options
    )
    judge_two_runs_of(subject, layer, "assignments", data)


def judge_two_runs_of(subject: Subject, layer: Layer, fetch: str, data: st.DataObject) -> None:
    """Run what moves the statistics on two batches, and judge them after each."""
    x = data.draw(series(2, "float32", layer.shape, TAME), label="xs")
    observed = subject.run(
        layer.graph,
        trace(
            layer.set_variables(),
            step(fetch, x=x[0]),
            step(*STATISTICS),
            step(fetch, x=x[1]),
            step(*STATISTICS),
        ),
    )
    once = seen(observed, 2, layer.statistics)
    first = layer.moved(x[0], layer.statistics)
    judge(observed, [{}, {}, first, {}, layer.moved(x[1], once)])


@api(LAYER, "tf.gradients")
@behaviours
@kinds
@given(data=st.data())
def test_gradients(subject: Subject, behaviour: str, kind: str, data: st.DataObject) -> None:
    """In training they go through the batch's statistics; in inference those are constants."""
    training = data.draw(st.booleans(), label="training")
    layer = keras_layer(
        subject,
        data,
        kind,
        builder=graphs.keras_batch_norm.gradients,
        behaviour=behaviour,
        training=training,
    )
    x, grad_y = data.draw(series(2, "float32", layer.shape, TAME), label="x, grad_y")
    expected = layer.gradients(x, grad_y, training=training)
    observed = subject.run(
        layer.graph, trace(layer.set_variables(), step(*expected, x=x, grad_y=grad_y))
    )
    judge(observed, [{}, expected])


@api(LAYER)
@behaviours
@kinds
@pytest.mark.parametrize("training", [False, None], ids=["false", "default"])
@given(data=st.data())
def test_inference_normalises_by_the_moving_statistics(
    subject: Subject, behaviour: str, kind: str, training: bool | None, data: st.DataObject
) -> None:
    """training=False, or nothing said and no learning phase fed."""
    options: dict[str, Any] = {} if training is None else data.draw(OPTIONS, label="options")
    layer = keras_layer(subject, data, kind, behaviour=behaviour, training=training, **options)
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(
        layer.graph, trace(layer.set_variables(), step("y", x=x), step(*STATISTICS))
    )
    judge(observed, [{}, {"y": layer.infer(x)}, layer.statistics])


@api(LAYER)
@behaviours
@kinds
@pytest.mark.parametrize("training", ["fed", "learning_phase"])
@given(data=st.data())
def test_training_may_be_a_placeholder(
    subject: Subject, behaviour: str, kind: str, training: str, data: st.DataObject
) -> None:
    """Keras 2 decides when it runs, by a tensor or by its learning phase; Keras 3 refuses."""
    layer = keras_layer(subject, data, kind, behaviour=behaviour, training=training)
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(
        layer.graph,
        trace(
            layer.set_variables(),
            *(step("y", x=x, training=np.asarray(flag)) for flag in (True, False)),
            step(*STATISTICS),
        ),
    )
    if is_keras_3(subject):
        judge(observed, raises("OperatorNotAllowedInGraphError", during="build"))
        return
    judge(observed, [{}, {"y": layer.train(x)[0]}, {"y": layer.infer(x)}, layer.statistics])


@api(LAYER)
@behaviours
@pytest.mark.parametrize(
    ("kind", "dtype"), [("dense", "float16"), ("dense", "bfloat16"), ("image", "float16")]
)
@given(data=st.data())
def test_sixteen_bits_are_normalised_in_float32(
    subject: Subject, behaviour: str, kind: str, dtype: str, data: st.DataObject
) -> None:
    """Inputs and output of 16 bits, variables and what lies between of float32.

    Keras 3 says so by a policy, ``mixed_float16``; Keras 2 by the dtype alone, whose variables are
    float32 all the same.
    """
    training = data.draw(st.booleans(), label="training")
    drawn = KINDS[kind]
    policy = dtype
    if is_keras_3(subject):
        drawn, policy = Kind(drawn.shape, drawn.axis), f"mixed_{dtype}"
    layer = Layer(
        subject,
        data,
        drawn,
        dtype,
        behaviour=behaviour,
        training=training,
        policy=policy,
        **of_keras(subject),
    )
    x = data.draw(arrays(dtype, layer.shape, FINITE), label="x")
    observed = subject.run(layer.graph, trace(layer.set_variables(), step("y", x=x)))
    if not layer.fused and not semantics(subject, "layer_composes_16_bits"):
        judge(observed, raises("ValueError", during="build"))
        return
    judge(observed, [{}, {"y": layer.train(x)[0] if training else layer.infer(x)}])


@api(LAYER)
@behaviours
@pytest.mark.parametrize(
    ("kind", "by"),
    [
        ("dense", "argument"),
        ("image", "argument"),
        ("image_composed", "argument"),
        ("dense", "layer"),
    ],
)
@given(data=st.data())
def test_masked_positions_do_not_count(
    subject: Subject, behaviour: str, kind: str, by: str, data: st.DataObject
) -> None:
    """The batch's statistics are of what the mask keeps; Keras 2's fused kernel knows no mask.

    A mask is given to the call, or comes with what another layer has made. The layer hands it on.
    """
    layer = keras_layer(subject, data, kind, behaviour=behaviour, training=True, masked=by)
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    mask = data.draw(arrays("float32", layer.shape[:-1], ("simple", "unit")), label="mask > 0") > 0
    feeds = {"x": x, "mask": mask}
    if by == "layer":
        feeds = {"x": x * mask[..., np.newaxis]}
        x, mask = feeds["x"], np.asarray(feeds["x"].any(-1))
    expected: dict[str, object] = {"mask_of_y": mask} if by == "argument" else {}
    observed = subject.run(layer.graph, trace(layer.set_variables(), step("y", *expected, **feeds)))
    moments = None if layer.fused else masked_moments(subject, x, mask)
    judge(observed, [{}, {"y": layer.train(x, moments=moments)[0], **expected}])


def masked_moments(subject: Subject, x: Array, mask: Array) -> tuple[Ball, Ball]:
    """Mean and variance of what the mask keeps, as the subject's Keras computes them."""
    if is_keras_3(subject):
        return batch_norm_layer.masked_moments(balls.ball(x), mask)
    weights = mask[..., np.newaxis].astype(x.dtype)
    return statistics.weighted_moments(
        balls.ball(x),
        range(x.ndim - 1),
        balls.ball(weights),
        keep_dims=True,
        zero_without_weight=semantics(subject, "weighted_moments_are_zero_without_weight"),
    )


@api(LAYER)
@behaviours
@pytest.mark.parametrize(
    "clipping", [{}, {"rmin": 0.5, "rmax": 1.5, "dmax": 0.25}], ids=["unclipped", "clipped"]
)
@given(data=st.data())
def test_renorm_corrects_the_output(
    subject: Subject, behaviour: str, clipping: dict[str, float], data: st.DataObject
) -> None:
    """By r and d from the averages, which the output alone does not move."""
    layer = renorm_layer(subject, data, behaviour=behaviour, renorm_clipping=clipping)
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(
        layer.graph, trace(layer.set_variables(), step("y", x=x), step(*layer.state))
    )
    judge(observed, [{}, {"y": layer.train_corrected(x, layer.state)}, layer.state])


@api(LAYER)
@behaviours
@given(data=st.data())
def test_renorm_moves_its_averages(subject: Subject, behaviour: str, data: st.DataObject) -> None:
    """Keras 2's updates do, and what Keras 3's call assigns would."""
    fetch = "assignments" if is_keras_3(subject) else "updates"
    layer = renorm_layer(subject, data, behaviour=behaviour, **{f"with_{fetch}": True})
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(
        layer.graph, trace(layer.set_variables(), step(fetch, x=x), step(*layer.state))
    )
    judge(observed, [{}, {}, layer.moved_state(x, layer.state)])


@api(LAYER)
@behaviours
@pytest.mark.parametrize("kind", ["dense", pytest.param("image", marks=published(32))])
@pytest.mark.parametrize("training", [True, False], ids=["training", "inference"])
@given(data=st.data())
def test_functional_model(
    subject: Subject, behaviour: str, kind: str, training: bool, data: st.DataObject
) -> None:
    """A model of the layer, called on a tensor, computes what the layer does."""
    layer = keras_layer(subject, data, kind, behaviour=behaviour, training=training, form="model")
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(
        layer.graph, trace(layer.set_variables(), step("y", x=x), step(*STATISTICS))
    )
    y = layer.train(x)[0] if training else layer.infer(x)
    judge(observed, [{}, {"y": y}, layer.statistics])


@api(LAYER)
@behaviours
@pytest.mark.parametrize("kind", ["dense", "image"])
@given(data=st.data())
def test_not_trainable(subject: Subject, behaviour: str, kind: str, data: st.DataObject) -> None:
    """trainable=False: the batch's statistics still in API 1 of Keras 2, inference elsewhere."""
    layer = keras_layer(subject, data, kind, behaviour=behaviour, training=True, trainable=False)
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(
        layer.graph, trace(layer.set_variables(), step("y", x=x), step(*STATISTICS))
    )
    trains = behaviour == "v1" and not is_keras_3(subject)
    y = layer.train(x)[0] if trains else layer.infer(x)
    judge(observed, [{}, {"y": y}, layer.statistics])
    judge_fact(observed, "trainable_weights", 0)


@api(LAYER)
@behaviours
@pytest.mark.parametrize("trainable", [True, False], ids=["trainable", "frozen"])
def test_updates_and_inputs(subject: Subject, behaviour: str, trainable: bool) -> None:
    """Each call has two updates, known by its input; none is in UPDATE_OPS, none unconditional.

    A model has those of its layers.
    """
    observed = subject.run(
        graphs.keras_batch_norm.updates(
            shape=[None, CHANNELS], training=True, behaviour=behaviour, trainable=trainable
        ),
        trace(),
    )
    each = 2 if trainable else 0
    judge_fact(observed, "updates", each)
    judge_fact(observed, "updates_of_two_calls", 2 * each)
    judge_fact(observed, "updates_of_model", each)
    judge_fact(observed, "for_x", each)
    judge_fact(observed, "for_other", each)
    judge_fact(observed, "for_none", 0)
    judge_fact(observed, "update_ops", 0)


@api(LAYER)
@behaviours
@kinds
def test_names_and_initial_values(subject: Subject, behaviour: str, kind: str) -> None:
    """Four weights, in this order: ``bn/gamma:0`` in Keras 2, ``gamma`` in Keras 3."""
    observed = subject.run(
        graphs.keras_batch_norm.layer(
            dtype="float32",
            shape=KINDS[kind].shape,
            axis=KINDS[kind].axis,
            training=True,
            behaviour=behaviour,
        ),
        trace(step(*NAMES), fresh=True),
    )
    judge(observed, [initial_values()])
    full = [f"bn/{name}" for name in NAMES]
    judge_fact(observed, "variables", full)
    weights = list(NAMES) if is_keras_3(subject) else [f"{name}:0" for name in full]
    judge_fact(observed, "weights", weights)
    judge_fact(observed, "trainable_weights", 2)


@api(LAYER)
@behaviours
@pytest.mark.parametrize("which", [["gamma", "beta"], ["beta"]], ids=["both", "beta"])
@given(data=st.data())
def test_regularizers_are_losses_of_the_layer(
    subject: Subject, behaviour: str, which: list[str], data: st.DataObject
) -> None:
    """Each regularizer's value of its weight is among the layer's losses, and in no collection."""
    known = {"gamma": 0.5, "beta": 0.125}
    factors = {name: known[name] for name in which}
    values = data.draw(named(NAMES, "float32", [CHANNELS], TAME), label="variables")
    names = [f"loss{n}" for n in range(len(which))]
    observed = subject.run(
        graphs.keras_batch_norm.regularized(
            shape=[None, CHANNELS], behaviour=behaviour, factors=factors
        ),
        trace(
            step("set", **{f"set_{name}": value for name, value in values.items()}), step(*names)
        ),
    )
    losses, _ = regularization_losses(values, factors)
    judge(observed, [{}, dict(zip(names, losses, strict=True))])
    judge_fact(observed, "losses", len(which))
    judge_fact(observed, "collected", 0)
    judge_fact(observed, "constrained", [True, False])


@api(LAYER)
@behaviours
def test_get_and_set_weights(subject: Subject, behaviour: str) -> None:
    """They read and write the session's variables; Keras 3 has none to read in a graph."""
    values = [[2.5, -1.0, 0.0], [0.125, 3.0, -7.5], [1.0, 2.0, 3.0], [0.5, 4.0, 9.0]]
    observed = subject.run(
        graphs.keras_batch_norm.weights(behaviour=behaviour, values=values), trace()
    )
    if is_keras_3(subject):
        judge(observed, raises("NotImplementedError", during="build"))
        return
    judge_fact(observed, "before", [[5.0, 6.0, 7.0], [0.0] * 3, [0.0] * 3, [1.0] * 3])
    judge_fact(observed, "after", values)
    judge_fact(observed, "in_session", values)


@api(LAYER)
@behaviours
def test_config_makes_the_layer_again(subject: Subject, behaviour: str) -> None:
    """What is not the default comes back, as in a model that is cloned or loaded."""
    options = {
        "axis": 1,
        "momentum": 0.5,
        "epsilon": 0.25,
        "center": False,
        "scale": False,
        "trainable": False,
        "name": "mine",
    }
    initializers = {
        "beta_initializer": "ones",
        "gamma_initializer": "zeros",
        "moving_mean_initializer": "ones",
        "moving_variance_initializer": "zeros",
    }
    graph = graphs.keras_batch_norm.config(
        behaviour=behaviour, names=[*options, *initializers], **options, **initializers
    )
    observed = subject.run(graph, trace())
    for name, value in options.items():
        judge_fact(observed, name, value)
    for name, initializer in initializers.items():
        judge_fact(observed, name, initializer.capitalize())


@api(LAYER)
@behaviours
@pytest.mark.parametrize("values", [[[1.0] * 3] * 3, [[1.0] * 2] * 4], ids=["count", "shape"])
def test_set_weights_of_another_shape_is_refused(
    subject: Subject, behaviour: str, values: list[list[float]]
) -> None:
    """As many arrays as weights, each of its shape."""
    observed = subject.run(
        graphs.keras_batch_norm.weights(behaviour=behaviour, values=values), trace()
    )
    judge(
        observed,
        raises("NotImplementedError" if is_keras_3(subject) else "ValueError", during="build"),
    )


@api(LAYER)
@behaviours
@given(data=st.data())
def test_fused_where_it_can_be(subject: Subject, behaviour: str, data: st.DataObject) -> None:
    """fused=True on images is the fused kernel, as it is by default."""
    layer = keras_layer(subject, data, "image", behaviour=behaviour, training=True, fused=True)
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(layer.graph, trace(layer.set_variables(), step("y", x=x)))
    judge(observed, [{}, {"y": layer.train(x)[0]}])
    judge_fact(observed, "uses_fused_kernel", True)


@api(LAYER)
@pytest.mark.parametrize(
    "options",
    [{"renorm": True}, {"virtual_batch_size": 2}, {"axis": [1]}, {"axis": 2}],
    ids=["renorm", "virtual_batch", "rank2", "axis2"],
)
def test_fused_is_a_demand_of_api_2(subject: Subject, options: dict[str, Any]) -> None:
    """fused=True where the kernel cannot be is an error (in API 1 it is a wish)."""
    shape = [None, 2] if "axis" in options and options["axis"] == [1] else [None, 2, 2, CHANNELS]
    observed = subject.run(
        graphs.keras_batch_norm.refused_fused(shape=shape, behaviour="v2", **options),
        trace(),
    )
    judge(observed, raises("ValueError", during="build"))
