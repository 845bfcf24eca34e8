"""Graphs of tf.nn.l2_loss, tf.global_norm, tf.clip_by_global_norm and tf.add_n."""

from ..missing import api


def l2_loss(tf, dtype, rank):
    """tf.nn.l2_loss of ``t`` and its gradient."""
    t = tf.placeholder(dtype, [None] * rank, "t")
    grad = tf.placeholder(dtype, [], "grad")
    loss = api(tf, "nn.l2_loss")(t)
    (gradient,) = tf.gradients(loss, [t], [grad])
    return {"feeds": {"t": t, "grad": grad}, "fetches": {"loss": loss, "gradient": gradient}}


def slices(tf, dtype, name, feeds, dense_shape=None):
    """IndexedSlices of fed values of rank 2 (feed ``name``) and fed indices (``name``_indices)."""
    feeds[name] = tf.placeholder(dtype, [None, 2], name)
    feeds[name + "_indices"] = tf.placeholder(tf.int64, [None], name + "_indices")
    return tf.IndexedSlices(feeds[name], feeds[name + "_indices"], dense_shape)


def clip_by_global_norm(tf, dtype, clip_norm, use_norm):
    """tf.global_norm, and tf.clip_by_global_norm of a tensor, None and slices by that or another.

    ``clip_norm`` None feeds it; ``use_norm`` true feeds a norm to use.
    """
    feeds = {"a": tf.placeholder(dtype, [None], "a")}
    t_list = [feeds["a"], None, slices(tf, dtype, "b", feeds, tf.constant([4, 2], tf.int64))]
    if clip_norm is None:
        clip_norm = feeds["clip_norm"] = tf.placeholder(dtype, [], "clip_norm")
    if use_norm:
        feeds["use_norm"] = tf.placeholder(dtype, [], "use_norm")
    clipped, norm = api(tf, "clip_by_global_norm")(t_list, clip_norm, feeds.get("use_norm"))
    return {
        "feeds": feeds,
        "fetches": {
            "a": clipped[0],
            "b": clipped[2].values,
            "indices": tf.identity(clipped[2].indices),
            "dense_shape": tf.identity(clipped[2].dense_shape),
            "norm": tf.identity(norm),
            "global_norm": api(tf, "global_norm")(t_list),
        },
        "facts": {
            "none_stays": clipped[1] is None,
            "slices_stay": isinstance(clipped[2], tf.IndexedSlices),
            "type": type(clipped).__name__,
        },
    }


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
        "add_n of two dtypes": lambda: api(tf, "add_n")([one, other]),
        "global_norm of no list": lambda: api(tf, "global_norm")(one),
        "global_norm of a string": lambda: api(tf, "global_norm")("t"),
        "clip_by_global_norm of no list": lambda: api(tf, "clip_by_global_norm")(one, 1.0),
        "clip_by_global_norm of a string": lambda: api(tf, "clip_by_global_norm")("t", 1.0),
        "l2_loss of integers": lambda: api(tf, "nn.l2_loss")(tf.constant([1])),
    }
    calls[call]()
    return {}
