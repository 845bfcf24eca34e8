"""What a set-up file needs to put one fault into TensorFlow, and to be sure that it did.

``from tf_litmus_worker import mutation`` in a file given to ``--setup``. Where the release under
test has no such function, or its source has no such text, the fault is `NotApplicable`.
"""

import importlib
import inspect
import textwrap


class NotApplicable(Exception):
    """This TensorFlow has nothing that the fault could be put into."""


def in_source(modules, name, old, new):
    """Replace a text in a function's source, which must have it, wherever it is called from.

    ``modules`` is a module's name, or several of which the first that has the function is meant;
    ``name`` may go through classes (``ExponentialMovingAverage.apply``). It is the function's code
    that is exchanged, so names it was imported under, and decorators around it, do not matter.
    """
    function = _undecorated(_found(modules, name)[2])
    text = textwrap.dedent(inspect.getsource(function))
    if old not in text:
        raise NotApplicable("%s has no %r" % (name, old))
    # Of decorators only the function below them is of interest.
    lines = text.replace(old, new).splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith("def "))
    free = function.__code__.co_freevars
    factory = "def factory(%s):\n%s\n    return %s" % (
        ", ".join(free),
        textwrap.indent("\n".join(lines[first:]), "    "),
        function.__name__,
    )
    # On the lines of the file that it had, where tracebacks and a second fault look for it.
    factory = "\n" * (function.__code__.co_firstlineno + first - 2) + factory
    namespace = dict(function.__globals__)
    exec(compile(factory, inspect.getsourcefile(function), "exec"), namespace)
    made = namespace["factory"](*[None] * len(free))
    if made.__code__.co_code == function.__code__.co_code and (
        made.__code__.co_consts == function.__code__.co_consts
        and made.__code__.co_names == function.__code__.co_names
        and made.__defaults__ == function.__defaults__
    ):
        raise AssertionError("%s is what it was" % name)
    function.__code__ = made.__code__
    function.__defaults__ = made.__defaults__
    function.__kwdefaults__ = made.__kwdefaults__


def replaced(modules, name, make):
    """Put ``make(original)`` in the place of a function or a class's method."""
    owner, last, original = _found(modules, name)
    changed = make(original)
    if changed is original:
        raise AssertionError("%s is what it was" % name)
    setattr(owner, last, changed)


def _found(modules, name):
    """The owner, the last part of the name, and what the owner has under it."""
    for module in [modules] if isinstance(modules, str) else modules:
        try:
            owner = importlib.import_module(module)
            for part in name.split(".")[:-1]:
                owner = getattr(owner, part)
            last = name.split(".")[-1]
            return owner, last, getattr(owner, last)
        except (ImportError, AttributeError):
            continue
    raise NotApplicable("no %s in %s" % (name, modules))


def _undecorated(function):
    """The function below TensorFlow's decorators, and below Python's."""
    try:
        from tensorflow.python.util import tf_decorator

        function = tf_decorator.unwrap(function)[1]
    except ImportError:
        pass
    function = inspect.unwrap(function)
    return getattr(function, "__func__", function)
