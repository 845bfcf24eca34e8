"""tf.layers.batch_normalization: training, inference, UPDATE_OPS run and not run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.batch_norm_layers import CHANNELS, KINDS, OPTIONS, STATISTICS, Layer, seen
from conformance.judge import judge, judge_fact, raises
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import FINITE, TAME, arrays, named, series
from conformance.subject import Subject
from conformance.trace import Array, Step, graphs, step, trace

LAYER = "tf.layers.batch_normalization"
# Momentum and epsilon: a graph for each.
RATES = st.sampled_from(((0.99, 0.001), (0.9, 1e-5)))
kinds = pytest.mark.parametrize("kind", KINDS)
FLAG_IDS = {"fed": "placeholder", "variable": "variable", True: "true", False: "false"}


def flags(*values: Any) -> pytest.MarkDecorator:
    """What ``training`` is: a Python bool, a placeholder or a variable."""
    return pytest.mark.parametrize("training", values, ids=[FLAG_IDS[one] for one in values])


def flag_set(training: Any, value: bool) -> tuple[list[Step], dict[str, Array]]:
    """The runs that set the flag to ``value``, and what every other run is fed for it."""
    given_value = np.asarray(value)
    return (
        [step("set_flag", set_training=given_value)] if training == "variable" else [],
        {"training": given_value} if training == "fed" else {},
    )


@api(LAYER)
@kinds
@flags(True, "fed", "variable")
@given(data=st.data())
def test_training_normalises_by_the_batch_and_update_ops_move_the_statistics(
    subject: Subject, kind: str, training: Any, data: st.DataObject
) -> None:
    """The output alone moves nothing; running UPDATE_OPS moves both statistics, each time."""
    layer = Layer(subject, data, KINDS[kind], "float32", training=training)
    x = data.draw(series(2, "float32", layer.shape, FINITE), label="xs")
    setting, fed = flag_set(training, True)
    observed = subject.run(
        layer.graph,
        trace(
            *setting,
            layer.set_variables(),
            step("y", x=x[0], **fed),
            step(*STATISTICS),
            step("updates", x=x[0], **fed),
            step(*STATISTICS),
            step("updates", x=x[1], **fed),
            step(*STATISTICS),
        ),
    )
    once = seen(observed, len(setting) + 4, layer.statistics)
    judge(
        observed,
        [
            *({} for _ in setting),
            {},
            {"y": layer.train(x[0])[0]},
            layer.statistics,
            {},
            layer.moved(x[0], layer.statistics),
            {},
            layer.moved(x[1], once),
        ],
    )


@api(LAYER)
@pytest.mark.parametrize("kind", ["dense", "image"])
@given(data=st.data())
def test_training_may_be_a_constant_tensor(
    subject: Subject, kind: str, data: st.DataObject
) -> None:
    """A tensor that the graph knows to be true trains, too."""
    layer = Layer(subject, data, KINDS[kind], "float32", training="constant")
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(
        layer.graph,
        trace(layer.set_variables(), step("y", x=x), step("updates", x=x), step(*STATISTICS)),
    )
    judge(observed, [{}, {"y": layer.train(x)[0]}, {}, layer.moved(x, layer.statistics)])


@api(LAYER)
@pytest.mark.parametrize("kind", ["dense", "image"])
@given(data=st.data())
def test_inference_reads_statistics_when_it_runs(
    subject: Subject, kind: str, data: st.DataObject
) -> None:
    """Under control dependencies of new moving statistics, those of resource variables are read."""
    graph = graphs.batch_norm_layers.after_assignment
    layer = Layer(subject, data, KINDS[kind], "float32", builder=graph)
    new = data.draw(named(STATISTICS, "float32", [CHANNELS], TAME), label="new statistics")
    new["moving_variance"] = np.abs(new["moving_variance"])
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    fed = {f"new_{name}": value for name, value in new.items()}
    observed = subject.run(layer.graph, trace(layer.set_variables(), step("y", x=x, **fed)))
    judge(observed, [{}, {"y": layer.infer(x, new)}])


@api(LAYER)
@kinds
@flags(False, "fed", "variable")
@given(data=st.data())
def test_inference_normalises_by_the_moving_statistics(
    subject: Subject, kind: str, training: Any, data: st.DataObject
) -> None:
    """Inference uses the moving statistics, and leaves them be even when UPDATE_OPS run."""
    options: dict[str, Any] = {} if training else data.draw(OPTIONS, label="options")
    layer = Layer(subject, data, KINDS[kind], "float32", training=training, **options)
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    setting, fed = flag_set(training, False)
    # Update ops exist when the graph may train. Where the fused kernel leaves its statistics
    # unwritten in inference, they multiply whatever the memory held by zero: NaN, now and then.
    updates = training is not False and (
        not layer.fused or semantics(subject, "fused_inference_fills_statistics")
    )
    observed = subject.run(
        layer.graph,
        trace(
            *setting,
            layer.set_variables(),
            step("y", x=x, **fed),
            *([step("updates", x=x, **fed)] if updates else []),
            step(*STATISTICS),
        ),
    )
    unmoved = layer.statistics
    judge(
        observed,
        [
            *({} for _ in setting),
            {},
            {"y": layer.infer(x)},
            *([{}] if updates else []),
            unmoved,
        ],
    )


@api(LAYER)
@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
@pytest.mark.parametrize("kind", ["dense", "image", "image_composed"])
@given(data=st.data())
def test_dtypes(subject: Subject, kind: str, dtype: str, data: st.DataObject) -> None:
    """Variables of 16 bits of input are float32; the output has the input's dtype."""
    layer = Layer(subject, data, KINDS[kind], dtype, training=True)
    refusal = None
    if dtype == "float64":
        if layer.fused and not semantics(subject, "layer_composes_float64"):
            refusal = raises("TypeError", during="build")
        layer.fused = False
    elif not layer.fused and not semantics(subject, "layer_composes_16_bits"):
        refusal = raises("ValueError", during="build")
    x = data.draw(arrays(dtype, layer.shape, TAME), label="x")
    observed = subject.run(
        layer.graph,
        trace(layer.set_variables(), step("y", x=x), step("updates", x=x), step(*STATISTICS)),
    )
    if refusal is not None:
        judge(observed, refusal)
        return
    judge(
        observed,
        [{}, {"y": layer.train(x)[0]}, {}, layer.moved(x, layer.statistics)],
    )
    judge_fact(observed, "variable_dtypes", ["float64" if dtype == "float64" else "float32"])
    judge_fact(observed, "output_dtype", dtype)


