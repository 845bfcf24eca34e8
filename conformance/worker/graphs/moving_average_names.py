"""Graphs of what tf.train.ExponentialMovingAverage names, collects and refuses."""

from ..missing import api


def restore_map(mapping):
    """A map from names in a checkpoint to variables, as sorted pairs of names."""
    return sorted([key, value.op.name] for key, value in mapping.items())


def ema_to_restore(tf, use_resource, applied, restored):
    """EMA over some of ``weight``, which is trainable, and ``fixed``, which is not.

    ``applied`` and ``restored`` are names for apply() and variables_to_restore(); None: no list.
    """
    variables = {
        name: tf.Variable(
            [1.0, 2.0], name=name, trainable=name == "weight", use_resource=use_resource
        )
        for name in ("weight", "fixed")
    }

    def listed(names):
        return None if names is None else [variables[name] for name in names]

    ema = api(tf, "train.ExponentialMovingAverage")(0.9)
    ema.apply(listed(applied))
    return {
        "facts": {
            "averaged": [one.op.name for one in tf.moving_average_variables()],
            "unknown": sorted(name for name in variables if ema.average(variables[name]) is None),
            "trainable": [one.op.name for one in tf.trainable_variables()],
            "to_restore": restore_map(ema.variables_to_restore(listed(restored))),
        },
        "initializers": [tf.variables_initializer(list(variables.values()))],
    }


def ema_under_scopes(tf, use_resource, variable_scope, scope_kind, scope):
    """A variable ``w`` of ``variable_scope``, averaged inside a ``scope_kind`` named ``scope``."""
    with tf.variable_scope(variable_scope):
        w = tf.get_variable("w", [2], use_resource=use_resource)
    ema = api(tf, "train.ExponentialMovingAverage")(0.9)
    name_before = ema.average_name(w)
    with getattr(tf, scope_kind)(scope):
        update = ema.apply([w])
    return {
        "facts": {
            "name_before": name_before,
            "average_name": ema.average_name(w),
            "shadow_name": ema.average(w).op.name,
            "update_name": update.name,
            "to_restore": restore_map(ema.variables_to_restore()),
        },
        "initializers": [w.initializer],
    }


def ema_on_devices(tf, use_resource, device):
    """The devices of averages of ``v``, which is on ``device``, and of a tensor there."""
    with tf.device(device):
        v = tf.Variable([1.0, 2.0], name="v", use_resource=use_resource)
        tensor = tf.constant([1.0, 2.0])
    ema = api(tf, "train.ExponentialMovingAverage")(0.9)
    ema.apply([v, tensor])
    return {
        "facts": {
            "of_variable": ema.average(v).device,
            "of_tensor": ema.average(tensor).device,
        },
        "initialize": False,
    }


def ema_objects(tf, use_resource):
    """Three EMA objects over one variable, two of them of the same name."""
    w = tf.get_variable("w", [2], use_resource=use_resource)
    made = api(tf, "train.ExponentialMovingAverage")
    first, second, slow = made(0.9), made(0.5), made(0.999, name="slow")
    facts = {"names_before": [], "names": [], "updates": []}
    for ema in (first, second, slow):
        facts["names_before"].append(ema.average_name(w))
        facts["updates"].append(ema.apply([w]).name)
        facts["names"].append(ema.average_name(w))
    facts["moving_average_variables"] = [one.op.name for one in tf.moving_average_variables()]
    return {"facts": facts, "initializers": [w.initializer]}


def ema_refused(tf, dtype, of_tensor):
    """EMA over a variable, or a tensor, of a dtype it does not take."""
    value = tf.zeros([2], dtype)
    averaged = value if of_tensor else tf.Variable(value, name="v")
    api(tf, "train.ExponentialMovingAverage")(0.9).apply([averaged])
    return {}


def ema_of_partitioned(tf, use_resource):
    """EMA over a partitioned variable itself, not over its slices."""
    with tf.variable_scope("", use_resource=use_resource):
        whole = tf.get_variable("p", [4, 2], partitioner=tf.fixed_size_partitioner(2))
    api(tf, "train.ExponentialMovingAverage")(0.9).apply([whole])
    return {}


def ema_average_of_list(tf, use_resource):
    """``average`` of a list of variables."""
    variables = [tf.Variable(1.0, use_resource=use_resource) for _ in range(2)]
    ema = api(tf, "train.ExponentialMovingAverage")(0.9)
    ema.apply(variables)
    ema.average(variables)
    return {}
