"""What checkpoints and user code rely on in a graph: names, slots, collections and their order.

The promises judged here hold on every release. Operation types, inputs and control inputs go into
the report as facts, and a diff of two releases lists those that changed.
"""

from __future__ import annotations

import pytest

from conformance.judge import judge_fact
from conformance.marks import api
from conformance.subject import Subject
from conformance.trace import graphs, trace

variables = pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])


@api("moving_averages.assign_moving_average")
@variables
def test_facts_of_assign_moving_average(subject: Subject, use_resource: bool) -> None:
    """The update is called AssignMovingAvg, and zero_debias adds its slots under the variable."""
    graph = graphs.graph_facts.assign_moving_average(use_resource=use_resource)
    observed = subject.run(graph, trace())
    slots = ["scope/debiased/biased", "scope/debiased/local_step"]
    judge_fact(
        observed,
        "variables",
        ["scope/plain", "scope/debiased", *(f"scope/{slot}" for slot in slots)],
    )


@api("tf.train.ExponentialMovingAverage")
@variables
def test_facts_of_exponential_moving_average(subject: Subject, use_resource: bool) -> None:
    """Shadow variables are named after what they average, a tensor's included."""
    graph = graphs.graph_facts.exponential_moving_average(use_resource=use_resource)
    observed = subject.run(graph, trace())
    suffix = "ExponentialMovingAverage"
    judge_fact(observed, "update", suffix)


@api("tf.control_dependencies")
@variables
def test_facts_of_control_flow(subject: Subject, use_resource: bool) -> None:
    """One variable, whatever is made around it."""
    graph = graphs.graph_facts.control_flow(use_resource=use_resource)
    judge_fact(subject.run(graph, trace()), "variables", ["v"])


@api("tf.train.Optimizer")
@pytest.mark.parametrize(
    ("name", "slots"),
    [
        ("GradientDescentOptimizer", []),
        ("MomentumOptimizer", ["momentum"]),
        ("RMSPropOptimizer", ["momentum", "rms"]),
        ("AdadeltaOptimizer", ["accum", "accum_update"]),
    ],
)
@variables
def test_facts_of_optimizers(
    subject: Subject, name: str, slots: list[str], use_resource: bool
) -> None:
    """The slots an optimiser keeps, by name: what a checkpoint holds of it."""
    graph = graphs.graph_facts.optimizer(name=name, use_resource=use_resource)
    judge_fact(subject.run(graph, trace()), "slots", slots)


@api("tf.layers.batch_normalization")
def test_facts_of_batch_normalization(subject: Subject) -> None:
    """The layer's four variables, in the order checkpoints list them."""
    observed = subject.run(graphs.graph_facts.batch_normalization(), trace())
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    judge_fact(observed, "variables", [f"batch_normalization/{name}" for name in names])


@api("tf.metrics.accuracy")
@variables
def test_facts_of_accuracy(subject: Subject, use_resource: bool) -> None:
    """A metric keeps two local variables."""
    observed = subject.run(graphs.graph_facts.accuracy(use_resource=use_resource), trace())
    judge_fact(observed, "variables", ["accuracy/total", "accuracy/count"])
