"""Graphs of what is in their collections, and of the lists that tf.get_collection gives."""

from ..missing import api


def lists(tf):
    """What tf.get_collection gives of collections made by hand, whole and by scopes."""
    get_collection, add = api(tf, "get_collection"), api(tf, "add_to_collection")
    named = [tf.no_op(name) for name in ("inner/a", "inner/b", "other/inner", "inn")]
    for one in named:
        add("operations", one)
    for value in ("text", named[0], named[0]):
        api(tf, "add_to_collections")(["mixed", "twice"], value)
    copy = get_collection("operations")
    copy.append("not collected")
    live = api(tf, "get_collection_ref")("live")
    live.append("collected")
    get_collection("nowhere").append("not collected")

    def names(key, scope=None):
        return [getattr(one, "name", one) for one in get_collection(key, scope)]

    facts = {
        "whole": names("operations"),
        "of_scope": names("operations", "inner"),
        "of_pattern": names("operations", ".*/inner"),
        "mixed": names("mixed"),
        "mixed_of_scope": names("mixed", "inner"),
        "twice": names("twice"),
        "live": names("live"),
        "nowhere": names("nowhere"),
    }
    tf.get_default_graph().clear_collection("mixed")
    return {"facts": dict(facts, cleared=names("mixed"), not_cleared=names("twice"))}


def variables(tf, use_resource):
    """The collections of variables that were made in different ways, in the order they were made.

    ``after`` is the collection of trainable variables once an average has been asked what to
    restore.
    """
    with tf.variable_scope("scope", use_resource=use_resource):
        plain = tf.get_variable("plain", [2])
        tf.get_variable("fixed", [2], trainable=False)
        tf.get_variable("local", [2], collections=[tf.GraphKeys.LOCAL_VARIABLES])
        tf.get_variable("own", [2], collections=["own", tf.GraphKeys.GLOBAL_VARIABLES])
        api(tf, "get_local_variable")("got", [2])
    tf.Variable([1.0], name="direct", use_resource=use_resource)
    tf.Variable([1.0], name="hidden", use_resource=use_resource, collections=[])

    def names(found):
        return [one.op.name for one in found]

    facts = {
        "global": names(tf.global_variables()),
        "of_scope": names(tf.global_variables("scope")),
        "trainable": names(tf.trainable_variables()),
        "trainable_of_scope": names(tf.trainable_variables("scope")),
        "local": names(tf.local_variables()),
        "local_of_scope": names(tf.local_variables("scope/g")),
        "own": names(tf.get_collection("own")),
    }
    ema = tf.train.ExponentialMovingAverage(0.9)
    ema.apply([plain])
    tf.trainable_variables().pop()
    ema.variables_to_restore()
    return {"facts": dict(facts, after=names(tf.trainable_variables()))}
