"""Graphs of tf.train.ExponentialMovingAverage and moving_averages.assign_moving_average."""

import importlib

import numpy as np

from ..missing import api


def variable_fed(tf, dtype, shape, use_resource, name, feeds, initial_feeds, trainable=True):
    """Make a variable with a fed initial value and an assign op with a fed value.

    Returns (variable, assign op); the feeds get ``name`` and the initial feeds ``name``.
    """
    initial = tf.placeholder(dtype, shape, name + "_initial")
    initial_feeds[name] = initial
    variable = tf.Variable(initial, name=name, use_resource=use_resource, trainable=trainable)
    value = tf.placeholder(dtype, shape, name + "_value")
    feeds[name] = value
    return variable, tf.assign(variable, value)


def ema_of_variables(
    tf, dtype, shape, use_resource, decay=None, num_updates=None, control=False, count=1, **options
):
    """EMA over ``count`` variables v0, v1 …, each assigned from a feed of its name.

    ``decay`` None feeds it as a tensor. ``num_updates``: None, a number, "fed" (a placeholder) or
    "variable" (an int64 step that the fetch ``raise`` raises). With ``control`` the averages are
    applied under control dependencies of the assigns.
    """
    feeds, initial_feeds, fetches, facts = {}, {}, {}, {}
    variables, assigns = [], []
    for index in range(count):
        variable, assign = variable_fed(
            tf, dtype, shape, use_resource, "v%d" % index, feeds, initial_feeds
        )
        variables.append(variable)
        assigns.append(assign)
        fetches["v%d" % index] = variable
        fetches["assign%d" % index] = assign.op
    before = list(assigns) if control else []
    if decay is None:
        decay = feeds["decay"] = tf.placeholder(tf.float32, [], "decay")
    if num_updates == "fed":
        num_updates = feeds["num_updates"] = tf.placeholder(tf.int64, [], "num_updates")
    elif num_updates == "variable":
        num_updates = tf.Variable(
            np.int64(0), name="step", use_resource=use_resource, trainable=False
        )
        fetches["raise"] = tf.assign_add(num_updates, np.int64(1)).op
    ema = api(tf, "train.ExponentialMovingAverage")(decay, num_updates, **options)
    with tf.control_dependencies(before):
        update = ema.apply(variables)
    fetches["update"] = update
    for index, variable in enumerate(variables):
        fetches["average%d" % index] = ema.average(variable)
    facts["average_names"] = [ema.average_name(variable) for variable in variables]
    facts["shadow_names"] = [ema.average(variable).op.name for variable in variables]
    facts["shadow_dtypes"] = [ema.average(v).dtype.base_dtype.name for v in variables]
    facts["shadow_trainable"] = [
        ema.average(variable) in tf.trainable_variables()
        if not hasattr(variable, "ref")
        else any(one is ema.average(variable) for one in tf.trainable_variables())
        for variable in variables
    ]
    facts["moving_average_variables"] = [one.op.name for one in tf.moving_average_variables()]
    facts["to_restore"] = sorted(
        [key, value.op.name] for key, value in ema.variables_to_restore().items()
    )
    facts["update_is_operation"] = isinstance(update, tf.Operation)
    facts["update_name"] = update.name
    return {
        "feeds": feeds,
        "initial_feeds": initial_feeds,
        "fetches": fetches,
        "facts": facts,
        "initializers": [tf.variables_initializer(variables)],
    }


def ema_of_changed(tf, dtype, use_resource):
    """EMA over ``v``, whose initial value is fed; nothing is initialised but by fetches.

    ``initialize`` initialises ``v``, ``assign`` sets it, ``start`` initialises its average.
    """
    feeds, initial_feeds = {}, {}
    v, assign = variable_fed(tf, dtype, [2], use_resource, "v", feeds, initial_feeds)
    feeds["initial"] = initial_feeds.pop("v")
    ema = api(tf, "train.ExponentialMovingAverage")(0.75)
    ema.apply([v])
    return {
        "feeds": feeds,
        "fetches": {
            "initialize": v.initializer,
            "assign": assign.op,
            "start": ema.average(v).initializer,
            "average": ema.average(v),
        },
        "initialize": False,
    }


def ema_applied_twice(tf, dtype, use_resource):
    """Two applies of one EMA object, over ``a`` and over ``b``; and what it knows of ``c``."""
    feeds, initial_feeds = {}, {}
    a, assign_a = variable_fed(tf, dtype, [], use_resource, "a", feeds, initial_feeds)
    b, assign_b = variable_fed(tf, dtype, [], use_resource, "b", feeds, initial_feeds)
    c, _ = variable_fed(tf, dtype, [], use_resource, "c", feeds, initial_feeds)
    ema = api(tf, "train.ExponentialMovingAverage")(0.75)
    update_a = ema.apply([a])
    update_b = ema.apply([b])
    return {
        "feeds": feeds,
        "initial_feeds": initial_feeds,
        "fetches": {
            "assign_a": assign_a.op,
            "assign_b": assign_b.op,
            "update_a": update_a,
            "update_b": update_b,
            "average_a": ema.average(a),
            "average_b": ema.average(b),
        },
        "facts": {
            "average_of_c": ema.average(c) is None,
            "name_for_c": ema.average_name(c),
            "moving_average_variables": [one.op.name for one in tf.moving_average_variables()],
        },
        "initializers": [tf.variables_initializer([a, b])],
    }


