"""A complete Python script that shows a fault with tensorflow and numpy alone.

It is put together from the graph builder itself and what it uses of the worker's files, so what a
maintainer reads is what ran.
"""

from __future__ import annotations

import ast
import functools
import importlib.resources
import textwrap
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from conformance.arrays_json import element_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.judge import Steps
    from conformance.trace import Array, GraphSpec, Trace

# A file of the worker by the folders to it and its name without .py.
_File = tuple[str, ...]

_WIDTH = 96
# What every script imports.
_IMPORTS = ("import importlib", "import inspect", "import os", "import sys", "import numpy as np")


def script(
    *,
    title: str,
    subject: Mapping[str, Any],
    setup: str | None,
    spec: GraphSpec,
    trace: Trace,
    step: int | None,
    fetch: str | None,
    expected: Array | None,
    radius: Array | None,
    message: str,
    allowed: Sequence[Steps] | None = None,
    repeats: int = 1,
) -> str:
    """Return the script.

    With ``allowed``, the trace is run ``repeats`` times and its outcomes are looked up there.

    ``step``, ``fetch``, ``expected`` and ``radius`` name the value that differs; without them the
    fault is a crash, an error or a fact, and the script shows it by running. Either is looked for
    in up to ``repeats`` runs.
    """
    session = {**subject, **spec.session}
    session["threads"] = {**subject["threads"], **spec.session.get("threads", {})}
    parts = [
        _header(title, subject, message),
        _imports(subject, setup),
        *_builder_source(spec),
        *_grappler_source(session),
        _sampling_main(spec, trace, session, allowed, repeats)
        if allowed is not None
        else _main(spec, trace, session, step, fetch, expected, radius, repeats),
    ]
    return "\n\n\n".join(part.strip("\n") for part in parts) + "\n"


def _header(title: str, subject: Mapping[str, Any], message: str) -> str:
    keras = subject.get("keras", {})
    lines = [
        title,
        "",
        *_wrapped(message.replace("\\", "/").replace('"""', "'''")),
        "",
        f"Seen on TensorFlow {subject.get('tensorflow')} ({subject.get('profile')} profile),",
        f"Python {subject.get('python')}, NumPy {subject.get('numpy')},",
        f"Keras {keras.get('flavour')} {keras.get('version')}. Needs tensorflow and numpy only.",
    ]
    return '"""' + "\n".join(lines).rstrip() + '\n"""'


def _wrapped(message: str) -> Iterator[str]:
    """The message's lines; one that is a line of code keeps its indent."""
    for line in message.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        yield from textwrap.wrap(line, _WIDTH, subsequent_indent=indent) or [""]


def _imports(subject: Mapping[str, Any], setup: str | None) -> str:
    lines = [*_IMPORTS[:-1], ""]
    if subject.get("keras", {}).get("flavour") == "tf_keras":
        lines += ['os.environ["TF_USE_LEGACY_KERAS"] = "1"', ""]
    lines += [
        _IMPORTS[-1],
        "import tensorflow",
        "",
        'tf = getattr(tensorflow.compat, "v1", tensorflow)',
    ]
    if subject.get("profile") == "legacy":
        lines += ['if hasattr(tf, "disable_v2_behavior"):', "    tf.disable_v2_behavior()"]
    if setup:
        lines += ["", "# The set-up file this was seen with.", f"exec({setup!r})"]
    return "\n".join(lines)


def _builder_source(spec: GraphSpec) -> Iterator[str]:
    yield from _source(("graphs", spec.module), spec.function)


def _grappler_source(session: Mapping[str, Any]) -> Iterator[str]:
    if not session["grappler"]:
        yield from _source(("graph_sessions",), "_switch_off_grappler")


def _source(file: _File, name: str) -> Iterator[str]:
    """A name of a file and every top-level name it needs, after what their files import."""
    taken: set[ast.stmt] = set()
    _take(file, name, taken)
    for one in dict.fromkeys(_with_imported(file)):
        source, tree = _parsed(one)
        for node in tree.body:
            if node in taken:
                yield ast.get_source_segment(source, node) or ""


def _take(file: _File, name: str, taken: set[ast.stmt]) -> None:
    """Take the statement that defines a name, and those it needs, from whichever file has them."""
    node = _definitions(file).get(name)
    if isinstance(node, ast.ImportFrom):
        _take(_imported(file, node), name, taken)
    elif node is not None and node not in taken:
        taken.add(node)
        for one in ast.walk(node):
            if isinstance(one, ast.Name):
                _take(file, one.id, taken)


