"""Graphs of tf.identity, tf.group, tf.tuple, tf.no_op and tf.control_dependencies."""

from ..missing import api


def identity(tf, dtype):
    """tf.identity of a tensor whose shape is known at run time only."""
    x = tf.placeholder(dtype, None, "x")
    y = api(tf, "identity")(x)
    return {
        "feeds": {"x": x},
        "fetches": {"y": y},
        "facts": {"same_tensor": y is x, "dtype": y.dtype.name, "op": y.op.type},
    }


def identity_of_variable(tf, use_resource):
    """tf.identity of a variable is a tensor, and ``y = x`` is not."""
    x = tf.Variable([1.0, 2.0], name="x", use_resource=use_resource)
    y = api(tf, "identity")(x)
    return {
        "fetches": {"y": y},
        "facts": {"is_tensor": isinstance(y, tf.Tensor), "op": y.op.type},
    }


def identity_of_number(tf):
    """tf.identity of what is no tensor yet."""
    return {"fetches": {"y": api(tf, "identity")([1.5, 2.5])}}


def group(tf, use_resource, form):
    """tf.group of two updates.

    ``form``: they are "arguments", "nested" in lists that end with the second, or on "devices", the
    first on the one it gets and the second on the one it asks for.
    """
    a = tf.Variable(1.0, name="a", use_resource=use_resource)
    b = tf.Variable(2.0, name="b", use_resource=use_resource)
    by = tf.placeholder(tf.float32, [], "by")
    updates = [tf.assign_add(a, by)]
    with tf.device("/cpu:0" if form == "devices" else None):
        updates.append(tf.assign_sub(b, by).op)
    arguments = [[updates[0], [updates[1]]]] if form == "nested" else updates
    grouped = api(tf, "group")(*arguments)
    named = tf.group(*updates, name="together")
    return {
        "feeds": {"by": by},
        "fetches": {"grouped": grouped, "a": a, "b": b},
        "facts": {
            "is_operation": isinstance(grouped, tf.Operation),
            "type": grouped.type,
            "name": named.name,
        },
    }


def no_op(tf):
    """tf.no_op, and a group of nothing, which is one."""
    empty = api(tf, "group")()
    nothing = api(tf, "no_op")()
    return {
        "fetches": {"no_op": nothing, "empty": empty},
        "facts": {
            "types": [nothing.type, empty.type],
            "is_operation": isinstance(nothing, tf.Operation),
            "control_inputs": [len(nothing.control_inputs), len(empty.control_inputs)],
            "names": [tf.no_op("idle").name, tf.group(name="none").name],
        },
    }


def tuple_of(tf, dtype, use_resource):
    """tf.tuple of two tensors, None and an operation; control inputs are another and a tensor."""
    a, b = [tf.placeholder(dtype, [None], name) for name in ("a", "b")]
    counts = {
        name: tf.Variable(0, name=name, use_resource=use_resource)
        for name in ("inside", "outside", "beside")
    }
    raised = {name: tf.assign_add(count, 1) for name, count in counts.items()}
    given = [a, None, b, raised["inside"].op]
    outside = [raised["outside"].op, tf.identity(raised["beside"])]
    gated = api(tf, "tuple")(given, control_inputs=outside)
    return {
        "feeds": {"a": a, "b": b},
        "fetches": dict(counts, a=gated[0], b=gated[2], operation=gated[3]),
        "facts": {
            "is_tensor": [isinstance(one, tf.Tensor) for one in gated],
            "is_operation": [isinstance(one, tf.Operation) for one in gated],
            "is_none": [one is None for one in gated],
            "same_tensors": [gated[0] is a, gated[2] is b],
            "type": type(gated).__name__,
        },
    }


def control_inputs(tf, given):
    """Which operations a new one waits for, inside ``tf.control_dependencies`` of ``given``.

    All blocks are in one that waits for ``outer``.
    """
    control_dependencies = api(tf, "control_dependencies")
    outer, first, second = tf.no_op("outer"), tf.no_op("first"), tf.constant(1.0, name="second")
    variable = tf.Variable(1.0, name="variable", use_resource=True)
    slices = tf.IndexedSlices(tf.constant([1.0], name="slices"), tf.constant([0]))
    lists = {
        "operation": [first],
        "tensor": [second],
        "twice": [first, first, second],
        "name": ["first"],
        "slices": [slices],
        "variable": [variable],
        "empty": [],
        "none": None,
    }
    with control_dependencies([outer]):
        with control_dependencies(lists[given]):
            waiting = tf.no_op("waiting")
            taking = tf.identity(second, name="taking").op
            with control_dependencies([second]):
                nested = tf.no_op("nested")
                with control_dependencies(None):
                    free = tf.no_op("free")
                again = tf.no_op("again")
    after = tf.no_op("after")
    return {
        "facts": {
            one.name: sorted(before.name for before in one.control_inputs)
            for one in (waiting, taking, nested, free, again, after)
        }
    }


def refused(tf, call):
    """A call with arguments that the function refuses."""
    with tf.Graph().as_default():
        elsewhere = tf.constant(1.0)
    here = tf.constant(1.0)
    calls = {
        "identity of None": lambda: api(tf, "identity")(None),
        "group of None": lambda: api(tf, "group")(here, None),
        "group of a number": lambda: api(tf, "group")(1),
        "group of an array": lambda: api(tf, "group")([here, 2.0]),
        "group with an unknown keyword": lambda: api(tf, "group")(here, nome="n"),
        "group across graphs": lambda: api(tf, "group")(elsewhere, here),
        "tuple of nothing": lambda: api(tf, "tuple")([]),
        "tuple of None": lambda: api(tf, "tuple")([None, None]),
        "tuple with a number as control input": lambda: api(tf, "tuple")([here], None, [1]),
        "tuple with None as control input": lambda: api(tf, "tuple")([here], None, [None]),
        "tuple across graphs": lambda: api(tf, "tuple")([here, elsewhere]),
        "control_dependencies of None entries": lambda: tf.control_dependencies([None]),
        "control_dependencies of a number": lambda: tf.control_dependencies([1]),
        "control_dependencies of no list": lambda: tf.control_dependencies(1),
        "control_dependencies of an unknown name": lambda: tf.control_dependencies(["nobody"]),
        "control_dependencies across graphs": lambda: tf.control_dependencies([elsewhere]),
        "control_dependencies of a list": lambda: tf.control_dependencies([[here]]),
    }
    calls[call]()
    return {}
