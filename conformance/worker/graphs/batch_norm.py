"""Graphs of moments, batch_normalization, fused_batch_norm, tf.layers and hand-built batch norm."""

import importlib

from ..missing import api


def moments(tf, dtype, rank, axes, keep_dims):
    """tf.nn.moments of ``x``, whose shape is known at run time only."""
    x = tf.placeholder(dtype, [None] * rank, "x")
    mean, variance = api(tf, "nn.moments")(x, axes, keep_dims=keep_dims)
    return {"feeds": {"x": x}, "fetches": {"mean": mean, "variance": variance}}


def batch_normalization(tf, dtype, rank, channels_rank, has_offset, has_scale, epsilon):
    """tf.nn.batch_normalization with every operand fed."""
    feeds = {"x": tf.placeholder(dtype, [None] * rank, "x")}
    for name in ("mean", "variance", "offset", "scale"):
        feeds[name] = tf.placeholder(dtype, [None] * channels_rank, name)
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


def fused_batch_norm(tf, dtype, is_training, epsilon, data_format):
    """tf.nn.fused_batch_norm on rank 4; parameters are float32, whatever the dtype of ``x``."""
    feeds = {"x": tf.placeholder(dtype, [None] * 4, "x")}
    names = ["scale", "offset"] + ([] if is_training else ["mean", "variance"])
    for name in names:
        feeds[name] = tf.placeholder(tf.float32, [None], name)
    options = {} if epsilon is None else {"epsilon": epsilon}
    y, mean, variance = api(tf, "nn.fused_batch_norm")(
        feeds["x"],
        feeds["scale"],
        feeds["offset"],
        feeds.get("mean"),
        feeds.get("variance"),
        data_format=data_format,
        is_training=is_training,
        **options
    )
    return {"feeds": feeds, "fetches": {"y": y, "batch_mean": mean, "batch_variance": variance}}


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


def layer(
    tf,
    dtype,
    shape,
    training,
    axis=-1,
    momentum=0.99,
    epsilon=0.001,
    center=True,
    scale=True,
    fused=None,
    trainable=True,
    name=None,
    updates_under_output=False,
):
    """tf.layers.batch_normalization; ``training`` is a bool, or "fed".

    Its variables are set by the ``set`` fetch from feeds of their names. With
    ``updates_under_output`` the output is under control dependencies of UPDATE_OPS.
    """
    batch_normalization = api(tf, "layers.batch_normalization")
    feeds = {"x": tf.placeholder(dtype, shape, "x")}
    flag = training
    if training == "fed":
        flag = feeds["training"] = tf.placeholder(tf.bool, [], "training")
    options = {} if name is None else {"name": name}
    y = batch_normalization(
        feeds["x"],
        axis=axis,
        momentum=momentum,
        epsilon=epsilon,
        center=center,
        scale=scale,
        training=flag,
        fused=fused,
        trainable=trainable,
        **options
    )
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    if updates_under_output:
        with tf.control_dependencies(updates):
            y = tf.identity(y)
    fetches = {"y": y, "updates": tf.group(*updates)}
    setters = []
    for variable in tf.global_variables():
        short = variable.op.name.split("/")[-1]
        fetches[short] = variable
        feeds["set_" + short] = tf.placeholder(variable.dtype.base_dtype, variable.shape)
        setters.append(tf.assign(variable, feeds["set_" + short]).op)
    fetches["set"] = tf.group(*setters)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {
            "variables": [[one.op.name, one.shape.as_list()] for one in tf.global_variables()],
            "trainable": [one.op.name for one in tf.trainable_variables()],
            "update_count": len(updates),
            "update_ops": [one.name for one in updates],
            "update_types": [getattr(one, "op", one).type for one in updates],
            "output_dtype": y.dtype.base_dtype.name,
        },
    }