def _with_imported(file: _File) -> Iterator[_File]:
    """The files that a file imports from, each after those that it imports from; then itself."""
    for node in _parsed(file)[1].body:
        if _is_ours(node):
            yield from _with_imported(_imported(file, node))
    yield file


def _imported(file: _File, node: ast.ImportFrom) -> _File:
    return (*file[: -node.level], node.module or "")


def _is_ours(node: ast.stmt) -> TypeGuard[ast.ImportFrom]:
    return isinstance(node, ast.ImportFrom) and node.level > 0


@functools.cache
def _definitions(file: _File) -> dict[str, ast.stmt]:
    return {name: node for node in _parsed(file)[1].body for name in _defines(node)}


@functools.cache
def _parsed(file: _File) -> tuple[str, ast.Module]:
    *folders, name = file
    path = importlib.resources.files("conformance.worker").joinpath(*folders, f"{name}.py")
    source = path.read_text("utf-8")
    return source, ast.parse(source)


def _defines(node: ast.stmt) -> Iterator[str]:
    """The names that a top-level statement defines, unless every script imports them."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from (one.id for one in ast.walk(target) if isinstance(one, ast.Name))
    elif isinstance(node, ast.Import) and ast.unparse(node) not in _IMPORTS:
        yield from (one.asname or one.name for one in node.names)
    elif _is_ours(node):
        yield from (one.name for one in node.names)


def _main(
    spec: GraphSpec,
    trace: Trace,
    session: Mapping[str, Any],
    step: int | None,
    fetch: str | None,
    expected: Array | None,
    radius: Array | None,
    repeats: int,
) -> str:
    judged = step is not None and fetch is not None and expected is not None
    lines = [
        "with tf.Session(graph=graph, config=config) as session:",
        '    initial_feeds = {p: INIT[n] for n, p in built.get("initial_feeds", {}).items()}',
    ]
    if not trace.fresh:
        lines += [
            '    for op in built.get("initializers", []):',
            "        session.run(op, initial_feeds)",
        ]
    lines += [
        '    if built.get("initialize", True):',
        "        session.run(initialize, initial_feeds)",
        "    values = []",
        "    for fetches, feeds in STEPS:",
        '        feeds = {built["feeds"][name]: value for name, value in feeds.items()}',
        '        fetches = {n: built["fetches"][n] for n in fetches}',
        "        calls = {n: f(session) for n, f in fetches.items() if inspect.isfunction(f)}",
        "        values.append(calls or session.run(fetches, feeds))",
    ]
    if repeats == 1:
        lines.append("        print(len(values) - 1, values[-1])")
    if not trace.steps:
        lines.append('print(built.get("facts"))')
    if judged:
        lines += [
            "",
            f"observed = np.asarray(values[{step}][{fetch!r}]{_as_objects(expected)})",
            f"expected = {_literal(np.asarray(expected), wide=True)}",
        ]
        if radius is not None:
            lines += [
                f"radius = {_literal(np.asarray(radius), wide=True)}",
                "with np.errstate(invalid='ignore'):",
                "    wide = observed.astype(expected.dtype)",
                "    same = (np.abs(wide - expected) <= radius) | ~np.isfinite(radius)",
                "    same |= (wide == expected) | (np.isnan(wide) & np.isnan(expected))",
            ]
        else:
            lines += _same_bits_source(np.asarray(expected))
    if repeats > 1:
        lines = [
            "# Once it did not happen again: a new session, until it does.",
            f"for attempt in range({repeats}):",
            *(f"    {line}" if line else "" for line in lines),
            *(["    if not np.all(same):", "        break"] if judged else []),
        ]
    if judged:
        claim = '"+-", radius' if radius is not None else '"bit for bit"'
        lines += [
            'print("observed", observed)',
            f'print("expected", expected, {claim})',
            'print("no fault here" if np.all(same) else "the fault is shown")',
            "sys.exit(0 if np.all(same) else 1)",
        ]
    return "\n".join([*_graph_and_config(spec, trace, session), *lines])


def _graph_and_config(spec: GraphSpec, trace: Trace, session: Mapping[str, Any]) -> list[str]:
    arguments = "".join(f", {name}={_argument(value)}" for name, value in spec.arguments.items())
    steps = ",\n".join(f"    ({list(one.fetches)!r}, {_feeds(one.feeds)})" for one in trace.steps)
    return [
        "graph = tf.Graph()",
        "with graph.as_default():",
        "    tf.set_random_seed(0)",
        f"    built = {spec.function}(tf{arguments})",
        "    initialize = tf.group(",
        "        tf.global_variables_initializer(), tf.local_variables_initializer()",
        "    )",
        "",
        f"INIT = {_feeds(trace.init)}",
        f"STEPS = [\n{steps},\n]" if steps else "STEPS = []",
        "",
        "config = tf.ConfigProto(",
        f"    intra_op_parallelism_threads={session['threads']['intra']},",
        f"    inter_op_parallelism_threads={session['threads']['inter']},",
        f'    device_count={{"GPU": 0, "CPU": {session.get("cpus", 1)}}},',
        ")",
        *([] if session["grappler"] else ["_switch_off_grappler(config)"]),
    ]


def _sampling_main(
    spec: GraphSpec,
    trace: Trace,
    session: Mapping[str, Any],
    allowed: Sequence[Steps],
    repeats: int,
) -> str:
    """Runs the trace again and again, each time from the start."""
    written = [
        [{n: None if v is None else v.tolist() for n, v in one.items()} for one in steps]
        for steps in allowed
    ]
    lines = [
        *_graph_and_config(spec, trace, session),
        "config.use_per_session_threads = True",
        "",
        "ALLOWED = [",
        *(f"    {steps!r}," for steps in written),
        "]",
        "",
        "outcomes = []",
        "with tf.Session(graph=graph, config=config) as session:",
        f"    for _ in range({repeats}):",
        '        for op in [*built.get("initializers", []), initialize]:',
        "            session.run(op)",
        "        outcome = []",
        "        for fetches, _ in STEPS:",
        "            # Lists of names and values: the same tensor may have several names.",
        "            try:",
        '                values = session.run([built["fetches"][n] for n in fetches])',
        "            except tf.errors.OpError as error:  # a value that is lost is an error here",
        "                outcome.append(error.message)",
        "                break",
        "            values = [None if v is None else np.asarray(v).tolist() for v in values]",
        "            outcome.append(dict(zip(fetches, values)))",
        "        outcomes.append(outcome)",
        "for outcome in outcomes:",
        '    print(outcome, "" if outcome in ALLOWED else "is not allowed")',
        "explained = all(outcome in ALLOWED for outcome in outcomes)",
        'print("no fault here" if explained else "the fault is shown")',
        "sys.exit(0 if explained else 1)",
    ]
    return "\n".join(lines)


def _as_objects(expected: Array | None) -> str:
    """The argument that keeps strings whole: NumPy's own lose zeros at their end."""
    return ", object" if expected is not None and np.asarray(expected).dtype.hasobject else ""


