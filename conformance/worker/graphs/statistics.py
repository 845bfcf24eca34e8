"""Graphs of weighted_moments, sufficient_statistics and normalize_moments."""

from ..missing import api, need_argument


def weighted_moments(
    tf,
    dtype,
    rank,
    axes,
    weights_dtype,
    keep_dims,
    keepdims_name="keep_dims",
    weights_rank=None,
):
    """tf.nn.weighted_moments of ``x`` by ``weights``, of the same rank unless one is given.

    Shapes are known late.
    """
    x = tf.placeholder(dtype, [None] * rank, "x")
    weights_rank = rank if weights_rank is None else weights_rank
    weights = tf.placeholder(weights_dtype, [None] * weights_rank, "weights")
    function = api(tf, "nn.weighted_moments")
    need_argument(function, keepdims_name)
    mean, variance = function(x, axes, weights, **{keepdims_name: keep_dims})
    return {
        "feeds": {"x": x, "weights": weights},
        "fetches": {"mean": mean, "variance": variance},
    }


def weighted_moments_gradients(tf, dtype, rank, axes):
    """Gradients of tf.nn.weighted_moments, dimensions kept, to ``x`` and ``weights``; its mean."""
    names = ("x", "weights", "grad_mean", "grad_variance")
    feeds = {name: tf.placeholder(dtype, [None] * rank, name) for name in names}
    mean, variance = api(tf, "nn.weighted_moments")(
        feeds["x"], axes, feeds["weights"], keep_dims=True
    )
    to = ("x", "weights")
    gradients = tf.gradients(
        [mean, variance],
        [feeds[name] for name in to],
        [feeds["grad_mean"], feeds["grad_variance"]],
    )
    return {"feeds": feeds, "fetches": dict(zip(to, gradients), mean=mean)}


def sufficient_statistics(tf, dtype, shape, axes, has_shift, keep_dims):
    """tf.nn.sufficient_statistics of ``x`` of a static ``shape``, whose sizes may be None."""
    feeds = {"x": tf.placeholder(dtype, shape, "x")}
    if has_shift:
        feeds["shift"] = tf.placeholder(dtype, None, "shift")
    count, mean_ss, variance_ss, shift = api(tf, "nn.sufficient_statistics")(
        feeds["x"], axes, shift=feeds.get("shift"), keep_dims=keep_dims
    )
    fetches = {"count": count, "mean_ss": mean_ss, "variance_ss": variance_ss}
    if has_shift:
        fetches["shift"] = tf.identity(shift)
    return {"feeds": feeds, "fetches": fetches, "facts": {"shift_is_none": shift is None}}


def sufficient_statistics_gradients(tf, dtype, rank, axes, keepdims_name):
    """Gradients of tf.nn.sufficient_statistics, dimensions kept, to ``x`` and ``shift``."""
    function = api(tf, "nn.sufficient_statistics")
    need_argument(function, keepdims_name)
    names = ("x", "grad_mean_ss", "grad_variance_ss")
    feeds = {name: tf.placeholder(dtype, [None] * rank, name) for name in names}
    feeds["shift"] = tf.placeholder(dtype, [None], "shift")
    _, mean_ss, variance_ss, _ = function(
        feeds["x"], axes, shift=feeds["shift"], **{keepdims_name: True}
    )
    to = ("x", "shift")
    gradients = tf.gradients(
        [mean_ss, variance_ss],
        [feeds[name] for name in to],
        [feeds["grad_mean_ss"], feeds["grad_variance_ss"]],
    )
    return {"feeds": feeds, "fetches": dict(zip(to, gradients))}


def normalize_moments_gradients(tf, dtype):
    """Gradients of tf.nn.normalize_moments to each of its tensors."""
    to = ("counts", "mean_ss", "variance_ss", "shift")
    names = to[1:] + ("grad_mean", "grad_variance")
    feeds = {name: tf.placeholder(dtype, [None], name) for name in names}
    feeds["counts"] = tf.placeholder(dtype, [], "counts")
    gradients = tf.gradients(
        list(api(tf, "nn.normalize_moments")(*[feeds[name] for name in to])),
        [feeds[name] for name in to],
        [feeds["grad_mean"], feeds["grad_variance"]],
    )
    return {"feeds": feeds, "fetches": dict(zip(to, gradients))}


def normalize_moments(tf, dtype, has_shift):
    """tf.nn.normalize_moments of fed statistics."""
    names = ["counts", "mean_ss", "variance_ss"] + ["shift"] * has_shift
    feeds = {name: tf.placeholder(dtype, None, name) for name in names}
    mean, variance = api(tf, "nn.normalize_moments")(
        feeds["counts"], feeds["mean_ss"], feeds["variance_ss"], feeds.get("shift")
    )
    return {"feeds": feeds, "fetches": {"mean": mean, "variance": variance}}