@api(LAYER)
@pytest.mark.parametrize("kind", ["dense", "two_axes", "image", "image_composed"])
@pytest.mark.parametrize("center", [True, False], ids=["center", "no_center"])
@pytest.mark.parametrize("scale", [True, False], ids=["scale", "no_scale"])
@given(data=st.data())
def test_update_ops_under_the_output_move_the_statistics(
    subject: Subject, kind: str, center: bool, scale: bool, data: st.DataObject
) -> None:
    """With the output under control dependencies of UPDATE_OPS, each run of it moves them once."""
    momentum, epsilon = data.draw(RATES, label="momentum, epsilon")
    layer = Layer(
        subject,
        data,
        KINDS[kind],
        "float32",
        training=True,
        center=center,
        scale=scale,
        momentum=momentum,
        epsilon=epsilon,
        updates_under_output=True,
    )
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(
        layer.graph,
        trace(layer.set_variables(), step("y", x=x), step(*STATISTICS)),
    )
    judge(observed, [{}, {"y": layer.train(x)[0]}, layer.moved(x, layer.statistics)])


@api("tf.layers.BatchNormalization")
@pytest.mark.parametrize("kind", ["dense", "two_axes", "image"])
@flags(True, False)
@given(data=st.data())
def test_class_computes_what_the_function_does(
    subject: Subject, kind: str, training: bool, data: st.DataObject
) -> None:
    """A tf.layers.BatchNormalization normalises and updates by the function's reference."""
    layer = Layer(subject, data, KINDS[kind], "float32", training=training, form="class")
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
    judge_fact(observed, "update_count", 2 if training else 0)


@api(LAYER)
@pytest.mark.parametrize("kind", ["dense", "image"])
@given(data=st.data())
def test_not_trainable_still_normalises_by_the_batch(
    subject: Subject, kind: str, data: st.DataObject
) -> None:
    """trainable=False takes variables and update ops out of their collections, and no more."""
    layer = Layer(subject, data, KINDS[kind], "float32", training=True, trainable=False)
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(
        layer.graph,
        trace(layer.set_variables(), step("y", x=x), step("updates", x=x), step(*STATISTICS)),
    )
    judge(observed, [{}, {"y": layer.train(x)[0]}, {}, layer.statistics])
    judge_fact(observed, "trainable", [])
    judge_fact(observed, "update_count", 0)
