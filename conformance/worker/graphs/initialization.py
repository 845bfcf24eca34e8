"""Graphs of variables that are initialised one after the other, and what says which are."""

from ..missing import api


def variables(tf, use_resource):
    """Two global variables and a local one; ``uninitialized`` names those without a value yet.

    ``is_first`` and ``is_second`` ask for one variable; ``initialize_first``, ``locals`` and
    ``globals`` initialise. ``raise_second`` raises the value of ``second``.
    """
    with tf.variable_scope("scope", use_resource=use_resource):
        first = tf.get_variable("first", initializer=[1.0, 2.0])
        second = tf.get_variable("second", initializer=3)
        tf.get_variable("local", initializer=True, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    is_initialized = api(tf, "is_variable_initialized")
    return {
        "fetches": {
            "uninitialized": api(tf, "report_uninitialized_variables")(),
            "of_globals": api(tf, "report_uninitialized_variables")(tf.global_variables()),
            "of_none": api(tf, "report_uninitialized_variables")([]),
            "is_first": is_initialized(first),
            "is_second": is_initialized(second),
            "initialize_first": first.initializer,
            "locals": api(tf, "local_variables_initializer")(),
            "globals": api(tf, "global_variables_initializer")(),
            "second": second,
            "raise_second": tf.assign_add(second, 1).op,
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
    fetches["raise_a"] = tf.assign_add(a, 10.0).op
    fetches["ask_again"] = fetches["asked"].initializer
    return {"fetches": fetches, "initialize": False}


def asked_in_order(tf, use_resource):
    """Whether ``v`` has a value: asked ``at_once``, and ``behind`` its initialiser."""
    v = tf.Variable(1.0, name="v", use_resource=use_resource)
    is_initialized = api(tf, "is_variable_initialized")
    fetches = {"at_once": is_initialized(v)}
    with tf.control_dependencies([v.initializer]):
        fetches["behind"] = is_initialized(v)
    return {"fetches": fetches, "initialize": False}