def _argument(value: Any) -> str:
    """An argument as its literal; a text of several lines as one that can be read."""
    if isinstance(value, str) and "\n" in value and '"""' not in value and "\\" not in value:
        return f'"""\n{value}"""'
    return repr(value)


def _same_bits_source(expected: Array) -> list[str]:
    if expected.dtype.kind in "Oc":
        return ["same = observed == expected"]
    unsigned = f"u{expected.dtype.itemsize}"
    return [
        f"same = observed.view({unsigned!r}) == expected.view({unsigned!r})",
        "same |= (observed != observed) & (expected != expected)  # any NaN for a NaN",
    ]


def _feeds(feeds: Mapping[str, Array]) -> str:
    inner = ", ".join(f"{name!r}: {_literal(array)}" for name, array in sorted(feeds.items()))
    return "{" + inner + "}"


def _literal(array: Array, *, wide: bool = False) -> str:
    """An expression that gives ``array`` again, every bit of it.

    With ``wide``, extended-precision values are given in float64.
    """
    if wide and array.dtype.kind == "f" and array.dtype.itemsize > 8:
        array = array.astype(np.float64)
    name = array.dtype.name
    if name == "bfloat16":
        # Its own texts do not read back: -0.0 is "-0", which is an integer.
        wide_enough = _literal(array.astype(np.float32))
        return f"{wide_enough}.astype(tf.bfloat16.as_numpy_dtype)"
    if array.dtype.kind in "OSU":
        strings = array.ravel().tolist()
        return f"np.array({strings!r}, object).reshape({array.shape})"
    flat = "[" + ", ".join(_number(one) for one in array.ravel()) + "]"
    return f"np.array({flat}, np.{name}{'_' if name == 'bool' else ''}).reshape({array.shape})"


def _number(element: Any) -> str:
    text = element_text(element)
    special = {"nan": "np.nan", "inf": "np.inf", "-inf": "-np.inf"}
    return special.get(text, text)
