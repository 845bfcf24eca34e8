"""Graphs of tf.gradients, Optimizer.compute_gradients and Optimizer.apply_gradients."""

from ..missing import api, need_argument

NAMES = ("x", "a", "b", "c")


def products(tf, dtype, size, grad_ys, stopped=(), aggregation_method=None, gate_gradients=False):
    """tf.gradients of x * a, x * b and x * c; ``grad_ys`` says which of the three have one fed.

    ``stopped`` lists the factors whose products are in stop_gradients; ``aggregation_method`` is
    the name of an attribute of tf.AggregationMethod.
    """
    feeds = {name: tf.placeholder(dtype, [size], name) for name in NAMES}
    inner = [feeds["x"] * feeds[name] for name in NAMES[1:]]
    ys = [tf.identity(one) for one in inner]
    given = []
    for index, fed in enumerate(grad_ys):
        if fed:
            feeds["grad_y%d" % index] = tf.placeholder(dtype, [size], "grad_y%d" % index)
        given.append(feeds.get("grad_y%d" % index))
    options = {}
    if stopped:
        options["stop_gradients"] = [inner[NAMES.index(name) - 1] for name in stopped]
    if aggregation_method is not None:
        options["aggregation_method"] = getattr(tf.AggregationMethod, aggregation_method)
    xs = [feeds[name] for name in NAMES]
    gradients = api(tf, "gradients")(
        ys, xs, given if any(grad_ys) else None, gate_gradients=gate_gradients, **options
    )
    fetches = {name: tf.identity(one) for name, one in zip(NAMES, gradients) if one is not None}
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {
            "unconnected": [name for name, one in zip(NAMES, gradients) if one is None],
            "type": type(gradients).__name__,
        },
    }


def broadcast(tf, dtype, operation, shapes):
    """tf.gradients of operation(a, b), whose operands have these shapes, of a fed gradient of y."""
    feeds = {name: tf.placeholder(dtype, shape, name) for name, shape in zip("ab", shapes)}
    y = getattr(tf, operation)(feeds["a"], feeds["b"])
    feeds["grad_y"] = tf.placeholder(dtype, y.shape, "grad_y")
    gradients = api(tf, "gradients")(y, [feeds["a"], feeds["b"]], [feeds["grad_y"]])
    return {"feeds": feeds, "fetches": dict(zip("ab", gradients))}


def unconnected(tf, unconnected_gradients=None):
    """tf.gradients to what y does not depend on, or only by an integer or a stopped path."""
    x = tf.constant([1.0, 2.0])
    far = tf.constant([3.0])
    whole = tf.constant([4, 5])
    stopped = tf.constant([6.0, 7.0])
    y = x * tf.cast(whole, tf.float32) + tf.stop_gradient(stopped)
    function = api(tf, "gradients")
    options = {}
    if unconnected_gradients is not None:
        need_argument(function, "unconnected_gradients")
        options["unconnected_gradients"] = unconnected_gradients
    gradients = function(y, [x, far, whole, stopped], **options)
    names = ["x", "far", "whole", "stopped"]
    return {
        "fetches": {name: one for name, one in zip(names, gradients) if one is not None},
        "facts": {"none": [name for name, one in zip(names, gradients) if one is None]},
    }


def repeated(tf, use_resource, call):
    """tf.gradients of y = v * v with arguments that repeat themselves, or each other."""
    v = tf.Variable([1.0, 2.0], name="v", use_resource=use_resource)
    y = v * v
    function = api(tf, "gradients")
    calls = {
        "x in no list": lambda: function(y, v),
        "x twice": lambda: function(y, [v, v]),
        "y twice": lambda: function([y, y], [v]),
        "y itself": lambda: function(y, [y, v]),
        "y and its square": lambda: function([y, y * y], [y]),
        "colocated": lambda: function(y, [v], colocate_gradients_with_ops=True),
    }
    gradients = calls[call]()
    return {"fetches": {"gradient%d" % n: tf.identity(one) for n, one in enumerate(gradients)}}


def gathered(tf, use_resource):
    """tf.gradients of a gather: slices of the rows that were gathered."""
    table = tf.Variable(tf.ones([4, 2]), name="table", use_resource=use_resource)
    weights = tf.placeholder(tf.float32, [None, 2], "weights")
    y = tf.gather(table, tf.constant([2, 0, 2])) * weights
    (gradient,) = api(tf, "gradients")(y, [table])
    return {
        "feeds": {"weights": weights},
        "fetches": {
            "values": tf.identity(gradient.values),
            "indices": tf.identity(gradient.indices),
            "dense": tf.convert_to_tensor(gradient),
        },
        "facts": {"is_slices": isinstance(gradient, tf.IndexedSlices)},
    }


