"""How a graph builder asks the release whether it has an API."""

import importlib
import inspect


class Missing(Exception):
    """The release under test does not have the API; the message says what it said."""


def api(tf, name):
    """Return ``tf.<name>``, or raise Missing with what this release says of it.

    TensorFlow >= 2.16 keeps ``tf.compat.v1.layers`` as names that raise when touched, so only
    touching tells.
    """
    found = tf
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except (AttributeError, ImportError, NotImplementedError) as error:
            raise Missing("tf.%s: %s" % (name, error))
    return found


def module(name):
    """Import ``name``, such as ``tensorflow.python.training.moving_averages``, or raise Missing."""
    try:
        return importlib.import_module(name)
    except (ImportError, AttributeError) as error:
        raise Missing("%s: %s" % (name, error))


def has_argument(function, argument):
    """Tell whether ``function`` takes ``argument`` by name in this release."""
    try:
        return argument in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False


def need_argument(function, argument):
    """Raise Missing unless ``function`` takes ``argument`` by name in this release."""
    if not has_argument(function, argument):
        raise Missing("%s() has no argument %r" % (function.__name__, argument))
