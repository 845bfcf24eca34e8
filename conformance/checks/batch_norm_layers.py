"""A layer of batch normalisation as its checks draw it: options, variables, and what they make."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from conformance.enlargement import longer
from conformance.semantics import semantics
from conformance.strategies import TAME, arrays, named
from conformance.trace import GraphSpec, graphs, step
from reference_impls import balls, batch_norm_layer, batch_norm_layer_gradients, batch_renorm
from reference_impls.batch_norm_layer import SIXTEEN_BITS, Parameters
from reference_impls.batch_renorm import Averages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.subject import Observed, Subject
    from conformance.trace import Array, Step

    Formula = Callable[[balls.Ball, balls.Ball, float], balls.Ball]

CHANNELS = longer(3)
STATISTICS = ("moving_mean", "moving_variance")
SIZES = st.integers(1, 4)
# What a layer is told beside its kind: a graph for each.
OPTIONS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"epsilon": 1e-5, "center": False}, {"epsilon": 0.01, "scale": False}]
)
CLIPPING = {
    "rmin": st.sampled_from((0.5, 0.0)),
    "rmax": st.sampled_from((1.5, 3.0)),
    "dmax": st.sampled_from((0.25, 5.0)),
}


@dataclass(frozen=True)
class Kind:
    """What a layer is put on: the shape the graph is told, and the axes that keep statistics.

    ``kernel`` says whether the fused kernel computes it, or names the meaning (`semantics`) that
    says so.
    """

    shape: tuple[int | None, ...]
    axis: int | tuple[int, ...] = -1
    fused: bool | None = None
    kernel: bool | str = False

    @property
    def parameter_shape(self) -> list[int]:
        """The shape of the layer's variables."""
        if isinstance(self.axis, int):
            return [CHANNELS]
        return [size or 0 if at in self.axis else 1 for at, size in enumerate(self.shape)]


KINDS = {
    "dense": Kind((None, CHANNELS)),
    "dense_axis1": Kind((None, CHANNELS, 2), axis=1),
    "two_axes": Kind((None, CHANNELS, 2, None), axis=(1, 2)),
    "image": Kind((None, None, None, CHANNELS), kernel=True),
    "image_composed": Kind((None, None, None, CHANNELS), axis=3, fused=False),
    "image_axis1": Kind((None, CHANNELS, None, None), axis=1, kernel=True),
    "volume": Kind((None, None, 2, None, CHANNELS), kernel="layer_fuses_volumes"),
}