def colocated(tf, call, device, options):
    """The devices of the gradient of ``y``, an operation on ``device``, by three functions."""
    v = tf.Variable([1.0, 2.0], name="v", use_resource=False)
    with tf.device(device):
        y = tf.square(v, name="y")
    optimizer = api(tf, "train.GradientDescentOptimizer")(0.1)
    calls = {
        "gradients": lambda: api(tf, "gradients")(y, [v], **options),
        "compute_gradients": lambda: optimizer.compute_gradients(y, **options),
        "minimize": lambda: optimizer.minimize(y, **options),
    }
    calls[call]()
    made = [
        one
        for one in tf.get_default_graph().get_operations()
        if one.name.startswith("gradients/y_grad/")
    ]
    return {
        "facts": {"devices": sorted({one.device for one in made})},
        "initialize": False,
    }


def refused(tf, call):
    """A call with arguments that the function refuses."""
    gradients = api(tf, "gradients")
    x = tf.constant([1.0, 2.0])
    y, z = x * x, x + x
    v = tf.Variable(1.0, name="v", use_resource=False)
    fixed = tf.Variable(1.0, name="fixed", use_resource=False, trainable=False)
    turned = tf.Variable(1j, name="turned", use_resource=False)
    optimizer = api(tf, "train.GradientDescentOptimizer")(0.1)
    calls = {
        "fewer grad_ys than ys": lambda: gradients([y, z], [x], [tf.ones([2])]),
        "unknown aggregation_method": lambda: gradients([y, z], [x], aggregation_method=99),
        "unknown unconnected_gradients": lambda: gradients(z, [x], unconnected_gradients="ones"),
        "grad_y of another kind": lambda: gradients(y, [x], [tf.constant([True, False])]),
        "complex y without grad_y": lambda: gradients(tf.complex(x, x), [x]),
        "unknown gate_gradients": lambda: optimizer.compute_gradients(v * v, gate_gradients=7),
        "no variables": lambda: optimizer.compute_gradients(y, var_list=[]),
        "integer loss": lambda: optimizer.compute_gradients(tf.constant(1), [v]),
        "complex variable": lambda: optimizer.compute_gradients(
            tf.real(turned * tf.conj(turned)), var_list=[turned]
        ),
        "apply nothing": lambda: optimizer.apply_gradients([]),
        "apply None only": lambda: optimizer.apply_gradients([(None, v)]),
        "minimize without a path": lambda: optimizer.minimize(tf.constant(1.0), var_list=[fixed]),
    }
    calls[call]()
    return {}


def compute_and_apply(
    tf, dtype, size, use_resource, gate_gradients, has_grad_loss, var_list, has_global_step
):
    """compute_gradients of x * a + b * b by variables a, b and unused, and their application.

    ``var_list`` lists the variables asked for, or is None for all that are trainable; ``fixed`` is
    not, and scales the loss.
    """
    x = tf.placeholder(dtype, [size], "x")
    initial_feeds = {name: tf.placeholder(dtype, [size], name + "_initial") for name in ("a", "b")}
    variables = {
        name: tf.Variable(one, name=name, use_resource=use_resource)
        for name, one in initial_feeds.items()
    }
    variables["unused"] = tf.Variable(
        tf.zeros([size], dtype), name="unused", use_resource=use_resource
    )
    variables["fixed"] = tf.Variable(
        tf.ones([size], dtype), name="fixed", use_resource=use_resource, trainable=False
    )
    feeds = {"x": x}
    loss = x * variables["a"] + variables["b"] * variables["b"] * variables["fixed"]
    if has_grad_loss:
        feeds["grad_loss"] = tf.placeholder(dtype, [size], "grad_loss")
    optimizer = api(tf, "train.GradientDescentOptimizer")(1.0)
    wanted = None if var_list is None else [variables[name] for name in var_list]
    pairs = optimizer.compute_gradients(
        loss,
        var_list=wanted,
        gate_gradients=getattr(api(tf, "train.Optimizer"), gate_gradients),
        grad_loss=feeds.get("grad_loss"),
    )
    step = None
    if has_global_step:
        step = tf.train.get_or_create_global_step()
    apply = optimizer.apply_gradients(pairs, global_step=step)
    asked = [variable for _, variable in pairs]
    plain = tf.gradients(loss, asked, feeds.get("grad_loss"))
    fetches = dict(variables, apply=apply)
    for (gradient, variable), same in zip(pairs, plain):
        if gradient is not None:
            fetches["grad_" + variable.op.name] = gradient
            fetches["plain_" + variable.op.name] = same
    if step is not None:
        fetches["global_step"] = step
    return {
        "feeds": feeds,
        "initial_feeds": initial_feeds,
        "fetches": fetches,
        "facts": {
            "variables": [variable.op.name for _, variable in pairs],
            "none": [variable.op.name for gradient, variable in pairs if gradient is None],
            "apply_is_operation": isinstance(apply, tf.Operation),
            "in_train_op": any(one is apply for one in tf.get_collection(tf.GraphKeys.TRAIN_OP)),
        },
    }
