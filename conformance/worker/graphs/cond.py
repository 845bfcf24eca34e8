"""Graphs of tf.cond: what it returns, and what it refuses."""

import collections

from ..missing import api


def values(tf, dtype, strict):
    """tf.cond of one tensor, of a list of one and of two, and of slices, by ``pred``.

    Its branches are ``a`` and ``b``; ``gradient`` is that of the first by ``a``.
    """
    feeds = {name: tf.placeholder(dtype, [None], name) for name in ("a", "b")}
    feeds["pred"] = tf.placeholder(tf.bool, [], "pred")

    def choose(make):
        options = {"strict": True} if strict else {}
        return api(tf, "cond")(
            feeds["pred"],
            lambda: make(tf.identity(feeds["a"])),
            lambda: make(tf.identity(feeds["b"])),
            **options,
        )

    made = {
        "one": choose(lambda y: y),
        "list of one": choose(lambda y: [y]),
        "two": choose(lambda y: [y, y]),
    }
    slices = choose(lambda y: tf.IndexedSlices(y, tf.range(tf.size(y))))
    return {
        "feeds": feeds,
        "fetches": {
            "y": made["one"],
            "second": made["two"][1],
            "slices": slices.values,
            "indices": slices.indices,
            "gradient": tf.gradients(made["one"], [feeds["a"]])[0],
        },
        "facts": {name: isinstance(one, (list, tuple)) for name, one in made.items()},
    }


Pair = collections.namedtuple("Pair", "first second")


def structures(tf):
    """tf.cond by ``pred`` of ``a`` or ``b``, whose branches return them in structures."""
    feeds = {name: tf.placeholder(tf.float32, [], name) for name in ("a", "b")}
    feeds["pred"] = tf.placeholder(tf.bool, [], "pred")
    cond = api(tf, "cond")

    def choose(make):
        branches = [lambda one=feeds[name]: make(one, 2.0 * one) for name in ("a", "b")]
        return cond(feeds["pred"], *branches)

    of_dict = choose(lambda one, two: {"one": one, "nested": (two, [one])})
    of_pair = choose(Pair)
    return {
        "feeds": feeds,
        "fetches": {
            "one": of_dict["one"],
            "two": of_dict["nested"][0],
            "in_list": of_dict["nested"][1][0],
            "first": of_pair.first,
            "second": of_pair.second,
        },
    }


def operations(tf, use_resource, form):
    """A tf.cond by ``pred`` whose branches return operations, which raise ``a`` or ``b``.

    ``form`` is "operation", "group" (of two that raise by one each) or "list".
    """
    pred = tf.placeholder(tf.bool, [], "pred")
    counts = {name: tf.Variable(0, name=name, use_resource=use_resource) for name in ("a", "b")}

    def branch(name):
        def raised():
            return tf.assign_add(counts[name], 1).op

        forms = {
            "operation": raised,
            "group": lambda: tf.group(raised(), raised()),
            "list": lambda: [raised()],
        }
        return forms[form]

    done = api(tf, "cond")(pred, branch("a"), branch("b"))
    return {"feeds": {"pred": pred}, "fetches": dict(counts, done=tf.group(done))}


def of_variable(tf, use_resource):
    """The gradient to a variable ``v`` that both branches read: v * v and 3 * v, by ``pred``."""
    pred = tf.placeholder(tf.bool, [], "pred")
    v = tf.Variable([1.0, -2.0], name="v", use_resource=use_resource)
    y = api(tf, "cond")(pred, lambda: v * v, lambda: 3.0 * v)
    (gradient,) = tf.gradients(y, [v])
    return {"feeds": {"pred": pred}, "fetches": {"y": y, "v": tf.convert_to_tensor(gradient)}}


def shapes(tf, pairs):
    """What is known of a tf.cond's shape whose branches have the shapes of each pair."""
    pred = tf.placeholder(tf.bool, [], "pred")
    found = []
    for of_true, of_false in pairs:
        a, b = tf.placeholder(tf.float32, of_true), tf.placeholder(tf.float32, of_false)
        y = api(tf, "cond")(pred, lambda a=a: tf.identity(a), lambda b=b: tf.identity(b))
        found.append(None if y.shape.ndims is None else y.shape.as_list())
    return {"facts": {"shapes": found}}


def contexts(tf):
    """What COND_CONTEXT has of a cond in a branch of another: the contexts' scopes and branches."""
    x = tf.constant([1.0, 2.0])
    pred = tf.placeholder(tf.bool, [], "pred")
    cond = api(tf, "cond")
    cond(
        pred,
        lambda: cond(pred, lambda: x + x, lambda: x * x, name="inner"),
        lambda: x - x,
        name="outer",
    )
    found = tf.get_collection(tf.GraphKeys.COND_CONTEXT)
    return {"facts": {"branches": [[one.name.rsplit("/", 1)[0], one.branch] for one in found]}}


def inside(tf, name):
    """An operation that tf.cond has made, by its name below the cond's."""
    x = tf.constant([1.0, 2.0])
    pred = tf.placeholder_with_default(True, [], "pred")
    api(tf, "cond")(pred, lambda: tf.add(x, x, name="doubled"), lambda: x * x, name="chosen")
    made = tf.get_default_graph().get_operation_by_name("chosen/" + name)
    return {"fetches": {"inside": made.outputs[0]}}


def refused(tf, call):
    """A call with arguments that tf.cond refuses."""
    x = tf.constant([1.0, 2.0])
    pred = tf.placeholder(tf.bool, [], "pred")
    cond = api(tf, "cond")
    calls = {
        "a Python bool": lambda: cond(True, lambda: x, lambda: x),
        "no function": lambda: cond(pred, x, lambda: x),
        "other numbers of tensors": lambda: cond(pred, lambda: [x, x], lambda: [x]),
        "other dtypes": lambda: cond(pred, lambda: x, lambda: tf.cast(x, tf.int32)),
    }
    calls[call]()
    return {}
