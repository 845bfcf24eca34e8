"""Graphs that Grappler simplifies because an operand is a constant."""

from ..missing import api


def subtract_constant_multiple(tf, dtype, size, constant, use_resource):
    """variable -= x * constant: what a moving average with a constant decay of 1 or 0 comes to."""
    initial = tf.placeholder(dtype, [size], "initial")
    variable = tf.Variable(initial, name="variable", use_resource=use_resource)
    x = tf.placeholder(dtype, [size], "x")
    product = api(tf, "multiply")(tf.negative(x), tf.constant(constant, dtype))
    return {
        "feeds": {"x": x},
        "initial_feeds": {"variable": initial},
        "fetches": {"update": tf.assign_sub(variable, product).op, "variable": variable},
    }