class Layer:
    """One layer's drawn options and variables, and what its reference makes of them.

    ``formula`` is how its moving statistics move, where it is not that of TensorFlow 1's and Keras
    2's layers. ``options`` are the layer's own and those of ``builder``.
    """

    def __init__(
        self,
        subject: Subject,
        data: st.DataObject,
        kind: Kind,
        dtype: str,
        *,
        builder: Callable[..., GraphSpec] = graphs.batch_norm_layers.layer,
        formula: Formula | None = None,
        **options: Any,
    ) -> None:
        kernel = kind.kernel
        self.fused = semantics(subject, kernel) if isinstance(kernel, str) else kernel
        self.axis = kind.axis
        self._formula = formula
        # What a check leaves out is left out of the call, too: defaults are promises.
        self.momentum: float = options.get("momentum", 0.99)
        self.epsilon: float = options.get("epsilon", 0.001)
        self.virtual_batch_size: int | None = options.get("virtual_batch_size")
        self.wide = dtype not in SIXTEEN_BITS or semantics(subject, "layer_widens_16_bits")
        floor = semantics(subject, "fused_epsilon_floor") if self.fused else 0.0
        self.used_epsilon = max(self.epsilon, floor)
        self.shape = [
            data.draw(SIZES, label="size") if size is None else size for size in kind.shape
        ]
        if self.virtual_batch_size is not None:
            self.shape[0] *= self.virtual_batch_size
        self.values = self._draw_variables(data, kind, dtype, options)
        if kind.fused is not None:
            options["fused"] = kind.fused
        self.graph = builder(dtype=dtype, shape=kind.shape, axis=kind.axis, **options)

    def _draw_variables(
        self, data: st.DataObject, kind: Kind, dtype: str, options: Mapping[str, Any]
    ) -> dict[str, Array]:
        shape = kind.parameter_shape
        if self.virtual_batch_size is not None:
            shape = [1, *(1 for _ in kind.shape[1:]), CHANNELS]
        names = ["gamma"] * options.get("scale", True) + ["beta"] * options.get("center", True)
        names.append("moving_mean")
        stored = "float32" if dtype in SIXTEEN_BITS else dtype
        values = data.draw(named(names, stored, shape, TAME), label=", ".join(names))
        variance = data.draw(arrays(stored, shape, TAME), label="moving_variance")
        return {**values, "moving_variance": np.abs(variance)}

    def set_variables(self, **others: Array) -> Step:
        """The run that gives the layer its variables, and ``others`` by their names."""
        values = self.values | others
        return step("set", **{f"set_{name}": value for name, value in values.items()})

    def parameters(self, statistics: Mapping[str, Array] | None = None) -> Parameters:
        """The variables as the reference takes them; ``statistics`` are the moving ones seen."""
        values = self.values | dict(statistics or {})
        of = {name: balls.ball(value) for name, value in values.items()}
        return Parameters(of.get("gamma"), of.get("beta"), of["moving_mean"], of["moving_variance"])

    def train(
        self,
        x: Array,
        correction: tuple[balls.Ball, balls.Ball] | None = None,
        moments: tuple[balls.Ball, balls.Ball] | None = None,
    ) -> tuple[balls.Ball, balls.Ball, balls.Ball]:
        """Output, batch mean and batch variance."""
        return batch_norm_layer.training(
            balls.ball(x),
            self.axis,
            self.parameters(),
            self.used_epsilon,
            fused=self.fused,
            virtual_batch_size=self.virtual_batch_size,
            correction=correction,
            moments=moments,
            wide=self.wide,
        )

    def infer(self, x: Array, statistics: Mapping[str, Array] | None = None) -> balls.Ball:
        """Output by the moving statistics."""
        return batch_norm_layer.inference(
            balls.ball(x),
            self.axis,
            self.parameters(statistics),
            self.used_epsilon,
            fused=self.fused,
            virtual_batch_size=self.virtual_batch_size,
            wide=self.wide,
        )

    def gradients(self, x: Array, grad_y: Array, *, training: bool) -> dict[str, balls.Ball]:
        """Gradients of the output to x, gamma and beta, by the names of their fetches.

        In training they go through the batch's statistics; in inference those are constants.
        """
        assert isinstance(self.axis, int)
        of = batch_norm_layer_gradients
        gradients = (of.training if training else of.inference)(
            balls.ball(x),
            self.axis,
            self.parameters(),
            self.used_epsilon,
            balls.ball(grad_y),
            fused=self.fused,
        )
        return {f"grad_{name}": one for name, one in gradients.items()}

    @property
    def formula(self) -> Formula:
        """How a moving statistic moves towards the batch's, by a momentum."""
        return self._formula or functools.partial(
            batch_norm_layer.moved, momentum_is_tensor=self.fused
        )

    def moved(self, x: Array, before: Mapping[str, Array]) -> dict[str, balls.Ball]:
        """The moving statistics after one update on ``x``."""
        _, mean, variance = self.train(x)
        return {
            name: self.formula(balls.ball(before[name]), value, self.momentum)
            for name, value in zip(STATISTICS, (mean, variance), strict=True)
        }

    @property
    def statistics(self) -> dict[str, Array]:
        """The moving statistics the layer starts with."""
        return {name: self.values[name] for name in STATISTICS}


