"""Graphs of variables that are initialised one after the other, and what says which are."""

from ..missing import api


def variables(tf, use_resource):
    """Two global variables and a local one; ``uninitialized`` names those without a value yet.

    ``is_a`` and ``is_b`` ask for one variable; ``a``, ``locals`` and ``globals`` initialise.
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
            "is_a": is_initialized(a),
            "is_b": is_initialized(b),
            "a": a.initializer,
            "locals": api(tf, "local_variables_initializer")(),
            "globals": api(tf, "global_variables_initializer")(),
        },
        "initialize": False,
    }
