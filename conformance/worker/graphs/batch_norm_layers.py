"""Graphs of tf.layers.batch_normalization and tf.layers.BatchNormalization."""

from ..missing import api
from ..settable import setting, short_name


def layer(
    tf,
    dtype,
    shape,
    training,
    form="function",
    clipped=(),
    adjusted=False,
    updates_under_output=False,
    **options,
):
    """One layer on ``x``; ``training`` is a bool, "fed" (a placeholder), "variable" or "constant".

    ``form`` is "function" or "class". ``options`` are the layer's. With ``clipped``, its
    ``renorm_clipping`` has these keys, fed by their names. With ``adjusted``, its ``adjustment``
    gives ``adjust_scale`` and ``adjust_bias``, fed.

    Variables are set by the ``set`` fetch from feeds of their names. With ``updates_under_output``
    the output is under control dependencies of UPDATE_OPS.
    """
    feeds = {"x": tf.placeholder(dtype, shape, "x")}
    fetches = {}
    flag = training
    if training == "fed":
        flag = feeds["training"] = tf.placeholder(tf.bool, [], "training")
    elif training == "variable":
        flag = tf.Variable(False, trainable=False, name="training")
        feeds["set_training"] = tf.placeholder(tf.bool, [])
        fetches["set_flag"] = tf.assign(flag, feeds["set_training"]).op
    elif training == "constant":
        flag = tf.constant(True)
    if clipped:
        for key in clipped:
            feeds[key] = tf.placeholder(dtype, [], key)
        options["renorm_clipping"] = {key: feeds[key] for key in clipped}
    if adjusted:
        for name in ("adjust_scale", "adjust_bias"):
            feeds[name] = tf.placeholder(dtype, [None] * len(shape), name)

        def adjustment(input_shape):
            fetches["adjusted_shape"] = tf.identity(input_shape)
            return feeds["adjust_scale"], feeds["adjust_bias"]

        options["adjustment"] = adjustment
    y = _applied(tf, form, feeds["x"], flag, options)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    if updates_under_output:
        with tf.control_dependencies(updates):
            y = tf.identity(y)
    fetches.update(y=y, updates=tf.group(*updates))
    variables = [one for one in tf.global_variables() if one is not flag]
    for variable in variables:
        fetches[short_name(variable)] = variable
    fetches["set"] = setting(tf, variables, feeds)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {
            "variables": [[one.op.name, one.shape.as_list()] for one in variables],
            "variable_dtypes": sorted({one.dtype.base_dtype.name for one in variables}),
            "trainable": [one.op.name for one in tf.trainable_variables()],
            "update_count": len(updates),
            "update_ops": [one.name for one in updates],
            "update_types": [getattr(one, "op", one).type for one in updates],
            "output_dtype": y.dtype.base_dtype.name,
            "output_shape": y.shape.as_list(),
            "uses_fused_kernel": uses_fused_kernel(tf),
        },
    }


def partitioned(tf, shape, parts):
    """A layer under a partitioner that would cut every variable into ``parts``.

    A regularizer gives half the sum of the squares of gamma.
    """
    x = tf.placeholder(tf.float32, shape, "x")
    with tf.variable_scope("", partitioner=tf.fixed_size_partitioner(parts)):
        y = api(tf, "layers.batch_normalization")(
            x, training=True, gamma_regularizer=regularizer(tf, 0.5), name="bn"
        )
    fetches = {"y": y, "updates": tf.group(*tf.get_collection(tf.GraphKeys.UPDATE_OPS))}
    losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    fetches.update(("loss%d" % part, loss) for part, loss in enumerate(losses))
    for variable in tf.global_variables():
        if short_name(variable).startswith("moving_"):
            fetches[short_name(variable)] = variable
    return {
        "feeds": {"x": x},
        "fetches": fetches,
        "facts": {
            "variables": [[one.op.name, one.shape.as_list()] for one in tf.global_variables()],
            "trainable": [one.op.name for one in tf.trainable_variables()],
        },
    }


def after_assignment(tf, dtype, shape, axis, **options):
    """Inference of a layer that is called again, after and under new moving statistics.

    They are fed as ``new_moving_mean`` and ``new_moving_variance``.
    """
    feeds = {"x": tf.placeholder(dtype, shape, "x")}
    with tf.variable_scope("", use_resource=True):
        made = api(tf, "layers.BatchNormalization")(axis=axis, name="bn", **options)
        made(feeds["x"])
    variables = tf.global_variables()
    assignments = []
    for variable in variables:
        if short_name(variable).startswith("moving_"):
            name = "new_" + short_name(variable)
            feeds[name] = tf.placeholder(variable.dtype.base_dtype, variable.shape, name)
            assignments.append(tf.assign(variable, feeds[name]))
    with tf.control_dependencies(assignments):
        y = made(feeds["x"])
    return {"feeds": feeds, "fetches": {"y": y, "set": setting(tf, variables, feeds)}}


