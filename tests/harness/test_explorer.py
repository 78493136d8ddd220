"""The explorer: it runs the schedules that there are, each once, says how it ended, and keeps the smallest examples.

It knows nothing of tasks, so most programs here are trees: an inner node is a choice point, a leaf an outcome.
"""

from __future__ import annotations

import gc
import itertools
import time
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.errors import NondeterminismError
from treadle.explorer import (
    Ended,
    Execution,
    Exploration,
    Limits,
    ReplayScheduler,
    Scheduler,
    enumerate_schedules,
)
from treadle.schedule import Kind, Schedule


@dataclass(frozen=True)
class Leaf:
    """The end of an execution."""

    outcome: int = 0
    size: int = 0
    cut: bool = False
    fatal: str = ""


@dataclass(frozen=True)
class Node:
    """A choice point; `silent` moments without options come before one of kind `event`."""

    branches: tuple[Node | Leaf, ...]
    kind: Kind = Kind.DEPENDENCY
    silent: int = 0


Tree = Node | Leaf


@dataclass
class TreeProgram:
    """Walks down a tree; if `asks`, it works out its options only where the scheduler does not pass."""

    tree: Tree
    asks: bool = False

    def run(self, scheduler: Scheduler) -> Execution[int]:
        node = self.tree
        moments = itertools.count(1)
        while isinstance(node, Node):
            node = node.branches[self._choose(scheduler, node, moments)]
        return Execution(node.outcome, (node.size,), node.cut, node.fatal)

    def _choose(self, scheduler: Scheduler, node: Node, moments: itertools.count[int]) -> int:
        if node.kind is Kind.EVENT:
            for moment in itertools.islice(moments, node.silent):
                if self.asks:
                    scheduler.passes(moment)
            if self.asks and scheduler.passes(next(moments)):
                return 0
        return scheduler.choose(node.kind, len(node.branches))


@dataclass
class Changing:
    """A program that is another tree each time it is run; the last one stays."""

    trees: list[Tree]
    asks: bool = False

    def run(self, scheduler: Scheduler) -> Execution[int]:
        tree = self.trees.pop(0) if len(self.trees) > 1 else self.trees[0]
        return TreeProgram(tree, self.asks).run(scheduler)


LEAVES = st.builds(Leaf, outcome=st.integers(0, 5), size=st.integers(0, 5), cut=st.booleans())
TREES: st.SearchStrategy[Tree] = st.recursive(
    LEAVES,
    lambda below: st.builds(
        Node,
        branches=st.lists(below, min_size=2, max_size=4).map(tuple),
        kind=st.sampled_from((Kind.EVENT, Kind.DEPENDENCY, Kind.COMPLETION)),
        silent=st.integers(0, 2),
    ),
    max_leaves=30,
)


def explore(tree: Tree, limits: Limits | None = None, *, asks: bool = False) -> Exploration[int]:
    return enumerate_schedules(TreeProgram(tree, asks), limits or Limits())


def paths(tree: Tree) -> list[tuple[Schedule, Leaf]]:
    """List every leaf with the choices that lead to it, in depth-first order."""
    if isinstance(tree, Leaf):
        return [((), tree)]
    return [((number, *rest), leaf) for number, branch in enumerate(tree.branches) for rest, leaf in paths(branch)]


def binary(depth: int) -> Tree:
    """Build the tree of so many choices between two; each leaf is an outcome of its own."""
    leaves: list[Tree] = [Leaf(number) for number in range(2**depth)]
    while len(leaves) > 1:
        leaves = [Node((left, right)) for left, right in zip(leaves[::2], leaves[1::2], strict=True)]
    return leaves[0]


# Covering a tree


def test_a_program_without_choices_has_one_schedule() -> None:
    exploration = explore(Leaf(7))
    assert exploration.ended is Ended.EXHAUSTED
    assert (exploration.executions, exploration.schedules, exploration.states) == (1, 1, None)
    assert exploration.reason == ""
    assert exploration.tallies[7].example == ()


@pytest.mark.parametrize("depth", range(1, 9))
def test_every_leaf_of_a_known_tree_is_visited_once_in_order(depth: int) -> None:
    exploration = explore(binary(depth))
    assert exploration.ended is Ended.EXHAUSTED
    assert exploration.executions == 2**depth
    assert list(exploration.tallies) == list(range(2**depth))
    for number, tally in exploration.tallies.items():
        assert tally.schedules == 1
        assert tally.example == tuple(number >> place & 1 for place in reversed(range(depth)))


@settings(max_examples=50)
@given(TREES)
def test_every_leaf_of_any_tree_is_counted_under_its_outcome(tree: Tree) -> None:
    exploration = explore(tree)
    leaves = [leaf for _, leaf in paths(tree)]
    assert exploration.executions == exploration.schedules == len(leaves)
    assert {outcome: tally.schedules for outcome, tally in exploration.tallies.items()} == Counter(
        leaf.outcome for leaf in leaves
    )


@settings(max_examples=50)
@given(TREES)
def test_the_example_of_an_outcome_is_the_first_of_the_smallest(tree: Tree) -> None:
    for outcome, tally in explore(tree).tallies.items():
        candidates = [(leaf.size, choices) for choices, leaf in paths(tree) if leaf.outcome == outcome]
        assert (*tally.size, tally.example) == min(candidates)


@settings(max_examples=50)
@given(TREES)
def test_the_example_of_an_outcome_leads_to_it_again(tree: Tree) -> None:
    for outcome, tally in explore(tree).tallies.items():
        scheduler = ReplayScheduler(tally.example)
        execution = TreeProgram(tree).run(scheduler)
        scheduler.check()
        assert (execution.outcome, execution.size) == (outcome, tally.size)


