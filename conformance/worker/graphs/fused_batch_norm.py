"""Graphs of tf.nn.fused_batch_norm. Parameters are float32, whatever the dtype of ``x``."""

from ..missing import Missing, api, need_argument

STATISTICS = ("mean", "variance")


def placeholders(tf, dtype, data_format, is_training):
    """A placeholder of ``x`` and of each parameter that this mode takes, sizes known late."""
    feeds = {"x": tf.placeholder(dtype, [None] * len(data_format), "x")}
    for name in ("scale", "offset") + (() if is_training else STATISTICS):
        feeds[name] = tf.placeholder(tf.float32, [None], name)
    return feeds


def normalized(tf, feeds, **options):
    """(y, mean, variance) of tf.nn.fused_batch_norm of ``feeds``.

    Early releases refuse volumes as an unknown ``data_format``: they lack those.
    """
    try:
        return api(tf, "nn.fused_batch_norm")(
            feeds["x"],
            feeds["scale"],
            feeds["offset"],
            feeds.get("mean"),
            feeds.get("variance"),
            **options,
        )
    except ValueError as error:
        if options.get("data_format") in ("NDHWC", "NCDHW"):
            raise Missing("tf.nn.fused_batch_norm of %s: %s" % (options["data_format"], error))
        raise


def fused_batch_norm(tf, dtype, is_training, data_format, epsilon=None):
    """tf.nn.fused_batch_norm of images or volumes; ``epsilon`` None leaves it out.

    So is ``is_training`` where it is the default, True.
    """
    feeds = placeholders(tf, dtype, data_format, is_training)
    options = {} if epsilon is None else {"epsilon": epsilon}
    if not is_training:
        options["is_training"] = False
    y, mean, variance = normalized(tf, feeds, data_format=data_format, **options)
    return {"feeds": feeds, "fetches": {"y": y, "batch_mean": mean, "batch_variance": variance}}


def gradients(tf, dtype, is_training, epsilon, data_format, exponential_avg_factor=None):
    """Gradients of tf.nn.fused_batch_norm, and the batch's mean it normalised by.

    With ``exponential_avg_factor`` it moves statistics that it is given.
    """
    options = {}
    if exponential_avg_factor is not None:
        need_argument(api(tf, "nn.fused_batch_norm"), "exponential_avg_factor")
        options["exponential_avg_factor"] = exponential_avg_factor
    feeds = placeholders(tf, dtype, data_format, is_training and not options)
    to = list(feeds)
    y, mean, _ = normalized(
        tf, feeds, epsilon=epsilon, data_format=data_format, is_training=is_training, **options
    )
    if options:
        mean = y.op.outputs[3]  # the function gives the moved one
    feeds["grad_y"] = tf.placeholder(dtype, [None] * len(data_format), "grad_y")
    found = dict(zip(to, tf.gradients(y, [feeds[name] for name in to], feeds["grad_y"])))
    fetches = {name: one for name, one in found.items() if one is not None}
    if is_training:
        fetches["batch_mean"] = mean
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {"unconnected": [name for name in to if found[name] is None]},
    }


def second_gradients(tf, dtype, is_training, epsilon, data_format):
    """Gradients of the gradients of tf.nn.fused_batch_norm, to what those are made of."""
    feeds = placeholders(tf, dtype, data_format, is_training)
    for name in ("grad_y", "grad_x"):
        feeds[name] = tf.placeholder(dtype, [None] * len(data_format), name)
    for name in ("grad_scale", "grad_offset"):
        feeds[name] = tf.placeholder(tf.float32, [None], name)
    y, _, _ = normalized(
        tf, feeds, epsilon=epsilon, data_format=data_format, is_training=is_training
    )
    first = ("x", "scale", "offset")
    found = tf.gradients(y, [feeds[name] for name in first], feeds["grad_y"])
    to = ("grad_y", "x", "scale")
    second = tf.gradients(
        found, [feeds[name] for name in to], [feeds["grad_" + name] for name in first]
    )
    return {"feeds": feeds, "fetches": dict(zip(to, second))}


def moving(tf, dtype, exponential_avg_factor, data_format="NHWC"):
    """tf.nn.fused_batch_norm in training, which moves the statistics it is given by a factor."""
    need_argument(api(tf, "nn.fused_batch_norm"), "exponential_avg_factor")
    feeds = placeholders(tf, dtype, data_format, is_training=False)
    y, mean, variance = normalized(
        tf,
        feeds,
        is_training=True,
        data_format=data_format,
        exponential_avg_factor=exponential_avg_factor,
    )
    return {"feeds": feeds, "fetches": {"y": y, "mean": mean, "variance": variance}}


def of_constants(tf, dtype, shape, **parameters):
    """tf.nn.fused_batch_norm in inference, its parameters constants of the graph."""
    feeds = {"x": tf.placeholder(dtype, shape, "x")}
    constants = {name: tf.constant(one, tf.float32) for name, one in parameters.items()}
    y, mean, variance = normalized(tf, dict(constants, **feeds), is_training=False)
    return {"feeds": feeds, "fetches": {"y": y, "batch_mean": mean, "batch_variance": variance}}


def run(tf, is_training, **shapes):
    """Run tf.nn.fused_batch_norm without a look at its outputs; ``shapes`` None: known late.

    The fetch is the operation itself: of a group, Grappler would leave it out.
    """
    feeds = {name: tf.placeholder(tf.float32, shape, name) for name, shape in shapes.items()}
    y, _, _ = normalized(tf, feeds, is_training=is_training)
    return {"feeds": feeds, "fetches": {"run": y.op}}
