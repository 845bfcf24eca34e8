"""Graphs of tf.gradients, Optimizer.compute_gradients and Optimizer.apply_gradients."""

import numpy as np

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


def of_function(tf, dtype, function, size):
    """tf.gradients of y = function(x), of a fed gradient of y."""
    feeds = {name: tf.placeholder(dtype, [size], name) for name in ("x", "grad_y")}
    y = getattr(tf, function)(feeds["x"])
    (gradient,) = api(tf, "gradients")(y, [feeds["x"]], [feeds["grad_y"]])
    return {"feeds": feeds, "fetches": {"y": y, "x": gradient}}


def second_of_function(tf, dtype, function, size):
    """tf.gradients of the gradient ``gradient`` of y = function(x), to x and to that of y."""
    feeds = {name: tf.placeholder(dtype, [size], name) for name in ("x", "grad_y", "grad")}
    y = getattr(tf, function)(feeds["x"])
    gradients = api(tf, "gradients")
    (gradient,) = gradients(y, [feeds["x"]], [feeds["grad_y"]])
    second = gradients(gradient, [feeds["x"], feeds["grad_y"]], [feeds["grad"]])
    return {
        "feeds": feeds,
        "fetches": {"y": y, "gradient": gradient, "x": second[0], "grad_y": second[1]},
    }


def of_moved(tf, dtype):
    """tf.gradients of what moves elements of ``a`` (2, 3) and ``b`` (4, 3), of fed gradients.

    Each feed is called after the operation whose gradient it is; ``rows`` are gathered of both.
    """
    shapes = {
        "a": [2, 3],
        "b": [4, 3],
        "concat": [6, 3],
        "transpose": [3, 2],
        "reshape": [12],
        "rows": [3, 3],
        "slice": [1, 2],
    }
    feeds = {name: tf.placeholder(dtype, shape, name) for name, shape in shapes.items()}
    a, b = feeds["a"], feeds["b"]
    ys = {
        "concat": tf.concat([a, b], 0),
        "transpose": tf.transpose(a),
        "reshape": tf.reshape(b, [12]),
        "rows": tf.gather(tf.concat([a, b], 0), tf.constant([1, 5, 1])),
        "slice": a[1:, :2],
    }
    fetches = {}
    for name, y in ys.items():
        gradients = api(tf, "gradients")(y, [a, b], [feeds[name]])
        for x, one in zip("ab", gradients):
            if one is not None:
                fetches["%s to %s" % (name, x)] = tf.convert_to_tensor(one)
    return {"feeds": feeds, "fetches": fetches}


def of_stopped(tf, dtype):
    """tf.gradients of x * stop_gradient(x)."""
    x = tf.placeholder(dtype, [None], "x")
    (gradient,) = api(tf, "gradients")(x * api(tf, "stop_gradient")(x), [x])
    return {"feeds": {"x": x}, "fetches": {"x": gradient}}


def of_power(tf, dtype):
    """tf.gradients of x to the power of y."""
    feeds = {name: tf.placeholder(dtype, [None], name) for name in ("x", "y")}
    gradients = api(tf, "gradients")(tf.pow(feeds["x"], feeds["y"]), [feeds["x"], feeds["y"]])
    return {"feeds": feeds, "fetches": dict(zip(("x", "y"), gradients))}


def reductions(tf, dtype, reduction, static_shape, axes, keepdims):
    """tf.gradients of two reductions of tensors of one shape, each over its own ``axes``.

    ``static_shape`` may have None; gradients of the ys are fed.
    """
    feeds, fetches = {}, {}
    for n, over in enumerate(axes):
        x = feeds["x%d" % n] = tf.placeholder(dtype, static_shape, "x%d" % n)
        y = getattr(tf, reduction)(x, over, keepdims=keepdims)
        grad_y = feeds["grad_y%d" % n] = tf.placeholder(dtype, y.shape, "grad_y%d" % n)
        (fetches["x%d" % n],) = api(tf, "gradients")(y, [x], [grad_y])
    return {"feeds": feeds, "fetches": fetches}


