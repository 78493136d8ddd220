"""What a worker answers about a program of `explore`: explorations, parts of them, and schedules run again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from treadle import programs
from treadle.programs import (
    ProgramToken,
    Settings,
    as_json,
    exploration_as_json,
    exploration_from_json,
    explore_source,
    explore_subtree,
    find_program,
    replay_program,
    split_program,
    subtree_from_json,
)
from treadle.schedule import TaskKind
from treadle.workers.listening import listeners

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.programs import ProgramSource
    from treadle.workers.listening import Says

Json = dict[str, Any]


def _settings(request: Json) -> Settings:
    told, until = request["settings"], request.get("until")
    seconds = told["seconds"] if until is None else max(0.0, until - time.time())
    return Settings(**{**told, "task": TaskKind(told["task"]), "seconds": seconds})


def _explore(say: Says, request: Json, source: ProgramSource) -> Json:
    return as_json(explore_source(source, _settings(request), **listeners(say)))


def _replay(say: Says, request: Json, source: ProgramSource) -> Json:
    token = ProgramToken.parse(request["token"])
    callbacks, swallowed = _settings(request).callbacks, listeners(say)["swallowed"]
    return as_json(replay_program(source, token, callbacks=callbacks, swallowed=swallowed))


def _split(_say: Says, request: Json, source: ProgramSource) -> list[Any]:
    return list(split_program(source, _settings(request)))


def _subtree(say: Says, request: Json, source: ProgramSource) -> Json:
    subtree = subtree_from_json(request["subtree"])
    opaque = request.get("opaque", "")
    return exploration_as_json(explore_subtree(source, _settings(request), subtree, opaque=opaque, **listeners(say)))


def _conclude(say: Says, request: Json, source: ProgramSource) -> Json:
    exploration = exploration_from_json(request["exploration"])
    return as_json(programs.conclude(source, _settings(request), exploration, parts=request["parts"], **listeners(say)))


find = find_program

ANSWERS: dict[str, Callable[[Says, Json, ProgramSource], Any]] = {
    "explore": _explore,
    "replay": _replay,
    "split": _split,
    "subtree": _subtree,
    "conclude": _conclude,
}
