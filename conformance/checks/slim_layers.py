"""A call of slim's batch_norm as its checks draw it: arguments, variables, what they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import strategies as st

from conformance.enlargement import longer
from conformance.judge import exact, judge
from conformance.semantics import semantics
from conformance.strategies import TAME, arrays, dtype_of, named
from conformance.trace import Array, Step, graphs, step, trace
from reference_impls import balls, batch_norm_layer, moving_averages, slim
from reference_impls.batch_norm_layer import Parameters
from reference_impls.slim import Implementation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.subject import Subject
    from reference_impls.balls import Ball

libraries = pytest.mark.parametrize(
    "library",
    [
        pytest.param(
            "tensorflow.contrib.layers",
            marks=pytest.mark.api("tf.contrib.layers.batch_norm"),
            id="contrib",
        ),
        pytest.param("tf_slim", marks=pytest.mark.api("tf_slim.batch_norm"), id="tf_slim"),
    ],
)

CHANNELS = longer(3)
STATISTICS = ("moving_mean", "moving_variance")
IMAGE = [None, None, None, CHANNELS]
CHANNELS_FIRST = [None, CHANNELS, None, None]
# What a call is given, with its input's shape. Each of slim's implementations, and each place of
# the channels.
CALLS: dict[str, dict[str, Any]] = {
    "image": {"shape": IMAGE},
    "image_unfused": {"shape": IMAGE, "fused": False},
    "image_in_place": {"shape": IMAGE, "updates_collections": "none"},
    "image_in_place_unfused": {"shape": IMAGE, "updates_collections": "none", "fused": False},
    "image_own": {"shape": IMAGE, "updates_collections": "own_updates", "fused": True},
    "image_own_unfused": {"shape": IMAGE, "updates_collections": "own_updates", "fused": False},
    "rows": {"shape": [None, CHANNELS]},
    "rows_unfused": {"shape": [None, CHANNELS], "fused": False},
    "rows_in_place": {"shape": [None, CHANNELS], "updates_collections": "none", "fused": True},
    "rank_3_in_place": {"shape": [None, None, CHANNELS], "updates_collections": "none"},
    "channels_first": {"shape": CHANNELS_FIRST, "data_format": "NCHW", "fused": False},
    "channels_first_in_place": {
        "shape": CHANNELS_FIRST,
        "data_format": "NCHW",
        "updates_collections": "none",
        "fused": False,
    },
    "channels_first_fused": {
        "shape": CHANNELS_FIRST,
        "data_format": "NCHW",
        "updates_collections": "none",
    },
}
SIZES = st.integers(1, 4)


@dataclass(frozen=True)
class Batch:
    """What one run is fed."""

    x: Array
    weights: Array | None = None

    @property
    def feeds(self) -> dict[str, Array]:
        """The feeds by name."""
        return {"x": self.x} | ({} if self.weights is None else {"weights": self.weights})


class Layer:
    """One call, its variables drawn, and what its reference makes of them."""

    def __init__(
        self, subject: Subject, data: st.DataObject, library: str, dtype: str, **options: Any
    ) -> None:
        self.subject = subject
        self.options = options
        self.axis = 1 if options.get("data_format") == "NCHW" else -1
        self.decay: float = options.get("decay", 0.999)
        self.in_place: bool = options.get("updates_collections") == "none"
        self.zero_debias: bool = options.get("zero_debias_moving_mean", False)
        self.implementation = slim.implementation(
            len(options["shape"]),
            fused=options.get("fused"),
            updates_collections=options.get("updates_collections", "update_ops"),
            zero_debias=self.zero_debias,
            batch_weights=options.get("batch_weights", False),
            renorm=options.get("renorm", False),
        )
        self.fused = self.implementation.is_fused
        floor = semantics(subject, "fused_epsilon_floor") if self.fused else 0.0
        self.epsilon = max(options.get("epsilon", 0.001), floor)
        self.dtype = dtype
        self.graph = graphs.slim.batch_norm(library=library, dtype=dtype, **options)
        self.shape = [
            data.draw(SIZES, label="size") if size is None else size for size in options["shape"]
        ]
        self.values = self._draw_variables(data)
        self.moving = [name for name in self.values if name not in ("gamma", "beta")]

    def _draw_variables(self, data: st.DataObject) -> dict[str, Array]:
        own = "float32" if self.fused else self.dtype
        names = [
            *["gamma"] * self.options.get("scale", False),
            *["beta"] * self.options.get("center", True),
            *STATISTICS,
        ]
        values: dict[str, Array] = data.draw(named(names, own, [CHANNELS], TAME), label="variables")
        values["moving_variance"] = np.abs(values["moving_variance"])
        if self.zero_debias:
            values["biased"] = np.zeros(CHANNELS, dtype_of(own))
            values["local_step"] = np.zeros((), dtype_of(own))
        return values

    def draw_batch(self, data: st.DataObject, regimes: Sequence[str] = TAME) -> Batch:
        """A batch, with weights if the call takes them."""
        x = data.draw(arrays(self.dtype, self.shape, regimes), label="x")
        if not self.options.get("batch_weights"):
            return Batch(x)
        weights = data.draw(
            arrays(self.dtype, self.shape[:1], ("simple", "unit", "sparse")), label="weights"
        )
        return Batch(x, np.abs(weights))

    def set_variables(self) -> Step:
        """The run that gives the layer its variables."""
        return step("set", **{f"set_{name}": value for name, value in self.values.items()})

    def parameters(self) -> Parameters:
        """The variables as the reference takes them."""
        of = {name: balls.ball(value) for name, value in self.values.items()}
        return Parameters(of.get("gamma"), of.get("beta"), of["moving_mean"], of["moving_variance"])

    def train(self, batch: Batch) -> tuple[Ball, Ball, Ball]:
        """Output, batch mean and batch variance."""
        x, parameters = balls.ball(batch.x), self.parameters()
        if batch.weights is None:
            return batch_norm_layer.training(
                x, self.axis, parameters, self.epsilon, fused=self.fused
            )
        return slim.weighted_training(
            x,
            self.axis,
            parameters,
            self.epsilon,
            balls.ball(batch.weights),
            zero_without_weight=semantics(self.subject, "weighted_moments_are_zero_without_weight"),
        )

    def infer(self, batch: Batch) -> Ball:
        """Output by the moving statistics."""
        return batch_norm_layer.inference(
            balls.ball(batch.x), self.axis, self.parameters(), self.epsilon, fused=self.fused
        )

    def moved(
        self, batch: Batch, before: Mapping[str, Array], after: Mapping[str, Array]
    ) -> dict[str, Any]:
        """The moving statistics one update on ``batch`` makes of those ``before``.

        The debiased mean is judged from the biased one that TensorFlow has ``after`` it.
        """
        _, mean, variance = self.train(batch)
        moved: dict[str, Any] = {
            name: batch_norm_layer.moved(
                balls.ball(before[name]),
                value,
                self.decay,
                momentum_is_tensor=self.implementation is Implementation.FUSED_LAYER,
            )
            for name, value in (
                ("biased" if self.zero_debias else "moving_mean", mean),
                ("moving_variance", variance),
            )
        }
        if self.zero_debias:
            local_step = np.asarray(before["local_step"] + 1)
            moved["local_step"] = exact(local_step)
            moved["moving_mean"] = moving_averages.zero_debiased(
                before["moving_mean"],
                after["biased"],
                moving_averages.decay_rate(self.decay, local_step.dtype),
                local_step,
                by_difference=semantics(self.subject, "zero_debias_by_difference"),
            )
        return moved


def judge_training(layer: Layer, batches: Sequence[Batch], flag: Mapping[str, Array]) -> None:
    """Train on ``batches``: in place the output moves the statistics, else only its updates do."""
    steps, reads = [layer.set_variables()], []
    for batch in batches:
        steps += [step("y", **batch.feeds, **flag), step(*layer.moving)]
        if not layer.in_place:
            steps += [step("updates", **batch.feeds, **flag), step(*layer.moving)]
        reads.append(len(steps) - 1)
    observed = layer.subject.run(layer.graph, trace(*steps))
    before = {name: layer.values[name] for name in layer.moving}
    expected: list[dict[str, Any]] = [{}]
    for batch, read in zip(batches, reads, strict=True):
        after = {name: observed.seen(read, name, value) for name, value in before.items()}
        expected.append({"y": layer.train(batch)[0]})
        if not layer.in_place:
            expected += [dict(before), {}]
        expected.append(layer.moved(batch, before, after))
        before = after
    judge(observed, expected)