def casts(tf, dtype, others, size):
    """tf.gradients of casts from ``dtype`` to others, of fed gradients; None as facts."""
    feeds, fetches = {"x": tf.placeholder(dtype, [size], "x")}, {}
    without = []
    for other in others:
        y = tf.cast(feeds["x"], other)
        grad_y = tf.placeholder(other, [size], "grad_" + other)
        (gradient,) = api(tf, "gradients")(y, [feeds["x"]], [grad_y])
        if gradient is None:
            without.append(other)
        else:
            feeds["grad_" + other] = grad_y
            fetches[other] = gradient
    return {"feeds": feeds, "fetches": fetches, "facts": {"without": without}}


def unconnected(tf, unconnected_gradients=None):
    """tf.gradients to what y does not depend on, or only by an integer or a stopped path.

    ``sibling`` is an output of an operation whose other output y depends on.
    """
    x = tf.constant([1.0, 2.0])
    far = tf.constant([3.0])
    whole = tf.constant([4, 5])
    stopped = tf.constant([6.0, 7.0])
    ref, resource = [
        tf.Variable(np.ones(3), name="v", use_resource=use_resource)
        for use_resource in (False, True)
    ]
    used, sibling = tf.unstack(tf.stack([x, x]))
    y = used * tf.cast(whole, tf.float32) + tf.stop_gradient(stopped)
    function = api(tf, "gradients")
    options = {}
    if unconnected_gradients is not None:
        need_argument(function, "unconnected_gradients")
        options["unconnected_gradients"] = unconnected_gradients
    gradients = function(y, [x, far, whole, stopped, ref, resource], **options)
    # Asked for with x, it has the zeros that its operation needs to go on to x.
    gradients += function(y, [sibling], **options)
    names = ["x", "far", "whole", "stopped", "ref", "resource", "sibling"]
    return {
        "fetches": {name: one for name, one in zip(names, gradients) if one is not None},
        "facts": {"none": [name for name, one in zip(names, gradients) if one is None]},
    }


def repeated(tf, use_resource, call):
    """tf.gradients of y = v * v with arguments that repeat themselves, or each other."""
    v = tf.Variable([1.0, 2.0], name="v", use_resource=use_resource)
    y = v * v
    double = 2.0 * v
    function = api(tf, "gradients")
    calls = {
        "x in no list": lambda: function(y, v),
        "x twice": lambda: function(y, [v, v]),
        "y twice": lambda: function([y, y], [v]),
        "y itself": lambda: function(y, [y, v]),
        "y and its square": lambda: function([y, y * y], [y]),
        "colocated": lambda: function(y, [v], colocate_gradients_with_ops=True),
        "y and double stopped": lambda: function(
            y * double, [y, double], stop_gradients=[y, double]
        ),
    }
    gradients = calls[call]()
    return {"fetches": {"gradient%d" % n: tf.identity(one) for n, one in enumerate(gradients)}}


def gathered(tf, use_resource):
    """tf.gradients of a gather, alone and beside a dense use of what is gathered from.

    Alone it is slices of the rows that were gathered.
    """
    table = tf.Variable(tf.ones([4, 2]), name="table", use_resource=use_resource)
    weights = tf.placeholder(tf.float32, [None, 2], "weights")
    y = tf.gather(table, tf.constant([2, 0, 2])) * weights
    (gradient,) = api(tf, "gradients")(y, [table])
    factor = tf.placeholder(tf.float32, [4, 2], "factor")
    (both,) = api(tf, "gradients")([table * factor, y], [table])
    return {
        "feeds": {"weights": weights, "factor": factor},
        "fetches": {
            "values": tf.identity(gradient.values),
            "indices": tf.identity(gradient.indices),
            "dense": tf.convert_to_tensor(gradient),
            "both": tf.convert_to_tensor(both),
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
    tf,
    dtype,
    size,
    use_resource,
    gate_gradients,
    has_grad_loss,
    var_list,
    has_global_step,
    minimize,
):
    """compute_gradients of x * a + b * b by variables a, b and unused, and their application.

    With ``minimize`` that applies them, told what compute_gradients is.

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
    told = {
        "var_list": wanted,
        "gate_gradients": getattr(api(tf, "train.Optimizer"), gate_gradients),
        "grad_loss": feeds.get("grad_loss"),
    }
    pairs = optimizer.compute_gradients(loss, **told)
    step = None
    if has_global_step:
        step = tf.train.get_or_create_global_step()
    if minimize:
        apply = optimizer.minimize(loss, global_step=step, **told)
    else:
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
