"""keras.layers.BatchNormalization of the standalone keras 2.2, beside TensorFlow 1.12 to 1.15."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.batch_norm_layers import (
    CHANNELS,
    KINDS,
    OPTIONS,
    STATISTICS,
    Kind,
    Layer,
    initial_values,
    seen,
)
from conformance.judge import judge, judge_fact, raises
from conformance.marks import api, published
from conformance.published import shown
from conformance.semantics import semantics
from conformance.strategies import TAME, arrays, series
from conformance.trace import graphs, step, trace
from reference_impls import balls, batch_norm_layer, moving_averages, standalone_keras

if TYPE_CHECKING:
    from conformance.subject import Observed, Subject
    from conformance.trace import Array

LAYER = "keras.layers.BatchNormalization"
NAMES = ("gamma", "beta", *STATISTICS)
STANDALONE_KINDS = {
    "dense": KINDS["dense"],
    "dense_axis1": KINDS["dense_axis1"],
    "image": KINDS["image"],
    "image_axis1": Kind((None, CHANNELS, None, None), axis=1),
}
kinds = pytest.mark.parametrize("kind", STANDALONE_KINDS)


class StandaloneLayer(Layer):
    """A layer of the standalone keras."""

    def __init__(self, subject: Subject, data: st.DataObject, kind: str, **options: Any) -> None:
        self.by_difference = semantics(subject, "zero_debias_by_difference")
        super().__init__(
            subject,
            data,
            STANDALONE_KINDS[kind],
            "float32",
            builder=graphs.keras_batch_norm.standalone,
            **options,
        )

    @property
    def state(self) -> dict[str, Array]:
        """The moving statistics and their slots at the start."""
        state = self.statistics
        for name in STATISTICS:
            state[f"{name}_biased"] = np.zeros(CHANNELS, np.float32)
            state[f"{name}_local_step"] = np.zeros((), np.float32)
        return state

    def moved_state(
        self, x: Array, before: dict[str, Array], after: dict[str, Array]
    ) -> dict[str, balls.Ball | Array]:
        """Statistics and slots after one update; ``after`` has the slots that came of it."""
        _, mean, variance = self.train(x)
        count = x.size // CHANNELS
        variance = standalone_keras.sample_variance(variance, count, self.epsilon)
        moved: dict[str, balls.Ball | Array] = {}
        rate = moving_averages.decay_rate(self.momentum, np.dtype("float32"))
        for name, value in zip(STATISTICS, (mean, variance), strict=True):
            biased, local_step = f"{name}_biased", f"{name}_local_step"
            moved[biased] = batch_norm_layer.moved(
                balls.ball(before[biased]), value, self.momentum, momentum_is_tensor=False
            )
            moved[local_step] = before[local_step] + np.float32(1)
            moved[name] = moving_averages.zero_debiased(
                before[name],
                after[biased],
                rate,
                before[local_step] + np.float32(1),
                by_difference=self.by_difference,
            )
        return moved


def judge_updates(
    layer: StandaloneLayer, observed: Observed, x: list[Array], head: list[dict[str, Any]]
) -> None:
    """Judge the runs of ``head``, the state, and for each of ``x`` an update and the state."""
    expected: list[dict[str, Any]] = [*head, layer.state]
    before = layer.state
    for batch in x:
        after = seen(observed, len(expected) + 1, layer.state)
        expected += [{}, layer.moved_state(batch, before, after)]
        before = after
    judge(observed, expected)


@published(25)
@api(LAYER)
@kinds
@given(data=st.data())
def test_updates_move_zero_debiased_statistics(
    subject: Subject, kind: str, data: st.DataObject
) -> None:
    """The output alone moves nothing; each run of ``updates`` moves statistics and slots."""
    momentum = data.draw(st.sampled_from((0.99, 0.9)), label="momentum")
    options = data.draw(OPTIONS, label="options")
    layer = StandaloneLayer(subject, data, kind, training=True, momentum=momentum, **options)
    x = data.draw(series(2, "float32", layer.shape, TAME), label="xs")
    state = layer.state
    observed = subject.run(
        layer.graph,
        trace(
            layer.set_variables(),
            step("y", x=x[0]),
            step(*state),
            step("updates", x=x[0]),
            step(*state),
            step("updates", x=x[1]),
            step(*state),
        ),
    )
    judge_updates(layer, observed, x, [{}, {"y": layer.train(x[0])[0]}])
    judge_fact(observed, "updates", 2)
    judge_fact(observed, "update_ops", 0)


@api(LAYER)
@kinds
@pytest.mark.parametrize("training", ["fed", "learning_phase"])
@given(data=st.data())
def test_updates_ask_for_no_flag(
    subject: Subject, kind: str, training: str, data: st.DataObject
) -> None:
    """A placeholder decides what normalises; ``updates`` move the statistics in inference too."""
    layer = StandaloneLayer(subject, data, kind, training=training)
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    train, infer = np.asarray(True), np.asarray(False)
    state = layer.state
    observed = subject.run(
        layer.graph,
        trace(
            layer.set_variables(),
            step("y", x=x, training=train),
            step("y", x=x, training=infer),
            step(*state),
            step("updates", x=x, training=infer),
            step(*state),
        ),
    )
    judge_updates(layer, observed, [x], [{}, {"y": layer.train(x)[0]}, {"y": layer.infer(x)}])


@api(LAYER)
@kinds
@pytest.mark.parametrize("center", [True, False], ids=["center", "no_center"])
@pytest.mark.parametrize("scale", [True, False], ids=["scale", "no_scale"])
@given(data=st.data())
def test_inference_has_no_updates(
    subject: Subject, kind: str, center: bool, scale: bool, data: st.DataObject
) -> None:
    """training=False normalises by the moving statistics."""
    layer = StandaloneLayer(subject, data, kind, training=False, center=center, scale=scale)
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(
        layer.graph, trace(layer.set_variables(), step("y", x=x), step(*STATISTICS))
    )
    judge(observed, [{}, {"y": layer.infer(x)}, layer.statistics])
    judge_fact(observed, "updates", 0)
    judge_fact(observed, "uses_fused_kernel", layer.fused)


@published(32)
@api(LAYER)
@pytest.mark.parametrize("kind", ["dense", "image"])
@pytest.mark.parametrize("training", [True, False], ids=["training", "inference"])
@given(data=st.data())
def test_functional_model(subject: Subject, kind: str, training: bool, data: st.DataObject) -> None:
    """A model of the layer, called on a tensor, with the learning phase fed."""
    layer = StandaloneLayer(subject, data, kind, training="learning_phase", form="model")
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(
        layer.graph,
        trace(
            layer.set_variables(),
            step("y", x=x, training=np.asarray(training)),
            step(*STATISTICS),
        ),
    )
    y = layer.train(x)[0] if training else layer.infer(x)
    judge(observed, [{}, {"y": y}, layer.statistics])


@published(30)
@api(LAYER)
def test_version_names_and_initial_values(subject: Subject) -> None:
    """The keras of the published table, and its layer's weights in their order."""
    observed = subject.run(
        graphs.keras_batch_norm.standalone(dtype="float32", shape=[None, CHANNELS], training=True),
        trace(step(*NAMES), fresh=True),
    )
    judge(observed, [initial_values()])
    release = ".".join(subject.fingerprint["tensorflow"].split(".")[:2])
    judge_fact(observed, "keras", shown(30)["keras"][release])
    judge_fact(observed, "weights", [f"bn/{name}:0" for name in NAMES])
    judge_fact(observed, "trainable_weights", 2)


