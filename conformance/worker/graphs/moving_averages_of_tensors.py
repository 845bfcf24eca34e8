"""Graphs of tf.train.ExponentialMovingAverage over tensors."""

import numpy as np

from ..missing import api


def ema_of_tensor(tf, dtype, shape, zero_debias, use_resource, decay=None, num_updates=None):
    """EMA over a tensor: its shadow starts at zero; with ``zero_debias`` it has two slots."""
    feeds = {"value": tf.placeholder(dtype, shape, "value")}
    tensor = tf.identity(feeds["value"], name="tensor")
    if decay is None:
        decay = feeds["decay"] = tf.placeholder(tf.float32, [], "decay")
    if num_updates == "fed":
        num_updates = feeds["num_updates"] = tf.placeholder(tf.int64, [], "num_updates")
    with tf.variable_scope("", use_resource=use_resource):
        ema = api(tf, "train.ExponentialMovingAverage")(decay, num_updates, zero_debias=zero_debias)
        update = ema.apply([tensor])
    fetches = {"update": update, "average": ema.average(tensor)}
    for variable in tf.global_variables():
        for slot in ("biased", "local_step"):
            if variable.op.name.endswith("/" + slot):
                fetches[slot] = variable
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {
            "variables": sorted(one.op.name for one in tf.global_variables()),
            "moving_average_variables": [one.op.name for one in tf.moving_average_variables()],
        },
    }


def ema_of_losses(tf, dtype, use_resource, decay):
    """EMA over a collection of losses, which are tensors, and their sum; num_updates is a step.

    ``update`` is the averages' update; fetched with it, each loss is the one that is averaged.
    """
    feeds = {"x": tf.placeholder(dtype, [None], "x")}
    global_step = tf.Variable(
        np.int64(0), name="global_step", use_resource=use_resource, trainable=False
    )
    tf.add_to_collection("losses", tf.reduce_mean(tf.square(feeds["x"]), name="mean_square"))
    tf.add_to_collection("losses", tf.reduce_sum(tf.abs(feeds["x"]), name="sum_abs"))
    losses = tf.get_collection("losses")
    losses = losses + [tf.add_n(losses, name="total")]
    with tf.variable_scope("", use_resource=use_resource):
        ema = api(tf, "train.ExponentialMovingAverage")(decay, global_step)
        update = ema.apply(losses)
    fetches = {"update": update, "raise": tf.assign_add(global_step, np.int64(1)).op}
    for loss in losses:
        fetches[loss.op.name] = loss
        fetches["average_" + loss.op.name] = ema.average(loss)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {
            "average_names": [ema.average_name(loss) for loss in losses],
            "shadow_trainable": [
                ema.average(loss).op.name in [one.op.name for one in tf.trainable_variables()]
                for loss in losses
            ],
            "moving_average_variables": [one.op.name for one in tf.moving_average_variables()],
        },
    }
