"""Graphs of one step of an optimiser on one variable."""

from ..missing import api

# Operations that change a variable by a gradient; with "Sparse" or "Scatter", some of its rows.
UPDATES = (
    "Apply",
    "SparseApply",
    "ResourceApply",
    "ResourceSparseApply",
    "ScatterSub",
    "ScatterAdd",
)


def functions_of(options):
    """Each number behind a function of no arguments; the other options as they are."""
    return {
        name: (lambda value=value: value) if isinstance(value, float) else value
        for name, value in options.items()
    }


def optimizer(
    tf,
    optimizer_name,
    dtype,
    shape,
    use_resource,
    sparse,
    options,
    callables=False,
    counted=False,
):
    """tf.train.<optimizer_name>(**options) on a variable ``var`` of ``shape``: rows, columns.

    Its gradient is fed: dense, or ``sparse`` slices with indices. With ``callables`` the optimiser
    is given functions for its numbers; ``counted``, a global step. Fetches are ``apply``, ``var``,
    the slots by their names, and the other variables that the optimiser has.
    """
    initial = tf.placeholder(dtype, shape, "initial")
    var = tf.Variable(initial, name="v", use_resource=use_resource)
    if sparse:
        feeds = {
            "grad": tf.placeholder(dtype, [None, shape[1]], "grad"),
            "indices": tf.placeholder(tf.int32, [None], "indices"),
        }
        dense_shape = tf.constant(shape, tf.int64)
        gradient = tf.IndexedSlices(feeds["grad"], feeds["indices"], dense_shape)
    else:
        feeds = {"grad": tf.placeholder(dtype, shape, "grad")}
        gradient = feeds["grad"]
    made = api(tf, "train." + optimizer_name)(**(functions_of(options) if callables else options))
    global_step = tf.train.create_global_step() if counted else None
    fetches = {"apply": made.apply_gradients([(gradient, var)], global_step), "var": var}
    updates = [
        one for one in tf.get_default_graph().get_operations() if one.type.startswith(UPDATES)
    ]
    slots = made.get_slot_names()
    for slot in slots:
        fetches[slot] = made.get_slot(var, slot)
    for variable in made.variables():
        fetches.setdefault(variable.op.name, variable)
    return {
        "feeds": feeds,
        "initial_feeds": {"var": initial},
        "fetches": fetches,
        "facts": {
            "slots": slots,
            "variables": sorted(one.op.name for one in tf.global_variables()),
            "trainable_variables": [one.op.name for one in tf.trainable_variables()],
            "slot_names": {slot: made.get_slot(var, slot).op.name for slot in slots},
            "own_variables": sorted(one.op.name for one in made.variables()),
            "locks": [
                one.get_attr("use_locking") for one in updates if "use_locking" in one.node_def.attr
            ],
        },
    }


def steps_of_rates(tf, optimizer_name, use_resource, rates, options):
    """Steps ``first`` and ``second`` of one optimiser, whose function returns a rate after another.

    The gradient of the variable ``v`` is fed.
    """
    initial = tf.placeholder(tf.float32, [4], "initial")
    gradient = tf.placeholder(tf.float32, [4], "gradient")
    v = tf.Variable(initial, name="v", use_resource=use_resource)
    left = list(rates)
    made = api(tf, "train." + optimizer_name)(
        **dict(options, learning_rate=lambda: left.pop(0) if len(left) > 1 else left[0])
    )
    fetches = {name: made.apply_gradients([(gradient, v)]) for name in ("first", "second")}
    fetches["v"] = v
    return {
        "feeds": {"gradient": gradient},
        "initial_feeds": {"v": initial},
        "fetches": fetches,
        "facts": {"variables": len(tf.global_variables())},
    }


def named_steps(tf, use_resource):
    """The steps of one optimiser by the names they have, and what TRAIN_OP has of them."""
    v = tf.Variable([1.0, 2.0], name="v", use_resource=use_resource)
    global_step = tf.Variable(0, name="step", use_resource=use_resource, trainable=False)
    made = api(tf, "train.GradientDescentOptimizer")(1.0)
    loss = tf.reduce_sum(v * v)
    pairs = made.compute_gradients(loss)
    steps = [
        made.minimize(loss),
        made.minimize(loss, name="mine"),
        made.minimize(loss, global_step, name="counted"),
        made.apply_gradients(pairs),
        made.apply_gradients(pairs, name="applied"),
        made.apply_gradients(pairs, global_step, name="applied_and_counted"),
    ]

    def names(found):
        return [getattr(one, "op", one).name for one in found]

    collected = tf.get_collection(tf.GraphKeys.TRAIN_OP)
    return {"facts": {"names": names(steps), "train_op": names(collected)}}


def of_two_gradients(tf, use_resource):
    """A step of descent by 1 with two gradients of one variable, dense and as slices."""
    v = tf.Variable([10.0, 20.0], name="v", use_resource=use_resource)
    slices = tf.IndexedSlices(tf.constant([4.0]), tf.constant([1]), tf.constant([2]))
    # Of two updates that do not lock, one may be lost.
    made = api(tf, "train.GradientDescentOptimizer")(1.0, use_locking=True)
    apply = made.apply_gradients([(tf.constant([1.0, 2.0]), v), (slices, v)])
    return {"fetches": {"apply": apply, "v": v}}


def constrained(tf, optimizer_name, use_resource, options):
    """A step on ``v``, which must be at most 1, and on ``free``; both gradients are fed."""
    initial_feeds = {name: tf.placeholder(tf.float32, [4], name) for name in ("v", "free")}
    at_most = {"v": lambda value: tf.minimum(value, 1.0), "free": None}
    variables = {
        name: tf.Variable(initial, name=name, use_resource=use_resource, constraint=at_most[name])
        for name, initial in initial_feeds.items()
    }
    gradient = tf.placeholder(tf.float32, [4], "gradient")
    made = api(tf, "train." + optimizer_name)(**options)
    apply = made.apply_gradients([(gradient, one) for one in variables.values()])
    return {
        "feeds": {"gradient": gradient},
        "initial_feeds": initial_feeds,
        "fetches": dict(variables, apply=apply),
    }


def slots_on_devices(tf, optimizer_name, use_resource, device, options):
    """The devices of the slots for a variable that is on ``device``."""
    with tf.device(device):
        var = tf.Variable([1.0, 2.0], name="v", use_resource=use_resource)
    made = api(tf, "train." + optimizer_name)(**options)
    made.apply_gradients([(tf.ones([2]), var)])
    slots = made.get_slot_names()
    return {
        "facts": {"devices": {slot: made.get_slot(var, slot).device for slot in slots}},
        "initialize": False,
    }
