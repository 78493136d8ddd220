"""Who identifies states changes nothing: no method is called, nothing lives longer, nothing is cleared or raised.

A program writes down each call of its own methods, and when its objects end. What it has written when it is over must
be the same whether its states were identified in every gap, or never.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from kept.searching import loaded_text, patient
from kept.watched import FRAMES, WATCHED, text_of_frames, text_of_watched

from treadle.explorer import Answers, quiet
from treadle.fingerprint import OpaqueError, watching_code
from treadle.loop import task_kind
from treadle.programs import ProgramSource, find_program
from treadle.programs.bounds import ProgramBounds
from treadle.programs.world import ProgramWorld
from treadle.schedule import Kind, TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


SECONDS = 10.0  # of processor time: what does not end is one of the things looked for


class Watching(Answers):
    """Chooses the default everywhere, is asked in every gap, and looks at each state, if told so, as a search does."""

    knows_states = True

    def __init__(self, *, looks: bool) -> None:
        self._looks = looks
        self._states: dict[Any, int] = {}
        self.asked = 0
        self.opaque = ""

    def choose(self, _kind: Kind, _options: int, _priced: int = 0) -> int:
        return 0

    def seen(self, *asked: Any) -> bool:
        self.asked += 1
        if self._looks:
            try:
                self._states.setdefault(asked[1](), self.asked)
            except OpaqueError as error:
                self.opaque = str(error)
        return False


def said(source: ProgramSource, scheduler: Watching, task: TaskKind) -> list[list[Any]]:
    """Return what a program says in each of two executions: in the second one, states are compared with the first's."""
    module = sys.modules[source.function.__module__]
    with task_kind(task), quiet(), patient(SECONDS), watching_code():
        run = ProgramWorld(source, ProgramBounds(events=1), task)
        told = []
        for _ in range(2):
            outcome = run.run(scheduler).outcome
            told.append([*module.SAID, *(problem.text for problem in outcome)])
        return told


def compare(text: str, folder: Path, task: TaskKind) -> None:
    with loaded_text("kept_watched", text, folder) as path:
        source = find_program(f"{path}:program")
        looking, blind = Watching(looks=True), Watching(looks=False)
        expected = said(source, blind, task)
        assert said(source, Watching(looks=False), task) == expected, "it is not deterministic"
        assert said(source, looking, task) == expected, "looking was noticed"
        assert looking.asked == blind.asked > 6
        assert "it was not recorded which code" not in looking.opaque
        assert "ends" in expected[0], expected
        assert said(source, blind, task) == expected, "it was looked at before, and is not what it was"


@pytest.mark.parametrize("name", WATCHED)
def test_who_looks_calls_nothing_and_keeps_nothing(name: str, tmp_path: Path) -> None:
    compare(text_of_watched(name), tmp_path, TaskKind.C)


@pytest.mark.parametrize("kind", TaskKind)
@pytest.mark.parametrize("name", FRAMES)
def test_who_looks_leaves_frames_as_they_are(name: str, kind: TaskKind, tmp_path: Path) -> None:
    compare(text_of_frames(name), tmp_path, kind)


@pytest.mark.parametrize("look", [str, repr, len, list, vars], ids=lambda look: look.__name__)
def test_a_look_that_calls_a_method_would_be_noticed(
    look: Callable[[Any], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fingerprint(run: ProgramWorld) -> tuple[object, ...]:
        held = sys.modules["kept_watched"].HELD
        for each in held[:1]:
            look(each)
        return (run.engine.callbacks,)

    monkeypatch.setattr(ProgramWorld, "identify", fingerprint)
    with pytest.raises(AssertionError, match="looking was noticed"):
        compare(text_of_watched("a list"), tmp_path, TaskKind.C)


def test_a_look_that_keeps_something_alive_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        ProgramWorld, "identify", lambda run: (run.engine.callbacks, *sys.modules["kept_watched"].HELD[:1])
    )
    with pytest.raises(AssertionError, match="looking was noticed"):
        compare(text_of_watched("an end that is told"), tmp_path, TaskKind.C)
