"""Graphs of moving_averages.weighted_moving_average."""

from ..missing import Missing, module
from ..settable import short_name


def weighted_moving_average(
    tf, dtype, shape, weight_shape, use_resource, decay=None, name=None, collection=None
):
    """The average of ``value`` by ``weight``; ``decay`` None feeds it as a float32 tensor.

    ``collection`` is where its two variables go instead of GLOBAL_VARIABLES.
    """
    function = _function()
    feeds = {
        "value": tf.placeholder(dtype, shape, "value"),
        "weight": tf.placeholder(dtype, weight_shape, "weight"),
    }
    if decay is None:
        decay = feeds["decay"] = tf.placeholder(tf.float32, [], "decay")
    own = collection or tf.GraphKeys.GLOBAL_VARIABLES
    with tf.variable_scope("", use_resource=use_resource):
        average = function(
            feeds["value"],
            decay,
            feeds["weight"],
            collections=None if collection is None else [collection],
            name=name,
        )
    variables = tf.get_collection(own)
    fetches = {short_name(one): one for one in variables}
    fetches["average"] = average
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {
            "variables": sorted(one.op.name for one in variables),
            "global_variables": len(tf.global_variables()),
            "trainable_variables": len(tf.trainable_variables()),
            "shapes": {short_name(one): one.shape.as_list() for one in variables},
        },
        "initializers": [tf.variables_initializer(variables)],
    }


def two(tf, name):
    """The variables of two averages that are given the same name, or none."""
    function = _function()
    for _ in range(2):
        function(tf.ones([2]), 0.9, tf.ones([]), name=name)
    return {"facts": {"variables": len({one.op.name for one in tf.global_variables()})}}


def _function():
    moving_averages = module("tensorflow.python.training.moving_averages")
    if not hasattr(moving_averages, "weighted_moving_average"):
        raise Missing("moving_averages has no weighted_moving_average")
    return moving_averages.weighted_moving_average
