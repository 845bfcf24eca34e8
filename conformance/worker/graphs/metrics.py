"""Graphs of tf.metrics.mean and tf.metrics.accuracy."""

from ..missing import api
from ..settable import short_name


def _finished(tf, feeds, value, update):
    """What both metrics have: two local variables, a value, an update, and a reset."""
    local = tf.local_variables()
    fetches = {short_name(one): one for one in local}
    # Under names of their own: both may be the same tensor as the variable.
    fetches["value"], fetches["update"] = value, update
    fetches["reset"] = tf.group(*[one.initializer for one in local])
    metric_variables = tf.get_collection(tf.GraphKeys.METRIC_VARIABLES)
    return {
        "feeds": feeds,
        "fetches": fetches,
        "facts": {
            "local_variables": sorted(one.op.name for one in local),
            "metric_variables": sorted(one.op.name for one in metric_variables),
            "global_variables": len(tf.global_variables()),
            "trainable_variables": len(tf.trainable_variables()),
            "dtypes": [value.dtype.base_dtype.name, update.dtype.base_dtype.name],
            "collected": [
                [one is value for one in tf.get_collection("values")],
                [one is update for one in tf.get_collection("updates")],
            ],
        },
    }


def mean(tf, dtype, weights_shape, use_resource, collections=False):
    """tf.metrics.mean of ``values`` of rank 2; ``weights_shape`` "none" has no weights."""
    feeds = {"values": tf.placeholder(dtype, [None, None], "values")}
    if weights_shape != "none":
        feeds["weights"] = tf.placeholder(tf.float32, weights_shape, "weights")
    options = {}
    if collections:
        options = {"metrics_collections": ["values"], "updates_collections": ["updates"]}
    with tf.variable_scope("", use_resource=use_resource):
        value, update = api(tf, "metrics.mean")(feeds["values"], feeds.get("weights"), **options)
    return _finished(tf, feeds, value, update)


def accuracy(
    tf,
    labels_dtype,
    predictions_dtype,
    shapes,
    use_resource,
    weights_dtype="float32",
    collections=False,
    name=None,
):
    """tf.metrics.accuracy; ``shapes`` are those of labels, predictions and, if any, weights."""
    feeds = {
        "labels": tf.placeholder(labels_dtype, shapes[0], "labels"),
        "predictions": tf.placeholder(predictions_dtype, shapes[1], "predictions"),
    }
    if len(shapes) > 2:
        feeds["weights"] = tf.placeholder(weights_dtype, shapes[2], "weights")
    options = {}
    if collections:
        options = {"metrics_collections": ["values"], "updates_collections": ["updates"]}
    with tf.variable_scope("", use_resource=use_resource):
        value, update = api(tf, "metrics.accuracy")(
            feeds["labels"], feeds["predictions"], feeds.get("weights"), name=name, **options
        )
    return _finished(tf, feeds, value, update)


def two_accuracies(tf, use_resource):
    """Two metrics of the same labels, and the initialiser of all local variables."""
    labels = tf.placeholder(tf.int32, [None], "labels")
    fetches = {}
    with tf.variable_scope("", use_resource=use_resource):
        for index in range(2):
            value, update = api(tf, "metrics.accuracy")(labels, tf.fill(tf.shape(labels), index))
            fetches["value%d" % index], fetches["update%d" % index] = value, update
    fetches["reset"] = tf.local_variables_initializer()
    return {
        "feeds": {"labels": labels},
        "fetches": fetches,
        "facts": {"local_variables": sorted(one.op.name for one in tf.local_variables())},
    }
