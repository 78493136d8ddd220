"""The far side: a process in which targets run, because they may hang, recurse, crash, end the process or leak memory.

    python -m treadle.cli.worker C|Py

It speaks JSON lines: requests on its standard input, messages on its standard output. First it says `{"ready": ...}`;
then, for each request and with its number, any messages `{"progress": n}` (n executions more; also a sign of life) and
one of `{"result": ...}`, `{"misuse": text}`, `{"died": text}`. The target gets neither of the two streams.

A target is imported in this process and judged in a fork of it: so each cell begins in the same state, whatever the
cells before it have left behind, and results do not depend on how cells are spread over workers. Where there is no
fork, or where the target runs threads, which a fork would lose, it is judged right here.

Standard library only: any interpreter that is to be judged runs this, and needs nothing installed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import select
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.check import judge, replay, resolve_target
from treadle.check.judge import judge_unanswered
from treadle.check.nearest import find_contrast
from treadle.check.parts import conclude as conclude_parts
from treadle.check.parts import find_parts, judge_part
from treadle.cli import wire as plain
from treadle.cli.loaded import Loaded
from treadle.errors import MisuseError, TreadleError
from treadle.explorer import Ended, Limits
from treadle.loading import search_first
from treadle.loop import task_kind
from treadle.programs import (
    ProgramToken,
    Settings,
    as_json,
    conclude,
    exploration_as_json,
    exploration_from_json,
    explore_source,
    explore_subtree,
    find_program,
    replay_program,
    split_program,
    subtree_from_json,
)
from treadle.report.script import write_script
from treadle.report.source import read_source
from treadle.report.stock import run_on_stock
from treadle.schedule import TaskKind, Token
from treadle.telling import error_told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle.check import Job, Target
    from treadle.programs import Source

Json = dict[str, Any]

MEMORY = 4 << 30
"""Bytes of address space that a worker may use, where the operating system can be told so."""

NEVER_ENDED = "a step of the call did not end and swallowed every interruption"


class Wire:
    """The two streams of the protocol, moved to where a target does not find them."""

    def __init__(self) -> None:
        """Take over the standard streams; what is printed from now on is lost."""
        self._requests = os.fdopen(os.dup(0), encoding="utf-8")
        self._out = os.dup(1)
        self._number = 0
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)

    def requests(self) -> Iterator[Json]:
        """Yield one request after the other until there are no more."""
        for line in self._requests:
            request: Json = json.loads(line)
            self._number = request["number"]
            yield request

    def say(self, **message: object) -> None:
        """Send a message. May be called from a signal handler, so it goes past every buffer."""
        line = memoryview(json.dumps({"number": self._number, **message}).encode() + b"\n")
        try:
            while line:
                line = line[os.write(self._out, line) :]
        except OSError:  # nobody listens any more
            os._exit(1)


def main() -> None:
    """Serve requests until the input ends."""
    kind = TaskKind(sys.argv[1])
    _restore_environment()
    _limit_memory()
    wire = Wire()
    search_first(str(Path.cwd()))  # a target is named as seen from here
    with task_kind(kind):
        wire.say(ready=True)
        for request in wire.requests():
            _serve(wire, request)


def _restore_environment() -> None:
    """Take back what was needed to start this process, for the sake of the processes that it starts."""
    for name, value in json.loads(os.environ.pop("TREADLE_ENVIRONMENT", "{}")).items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on every platform

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        least = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
        resource.setrlimit(resource.RLIMIT_AS, (least, most))


def _serve(wire: Wire, request: Json) -> None:
    if request.get("files"):
        _loaded.listen()
    try:
        find = find_program if request["do"] in _OF_PROGRAMS else resolve_target
        target = _resolved(request["target"], find)
    except MisuseError as error:
        wire.say(misuse=str(error))
        return
    except BaseException as error:  # noqa: BLE001 - whatever an import lets out
        wire.say(misuse=f"loading {request['target']!r} failed: {error_told(error)}")
        return
    if request["do"] == "resolve":
        wire.say(result=None)
        return
    if not hasattr(os, "fork") or threading.active_count() > 1:
        _answer(wire, request, target)
        return
    ended, lives = os.pipe()
    child = os.fork()
    if not child:
        try:
            _answer(wire, request, target)
        finally:
            os._exit(0)
    os.close(lives)
    status = _wait(child, ended)
    os.close(ended)
    wire.say(died=describe_exit(os.waitstatus_to_exitcode(status)))  # not heard if there was an answer before


_PARENT = os.getppid()
_SECONDS_BETWEEN_LOOKS = 1.0


def _wait(child: int, ended: int) -> int:
    """Wait for a fork, whose end closes a pipe, and return its status; if nobody is left to hear it, end both.

    A target that swallows everything would else go on for ever after the process that asked was killed.
    """
    while not select.select([ended], [], [], _SECONDS_BETWEEN_LOOKS)[0]:
        if os.getppid() != _PARENT:
            os.kill(child, signal.SIGKILL)
            os._exit(1)
        found, status = os.waitpid(child, os.WNOHANG)  # the target may have handed the pipe on to a process of its own
        if found:
            return status
    return os.waitpid(child, 0)[1]


_targets: dict[str, Target | Source] = {}
_loaded = Loaded()


def _resolved(name: str, find: Callable[[str], Target | Source]) -> Target | Source:
    if name not in _targets:
        _targets[name] = find(name)
        _loaded.look()  # before anybody can change a file
    return _targets[name]


def describe_exit(code: int) -> str:
    """Say how a process ended, from its exit code as `subprocess` gives it: negative for a signal."""
    if code >= 0:
        return f"the process of the target ended with exit status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = " (out of memory, or somebody else)" if name == "SIGKILL" else ""
    return f"the process of the target was killed by {name}{hint}"


def _answer(wire: Wire, request: Json, target: Target | Source) -> None:
    try:
        result = _ANSWERS[request["do"]](wire, request, target)
        wire.say(result=result, **({"files": _loaded.look()} if request.get("files") else {}))
    except TreadleError as error:
        wire.say(misuse=str(error))
    except BaseException as error:  # noqa: BLE001 - nothing may be left without an answer
        wire.say(died=f"Treadle failed while it judged the target: {error_told(error)}")


def _job(request: Json) -> Job:
    limits = Limits(executions=request["limit"], deadline=time.monotonic() + request["seconds"])
    return dataclasses.replace(plain.job_from_json(request["job"]), limits=limits)


def _judge(wire: Wire, request: Json, target: Target) -> Json:
    job = _job(request)

    def progress(executions: int) -> None:
        wire.say(progress=executions)

    def swallowed() -> None:
        python = "{}.{}".format(*sys.version_info)
        wire.say(result=plain.cell_as_json(judge_unanswered(job, NEVER_ENDED, python=python, spinning=True)))
        os._exit(0)

    return plain.cell_as_json(judge(job, target=target, progress=progress, swallowed=swallowed))


def _find_parts(wire: Wire, request: Json, target: Target) -> Json:
    parts = find_parts(_job(request), target=target, **_listeners(wire))
    if parts is None:  # it is final, too: a search that is better judged in one piece
        return {"ended": Ended.EXHAUSTED, "groups": []}
    groups = [[dataclasses.asdict(root) for root in group] for group in parts.groups]
    exploration = plain.exploration_as_json(parts.exploration)
    return {"ended": exploration["ended"], "exploration": exploration, "groups": groups}


def _judge_part(wire: Wire, request: Json, target: Target) -> Json:
    roots = [plain.root_from_json(root) for root in request["roots"]]
    return plain.exploration_as_json(judge_part(_job(request), roots, target=target, **_listeners(wire)))


def _conclude_parts(wire: Wire, request: Json, target: Target) -> Json:
    found = plain.exploration_from_json(request["exploration"])
    cell = conclude_parts(_job(request), found, parts=request["parts"], target=target, **_listeners(wire))
    return plain.cell_as_json(cell)


def _script(_wire: Wire, request: Json, target: Target) -> Json:
    found = replay(Token.parse(request["token"]), target)
    script = write_script(found, target)
    run = run_on_stock(script)
    return {"counterexample": plain.counterexample_as_json(found), "script": script, "stock": run.status}


def _contrast(_wire: Wire, request: Json, target: Target) -> Json:
    found = replay(Token.parse(request["token"]), target)
    source = read_source(target)
    return {
        "contrast": dataclasses.asdict(find_contrast(found, target)),
        "source": None if source is None else dataclasses.asdict(source),
    }


def _settings(request: Json) -> Settings:
    told, until = request["settings"], request.get("until")
    seconds = told["seconds"] if until is None else max(0.0, until - time.time())
    return Settings(**{**told, "task": TaskKind(told["task"]), "seconds": seconds})


def _listeners(wire: Wire) -> Json:
    """Return who hears of a search."""

    def progress(executions: int) -> None:
        wire.say(progress=executions)

    def swallowed() -> None:
        wire.say(died=NEVER_ENDED)
        os._exit(0)

    return {"progress": progress, "swallowed": swallowed}


def _explore(wire: Wire, request: Json, source: Source) -> Json:
    return as_json(explore_source(source, _settings(request), **_listeners(wire)))


def _replay(wire: Wire, request: Json, source: Source) -> Json:
    token = ProgramToken.parse(request["token"])
    callbacks, swallowed = _settings(request).callbacks, _listeners(wire)["swallowed"]
    return as_json(replay_program(source, token, callbacks=callbacks, swallowed=swallowed))


def _split(_wire: Wire, request: Json, source: Source) -> list[Any]:
    return list(split_program(source, _settings(request)))


def _subtree(wire: Wire, request: Json, source: Source) -> Json:
    subtree = subtree_from_json(request["subtree"])
    opaque = request.get("opaque", "")
    return exploration_as_json(explore_subtree(source, _settings(request), subtree, opaque=opaque, **_listeners(wire)))


def _conclude(wire: Wire, request: Json, source: Source) -> Json:
    exploration = exploration_from_json(request["exploration"])
    return as_json(conclude(source, _settings(request), exploration, parts=request["parts"], **_listeners(wire)))


_OF_PROGRAMS: dict[str, Callable[[Wire, Json, Any], Any]] = {
    "explore": _explore,
    "replay": _replay,
    "split": _split,
    "subtree": _subtree,
    "conclude": _conclude,
}
_ANSWERS: dict[str, Callable[[Wire, Json, Any], Any]] = {
    "judge": _judge,
    "find parts": _find_parts,
    "judge part": _judge_part,
    "conclude parts": _conclude_parts,
    "script": _script,
    "contrast": _contrast,
    **_OF_PROGRAMS,
}


if __name__ == "__main__":
    main()
