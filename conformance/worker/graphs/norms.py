"""Graphs of tf.nn.l2_loss, tf.global_norm, tf.clip_by_global_norm and tf.add_n."""

from ..missing import api


def l2_loss(tf, dtype, rank):
    """tf.nn.l2_loss of ``t`` and its gradient."""
    t = tf.placeholder(dtype, [None] * rank, "t")
    grad = tf.placeholder(dtype, [], "grad")
    loss = api(tf, "nn.l2_loss")(t)
    (gradient,) = tf.gradients(loss, [t], [grad])
    return {"feeds": {"t": t, "grad": grad}, "fetches": {"loss": loss, "gradient": gradient}}


def l2_loss_second_gradients(tf, dtype, rank):
    """Gradients of the gradient of tf.nn.l2_loss, to ``t`` and to what arrives at the loss."""
    t = tf.placeholder(dtype, [None] * rank, "t")
    grad = tf.placeholder(dtype, [], "grad")
    grad_gradient = tf.placeholder(dtype, [None] * rank, "grad_gradient")
    (gradient,) = tf.gradients(api(tf, "nn.l2_loss")(t), [t], [grad])
    of_t, of_grad = tf.gradients(gradient, [t, grad], grad_gradient)
    return {
        "feeds": {"t": t, "grad": grad, "grad_gradient": grad_gradient},
        "fetches": {"of_t": of_t, "of_grad": of_grad},
    }


def slices(tf, dtype, name, feeds, dense_shape=None):
    """IndexedSlices of fed values of rank 2 (feed ``name``) and fed indices (``name``_indices)."""
    feeds[name] = tf.placeholder(dtype, [None, 2], name)
    feeds[name + "_indices"] = tf.placeholder(tf.int64, [None], name + "_indices")
    return tf.IndexedSlices(feeds[name], feeds[name + "_indices"], dense_shape)


def clip_by_global_norm(tf, dtype, clip_norm, use_norm, has_dense_shape=True):
    """tf.global_norm, and tf.clip_by_global_norm of a tensor, None and slices by that or another.

    ``clip_norm`` None feeds it; ``use_norm`` true feeds a norm to use.
    """
    feeds = {"a": tf.placeholder(dtype, [None], "a")}
    dense_shape = tf.constant([4, 2], tf.int64) if has_dense_shape else None
    t_list = [feeds["a"], None, slices(tf, dtype, "b", feeds, dense_shape)]
    if clip_norm is None:
        clip_norm = feeds["clip_norm"] = tf.placeholder(dtype, [], "clip_norm")
    if use_norm:
        feeds["use_norm"] = tf.placeholder(dtype, [], "use_norm")
    clipped, norm = api(tf, "clip_by_global_norm")(t_list, clip_norm, feeds.get("use_norm"))
    fetches = {
        "a": clipped[0],
        "b": clipped[2].values,
        "indices": tf.identity(clipped[2].indices),
        "norm": tf.identity(norm),
        "global_norm": api(tf, "global_norm")(t_list),
    }
    if clipped[2].dense_shape is not None:
        fetches["dense_shape"] = tf.identity(clipped[2].dense_shape)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {
            "none_stays": clipped[1] is None,
            "slices_stay": isinstance(clipped[2], tf.IndexedSlices),
            "type": type(clipped).__name__,
        },
    }


def clip_by_global_norm_gradients(tf, dtype):
    """Gradients of tf.clip_by_global_norm of a tensor and slices to their values; the norm."""
    feeds = {"a": tf.placeholder(dtype, [None], "a")}
    t_list = [feeds["a"], slices(tf, dtype, "b", feeds)]
    feeds["clip_norm"] = tf.placeholder(dtype, [], "clip_norm")
    feeds["grad_a"] = tf.placeholder(dtype, [None], "grad_a")
    feeds["grad_b"] = tf.placeholder(dtype, [None, 2], "grad_b")
    feeds["grad_norm"] = tf.placeholder(dtype, [], "grad_norm")
    (a, b), norm = api(tf, "clip_by_global_norm")(t_list, feeds["clip_norm"])
    gradients = tf.gradients(
        [a, b.values, norm],
        [feeds["a"], feeds["b"]],
        [feeds["grad_a"], feeds["grad_b"], feeds["grad_norm"]],
    )
    return {"feeds": feeds, "fetches": dict(zip("ab", gradients), norm=norm)}


def add_n_gradients(tf, dtype, count):
    """Gradients of tf.add_n to each of ``count`` tensors of any shape."""
    feeds = {"t%d" % index: tf.placeholder(dtype, None) for index in range(count)}
    inputs = list(feeds.values())
    feeds["grad"] = tf.placeholder(dtype, None, "grad")
    gradients = tf.gradients(api(tf, "add_n")(inputs), inputs, feeds["grad"])
    fetches = {"of_t%d" % index: tf.identity(one) for index, one in enumerate(gradients)}
    return {"feeds": feeds, "fetches": fetches}


def add_n(tf, dtype, count, with_slices=False):
    """tf.add_n of ``count`` tensors, of which the last may be IndexedSlices of a (4, 2) tensor."""
    feeds = {}
    inputs = []
    for index in range(count - with_slices):
        feeds["t%d" % index] = tf.placeholder(dtype, [None, None], "t%d" % index)
        inputs.append(feeds["t%d" % index])
    if with_slices:
        inputs.append(slices(tf, dtype, "slices", feeds, tf.constant([4, 2], tf.int64)))
    total = api(tf, "add_n")(inputs)
    return {"feeds": feeds, "fetches": {"total": tf.identity(total)}}


def add_n_of_shapes(tf, shapes):
    """tf.add_n of placeholders of these shapes; None is known at run time only."""
    feeds = {"t%d" % index: tf.placeholder(tf.float32, shape) for index, shape in enumerate(shapes)}
    return {"feeds": feeds, "fetches": {"total": api(tf, "add_n")(list(feeds.values()))}}


def refused(tf, call):
    """A call with arguments that the function refuses."""
    one, other = tf.constant([1.0]), tf.constant([1.0], tf.float64)
    calls = {
        "add_n of nothing": lambda: api(tf, "add_n")([]),
        "add_n of a None entry": lambda: api(tf, "add_n")([one, None]),
        "add_n of slices of no shape": lambda: api(tf, "add_n")(
            [one, slices(tf, tf.float32, "b", {})]
        ),
        "add_n of two dtypes": lambda: api(tf, "add_n")([one, other]),
        "global_norm of no list": lambda: api(tf, "global_norm")(one),
        "global_norm of a string": lambda: api(tf, "global_norm")("t"),
        "clip_by_global_norm of no list": lambda: api(tf, "clip_by_global_norm")(one, 1.0),
        "clip_by_global_norm of a string": lambda: api(tf, "clip_by_global_norm")("t", 1.0),
        "l2_loss of integers": lambda: api(tf, "nn.l2_loss")(tf.constant([1])),
    }
    calls[call]()
    return {}
