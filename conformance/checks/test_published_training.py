"""Training as tutorials publish it: gradients, clipping, losses, towers, metrics."""

from __future__ import annotations

import numpy as np

from conformance.judge import exact, judge, judge_fact
from conformance.marks import api, published
from conformance.published import agrees, numbers, shown
from conformance.subject import Subject
from conformance.trace import graphs, step, trace
from reference_impls import balls, metrics, norms


@published(24)
@api("tf.metrics.accuracy")
def test_accuracy_lags(subject: Subject) -> None:
    """The value is of the batches before; the update takes this one in."""
    table = shown(24)
    steps = [step("value")]
    total = count = np.zeros((), np.float32)
    value = np.zeros((), np.float32)
    expected: list[dict[str, object]] = [{"value": value}]
    for n, of_batch in enumerate(table["labels"]):
        labels = np.asarray(of_batch, np.int32)
        predictions = np.asarray(table["predictions"][n], np.int32)
        assert agrees(value, table["before"][n])
        correct = metrics.is_correct(labels, predictions)
        total = np.asarray(total + np.float32(correct.sum()))
        count = np.asarray(count + np.float32(correct.size))
        value = metrics.mean(total, count).centre.astype(np.float32)
        assert agrees(value, table["update"][n])
        # Quotients by powers of two have no rounding.
        steps += [step("update", labels=labels, predictions=predictions), step("value")]
        expected += [{"update": exact(value)}, {"value": exact(value)}]
    observed = subject.run(
        graphs.metrics.accuracy(
            labels_dtype="int32",
            predictions_dtype="int32",
            shapes=[[None], [None]],
            use_resource=False,
        ),
        trace(*steps),
    )
    judge(observed, expected)


@published(27)
@api("tf.gradients", "tf.train.Optimizer.compute_gradients")
def test_gradients_of_two_outputs(subject: Subject) -> None:
    """Summed over the outputs' elements, either way; compute_gradients pairs them."""
    table = shown(27)
    observed = subject.run(
        graphs.published.gradients_of_outputs(),
        trace(
            step("gradients", "computed", x=numbers(table["x"])), init={"w": numbers(table["w"])}
        ),
    )
    gradients = exact(numbers(table["gradients"]))
    judge(observed, [{"gradients": gradients, "computed": gradients}])
    judge_fact(observed, "variables", ["w0", "w1"])


@published(28)
@api("tf.clip_by_global_norm", "tf.global_norm")
def test_clipping_by_global_norm(subject: Subject) -> None:
    """The norm of all tensors together, and each of them scaled if that is too large."""
    table = shown(28)
    a, row = map(numbers, table["t"])
    b = np.asarray([[row[0], 0]], np.float32)
    norm = norms.global_norm([balls.ball(a), balls.ball(b)])
    assert agrees(norm.centre, table["global_norm"])
    for text, (clipped_a, clipped_b) in zip(table["clip_norm"], table["clipped"], strict=True):
        clip_norm = numbers(text)
        observed = subject.run(
            graphs.norms.clip_by_global_norm(dtype="float32", clip_norm=None, use_norm=False),
            trace(
                step(
                    "a", "b", "norm", a=a, b=b, b_indices=np.zeros(1, np.int64), clip_norm=clip_norm
                )
            ),
        )
        clipped = norms.clip_by_global_norm(
            [balls.ball(a), balls.ball(b)], balls.ball(clip_norm), norm, finite_only=True
        )
        assert agrees(clipped[0].centre, clipped_a)
        assert agrees(clipped[1].centre[0, :1], clipped_b)
        judge(observed, [{"a": clipped[0], "b": clipped[1], "norm": norm}])


@published(29)
@api("tf.nn.l2_loss")
def test_l2_loss(subject: Subject) -> None:
    """Half the sum of squares; of such numbers exactly."""
    t = numbers(shown(29)["t"])
    one = np.asarray(1, np.float32)
    observed = subject.run(
        graphs.norms.l2_loss(dtype="float32", rank=1),
        trace(step("loss", "gradient", t=t, grad=one)),
    )
    judge(observed, [{"loss": exact(numbers(shown(29)["l2_loss"])), "gradient": exact(t)}])


@published(29)
@api("tf.reduce_mean")
def test_average_of_tower_gradients(subject: Subject) -> None:
    """Element by element over the towers."""
    towers = numbers(shown(29)["tower_gradients"])
    observed = subject.run(
        graphs.published.average_of_gradients(count=len(towers)),
        trace(step("average", **{f"tower{n}": gradient for n, gradient in enumerate(towers)})),
    )
    judge(observed, [{"average": exact(numbers(shown(29)["average_gradient"]))}])
