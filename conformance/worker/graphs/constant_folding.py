"""Graphs that Grappler simplifies because an operand is a constant."""

from ..missing import api


def multiply_by_constant(tf, dtype, constant):
    """``x`` times a constant of the graph, of ``x``'s static shape."""
    x = tf.placeholder(dtype, [3], "x")
    y = api(tf, "multiply")(x, tf.constant(constant, dtype))
    # An operation after it: what is fetched itself is left alone.
    return {"feeds": {"x": x}, "fetches": {"y": tf.identity(y, name="y")}}
