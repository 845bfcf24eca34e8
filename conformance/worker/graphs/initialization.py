"""Graphs of variables that are initialised one after the other, and what says which are."""

from ..missing import api


def variables(tf, use_resource):
    """Two global variables and a local one; ``uninitialized`` names those without a value yet.

    ``is_a`` and ``is_b`` ask for one variable; ``a``, ``locals`` and ``globals`` initialise. ``b``
    is a variable's value, which ``raise_b`` raises.
    """
    with tf.variable_scope("scope", use_resource=use_resource):
        a = tf.get_variable("a", initializer=[1.0, 2.0])
        b = tf.get_variable("b", initializer=3)
        tf.get_variable("c", initializer=True, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    is_initialized = api(tf, "is_variable_initialized")
    return {
        "fetches": {
            "uninitialized": api(tf, "report_uninitialized_variables")(),
            "of_globals": api(tf, "report_uninitialized_variables")(tf.global_variables()),
            "of_none": api(tf, "report_uninitialized_variables")([]),
            "is_a": is_initialized(a),
            "is_b": is_initialized(b),
            "a": a.initializer,
            "locals": api(tf, "local_variables_initializer")(),
            "globals": api(tf, "global_variables_initializer")(),
            "b": b,
            "raise_b": tf.assign_add(b, 1).op,
        },
        "initialize": False,
    }


def of_others(tf):
    """Variables whose initial values are computed of those of ``a`` (3) and ``b`` (5)."""
    a = tf.Variable(3.0, name="a", use_resource=False)
    b = tf.Variable(5.0, name="b", use_resource=False)
    values = {
        "first": a - 1.0,
        "last": 1.0 - a,
        "both": a * b - a,
        "asked": a.initialized_value() + b.initialized_value(),
    }
    fetches = {
        name: tf.Variable(value, name=name, use_resource=False) for name, value in values.items()
    }
    fetches["globals"] = api(tf, "global_variables_initializer")()
    return {"fetches": fetches, "initialize": False}


def asked_in_order(tf, use_resource):
    """Whether ``v`` has a value: asked ``at_once``, and ``behind`` its initialiser."""
    v = tf.Variable(1.0, name="v", use_resource=use_resource)
    is_initialized = api(tf, "is_variable_initialized")
    fetches = {"at_once": is_initialized(v)}
    with tf.control_dependencies([v.initializer]):
        fetches["behind"] = is_initialized(v)
    return {"fetches": fetches, "initialize": False}
