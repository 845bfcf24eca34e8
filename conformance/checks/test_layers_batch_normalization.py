"""tf.layers.batch_normalization: training, inference, UPDATE_OPS run and not run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.judge import judge, judge_fact
from conformance.marks import api
from conformance.semantics import semantics
from conformance.strategies import FINITE, TAME, arrays
from conformance.subject import Observed, Subject
from conformance.trace import Array, Step, graphs, step, trace
from reference_impls import balls, batch_norm_layer
from reference_impls.batch_norm_layer import Parameters

LAYER = "tf.layers.batch_normalization"
CHANNELS = 3

# Where the channels are, whether the kernel is the fused one, and what shape the graph is told.
KINDS: dict[str, dict[str, Any]] = {
    "dense": {"shape": [None, CHANNELS], "axis": -1, "fused": None, "kernel": False},
    "dense_axis1": {"shape": [None, CHANNELS, 2], "axis": 1, "fused": None, "kernel": False},
    "image": {"shape": [None, None, None, CHANNELS], "axis": -1, "fused": None, "kernel": True},
    "image_composed": {
        "shape": [None, None, None, CHANNELS],
        "axis": 3,
        "fused": False,
        "kernel": False,
    },
}
SIZES = st.integers(1, 4)
MOMENTA = st.sampled_from((0.99, 0.9))
EPSILONS = st.sampled_from((0.001, 1e-5))
STATISTICS = ("moving_mean", "moving_variance")
kinds = pytest.mark.parametrize("kind", KINDS)


class Layer:
    """One layer's drawn options and variables, and what its reference makes of them."""

    def __init__(
        self, subject: Subject, data: st.DataObject, kind: str, dtype: str, **options: Any
    ) -> None:
        spec = KINDS[kind]
        self.fused: bool = spec["kernel"]
        self.axis: int = spec["axis"]
        self.momentum: float = options.pop("momentum", 0.99)
        self.epsilon: float = options.pop("epsilon", 0.001)
        self.names = [
            name
            for name, there in (
                ("gamma", options.get("scale", True)),
                ("beta", options.get("center", True)),
                ("moving_mean", True),
                ("moving_variance", True),
            )
            if there
        ]
        self.values: dict[str, Array] = {
            name: data.draw(arrays(dtype, [CHANNELS], TAME), label=name) for name in self.names
        }
        self.values["moving_variance"] = np.abs(self.values["moving_variance"])
        self.shape = [
            data.draw(SIZES, label="size") if size is None else size for size in spec["shape"]
        ]
        floor = semantics(subject, "fused_epsilon_floor") if self.fused else 0.0
        self.used_epsilon = max(self.epsilon, floor)
        self.graph = graphs.batch_norm.layer(
            dtype=dtype,
            shape=spec["shape"],
            axis=self.axis,
            fused=spec["fused"],
            momentum=self.momentum,
            epsilon=self.epsilon,
            **options,
        )

    def set_variables(self) -> Step:
        """The run that gives the layer its variables."""
        return step("set", **{f"set_{name}": value for name, value in self.values.items()})

    def parameters(self, statistics: dict[str, Array] | None = None) -> Parameters:
        """The variables as the reference takes them; ``statistics`` are the moving ones seen."""
        of = {name: balls.ball(value) for name, value in (self.values | (statistics or {})).items()}
        return Parameters(of.get("gamma"), of.get("beta"), of["moving_mean"], of["moving_variance"])

    def train(self, x: Array) -> tuple[balls.Ball, balls.Ball, balls.Ball]:
        """Output, batch mean and batch variance."""
        return batch_norm_layer.training(
            balls.ball(x), self.axis, self.parameters(), self.used_epsilon, fused=self.fused
        )

    def infer(self, x: Array, statistics: dict[str, Array] | None = None) -> balls.Ball:
        """Output by the moving statistics."""
        return batch_norm_layer.inference(
            balls.ball(x),
            self.axis,
            self.parameters(statistics),
            self.used_epsilon,
            fused=self.fused,
        )

    def moved(self, x: Array, before: dict[str, Array]) -> dict[str, balls.Ball]:
        """The moving statistics after one update on ``x``."""
        _, mean, variance = self.train(x)
        return {
            name: batch_norm_layer.moved(
                balls.ball(before[name]), value, self.momentum, momentum_is_tensor=self.fused
            )
            for name, value in (("moving_mean", mean), ("moving_variance", variance))
        }


def statistics_at(observed: Observed, index: int, otherwise: dict[str, Array]) -> dict[str, Array]:
    """The moving statistics TensorFlow had at a step, or ``otherwise`` where it stopped before."""
    if index >= len(observed.steps):
        return otherwise
    return {name: observed.steps[index][name] for name in STATISTICS}