def in_branch(tf):
    """A layer that trains in one branch of a tf.cond, beside another that does so outside."""
    x = tf.placeholder(tf.float32, [None, 3], "x")
    function = api(tf, "layers.batch_normalization")
    function(x, training=True, name="outside")
    tf.cond(
        tf.placeholder(tf.bool, []),
        lambda: function(x, training=True, name="inside"),
        lambda: tf.identity(x),
    )
    return {"facts": _collected(tf)}


def frozen_by_getter(tf):
    """A layer whose gamma is not trainable, because a custom getter of its scope says so."""

    def frozen(getter, name, *args, **kwargs):
        if name.endswith("gamma"):
            kwargs["trainable"] = False
        return getter(name, *args, **kwargs)

    with tf.variable_scope("", custom_getter=frozen):
        made = api(tf, "layers.BatchNormalization")(name="bn")
        made(tf.placeholder(tf.float32, [None, 3], "x"), training=True)
    of_layer = {
        "layer_" + kind: [one.op.name for one in getattr(made, kind)]
        for kind in ("trainable_variables", "non_trainable_variables")
    }
    return {"facts": dict(_collected(tf), **of_layer)}


def averaged(tf, dtype, shape, axis, **options):
    """Inference of a layer, and of its averages in its place, which a custom getter finds.

    ``set`` sets the layer's variables and the averages of gamma and beta.
    """
    feeds = {"x": tf.placeholder(dtype, shape, "x")}
    function = api(tf, "layers.batch_normalization")
    with tf.variable_scope("scope"):
        y = function(feeds["x"], axis=axis, name="bn", **options)
    ema = api(tf, "train.ExponentialMovingAverage")(0.9)
    ema.apply(tf.trainable_variables())

    def average_of(getter, *args, **kwargs):
        variable = getter(*args, **kwargs)
        average = ema.average(variable)
        return variable if average is None else average

    with tf.variable_scope("scope", reuse=True, custom_getter=average_of):
        of_averages = function(feeds["x"], axis=axis, name="bn", **options)
    suffix = "/ExponentialMovingAverage"
    variables = tf.global_variables()
    fetches = {"y": y, "of_averages": of_averages}
    fetches["set"] = setting(
        tf, variables, feeds, lambda one: one.op.name.replace(suffix, "_average").split("/")[-1]
    )
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {"variables": len(variables)},
    }


def refused(tf, dtype, shape, form, axis=-1, **options):
    """A layer that this call does not make."""
    x = tf.placeholder(dtype, shape, "x")
    _applied(tf, form, x, True, dict(options, axis=axis))
    return {}


def gradients(tf, dtype, shape, training, **options):
    """Gradients of the layer's output to ``x`` and its trainable variables."""
    made = layer(tf, dtype, shape, training, **options)
    add_gradients(tf, made, tf.trainable_variables())
    return made


def add_gradients(tf, made, variables):
    """Add to a layer's graph the gradients of ``y`` to ``x`` and its variables, of a fed one."""
    feeds, fetches = made["feeds"], made["fetches"]
    x = feeds["x"]
    feeds["grad_y"] = tf.placeholder(x.dtype, x.shape, "grad_y")
    found = tf.gradients(fetches["y"], [x] + variables, feeds["grad_y"])
    fetches["grad_x"] = found[0]
    for variable, gradient in zip(variables, found[1:]):
        fetches["grad_" + short_name(variable)] = gradient


def initialized(tf, dtype, values, channels=3):
    """A layer whose variables start at the ``values`` by their names."""
    x = tf.placeholder(dtype, [None, channels], "x")
    options = {
        name + "_initializer": tf.constant_initializer(value) for name, value in values.items()
    }
    api(tf, "layers.batch_normalization")(x, training=True, **options)
    return {"fetches": {short_name(one): one for one in tf.global_variables()}}


def regularized(tf, factors, trainable=True, channels=3, reused=False):
    """A layer whose gamma and beta, by ``factors``, have losses factor * sum(variable**2).

    With ``reused`` another layer reuses its variables, and its regularizers.
    """
    feeds = {"x": tf.placeholder(tf.float32, [None, channels], "x")}
    options = {name + "_regularizer": regularizer(tf, one) for name, one in factors.items()}
    for reuse in [None, True][: 1 + reused]:
        api(tf, "layers.batch_normalization")(
            feeds["x"], training=True, trainable=trainable, name="bn", reuse=reuse, **options
        )
    return regularization_losses(tf, feeds)


def regularizer(tf, factor):
    """A function that gives factor * sum(variable**2)."""
    return lambda variable: factor * tf.reduce_sum(tf.square(variable))