@settings(max_examples=50)
@given(TREES)
def test_a_program_that_passes_over_known_choices_is_covered_alike(tree: Tree) -> None:
    """A saving, and so it is compared with doing without."""
    assert explore(tree, asks=True) == explore(tree, asks=False)


@settings(max_examples=50)
@given(TREES)
def test_the_search_is_bounded_if_some_execution_was_cut_and_else_exhausted(tree: Tree) -> None:
    cut = any(leaf.cut for _, leaf in paths(tree))
    assert explore(tree).ended is (Ended.BOUNDED if cut else Ended.EXHAUSTED)


# Being cut off


@pytest.mark.parametrize("asks", [False, True])
def test_a_limit_of_executions_stops_the_search_and_says_so(asks: bool) -> None:
    exploration = explore(binary(6), Limits(executions=10), asks=asks)
    assert exploration.ended is Ended.STOPPED
    assert exploration.reason == "the limit of 10 executions was reached"
    assert exploration.executions == exploration.schedules == 10
    assert list(exploration.tallies) == list(range(10))


def test_a_large_limit_is_told_with_its_thousands() -> None:
    assert explore(binary(11), Limits(executions=1024)).reason == "the limit of 1,024 executions was reached"


def test_a_limit_that_is_just_enough_stops_nothing() -> None:
    exploration = explore(binary(6), Limits(executions=64))
    assert (exploration.ended, exploration.executions) == (Ended.EXHAUSTED, 64)


def test_a_deadline_stops_the_search_and_says_so() -> None:
    exploration = explore(binary(12), Limits(deadline=time.monotonic() - 1))
    assert exploration.ended is Ended.STOPPED
    assert exploration.reason == "the time limit was reached"
    assert 0 < exploration.executions < 4096


def test_a_fatal_execution_stops_the_search_with_its_reason() -> None:
    tree = Node((Leaf(1), Leaf(2, fatal="it broke"), Leaf(3)))
    exploration = explore(tree)
    assert (exploration.ended, exploration.reason) == (Ended.STOPPED, "it broke")
    assert list(exploration.tallies) == [1, 2]


def test_progress_is_told_to_the_last_execution() -> None:
    told: list[int] = []
    enumerate_schedules(TreeProgram(binary(11)), Limits(), told.append)
    assert sum(told) == 2048
    assert len(told) > 1


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_given_back_as_it_was(enabled: bool) -> None:
    during: list[bool] = []

    class Breaking:
        def run(self, scheduler: Scheduler) -> Execution[int]:
            during.append(gc.isenabled())
            raise ZeroDivisionError(scheduler)

    (gc.enable if enabled else gc.disable)()
    try:
        explore(binary(3))
        assert gc.isenabled() == enabled
        with pytest.raises(ZeroDivisionError):
            enumerate_schedules(Breaking(), Limits())
        assert gc.isenabled() == enabled
        assert during == [False]
        assert gc.get_freeze_count() == 0
    finally:
        gc.enable()


# Programs that behave otherwise when they are run again


@pytest.mark.parametrize(
    ("trees", "step", "expected", "found"),
    [
        ([Node((Leaf(), Leaf())), Node((Leaf(), Leaf(), Leaf()))], 0, "2 options", "3"),
        ([Node((binary(1), Leaf())), Node((Node((Leaf(), Leaf(), Leaf())), Leaf()))], 1, "2 options", "3"),
        ([Node((binary(1), Leaf())), Node((Leaf(), Leaf()))], 1, "2 options", "the end of the execution"),
    ],
)
def test_a_program_that_changes_is_told_by_step_expectation_and_finding(
    trees: list[Tree], step: int, expected: str, found: str
) -> None:
    exploration = enumerate_schedules(Changing(trees), Limits())
    assert exploration.ended is Ended.STOPPED
    assert exploration.reason.startswith(
        f"nondeterminism: two runs under one schedule differ at choice point {step}: "
        f"expected {expected}, found {found}. Likely causes: "
    )


def test_a_program_that_changes_where_it_is_not_asked_is_told_at_the_end() -> None:
    """A scheduler that lets a moment pass learns only later that there was nothing to choose any more."""

    def event(silent: int, *branches: Tree) -> Tree:
        return Node(branches, Kind.EVENT, silent)

    before, after = event(0, event(1, Leaf(), Leaf()), Leaf()), event(0, event(0, Leaf(), Leaf()), Leaf())
    exploration = enumerate_schedules(Changing([before, after], asks=True), Limits())
    assert exploration.ended is Ended.STOPPED
    assert "choice point 1: expected 2 options, found the end of the execution" in exploration.reason


def test_a_replay_of_a_choice_that_is_not_there_is_told() -> None:
    scheduler = ReplayScheduler((1, 2))
    TreeProgram(binary(2)).run(scheduler)
    with pytest.raises(
        NondeterminismError,
        match="choice point 1: expected an option number 2, found 2 options of kind dependency",
    ):
        scheduler.check()


def test_a_replay_that_ends_too_early_is_told() -> None:
    scheduler = ReplayScheduler((0, 1, 1))
    TreeProgram(binary(2)).run(scheduler)
    with pytest.raises(
        NondeterminismError,
        match="choice point 2: expected a choice point for each of the 3 choices, found the end of the execution",
    ):
        scheduler.check()


def test_a_replay_goes_on_with_default_choices() -> None:
    scheduler = ReplayScheduler((1,))
    assert TreeProgram(binary(3)).run(scheduler).outcome == 4
    scheduler.check()