class RenormLayer(Layer):
    """A layer with renorm, its averages drawn too.

    It is clipped by what is drawn and fed for the keys ``clipped``, or by the numbers of
    ``renorm_clipping``.
    """

    def __init__(
        self,
        subject: Subject,
        data: st.DataObject,
        kind: Kind,
        clipped: list[str] | None = None,
        **options: Any,
    ) -> None:
        self.weighted = semantics(subject, "renorm_averages_have_weights")
        self.renorm_momentum = 0.75
        values = options.get("renorm_clipping", {})
        if clipped is not None:
            options["clipped"] = clipped
            values = {key: data.draw(CLIPPING[key], label=key) for key in clipped}
        self.clipping = {key: np.asarray(value, np.float32) for key, value in values.items()}
        super().__init__(
            subject,
            data,
            kind,
            "float32",
            renorm=True,
            renorm_momentum=self.renorm_momentum,
            **options,
        )
        shape = self.values["moving_mean"].shape
        added = {"renorm_mean": shape, "renorm_stddev": shape}
        if self.weighted:
            added |= {"renorm_mean_weight": (), "renorm_stddev_weight": ()}
        else:
            added |= {"moving_stddev": shape}
        for name, size in added.items():
            self.values[name] = data.draw(arrays("float32", size, ("unit",)), label=name)
            if name != "renorm_mean":
                self.values[name] = np.abs(self.values[name])

    @property
    def state(self) -> dict[str, Array]:
        """Everything that an update moves."""
        return {name: value for name, value in self.values.items() if name not in ("gamma", "beta")}

    def batch(self, x: Array) -> tuple[balls.Ball, balls.Ball]:
        """The batch's mean and variance."""
        _, mean, variance = self.train(x)
        return mean, variance

    def averages(self, state: Mapping[str, Array]) -> Averages:
        """The averages of ``state`` as the reference takes them."""
        of = {name: balls.ball(value) for name, value in state.items()}
        return Averages(
            of["renorm_mean"],
            of["renorm_stddev"],
            of.get("renorm_mean_weight"),
            of.get("renorm_stddev_weight"),
        )

    def correction(self, x: Array, state: Mapping[str, Array]) -> tuple[balls.Ball, balls.Ball]:
        """r and d of a batch by the averages of ``state``."""
        clipping = {name: balls.ball(value) for name, value in self.clipping.items()}
        return batch_renorm.correction(
            *self.batch(x), self.averages(state), self.used_epsilon, clipping
        )

    def train_corrected(self, x: Array, state: Mapping[str, Array]) -> balls.Ball:
        """Output in training, corrected by the averages of ``state``."""
        return self.train(x, self.correction(x, state))[0]

    def moved_state(self, x: Array, state: Mapping[str, Array]) -> dict[str, balls.Ball]:
        """Averages and moving statistics after one update on ``x``."""
        mean, variance = self.batch(x)
        after = batch_renorm.moved_averages(
            self.averages(state),
            mean,
            variance,
            self.used_epsilon,
            self.renorm_momentum,
            self.formula,
        )

        def towards(name: str, value: balls.Ball) -> balls.Ball:
            return self.formula(balls.ball(state[name]), value, self.momentum)

        moved = {"renorm_mean": after.mean, "renorm_stddev": after.stddev}
        if after.mean_weight is not None and after.stddev_weight is not None:
            moved |= {
                "renorm_mean_weight": after.mean_weight,
                "renorm_stddev_weight": after.stddev_weight,
            }
            mean, variance = batch_renorm.debiased_statistics(after, self.used_epsilon)
            moved["moving_variance"] = towards("moving_variance", variance)
        else:
            stddev = batch_renorm.standard_deviation(variance, self.used_epsilon)
            moved["moving_stddev"] = towards("moving_stddev", stddev)
            moved["moving_variance"] = batch_renorm.variance_of(
                moved["moving_stddev"], self.used_epsilon
            )
        return moved | {"moving_mean": towards("moving_mean", mean)}


def initial_values(shape: Sequence[int] = (CHANNELS,)) -> dict[str, Array]:
    """What a layer's variables start with, unless their initialisers are given."""
    ones, zeros = np.ones(shape, np.float32), np.zeros(shape, np.float32)
    return {"gamma": ones, "beta": zeros, "moving_mean": zeros, "moving_variance": ones}


def regularization_losses(
    values: Mapping[str, Array], factors: Mapping[str, float]
) -> tuple[list[balls.Ball], balls.Ball | Array]:
    """What regularizers of factor * sum(variable**2) give, each and all of them."""
    losses = [
        balls.sum(balls.square(balls.ball(values[name])), 0) * factor
        for name, factor in factors.items()
    ]
    return losses, balls.sum(balls.stack(losses), 0) if losses else np.zeros((), np.float32)


def seen(observed: Observed, index: int, otherwise: Mapping[str, Array]) -> dict[str, Array]:
    """What TensorFlow had at a step of each name, or ``otherwise`` where it stopped before."""
    return {name: observed.seen(index, name, value) for name, value in otherwise.items()}
