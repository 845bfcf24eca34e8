"""Graphs, their sessions and their callables: each made once and kept.

A graph is built once per (builder, static arguments, session settings). Building one costs a
hundred times what running it does, so an example costs one ``session.run`` callable per step.
"""

import collections
import importlib
import inspect
import json

import numpy as np
from tensorflow.core.protobuf import config_pb2

from .messages import one_line
from .missing import Missing

# Enough for every dtype and kind of variable of one check; beyond it memory would grow with the
# number of checks.
KEPT_GRAPHS = 64


class GraphSessions(object):
    """Runs traces on graphs of one TensorFlow."""

    def __init__(self, tf, settings):
        self.tf = tf
        self.settings = settings
        self.kept = collections.OrderedDict()
        self.during = "build"
        # A process' first session decides how many threads the operations of all of them have, and
        # into how many partial sums a reduction goes: it must not be what a check happens to open.
        tf.Session(graph=tf.Graph(), config=_config(tf, settings, {})).close()

    def run(self, request, arrays):
        """Run one trace; return (reply header, arrays).

        The request names a graph (module, function, static arguments, session settings), the feeds
        of its initialisers, and the steps: the fetches and feeds of each ``session.run``.
        """
        try:
            if "sampling" in request:
                return self._sample(request, arrays)
            return self._run(request, arrays)
        except self.tf.errors.OpError as error:
            _raise_if_no_kernel(error)
            raise

    def _run(self, request, arrays):
        self.during = "build"
        built = self._built(request)
        session = built.fresh_session() if request["fresh"] else built.session
        try:
            self.during = "initialize"
            if request["steps"]:
                built.initialize(session, _named(request["init"], arrays))
            replies = []
            results = []
            error = None
            for index, step in enumerate(request["steps"]):
                self.during = "step %d" % index
                try:
                    values = built.step(session, step["fetches"], _named(step["feeds"], arrays))
                except Exception as raised:
                    _raise_if_no_kernel(raised)
                    if not _is_from_running(self.tf, raised):
                        raise
                    error = {
                        "type": type(raised).__name__,
                        "message": one_line(raised),
                        "during": self.during,
                    }
                    break
                reply = {}
                for name, value in zip(step["fetches"], values):
                    if value is not None:  # what running an operation gives
                        reply[name] = len(results)
                        results.append(value)
                replies.append(reply)
        finally:
            if request["fresh"]:
                session.close()
        return {"steps": replies, "facts": built.facts, "error": error}, results

    def _sample(self, request, arrays):
        """Run one trace many times in several sessions; reply with its different outcomes.

        The graph is not kept: programs that are sampled are drawn, and seldom come twice.
        """
        self.during = "build"
        built = _Built(self.tf, json.loads(request["graph"]), self.settings)
        built.session.close()
        initial = _only(_named(request["init"], arrays), built.initial_feeds)
        count = len(request["sampling"]["sessions"])
        outcomes = collections.OrderedDict()
        for index, settings in enumerate(request["sampling"]["sessions"]):
            session = self.tf.Session(
                graph=built.graph, config=_config(self.tf, self.settings, settings)
            )
            with session:
                runs = [
                    ("initialize", *_prepared(session, [wave], built.initial_feeds, initial))
                    for wave in built.initializers
                ] + [
                    (
                        "step %d" % at,
                        *_prepared(
                            session,
                            [built.fetches[name] for name in step["fetches"]],
                            built.feeds,
                            _named(step["feeds"], arrays),
                        ),
                    )
                    for at, step in enumerate(request["steps"])
                ]
                for _ in range(request["sampling"]["repeats"]):
                    values = []
                    for during, run, feeds in runs:
                        self.during = during
                        values.append(run(*feeds))
                    values = values[len(built.initializers) :]
                    key = _outcome_key(values)
                    if key not in outcomes:
                        outcomes[key] = (values, [0] * count)
                    outcomes[key][1][index] += 1
        results = []
        replies = []
        for values, counts in outcomes.values():
            places = []
            for step, fetched in zip(request["steps"], values):
                place = {}
                for name, value in zip(step["fetches"], fetched):
                    if value is not None:
                        place[name] = len(results)
                        results.append(value)
                places.append(place)
            replies.append({"steps": places, "counts": counts})
        return {"outcomes": replies, "facts": built.facts, "error": None}, results

    def _built(self, request):
        """The graph, or what TensorFlow refused it with: that is kept, too."""
        key = request["graph"]
        if key not in self.kept:
            try:
                self.kept[key] = _Built(self.tf, json.loads(key), self.settings)
            except Exception as error:
                self.kept[key] = error
            if len(self.kept) > KEPT_GRAPHS:
                _, dropped = self.kept.popitem(last=False)
                if isinstance(dropped, _Built):
                    dropped.session.close()
        self.kept.move_to_end(key)
        if isinstance(self.kept[key], Exception):
            # Without the frames of the build, which hold the half of a graph.
            raise self.kept[key].with_traceback(None)
        return self.kept[key]


