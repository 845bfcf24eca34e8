"""Graphs of moments, batch_normalization and hand-built batch norm."""

import importlib

from ..missing import api, need_argument


def moments(tf, dtype, rank, axes, keep_dims):
    """tf.nn.moments of ``x``, whose shape is known at run time only."""
    x = tf.placeholder(dtype, [None] * rank, "x")
    mean, variance = api(tf, "nn.moments")(x, axes, keep_dims=keep_dims)
    return {"feeds": {"x": x}, "fetches": {"mean": mean, "variance": variance}}


def batch_normalization(tf, dtype, rank, channels_rank, has_offset, has_scale, epsilon, size=None):
    """tf.nn.batch_normalization with every operand fed; ``size`` is of every axis, if known."""
    feeds = {"x": tf.placeholder(dtype, [size] * rank, "x")}
    for name in ("mean", "variance", "offset", "scale"):
        feeds[name] = tf.placeholder(dtype, [size] * channels_rank, name)
    y = api(tf, "nn.batch_normalization")(
        feeds["x"],
        feeds["mean"],
        feeds["variance"],
        feeds["offset"] if has_offset else None,
        feeds["scale"] if has_scale else None,
        epsilon,
    )
    used = ["x", "mean", "variance"] + ["offset"] * has_offset + ["scale"] * has_scale
    return {"feeds": {name: feeds[name] for name in used}, "fetches": {"y": y}}


def hand_built(tf, dtype, use_resource, channels, axes, momentum, epsilon, moving_average):
    """Batch norm as people write it: moments, moving statistics updated, then normalised.

    The training output is under control dependencies of the updates: ``assign_moving_average``, or
    ``assign`` of the weighted sum. The inference output uses the moving statistics.
    """
    moving_averages = importlib.import_module("tensorflow.python.training.moving_averages")
    rank = len(axes) + 1
    feeds, initial_feeds = {}, {}
    feeds["x"] = tf.placeholder(dtype, [None] * (rank - 1) + [channels], "x")
    for name in ("moving_mean", "moving_variance", "beta", "gamma"):
        initial_feeds[name] = tf.placeholder(dtype, [channels], name + "_initial")
    moving_mean, moving_variance, beta, gamma = [
        tf.Variable(
            initial_feeds[name],
            name=name,
            trainable=name in ("beta", "gamma"),
            use_resource=use_resource,
        )
        for name in ("moving_mean", "moving_variance", "beta", "gamma")
    ]
    mean, variance = api(tf, "nn.moments")(feeds["x"], axes)
    if moving_average:
        updates = [
            moving_averages.assign_moving_average(moving_mean, mean, momentum, zero_debias=False),
            moving_averages.assign_moving_average(
                moving_variance, variance, momentum, zero_debias=False
            ),
        ]
    else:
        updates = [
            tf.assign(moving_mean, moving_mean * momentum + mean * (1 - momentum)),
            tf.assign(moving_variance, moving_variance * momentum + variance * (1 - momentum)),
        ]
    with tf.control_dependencies(updates):
        y_train = api(tf, "nn.batch_normalization")(
            feeds["x"], mean, variance, beta, gamma, epsilon
        )
    y_inference = api(tf, "nn.batch_normalization")(
        feeds["x"], moving_mean, moving_variance, beta, gamma, epsilon
    )
    return {
        "feeds": feeds,
        "initial_feeds": initial_feeds,
        "fetches": {
            "y_train": y_train,
            "y_inference": y_inference,
            "mean": mean,
            "variance": variance,
            "moving_mean": moving_mean,
            "moving_variance": moving_variance,
        },
    }


def moments_gradient(tf, dtype, rank, axes, has_shift):
    """tf.nn.moments and its gradient to ``x``; ``shift`` is an argument that does nothing."""
    names = ["x", "grad_mean", "grad_variance"] + ["shift"] * has_shift
    feeds = {name: tf.placeholder(dtype, None, name) for name in names[1:]}
    feeds["x"] = tf.placeholder(dtype, [None] * rank, "x")
    mean, variance = api(tf, "nn.moments")(feeds["x"], axes, shift=feeds.get("shift"))
    (gradient,) = tf.gradients(
        [mean, variance], [feeds["x"]], [feeds["grad_mean"], feeds["grad_variance"]]
    )
    return {
        "feeds": feeds,
        "fetches": {"mean": mean, "variance": variance, "gradient": gradient},
    }


