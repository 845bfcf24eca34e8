"""Graphs of moments, batch_normalization, fused_batch_norm, tf.layers and hand-built batch norm."""

import importlib

from ..missing import Missing, api, need_argument


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


def fused_batch_norm_gradients(tf, dtype, is_training, epsilon, data_format):
    """Gradients of tf.nn.fused_batch_norm, and the batch's mean it normalised by."""
    feeds = {name: tf.placeholder(dtype, [None] * 4, name) for name in ("x", "grad_y")}
    names = ["scale", "offset"] + ([] if is_training else ["mean", "variance"])
    for name in names:
        feeds[name] = tf.placeholder(tf.float32, [None], name)
    y, mean, _ = api(tf, "nn.fused_batch_norm")(
        feeds["x"],
        feeds["scale"],
        feeds["offset"],
        feeds.get("mean"),
        feeds.get("variance"),
        epsilon=epsilon,
        data_format=data_format,
        is_training=is_training,
    )
    to = ["x"] + names
    gradients = dict(zip(to, tf.gradients(y, [feeds[name] for name in to], feeds["grad_y"])))
    fetches = {name: one for name, one in gradients.items() if one is not None}
    if is_training:
        fetches["batch_mean"] = mean
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {"unconnected": [name for name in to if gradients[name] is None]},
    }


def fused_batch_norm_moving(tf, dtype, exponential_avg_factor):
    """tf.nn.fused_batch_norm in training, which moves the statistics it is given by a factor."""
    function = api(tf, "nn.fused_batch_norm")
    need_argument(function, "exponential_avg_factor")
    feeds = {"x": tf.placeholder(dtype, [None] * 4, "x")}
    names = ("scale", "offset", "mean", "variance")
    for name in names:
        feeds[name] = tf.placeholder(tf.float32, [None], name)
    y, mean, variance = function(
        feeds["x"],
        *[feeds[name] for name in names],
        is_training=True,
        exponential_avg_factor=exponential_avg_factor,
    )
    return {"feeds": feeds, "fetches": {"y": y, "mean": mean, "variance": variance}}


def fused_batch_norm_of_rank_5(tf, dtype, is_training, data_format):
    """tf.nn.fused_batch_norm of volumes; a release that refuses the format lacks it."""
    feeds = {"x": tf.placeholder(dtype, [None] * 5, "x")}
    names = ["scale", "offset"] + ([] if is_training else ["mean", "variance"])
    for name in names:
        feeds[name] = tf.placeholder(tf.float32, [None], name)
    try:
        y, mean, variance = api(tf, "nn.fused_batch_norm")(
            feeds["x"],
            feeds["scale"],
            feeds["offset"],
            feeds.get("mean"),
            feeds.get("variance"),
            data_format=data_format,
            is_training=is_training,
        )
    except ValueError as error:
        raise Missing("tf.nn.fused_batch_norm of %s: %s" % (data_format, error))
    return {"feeds": feeds, "fetches": {"y": y, "batch_mean": mean, "batch_variance": variance}}


def fused_batch_norm_of_constants(tf, dtype, shape, scale, offset, mean, variance):
    """tf.nn.fused_batch_norm in inference, its parameters constants of the graph."""
    x = tf.placeholder(dtype, shape, "x")
    parameters = [tf.constant(one, tf.float32) for one in (scale, offset, mean, variance)]
    y, batch_mean, batch_variance = api(tf, "nn.fused_batch_norm")(
        x, *parameters, is_training=False
    )
    return {
        "feeds": {"x": x},
        "fetches": {"y": y, "batch_mean": batch_mean, "batch_variance": batch_variance},
    }


def fused_batch_norm_run(tf, is_training, **shapes):
    """Run tf.nn.fused_batch_norm without a look at its outputs; ``shapes`` None: known late.

    The fetch is the operation itself: of a group, Grappler would leave it out.
    """
    feeds = {name: tf.placeholder(tf.float32, shape, name) for name, shape in shapes.items()}
    y, _, _ = api(tf, "nn.fused_batch_norm")(
        feeds["x"],
        feeds["scale"],
        feeds["offset"],
        feeds.get("mean"),
        feeds.get("variance"),
        is_training=is_training,
    )
    return {"feeds": feeds, "fetches": {"run": y.op}}
