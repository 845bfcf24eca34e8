"""What a set-up file needs to put one fault into TensorFlow, and to be sure that it did.

``from tf_litmus_worker import mutation`` in a file given to ``--setup``. Where the release under
test has no such function, or its source has no such text, the fault is `NotApplicable`.
"""

import importlib
import inspect
import textwrap


class NotApplicable(Exception):
    """This TensorFlow has nothing that the fault could be put into."""


def in_source(modules, name, old, new, *others):
    """Replace a text in a function's source, which must have it, wherever it is called from.

    ``modules`` is a module's name, or several of which the first that has the function is meant;
    ``name`` may go through classes (``ExponentialMovingAverage.apply``). It is the function's code
    that is exchanged, so names it was imported under, and decorators around it, do not matter.

    ``others`` are further pairs ``(old, new)``, for releases that write it otherwise: of all pairs
    it is the first whose text the source has.
    """
    owner, _, found = _found(modules, name)
    function = _undecorated(found)
    text = textwrap.dedent(inspect.getsource(function))
    pairs = [pair for pair in ((old, new),) + others if pair[0] in text]
    if not pairs:
        raise NotApplicable("%s has no %r" % (name, old))
    old, new = pairs[0]
    # Of decorators only the function below them is of interest.
    lines = text.replace(old, new).splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith("def "))
    free = function.__code__.co_freevars
    # A function that names itself means the module's, not what is made here.
    scope = "" if function.__name__ in free else "global %s;" % function.__name__
    factory = "def factory(%s):\n    %s\n%s\n    return %s" % (
        ", ".join(free),
        scope,
        textwrap.indent("\n".join(lines[first:]), "    "),
        function.__name__,
    )
    # On the lines of the file that it had, where tracebacks and a second fault look for it.
    factory = "\n" * (function.__code__.co_firstlineno + first - 3) + factory
    # Defaults and annotations of a method may name what its class has.
    namespace = dict(function.__globals__)
    for base in reversed(inspect.getmro(owner) if inspect.isclass(owner) else ()):
        namespace.update(vars(base))
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


def results(module, names, change):
    """Let the functions of a module return ``change(result, arguments)``.

    For operations whose kernels no source file here has: their results are changed in the graph.
    ``names`` are those of one operation in all its versions, of which a module must have one;
    ``arguments`` are those of the call, by name.
    """
    there = [name for name in names if hasattr(importlib.import_module(module), name)]
    if not there:
        raise NotApplicable("no %s in %s" % (" or ".join(names), module))
    for name in there:
        replaced(module, name, lambda original: _changing(original, change))


def _changing(original, change):
    signature = inspect.signature(_undecorated(original))

    def call(*args, **kwargs):
        arguments = signature.bind(*args, **kwargs).arguments
        return change(original(*args, **kwargs), arguments)

    return call


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
