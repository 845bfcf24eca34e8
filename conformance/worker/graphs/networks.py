"""Graphs that train a small network of conv2d, batch norm, relu and a dense layer; and towers."""

import importlib

from ..missing import api
from ..settable import settable, short_name

CHANNELS = 3
FEATURES = 2 * 2 * CHANNELS
DECAY = 0.9
EPSILON = 0.001
WEIGHT_DECAY = 0.01
LEARNING_RATE = 0.125


def variable(tf, name, shape, dtype, trainable=True):
    """A variable of zeros, which the fetch ``set`` gives its values."""
    return tf.get_variable(name, shape, dtype, tf.zeros_initializer(), trainable=trainable)


def own_batch_norm(tf, x, dtype, normalize):
    """Batch norm written by hand: its updates of the moving statistics are in UPDATE_OPS.

    ``normalize`` gives the output, and the mean and variance the statistics move towards.
    """
    moving_averages = importlib.import_module("tensorflow.python.training.moving_averages")
    with tf.variable_scope("batch_norm"):
        gamma = variable(tf, "gamma", [CHANNELS], dtype)
        beta = variable(tf, "beta", [CHANNELS], dtype)
        moving_mean = variable(tf, "moving_mean", [CHANNELS], dtype, trainable=False)
        moving_variance = variable(tf, "moving_variance", [CHANNELS], dtype, trainable=False)
        y, mean, variance = normalize(tf, x, beta, gamma)
        for statistic, value in ((moving_mean, mean), (moving_variance, variance)):
            update = moving_averages.assign_moving_average(
                statistic, value, DECAY, zero_debias=False
            )
            tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update)
    return y


def composed(tf, x, beta, gamma):
    """tf.nn.batch_normalization by tf.nn.moments."""
    mean, variance = api(tf, "nn.moments")(x, [0, 1, 2])
    y = api(tf, "nn.batch_normalization")(x, mean, variance, beta, gamma, EPSILON)
    return y, mean, variance


def fused(tf, x, beta, gamma):
    """tf.nn.fused_batch_norm."""
    return api(tf, "nn.fused_batch_norm")(x, gamma, beta, epsilon=EPSILON, is_training=True)


def layers_batch_norm(tf, x, dtype):
    """tf.layers.batch_normalization."""
    return api(tf, "layers.batch_normalization")(
        x, momentum=DECAY, epsilon=EPSILON, training=True, name="batch_norm"
    )


BATCH_NORMS = {
    "none": lambda tf, x, dtype: x,
    "composed": lambda tf, x, dtype: own_batch_norm(tf, x, dtype, composed),
    "fused": lambda tf, x, dtype: own_batch_norm(tf, x, dtype, fused),
    "layers": layers_batch_norm,
}


def losses_of(tf, x, target, dtype, batch_norm, weight_decay, outputs):
    """Build the network on one batch; its losses go to the collection ``losses``."""
    kernel = variable(tf, "kernel", [2, 2, 2, CHANNELS], dtype)
    y = tf.nn.conv2d(x, kernel, strides=[1, 1, 1, 1], padding="VALID")
    y = tf.nn.relu(BATCH_NORMS[batch_norm](tf, y, dtype))
    weights = variable(tf, "weights", [FEATURES, outputs], dtype)
    biases = variable(tf, "biases", [outputs], dtype)
    y = tf.matmul(tf.reshape(y, [-1, FEATURES]), weights) + biases
    tf.add_to_collection("losses", tf.reduce_mean(tf.square(y - target), name="error"))
    if weight_decay:
        decay = tf.multiply(tf.nn.l2_loss(kernel), WEIGHT_DECAY, name="weight_decay")
        tf.add_to_collection("losses", decay)


def batch_fed(tf, dtype, outputs):
    """Placeholders of a batch: ``x`` of shape (N, 3, 3, 2) and ``target`` of shape (N, outputs)."""
    return {
        "x": tf.placeholder(dtype, [None, 3, 3, 2], "x"),
        "target": tf.placeholder(dtype, [None, outputs], "target"),
    }


def scope_and_short_name(one):
    """The first and the last part of a variable's name."""
    return "_".join([one.op.name.split("/")[0], short_name(one)])


def training(tf, dtype, batch_norm, use_resource, updates, outputs):
    """One step of gradient descent; ``updates`` says how UPDATE_OPS become part of it.

    "minimize": control dependencies of minimize. "apply_gradients": of apply_gradients. "grouped":
    a list of training operations beside apply_gradients. "forgotten": not at all.
    """
    feeds = batch_fed(tf, dtype, outputs)
    with tf.variable_scope("network", use_resource=use_resource):
        losses_of(
            tf, feeds["x"], feeds["target"], dtype, batch_norm, weight_decay=True, outputs=outputs
        )
    loss = api(tf, "add_n")(tf.get_collection("losses"))
    global_step = tf.train.get_or_create_global_step()
    update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    optimizer = api(tf, "train.GradientDescentOptimizer")(LEARNING_RATE)
    if updates == "minimize":
        with tf.control_dependencies(update_ops):
            train = optimizer.minimize(loss, global_step=global_step)
    elif updates == "forgotten":
        train = optimizer.minimize(loss, global_step=global_step)
    else:
        pairs = optimizer.compute_gradients(loss)
        with tf.control_dependencies(update_ops if updates == "apply_gradients" else []):
            train = optimizer.apply_gradients(pairs, global_step=global_step)
        if updates == "grouped":
            train = tf.group(train, *update_ops)
    fetches = {"train": train, "loss": loss}
    settable(tf, feeds, fetches)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {
            "trainable": [short_name(one) for one in tf.trainable_variables()],
            "update_count": len(update_ops),
        },
        "initialize": False,
    }