def ema_applied_again(tf, dtype, use_resource):
    """One EMA object applied to one variable twice: two updates."""
    feeds, initial_feeds = {}, {}
    v, assign = variable_fed(tf, dtype, [2], use_resource, "v", feeds, initial_feeds)
    ema = api(tf, "train.ExponentialMovingAverage")(0.75)
    first, second = ema.apply([v]), ema.apply([v])
    return {
        "feeds": feeds,
        "initial_feeds": initial_feeds,
        "fetches": {
            "assign": assign.op,
            "first": first,
            "second": second,
            "average": ema.average(v),
        },
        "facts": {
            "variables": sorted(one.op.name for one in tf.global_variables()),
            "moving_average_variables": [one.op.name for one in tf.moving_average_variables()],
            "update_names": [first.name, second.name],
        },
        "initializers": [v.initializer],
    }


def ema_of_slices(tf, dtype, use_resource):
    """EMA over a variable (4, 2) that a partitioner cuts into two slices, each assigned a feed."""
    with tf.variable_scope("", use_resource=use_resource):
        whole = tf.get_variable(
            "p",
            [4, 2],
            dtype,
            initializer=tf.zeros_initializer(),
            partitioner=tf.fixed_size_partitioner(2),
        )
    slices = list(whole)
    feeds = {"slice%d" % n: tf.placeholder(dtype, [2, 2]) for n in range(len(slices))}
    assigns = [tf.assign(one, feeds["slice%d" % n]) for n, one in enumerate(slices)]
    ema = api(tf, "train.ExponentialMovingAverage")(0.75)
    with tf.control_dependencies(assigns):
        update = ema.apply(slices)
    fetches = {"update": update, "whole": whole.as_tensor()}
    for index, one in enumerate(slices):
        fetches["average%d" % index] = ema.average(one)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {
            "averaged": [one.op.name for one in tf.moving_average_variables()],
            "to_restore": sorted(
                [key, value.op.name] for key, value in ema.variables_to_restore().items()
            ),
        },
        "initializers": [tf.variables_initializer(slices)],
    }


def published_control_dependencies(tf, control, use_resource):
    """w += 1 and b -= 0.1, then their averages: under control dependencies, or run in turn."""
    w = tf.Variable(1.0, name="w", use_resource=use_resource)
    b = tf.Variable(1.0, name="b", use_resource=use_resource)
    ema = api(tf, "train.ExponentialMovingAverage")(0.9)
    change = [tf.assign_add(w, 1.0), tf.assign_sub(b, 0.1)]
    with tf.control_dependencies(change if control else []):
        update = ema.apply([w, b])
    return {
        "fetches": {
            "change": tf.group(*change),
            "update": update,
            "average_w": ema.average(w),
            "average_b": ema.average(b),
        },
        "initializers": [tf.variables_initializer([w, b])],
    }


def published_num_updates(tf, use_resource):
    """EMA(0.99, num_updates=step) of v1, both assigned from feeds."""
    v1 = tf.Variable(0, dtype=tf.float32, name="v1", use_resource=use_resource)
    step = tf.Variable(0, trainable=False, name="step", use_resource=use_resource)
    feeds = {"v1": tf.placeholder(tf.float32, []), "step": tf.placeholder(tf.int32, [])}
    ema = api(tf, "train.ExponentialMovingAverage")(0.99, step)
    update = ema.apply([v1])
    return {
        "feeds": feeds,
        "fetches": {
            "update": update,
            "assign_v1": tf.assign(v1, feeds["v1"]).op,
            "assign_step": tf.assign(step, feeds["step"]).op,
            "v1": v1,
            "average": ema.average(v1),
        },
        "initializers": [v1.initializer],
    }


def assign_moving_average(
    tf,
    dtype,
    shape,
    use_resource,
    zero_debias=None,
    decay=None,
    decay_dtype="float32",
    decay_variable=False,
    updates=1,
):
    """moving_averages.assign_moving_average on a variable; ``updates`` of them make more slots.

    ``decay`` None feeds it as a tensor of ``decay_dtype``; with ``decay_variable`` it is a variable
    that the fetch ``set_decay`` sets. ``value0`` is what the first update returns. ``zero_debias``
    None says nothing of it.
    """
    moving_averages = importlib.import_module("tensorflow.python.training.moving_averages")
    feeds, initial_feeds = {}, {}
    initial_feeds["variable"] = tf.placeholder(dtype, shape, "initial")
    feeds["value"] = tf.placeholder(dtype, shape, "value")
    if decay is None:
        decay = feeds["decay"] = tf.placeholder(decay_dtype, [], "decay")
    fetches = {}
    if decay_variable:
        kept = tf.Variable(
            tf.zeros([], decay_dtype), trainable=False, name="decay", use_resource=use_resource
        )
        fetches["set_decay"] = tf.assign(kept, decay).op
        decay = kept
    with tf.variable_scope("average", use_resource=use_resource):
        variable = tf.get_variable(
            "variable", initializer=initial_feeds["variable"], trainable=False
        )
    fetches["variable"] = variable
    options = {} if zero_debias is None else {"zero_debias": zero_debias}
    with tf.variable_scope("", use_resource=use_resource):
        for index in range(updates):
            update = moving_averages.assign_moving_average(
                variable, feeds["value"], decay, **options
            )
            fetches["update%d" % index] = update.op
            fetches["value%d" % index] = tf.identity(update)
    for other in tf.global_variables():
        for slot in ("biased", "local_step"):
            if other.op.name.endswith("/" + slot):
                fetches[slot] = other
    return {
        "feeds": feeds,
        "initial_feeds": initial_feeds,
        "fetches": fetches,
        "facts": {
            "variables": sorted(one.op.name for one in tf.global_variables()),
            "trainable": [one.op.name for one in tf.trainable_variables()],
        },
    }