def kept_moments(tf, dtype, shape, axes, keepdims_name):
    """tf.nn.moments of ``x``, dimensions kept; the gradient to ``x``, and its own gradients.

    ``shape`` is what is known of x's early: sizes, or None for each, or None for the rank too.
    """
    function = api(tf, "nn.moments")
    need_argument(function, keepdims_name)
    x = tf.placeholder(dtype, shape, "x")
    feeds = {"x": x}
    mean, variance = function(x, axes, **{keepdims_name: True})
    for name, like in (("grad_mean", mean), ("grad_variance", variance), ("grad_gradient", x)):
        feeds[name] = tf.placeholder(dtype, like.shape, name)
    arriving = [feeds["grad_mean"], feeds["grad_variance"]]
    (gradient,) = tf.gradients([mean, variance], [x], arriving)
    second = tf.gradients(gradient, [x] + arriving, feeds["grad_gradient"])
    fetches = dict(zip(("of_x", "of_grad_mean", "of_grad_variance"), second))
    fetches.update(mean=mean, variance=variance, gradient=gradient)
    return {"feeds": feeds, "fetches": fetches}


def batch_norm_with_global_normalization(tf, dtype, scale_after_normalization, epsilon, names):
    """tf.nn.batch_norm_with_global_normalization, its arguments by these ``names`` of theirs."""
    function = api(tf, "nn.batch_norm_with_global_normalization")
    for name in names:
        need_argument(function, name)
    feeds = {"x": tf.placeholder(dtype, [None] * 4, "x")}
    for name in ("mean", "variance", "beta", "gamma"):
        feeds[name] = tf.placeholder(dtype, [None], name)
    x, mean, variance = names
    y = function(
        beta=feeds["beta"],
        gamma=feeds["gamma"],
        variance_epsilon=epsilon,
        scale_after_normalization=scale_after_normalization,
        **{x: feeds["x"], mean: feeds["mean"], variance: feeds["variance"]},
    )
    return {"feeds": feeds, "fetches": {"y": y}}


def batch_normalization_of_dtypes(tf, dtype, statistics_dtype, epsilon):
    """tf.nn.batch_normalization of ``x`` with everything else of another dtype."""
    names = ("mean", "variance", "offset", "scale")
    feeds = {name: tf.placeholder(statistics_dtype, [None], name) for name in names}
    feeds["x"] = tf.placeholder(dtype, [None] * 2, "x")
    y = api(tf, "nn.batch_normalization")(
        feeds["x"], *[feeds[name] for name in names], variance_epsilon=epsilon
    )
    return {"feeds": feeds, "fetches": {"y": y}}


def batch_normalization_second_gradients(tf, dtype, epsilon):
    """Gradients of what tf.nn.batch_normalization gives as the gradient to its ``x``."""
    names = ("mean", "variance", "offset", "scale")
    feeds = {name: tf.placeholder(dtype, [None], name) for name in names}
    for name in ("x", "grad_y", "grad_gradient"):
        feeds[name] = tf.placeholder(dtype, [None] * 2, name)
    y = api(tf, "nn.batch_normalization")(
        feeds["x"], *[feeds[name] for name in names], variance_epsilon=epsilon
    )
    (gradient,) = tf.gradients(y, [feeds["x"]], feeds["grad_y"])
    to = ("grad_y", "x") + names
    found = dict(
        zip(to, tf.gradients(gradient, [feeds[name] for name in to], feeds["grad_gradient"]))
    )
    return {
        "feeds": feeds,
        "fetches": {name: one for name, one in found.items() if one is not None},
        "facts": {"unconnected": [name for name in to if found[name] is None]},
    }


def batch_normalization_gradients(tf, dtype, rank, has_offset, has_scale, epsilon):
    """Gradients of tf.nn.batch_normalization to each of its tensors."""
    names = ["mean", "variance"] + ["offset"] * has_offset + ["scale"] * has_scale
    feeds = {name: tf.placeholder(dtype, [None], name) for name in names}
    for name in ("x", "grad_y"):
        feeds[name] = tf.placeholder(dtype, [None] * rank, name)
    y = api(tf, "nn.batch_normalization")(
        feeds["x"],
        feeds["mean"],
        feeds["variance"],
        feeds.get("offset"),
        feeds.get("scale"),
        epsilon,
    )
    to = ["x"] + names
    gradients = tf.gradients(y, [feeds[name] for name in to], feeds["grad_y"])
    return {"feeds": feeds, "fetches": dict(zip(to, gradients))}
