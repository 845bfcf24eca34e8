"""The pytest plugin: its options, the profile of hypothesis, and the ``subject`` fixture.

``pytest -p conformance.plugin conformance/checks --tf 2.15 -k ExponentialMovingAverage``
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, cast

import hypothesis
import pytest

from conformance import order
from conformance.corpus_gathering import Gathering
from conformance.enlargement import enlarge
from conformance.hunt_run import Hunt
from conformance.marks import published_keyword
from conformance.pytest_process import DEFAULT_EXAMPLES, DEFAULT_SEED
from conformance.run import Run
from conformance.turns import MOST_AT_ONCE, ExampleTurns, draw_from_seeds_alone
from conformance.verdicts import check_id

if TYPE_CHECKING:
    from collections.abc import Generator

    from conformance.subject import Subject

_NAME = "tf-litmus-run"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add tf-litmus' options to pytest's."""
    group = parser.getgroup("tf-litmus", "tf-litmus: TensorFlow against its references")
    group.addoption(
        "--tf",
        metavar="SUBJECT",
        default="installed",
        help="the TensorFlow under test: `installed`, a release such as 2.15 or 2.21+tf_keras, a "
        "path to a Python that has TensorFlow, or cmd:COMMAND (default: installed)",
    )
    group.addoption(
        "--profile",
        choices=("legacy", "v2"),
        default="legacy",
        help="legacy: tf.compat.v1.disable_v2_behavior(); v2: TF2 defaults (default: legacy)",
    )
    group.addoption(
        "--examples",
        type=int,
        metavar="N",
        default=DEFAULT_EXAMPLES,
        help=f"drawn examples per check (default: {DEFAULT_EXAMPLES})",
    )
    group.addoption(
        "--enlarge",
        type=int,
        metavar="FACTOR",
        default=1,
        help="make drawn arrays about FACTOR times as large, and run each drawn litmus program "
        "FACTOR times as often (default: 1)",
    )
    group.addoption(
        "--no-shrink",
        action="store_true",
        help="show the first example that fails as it was drawn, without looking for a simpler one",
    )
    group.addoption(
        "--setup",
        metavar="FILE",
        default=None,
        dest="litmus_setup",
        help="a Python file executed in the worker after TensorFlow is imported",
    )
    group.addoption(
        "--litmus-out",
        metavar="DIR",
        default="reports/out",
        help="the folder for <label>/report.json, junit.xml, index.html (default: reports/out)",
    )
    group.addoption(
        "--litmus-format",
        choices=("rich", "markdown"),
        default="rich",
        help="how the summary is printed (default: rich)",
    )
    group.addoption(
        "--no-corpus",
        action="store_true",
        help="do not replay the frozen inputs of the checked APIs after the checks",
    )
    group.addoption(
        "--against",
        metavar="SUBJECT",
        default=None,
        help="look for inputs on which this one differs from --tf, instead of judging it",
    )
    group.addoption(
        "--add-to-corpus",
        action="store_true",
        help="with --against: freeze the inputs that were found",
    )
    group.addoption(
        "--gather",
        metavar="FILE",
        default=None,
        help="keep every example that is run in FILE, for `tf-litmus corpus build`",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Set hypothesis up before checks are imported, and make the run's state."""
    config.addinivalue_line("markers", "api(*names): the public TensorFlow names a check is about")
    config.addinivalue_line("markers", "published(*rows): the rows of published.toml a check is")
    for option in ("examples", "enlarge"):
        if config.getoption(option) < 1:
            raise pytest.UsageError(f"--{option} must be at least 1")
    enlarge(config.getoption("enlarge"))
    # A seed of its own for every check, and so the same inputs for every subject, every time.
    # hypothesis' other way to the same end, `derandomize`, reads and digests each check's source;
    # so it does without a seed, and for hypothesis the number 0, but not the text, is none.
    if config.getoption("hypothesis_seed", None) is None:
        config.option.hypothesis_seed = str(DEFAULT_SEED)
    draw_from_seeds_alone()
    examples = config.getoption("examples")
    # A hunt climbs: what it has drawn leads it to what it draws next, all in one turn.
    turns = ExampleTurns(examples, examples if config.getoption("against") else MOST_AT_ONCE)
    config.pluginmanager.register(turns)
    phases = [
        hypothesis.Phase.explicit,
        hypothesis.Phase.generate,
        hypothesis.Phase.target,
        hypothesis.Phase.shrink,
    ]
    if config.getoption("no_shrink"):
        phases.remove(hypothesis.Phase.shrink)
    hypothesis.settings.register_profile(
        "tf-litmus",
        max_examples=turns.examples,
        # No clock, and no memory of other runs.
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=phases,
        suppress_health_check=(
            hypothesis.HealthCheck.function_scoped_fixture,
            hypothesis.HealthCheck.too_slow,
            hypothesis.HealthCheck.differing_executors,
        ),
    )
    hypothesis.settings.load_profile("tf-litmus")
    kind = Run
    if config.getoption("gather"):
        kind = Gathering
    elif config.getoption("against"):
        kind = Hunt
    config.pluginmanager.register(kind(config, DEFAULT_EXAMPLES), _NAME)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let ``-k`` pick a check by the last part of its API's public name, and by published row."""
    for mark in item.iter_markers("api"):
        item.extra_keyword_matches.update(name.rsplit(".", 1)[-1] for name in mark.args)
    for mark in item.iter_markers("published"):
        item.extra_keyword_matches.update(map(published_keyword, mark.args))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the checks that upgrades have changed most often."""
    if all(item.get_closest_marker("api") for item in items):
        items.sort(key=lambda item: order.place(check_id(item)))


def pytest_collection_finish() -> None:
    """Keep the garbage collector off what is imported: that took a seventh of the driver."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """Let an interrupt be one: hypothesis turns one that comes early into an error of its own."""
    try:
        return (yield)
    except AssertionError as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise error.__context__ from None
        raise


@pytest.fixture
def subject(request: pytest.FixtureRequest) -> Subject:
    """The TensorFlow under test, counting anew for this check."""
    run = cast("Run", request.config.pluginmanager.get_plugin(_NAME))
    return run.begin(request.node)