def losses_by_scope(tf, dtype, batch_norm, use_resource, scope, outputs):
    """Two networks, ``first`` and ``second``; the update ops of ``scope`` are under the total loss.

    ``scope`` None takes those of both.
    """
    feeds = batch_fed(tf, dtype, outputs)
    for name in ("first", "second"):
        with tf.variable_scope(name, use_resource=use_resource):
            losses_of(
                tf,
                feeds["x"],
                feeds["target"],
                dtype,
                batch_norm,
                weight_decay=True,
                outputs=outputs,
            )
    update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS, scope)
    losses = tf.get_collection("losses")
    with tf.control_dependencies([tf.group(*update_ops)]):
        total = api(tf, "add_n")(losses, name="total_loss")
    fetches = {"total": total, "plain": api(tf, "add_n")(losses)}
    settable(tf, feeds, fetches, scope_and_short_name)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {"update_count": len(update_ops), "losses": [one.op.name for one in losses]},
        "initialize": False,
    }


def averages(tf, dtype, batch_norm, use_resource, decay, ordered, outputs):
    """A step, and an EMA of the trainable variables with the global step as ``num_updates``.

    ``ordered``: the averages are under control dependencies of the step; else grouped with it.
    """
    feeds = batch_fed(tf, dtype, outputs)
    with tf.variable_scope("network", use_resource=use_resource):
        losses_of(
            tf, feeds["x"], feeds["target"], dtype, batch_norm, weight_decay=False, outputs=outputs
        )
    loss = api(tf, "add_n")(tf.get_collection("losses"))
    with tf.variable_scope("", use_resource=use_resource):
        global_step = tf.train.get_or_create_global_step()
    optimizer = api(tf, "train.GradientDescentOptimizer")(LEARNING_RATE)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        step = optimizer.minimize(loss, global_step=global_step)
    fetches = {}
    settable(tf, feeds, fetches)
    ema = api(tf, "train.ExponentialMovingAverage")(decay, num_updates=global_step)
    with tf.control_dependencies([step] if ordered else []):
        average = ema.apply(tf.trainable_variables())
    fetches["train"] = tf.group(step, average)
    for one in tf.trainable_variables():
        fetches["average_" + short_name(one)] = ema.average(one)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {"averaged": [short_name(one) for one in tf.moving_average_variables()]},
        "initializers": [tf.variables_initializer(tf.trainable_variables())],
    }


def towers(tf, dtype, batch_norm, use_resource, count, updates, devices, outputs):
    """A step on a batch split over ``count`` towers, which share their variables.

    Gradients and losses are averaged over towers. ``updates`` says whose UPDATE_OPS apply_gradients
    waits for: those of the "first" tower, or of "all". With ``devices`` each tower is on a CPU of
    its own, the variables and the averages on the first.
    """
    feeds = batch_fed(tf, dtype, outputs)
    parts = zip(tf.split(feeds["x"], count), tf.split(feeds["target"], count))
    optimizer = api(tf, "train.GradientDescentOptimizer")(LEARNING_RATE)
    losses, pairs, update_ops = [], [], []
    for index, (x, target) in enumerate(parts):
        scope_name = "tower_%d" % index
        with tf.device(tower_device(tf, index if devices else 0)), tf.name_scope(scope_name):
            with tf.variable_scope("network", use_resource=use_resource, reuse=index > 0):
                losses_of(tf, x, target, dtype, batch_norm, weight_decay=False, outputs=outputs)
            losses.append(tf.add_n(tf.get_collection("losses", scope_name + "/")))
            pairs.append(optimizer.compute_gradients(losses[-1]))
            if updates == "all" or index == 0:
                update_ops += tf.get_collection(tf.GraphKeys.UPDATE_OPS, scope_name + "/")
    with tf.device("/cpu:0"):
        averaged = [
            (tf.reduce_mean(tf.stack([gradient for gradient, _ in of_towers]), 0), of_towers[0][1])
            for of_towers in zip(*pairs)
        ]
        global_step = tf.train.get_or_create_global_step()
        with tf.control_dependencies(update_ops):
            train = optimizer.apply_gradients(averaged, global_step=global_step)
        fetches = {"train": train, "loss": tf.reduce_mean(tf.stack(losses))}
        settable(tf, feeds, fetches)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {
            "variables": sorted(one.op.name for one in tf.global_variables()),
            "update_count": len(update_ops),
            "devices": len({loss.device for loss in losses}),
            "variable_devices": len({one.device for one in tf.trainable_variables()}),
        },
        "initialize": False,
    }


def tower_device(tf, index):
    """Variables on the first CPU, everything else on the CPU of this number."""
    kinds = ("Variable", "VariableV2", "VarHandleOp")
    return lambda op: "/cpu:0" if op.type in kinds else "/cpu:%d" % index
