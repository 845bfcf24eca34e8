"""Graphs of slim's batch_norm: tf.contrib.layers.batch_norm and tf_slim.batch_norm."""

from ..missing import Missing, module
from ..settable import settable
from .batch_norm_layers import regularization_losses, regularizer

OWN_COLLECTION = "own_updates"


def slim_batch_norm(tf, library, x, updates_collections="default", **options):
    """``library``.batch_norm; Missing where a module or name of TensorFlow that it uses is gone.

    ``updates_collections`` "default" is left out, "none" is None.
    """
    if updates_collections != "default":
        # slim compares it by identity: only the constant itself is UPDATE_OPS.
        named = {"none": None, "update_ops": tf.GraphKeys.UPDATE_OPS}
        options["updates_collections"] = named.get(updates_collections, updates_collections)
    function = module(library).batch_norm
    try:
        return function(x, **options)
    except (ImportError, AttributeError) as error:
        raise Missing("%s.batch_norm: %s" % (library, error))


def batch_norm(
    tf,
    library,
    dtype,
    shape,
    is_training,
    batch_weights=False,
    activation_fn=None,
    param_initializers=None,
    **options,
):
    """``library``.batch_norm of ``x``; ``is_training`` is a bool, or "fed".

    Among the ``options``, ``updates_collections`` is "none" (updates run before the output),
    "default" or a collection's name; the fetch ``updates`` runs what is in the collection.
    ``param_initializers`` are numbers.
    """
    feeds = {"x": tf.placeholder(dtype, shape, "x")}
    if is_training == "fed":
        is_training = feeds["is_training"] = tf.placeholder(tf.bool, [], "is_training")
    if batch_weights:
        options["batch_weights"] = feeds["weights"] = tf.placeholder(dtype, shape[:1], "weights")
    if activation_fn is not None:
        options["activation_fn"] = getattr(tf.nn, activation_fn)
    if param_initializers is not None:
        options["param_initializers"] = {
            name: tf.constant_initializer(value) for name, value in param_initializers.items()
        }
    y = slim_batch_norm(tf, library, feeds["x"], is_training=is_training, **options)
    updates = {name: tf.get_collection(name) for name in (tf.GraphKeys.UPDATE_OPS, OWN_COLLECTION)}
    fetches = {"y": y, "updates": tf.group(*[one for ops in updates.values() for one in ops])}
    settable(tf, feeds, fetches)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {"update_counts": {name: len(ops) for name, ops in updates.items() if ops}},
    }


def batch_norm_reused(tf, library, shape):
    """Training with updates in place, and inference by the same variables: one scope, reused."""
    feeds = {"x": tf.placeholder(tf.float32, shape, "x")}
    options = {"decay": 0.9, "updates_collections": "none", "scope": "shared"}
    fetches = {"first": slim_batch_norm(tf, library, feeds["x"], is_training=True, **options)}
    fetches["second"] = slim_batch_norm(
        tf, library, feeds["x"], is_training=False, reuse=True, **options
    )
    settable(tf, feeds, fetches)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {"variables": sorted(one.op.name for one in tf.global_variables())},
    }


def regularized(tf, library, shape, factors, **options):
    """A layer whose gamma and beta, by ``factors``, have losses factor * sum(variable**2)."""
    feeds = {"x": tf.placeholder(tf.float32, shape, "x")}
    slim_batch_norm(
        tf,
        library,
        feeds["x"],
        is_training=True,
        scale=True,
        scope="bn",
        param_regularizers={name: regularizer(tf, one) for name, one in factors.items()},
        **options,
    )
    return regularization_losses(tf, feeds)


def batch_norm_names(tf, library, shape, calls, collections=None, parts=None, **options):
    """Names and collections after ``calls`` calls in a row.

    With ``parts``, they are under a partitioner that would cut every variable into as many.

    ``collections`` None leaves ``variables_collections`` and ``outputs_collections`` out; "named"
    gives both a name, "by_variable" each variable but the moving variance one of its own.
    """
    x = tf.placeholder(tf.float32, shape, "x")
    if collections is not None:
        options["outputs_collections"] = "given_outputs"
        options["variables_collections"] = (
            ["given"]
            if collections == "named"
            else {name: ["given_" + name] for name in ("beta", "gamma", "moving_mean")}
        )
    partitioner = None if parts is None else tf.fixed_size_partitioner(parts)
    with tf.variable_scope("", partitioner=partitioner):
        outputs = [
            slim_batch_norm(tf, library, x, is_training=True, **options) for _ in range(calls)
        ]
    graph = tf.get_default_graph()
    return {
        "facts": {
            "variables": sorted(one.op.name for one in tf.global_variables()),
            "trainable": sorted(one.op.name for one in tf.trainable_variables()),
            "model_variables": sorted(
                one.op.name for one in tf.get_collection(tf.GraphKeys.MODEL_VARIABLES)
            ),
            "given_collections": {
                name: sorted(one.op.name for one in tf.get_collection(name))
                for name in graph.get_all_collection_keys()
                if name.startswith("given") and name != "given_outputs"
            },
            "outputs_are_collected": [
                any(one is y for one in tf.get_collection("given_outputs")) for y in outputs
            ],
            "aliases": [getattr(y, "aliases", []) for y in outputs],
        },
    }


def batch_norm_refused(tf, library, shape, **options):
    """A call that is an error, on a release where one that is none works."""
    accepted = tf.placeholder(tf.float32, [2, 2, 2, 3], "accepted")
    slim_batch_norm(tf, library, accepted, updates_collections="none", scope="accepted")
    slim_batch_norm(tf, library, tf.placeholder(tf.float32, shape, "x"), **options)
    return {}