@api(LAYER)
@kinds
@pytest.mark.parametrize("dtype", ["float32"])
@pytest.mark.parametrize("training", [True, "fed"], ids=["training_bool", "training_placeholder"])
@given(data=st.data())
def test_training_normalises_by_the_batch_and_update_ops_move_the_statistics(
    subject: Subject, kind: str, dtype: str, training: Any, data: st.DataObject
) -> None:
    """The output alone moves nothing; running UPDATE_OPS moves both statistics, each time."""
    layer = Layer(
        subject,
        data,
        kind,
        dtype,
        training=training,
        momentum=data.draw(MOMENTA, label="momentum"),
    )
    x = [data.draw(arrays(dtype, layer.shape, FINITE), label=f"x {n}") for n in range(2)]
    flag = {"training": np.asarray(True)} if training == "fed" else {}
    observed = subject.run(
        layer.graph,
        trace(
            layer.set_variables(),
            step("y", x=x[0], **flag),
            step(*STATISTICS),
            step("updates", x=x[0], **flag),
            step(*STATISTICS),
            step("updates", x=x[1], **flag),
            step(*STATISTICS),
        ),
    )
    before = {name: layer.values[name] for name in STATISTICS}
    once = statistics_at(observed, 4, before)
    judge(
        observed,
        [
            {},
            {"y": layer.train(x[0])[0]},
            before,
            {},
            layer.moved(x[0], before),
            {},
            layer.moved(x[1], once),
        ],
    )


@api(LAYER)
@kinds
@pytest.mark.parametrize("dtype", ["float32"])
@pytest.mark.parametrize("training", [False, "fed"], ids=["training_bool", "training_placeholder"])
@given(data=st.data())
def test_inference_normalises_by_the_moving_statistics(
    subject: Subject, kind: str, dtype: str, training: Any, data: st.DataObject
) -> None:
    """Inference uses the moving statistics, and leaves them be even when UPDATE_OPS run."""
    layer = Layer(subject, data, kind, dtype, training=training)
    x = data.draw(arrays(dtype, layer.shape, TAME), label="x")
    flag = {"training": np.asarray(False)} if training == "fed" else {}
    # Update ops exist when the graph may train. Where the fused kernel leaves its statistics
    # unwritten in inference, they multiply whatever the memory held by zero: NaN, now and then.
    updates = training == "fed" and (
        not layer.fused or semantics(subject, "fused_inference_fills_statistics")
    )
    observed = subject.run(
        layer.graph,
        trace(
            layer.set_variables(),
            step("y", x=x, **flag),
            *([step("updates", x=x, **flag)] if updates else []),
            step(*STATISTICS),
        ),
    )
    unmoved = {name: layer.values[name] for name in STATISTICS}
    judge(observed, [{}, {"y": layer.infer(x)}, *([{}] if updates else []), unmoved])


@api(LAYER)
@kinds
@pytest.mark.parametrize("center", [True, False], ids=["center", "no_center"])
@pytest.mark.parametrize("scale", [True, False], ids=["scale", "no_scale"])
@given(data=st.data())
def test_update_ops_under_the_output_move_the_statistics(
    subject: Subject, kind: str, center: bool, scale: bool, data: st.DataObject
) -> None:
    """With the output under control dependencies of UPDATE_OPS, each run of it moves them once."""
    layer = Layer(
        subject,
        data,
        kind,
        "float32",
        training=True,
        center=center,
        scale=scale,
        epsilon=data.draw(EPSILONS, label="epsilon"),
        updates_under_output=True,
    )
    x = data.draw(arrays("float32", layer.shape, TAME), label="x")
    observed = subject.run(
        layer.graph,
        trace(layer.set_variables(), step("y", x=x), step(*STATISTICS)),
    )
    before = {name: layer.values[name] for name in STATISTICS}
    judge(observed, [{}, {"y": layer.train(x)[0]}, layer.moved(x, before)])


@api(LAYER)
@kinds
@pytest.mark.parametrize("training", [True, False, "fed"], ids=["train", "infer", "placeholder"])
def test_variables_and_update_ops(subject: Subject, kind: str, training: Any) -> None:
    """The layer's variables, which of them are trainable, and how many update ops it registers."""
    spec = KINDS[kind]
    observed = subject.run(
        graphs.batch_norm.layer(
            dtype="float32",
            shape=spec["shape"],
            axis=spec["axis"],
            fused=spec["fused"],
            training=training,
            name="bn",
        ),
        trace(step("gamma", "beta", *STATISTICS), fresh=True),
    )
    ones, zeros = np.ones(CHANNELS, np.float32), np.zeros(CHANNELS, np.float32)
    judge(
        observed,
        [{"gamma": ones, "beta": zeros, "moving_mean": zeros, "moving_variance": ones}],
    )
    names = ["gamma", "beta", *STATISTICS]
    judge_fact(observed, "variables", [[f"bn/{name}", [CHANNELS]] for name in names])
    judge_fact(observed, "trainable", ["bn/gamma", "bn/beta"])
    judge_fact(observed, "update_count", 0 if training is False else 2)
    judge_fact(observed, "output_dtype", "float32")