@api(LAYER)
def test_not_trainable_has_no_updates(subject: Subject) -> None:
    """trainable=False takes the updates away, and the trainable weights."""
    observed = subject.run(
        graphs.keras_batch_norm.standalone(
            dtype="float32", shape=[None, CHANNELS], training=True, trainable=False
        ),
        trace(),
    )
    judge_fact(observed, "updates", 0)
    judge_fact(observed, "trainable_weights", 0)


@api(LAYER)
def test_get_and_set_weights(subject: Subject) -> None:
    """They read and write the variables of Keras' session."""
    values = [[2.5, -1.0, 0.0], [0.125, 3.0, -7.5], [1.0, 2.0, 3.0], [0.5, 4.0, 9.0]]
    observed = subject.run(graphs.keras_batch_norm.standalone_weights(values=values), trace())
    judge_fact(observed, "before", [[5.0, 6.0, 7.0], [0.0] * 3, [0.0] * 3, [1.0] * 3])
    judge_fact(observed, "after", values)


@api(LAYER)
@pytest.mark.parametrize("values", [[[1.0] * 3] * 3, [[1.0] * 2] * 4], ids=["count", "shape"])
def test_set_weights_of_another_shape_is_refused(
    subject: Subject, values: list[list[float]]
) -> None:
    """As many arrays as weights, each of its shape."""
    observed = subject.run(graphs.keras_batch_norm.standalone_weights(values=values), trace())
    judge(observed, raises("ValueError", during="build"))