class _Built(object):
    """One graph, its feeds and fetches by name, its session and that session's callables."""

    def __init__(self, tf, graph, settings):
        self.tf = tf
        module = importlib.import_module("tf_litmus_worker.graphs." + graph["module"])
        builder = getattr(module, graph["function"])
        self.graph = tf.Graph()
        with self.graph.as_default():
            tf.set_random_seed(0)
            made = builder(tf, **graph["arguments"])
            self.feeds = made.get("feeds", {})
            self.initial_feeds = made.get("initial_feeds", {})
            self.fetches = made.get("fetches", {})
            self.facts = made.get("facts", {})
            # Re-initialising all variables of a used session at once is a race: a variable whose
            # initial value is another variable's may take that one's old value. A builder with
            # such variables gives its waves; a fresh session needs none.
            self.initializers = list(made.get("initializers", []))
            variables = tf.global_variables() + tf.local_variables()
            if variables and made.get("initialize", True):
                self.initializers.append(tf.variables_initializer(variables))
        self.config = _config(tf, settings, graph["session"])
        self.session = self.fresh_session()
        self.callables = {}

    def fresh_session(self):
        return self.tf.Session(graph=self.graph, config=self.config)

    def initialize(self, session, values):
        """Run the initialisers, their feeds among the arrays of ``values`` by name."""
        values = _only(values, self.initial_feeds)
        for wave in self.initializers:
            self._call(session, wave.name, [wave], self.initial_feeds, values)

    def step(self, session, names, values):
        """Return the fetches of these names, fed the arrays of ``values`` by name."""
        fetches = [self.fetches[name] for name in names]
        return self._call(session, tuple(names), fetches, self.feeds, values)

    def _call(self, session, key, fetches, feeds, values):
        """``session.run``, by a callable where the session is the kept one.

        ``key`` stands for ``fetches``. What is a function is given the session instead.
        """
        names = sorted(values)
        arrays = [values[name] for name in names]
        key = key, tuple(names)
        if session is self.session and key in self.callables:
            return self.callables[key](*arrays)
        if any(map(inspect.isfunction, fetches)):
            with self.graph.as_default():
                return [fetch(session) for fetch in fetches]
        placeholders = [feeds[name] for name in names]
        if session is not self.session:
            fetched = session.run(fetches, dict(zip(placeholders, arrays)))
            return [None if value is None else _array(value) for value in fetched]
        self.callables[key] = _callable(session, fetches, placeholders)
        return self.callables[key](*arrays)


def _config(tf, settings, session):
    """The ConfigProto of a graph's or a sampling's session settings."""
    threads = dict(settings["threads"], **session.get("threads", {}))
    config = tf.ConfigProto(
        intra_op_parallelism_threads=threads["intra"],
        inter_op_parallelism_threads=threads["inter"],
        device_count={"GPU": 0, "CPU": session.get("cpus", 1)},
        # Sessions share the threads of the process' first one, unless told not to.
        use_per_session_threads="threads" in session,
    )
    if not session.get("grappler", settings["grappler"]):
        _switch_off_grappler(config)
    return config


def _callable(session, fetches, placeholders):
    """A function of the placeholders' values, in their order, that runs and returns ``fetches``.

    ``Session.make_callable`` hands whatever has feeds to ``Session.run``, whose Python costs many
    times the run itself. This is what lies under both, and what Keras runs its functions with.
    """
    options = config_pb2.CallableOptions()
    elements = [session.graph.as_graph_element(fetch) for fetch in fetches]
    options.feed.extend(placeholder.name for placeholder in placeholders)
    operations = [hasattr(element, "node_def") for element in elements]
    for element, is_operation in zip(elements, operations):
        (options.target if is_operation else options.fetch).append(element.name)
    run = session._make_callable_from_options(options)

    def call(*values):
        # Copies: what a reference variable gives here is its own buffer, which later runs write to.
        tensors = (_array(tensor) for tensor in run(*values))
        return [None if is_operation else next(tensors) for is_operation in operations]

    return call


def _array(tensor):
    """A copy. A scalar string is made an object: NumPy's own strings lose zeros at their end."""
    return np.array(tensor, dtype=object) if isinstance(tensor, bytes) else np.array(tensor)


def _prepared(session, fetches, feeds, values):
    """A callable for ``session.run``, and the arrays of ``values`` by name to call it with."""
    names = sorted(values)
    run = _callable(session, fetches, [feeds[name] for name in names])
    return run, [values[name] for name in names]


def _outcome_key(values):
    """What two runs with the same outcome have in common: dtypes, shapes and bytes."""
    return tuple(
        None if value is None else (value.dtype.str, value.shape, value.tobytes())
        for fetched in values
        for value in fetched
    )


def _named(where, arrays):
    return {name: arrays[at] for name, at in where.items()}


def _only(values, names):
    """Those of ``values`` that have these names."""
    return {name: values[name] for name in names}


# How releases say that the CPU has no kernel for a dtype or a data format.
_NO_KERNEL = (
    "No OpKernel was registered to support",
    "The CPU implementation of FusedBatchNorm only supports NHWC",
)


def _raise_if_no_kernel(error):
    """Raise Missing where the release has the API, but no kernel of it for this dtype."""
    message = str(error)
    if any(reason in message for reason in _NO_KERNEL):
        raise Missing(one_line(error))


def _is_from_running(tf, error):
    """Whether ``error`` is TensorFlow's answer to a run, and not a fault of our own code."""
    return isinstance(error, (tf.errors.OpError, ValueError, TypeError))


def _switch_off_grappler(config):
    rewrite = config.graph_options.rewrite_options
    if hasattr(rewrite, "disable_meta_optimizer"):
        rewrite.disable_meta_optimizer = True
    else:  # 1.12: each optimiser has its own switch; 2 is OFF
        for field in (
            "layout_optimizer",
            "constant_folding",
            "arithmetic_optimization",
            "dependency_optimization",
            "loop_optimization",
            "function_optimization",
            "shape_optimization",
            "remapping",
        ):
            if hasattr(rewrite, field):
                setattr(rewrite, field, 2)
    config.graph_options.optimizer_options.opt_level = -1
    rewrite.disable_model_pruning = True