def regularization_losses(tf, feeds):
    """The losses of a graph's regularizers, each and all of them, and what is told of them."""
    losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    return {
        "feeds": feeds,
        "fetches": dict(
            {"loss%d" % index: loss for index, loss in enumerate(losses)},
            set=setting(tf, tf.global_variables(), feeds),
            total=tf.losses.get_regularization_loss(),
        ),
        "facts": {
            "losses": len(losses),
            "loss_scopes": [one.op.name.rsplit("/", 1)[0] for one in losses],
            "other_losses": len(tf.get_collection(tf.GraphKeys.LOSSES)),
        },
    }


def constrained(tf, use_resource, channels=3):
    """A layer whose gamma must not be negative and whose beta must be in [-1, 1], and its descent.

    The loss is sum(y * weight); ``step`` is one step of gradient descent with rate 1.
    """
    feeds = {name: tf.placeholder(tf.float32, [None, channels], name) for name in ("x", "weight")}
    with tf.variable_scope("", use_resource=use_resource):
        y = api(tf, "layers.batch_normalization")(
            feeds["x"],
            training=False,
            name="bn",
            gamma_constraint=tf.nn.relu,
            beta_constraint=lambda variable: tf.clip_by_value(variable, -1.0, 1.0),
        )
    optimizer = tf.train.GradientDescentOptimizer(1.0)
    variables = tf.trainable_variables()
    pairs = optimizer.compute_gradients(tf.reduce_sum(y * feeds["weight"]), variables)
    fetches = {"step": optimizer.apply_gradients(pairs)}
    for gradient, variable in pairs:
        fetches[short_name(variable)] = variable
        fetches["grad_" + short_name(variable)] = gradient
    fetches["set"] = setting(tf, tf.global_variables(), feeds)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {"constrained": [short_name(one) for one in variables if one.constraint]},
    }


def layers_in_scopes(tf, scopes):
    """A layer without a name in each of these variable scopes."""
    for scope in scopes:
        with tf.variable_scope(scope):
            x = tf.placeholder(tf.float32, [None, 3], "x")
            api(tf, "layers.batch_normalization")(x, training=True)
    return {"facts": _collected(tf)}


def named_layers(tf, calls, scope=None, scope_reuse=None):
    """Layers made one after another, by the ``name`` and ``reuse`` of each of ``calls``."""
    x = tf.placeholder(tf.float32, [None, 3], "x")
    function = api(tf, "layers.batch_normalization")

    def make():
        return [
            function(x, training=True, **dict(call, **_reuse(tf, call.get("reuse"))))
            for call in calls
        ]

    if scope is None:
        make()
    else:
        with tf.variable_scope(scope, **_reuse(tf, scope_reuse)):
            make()
    return {"facts": _collected(tf)}


def one_layer_called_twice(tf, shapes):
    """One tf.layers.BatchNormalization called on inputs of two shapes."""
    made = api(tf, "layers.BatchNormalization")(name="bn")
    for shape in shapes:
        made(tf.placeholder(tf.float32, shape), training=True)
    return {"facts": dict(_collected(tf), updates=len(made.updates))}


def published_layer(tf):
    """tf.layers.batch_normalization of ones[1, 2, 2, 3], whether it trains a placeholder."""
    training = tf.placeholder(tf.bool, name="is_training")
    api(tf, "layers.batch_normalization")(tf.ones([1, 2, 2, 3]), training=training)
    # The collection has had tensors in it, and has operations from 1.12 on.
    updates = [getattr(one, "op", one) for one in tf.get_collection(tf.GraphKeys.UPDATE_OPS)]
    outputs = [output for update in updates for output in update.outputs]
    return {
        "facts": {
            "names": [one.name for one in outputs],
            "shapes": [one.shape.as_list() for one in outputs],
            "dtypes": [one.dtype.name for one in outputs],
        }
    }


def uses_fused_kernel(tf):
    """Whether the graph, or a function in it, has an operation of the FusedBatchNorm family."""
    graph = tf.get_default_graph().as_graph_def()
    nodes = list(graph.node)
    for function in graph.library.function:
        nodes += function.node_def
    return any(node.op.startswith("FusedBatchNorm") for node in nodes)


def _applied(tf, form, x, training, options):
    flag = {} if training is False else {"training": training}  # The default is left out.
    if form == "class":
        return api(tf, "layers.BatchNormalization")(**options)(x, **flag)
    return api(tf, "layers.batch_normalization")(x, **dict(flag, **options))


def _reuse(tf, reuse):
    """The argument ``reuse``, if there is one: JSON has no tf.AUTO_REUSE."""
    if reuse is None:
        return {}
    return {"reuse": tf.AUTO_REUSE if reuse == "auto" else reuse}


def _collected(tf):
    """What layers have put in the graph's collections."""
    return {
        "variables": [one.op.name for one in tf.global_variables()],
        "trainable": [one.op.name for one in tf.trainable_variables()],
        "update_count": len(tf.get_collection(tf.GraphKeys.UPDATE_OPS)),
    }
