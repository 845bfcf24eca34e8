"""Collections of a graph: lists by name, which training code finds its variables and updates in."""

from __future__ import annotations

import pytest

from conformance.judge import judge_fact
from conformance.marks import api
from conformance.subject import Subject
from conformance.trace import graphs, trace


@api("tf.get_collection", "tf.add_to_collection", "tf.get_collection_ref")
def test_lists_of_what_was_added(subject: Subject) -> None:
    """A list of one's own, in order, of one scope where that is given; the ref is the list itself.

    A scope is a pattern that names begin with; what has no name is in none.
    """
    observed = subject.run(graphs.graph_collections.lists(), trace())
    expected = {
        "whole": ["inner/a", "inner/b", "other/inner", "inn"],
        "of_scope": ["inner/a", "inner/b"],
        "of_pattern": ["other/inner"],
        "mixed": ["text", "inner/a", "inner/a"],
        "mixed_of_scope": ["inner/a", "inner/a"],
        "twice": ["text", "inner/a", "inner/a"],
        "live": ["collected"],
        "nowhere": [],
        "cleared": [],
        "not_cleared": ["text", "inner/a", "inner/a"],
    }
    for name, names in expected.items():
        judge_fact(observed, name, names)


@api("tf.get_collection", "tf.global_variables", "tf.trainable_variables", "tf.local_variables")
@pytest.mark.parametrize("use_resource", [False, True], ids=["ref", "resource"])
def test_variables_are_collected(subject: Subject, use_resource: bool) -> None:
    """As they were made: in the collections they are given, and if trainable among those too."""
    observed = subject.run(graphs.graph_collections.variables(use_resource=use_resource), trace())
    inside = ["scope/plain", "scope/fixed", "scope/own"]
    trainable = ["scope/plain", "scope/local", "scope/own", "direct", "hidden"]
    judge_fact(observed, "global", [*inside, "direct"])
    judge_fact(observed, "of_scope", inside)
    judge_fact(observed, "trainable", trainable)
    judge_fact(observed, "trainable_of_scope", trainable[:3])
    judge_fact(observed, "local", ["scope/local", "scope/got"])
    judge_fact(observed, "local_of_scope", ["scope/got"])
    judge_fact(observed, "own", ["scope/own"])
    judge_fact(observed, "after", trainable)
