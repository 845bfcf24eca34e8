"""Graphs whose own names, types and edges user code and checkpoints rely on."""

import importlib

from ..missing import api


def described(operations):
    """Each operation's type, inputs and control inputs, by its name."""
    return {
        operation.name: {
            "type": operation.type,
            "inputs": [tensor.name for tensor in operation.inputs],
            "control_inputs": [control.name for control in operation.control_inputs],
        }
        for operation in operations
    }


def collections(tf):
    """The names in each collection, in its order."""
    graph = tf.get_default_graph()
    return {
        key: [getattr(one, "name", str(type(one).__name__)) for one in tf.get_collection(key)]
        for key in sorted(str(one) for one in graph.get_all_collection_keys())
        if not key.startswith("__")
    }


def facts_of(tf, **others):
    """The facts of the default graph: its variables, collections and operations."""
    operations = tf.get_default_graph().get_operations()
    facts = {
        "variables": [one.op.name for one in tf.global_variables() + tf.local_variables()],
        "types": sorted({operation.type for operation in operations}),
        "collections": collections(tf),
        "operations": described(operations),
    }
    facts.update(others)
    return {"facts": facts}


def variable(tf, use_resource, name="v"):
    return tf.get_variable(name, initializer=1.0, use_resource=use_resource)


def assign_moving_average(tf, use_resource):
    """moving_averages.assign_moving_average with and without zero_debias."""
    moving_averages = importlib.import_module("tensorflow.python.training.moving_averages")
    with tf.variable_scope("scope", use_resource=use_resource):
        plain = variable(tf, use_resource, "plain")
        debiased = tf.get_variable("debiased", initializer=0.0, use_resource=use_resource)
        first = moving_averages.assign_moving_average(plain, 2.0, 0.9, zero_debias=False)
        moving_averages.assign_moving_average(debiased, 2.0, 0.9, zero_debias=True)
    return facts_of(tf, update=first.op.name)


def exponential_moving_average(tf, use_resource):
    """ExponentialMovingAverage.apply on a variable and on a tensor."""
    v = variable(tf, use_resource)
    tensor = tf.identity(v, name="tensor")
    with tf.variable_scope("", use_resource=use_resource):
        ema = api(tf, "train.ExponentialMovingAverage")(0.9)
        update = ema.apply([v, tensor])
    return facts_of(tf, update=update.name, to_restore=sorted(ema.variables_to_restore(), key=str))


def control_flow(tf, use_resource):
    """control_dependencies, group, tuple, identity of a variable."""
    v = variable(tf, use_resource)
    add = tf.assign_add(v, 1.0)
    with tf.control_dependencies([add]):
        tf.identity(v, name="after")
        read = v.read_value()
    tf.group(add, read.op, name="together")
    tf.tuple([read], name="pair")
    return facts_of(tf)


def optimizer(tf, name, use_resource):
    """The slots of an optimiser and the operations of a step."""
    v = variable(tf, use_resource)
    step = tf.train.get_or_create_global_step()
    options = {"momentum": 0.9} if name == "MomentumOptimizer" else {}
    made = api(tf, "train." + name)(0.1, **options)
    train = made.minimize(v * v, global_step=step)
    return facts_of(tf, train=train.name, slots=made.get_slot_names())


def batch_normalization(tf):
    """tf.layers.batch_normalization in training mode: variables and UPDATE_OPS."""
    normalize = api(tf, "layers.batch_normalization")
    normalize(tf.ones([2, 3]), training=True)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    return facts_of(
        tf,
        updates=[one.name for one in updates],
        update_types=[(one if isinstance(one, tf.Operation) else one.op).type for one in updates],
    )


def accuracy(tf, use_resource):
    """The local variables and collections of tf.metrics.accuracy."""
    with tf.variable_scope("", use_resource=use_resource):
        value, update = api(tf, "metrics.accuracy")(tf.constant([1]), tf.constant([1]))
    return facts_of(tf, value=value.op.name, update=update.op.name)
