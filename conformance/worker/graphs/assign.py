"""Graphs of tf.assign, tf.assign_add and tf.assign_sub."""

from ..missing import Missing, api


def assign(tf, dtype, shape, use_resource, operation, use_locking=None):
    """``operation`` on a variable: its result as a value, as a control input, and as a variable.

    ``used`` computes with the result; ``chained`` is the operation once more, on the result.
    """
    initial = tf.placeholder(dtype, shape, "initial")
    value = tf.placeholder(dtype, shape, "value")
    variable = tf.Variable(initial, name="v", use_resource=use_resource)
    result = api(tf, operation)(variable, value, use_locking=use_locking)
    with tf.control_dependencies([result]):
        after = tf.identity(variable.read_value())
    chained = api(tf, operation)(result, value, use_locking=use_locking)
    return {
        "feeds": {"value": value},
        "initial_feeds": {"variable": initial},
        "fetches": {
            "variable": variable,
            "result": result,
            "operation": tf.group(result),
            "after": after,
            "used": tf.identity(result),
            "chained": tf.identity(chained),
        },
    }


def assign_of_shape(tf, use_resource, operation, shape, value_shape, validate_shape=None):
    """``operation`` of a value of ``value_shape`` (None: known at run time only) on ``shape``."""
    options = {} if validate_shape is None else {"validate_shape": validate_shape}
    variable = tf.Variable(tf.ones(shape), name="v", use_resource=use_resource)
    value = tf.placeholder(tf.float32, value_shape, "value")
    result = api(tf, operation)(variable, value, **options)
    return {
        "feeds": {"value": value},
        "fetches": {"operation": tf.group(result), "variable": variable},
    }


def assign_to_part(tf, use_resource, part):
    """Two rows of ``v`` (4, 2), the second and the fourth, assigned, raised or lowered.

    ``part`` is "slice" or the name of a function that takes the variable, indices and values.
    ``after`` reads the variable under control dependencies of the result.
    """
    initial = tf.placeholder(tf.float32, [4, 2], "initial")
    value = tf.placeholder(tf.float32, [2, 2], "value")
    v = tf.Variable(initial, name="v", use_resource=use_resource)
    if part == "slice":
        result = v[1::2].assign(value)
    else:
        result = api(tf, part)(v, [1, 3], value)
    with tf.control_dependencies([result]):
        after = tf.identity(v.read_value())
    return {
        "feeds": {"value": value},
        "initial_feeds": {"v": initial},
        "fetches": {
            "operation": tf.group(result),
            "result": tf.identity(result),
            "after": after,
            "v": v,
        },
    }


def assign_of_dtype(tf, use_resource, operation, value_dtype):
    """``operation`` of a value of another dtype on a float32 variable."""
    variable = tf.Variable(tf.ones([2]), name="v", use_resource=use_resource)
    api(tf, operation)(variable, tf.zeros([2], value_dtype))
    return {}


def assign_of_numbers(tf, dtype, use_resource, operation, numbers):
    """``operation`` of Python's numbers on a variable of ones."""
    variable = tf.Variable(tf.ones([len(numbers)], dtype), name="v", use_resource=use_resource)
    result = api(tf, operation)(variable, numbers)
    return {"fetches": {"operation": tf.group(result), "variable": variable}}


def assign_to_uninitialized(tf, use_resource, operation):
    """``operation`` on a variable that no initialiser of the graph runs."""
    variable = tf.Variable(tf.ones([2]), name="v", use_resource=use_resource, collections=[])
    result = api(tf, operation)(variable, tf.constant([3.0, 4.0]))
    return {"fetches": {"operation": tf.group(result), "variable": variable}}


def assign_to_parts(tf, use_resource, operation):
    """``operation`` of a whole value on a variable (4, 2) that a partitioner cuts into two."""
    with tf.variable_scope("", use_resource=use_resource):
        whole = tf.get_variable(
            "v",
            [4, 2],
            initializer=tf.ones_initializer(),
            partitioner=tf.fixed_size_partitioner(2),
        )
    if not hasattr(whole, operation):
        raise Missing("%s has no %s" % (type(whole).__name__, operation))
    value = tf.placeholder(tf.float32, [4, 2], "value")
    results = api(tf, operation)(whole, value)
    return {
        "feeds": {"value": value},
        "fetches": {"operation": tf.group(*results), "variable": whole.as_tensor()},
    }
