"""The worker: a process in which targets run, because they may hang, recurse, crash, end the process or leak memory.

    python -m treadle.workers.worker C|Py targets|programs

It speaks JSON lines: requests on its standard input, messages on its standard output. First it says `{"ready": ...}`;
then, for each request and with its number, any messages `{"progress": n}` (n executions more; also a sign of life),
`{"mark": ...}` or `{"unmarked": why}` if the request asks for marks (see `explorer.marks`), and one of
`{"result": ...}`, `{"misuse": text}`, `{"died": text}`. The target cannot reach these two streams.

A target is imported in this process and judged in a fork of it. So each cell begins in the same state, whatever earlier
cells have left behind, and results do not depend on how cells are spread over workers. If there is no fork, or if the
target runs threads, which a fork would lose, it is judged in this process.

Standard library only, so that it runs on any interpreter with nothing installed.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.errors import MisuseError, TreadleError
from treadle.explorer.marks import UnusableMarksError
from treadle.explorer.memory import bound_memory
from treadle.loading import search_first
from treadle.loop import task_kind
from treadle.schedule import TaskKind
from treadle.telling import error_told
from treadle.workers.exits import describe_exit, was_killed
from treadle.workers.interrupts import heard_again
from treadle.workers.loaded import Loaded
from treadle.workers.requests.request import Resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from treadle.workers.requests.request import Request

Json = dict[str, Any]

MEMORY = 4 << 30
"""Bytes of address space that a worker may use, where the operating system can limit that."""


_WITHOUT_MARKS = 77
"""The exit status of a process that could not go on from the marks that it was given."""


class Streams:
    """The two streams of the protocol, on file descriptors that a target does not know."""

    def __init__(self) -> None:
        """Take over the standard streams; what is printed from now on is lost."""
        self._requests = os.fdopen(os.dup(0), encoding="utf-8")
        self._out = os.dup(1)
        self._number = 0
        self._waiting: list[bytes] = []
        self._sending = False
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
        """Send a message. May be called from a signal handler, so it goes past every buffer.

        If it has interrupted the sending of another message, that is sent to its end first.
        """
        self._waiting.append(json.dumps({"number": self._number, **message}).encode() + b"\n")
        while self._waiting and not self._sending:
            self._sending = True
            try:
                line = memoryview(self._waiting.pop(0))
                while line:
                    line = line[os.write(self._out, line) :]
            except OSError:  # nobody listens any more
                os._exit(1)
            finally:
                self._sending = False


def main() -> None:
    """Serve requests until the input ends.

    The module that answers is imported first: later a file of the user could take the place of one of the standard
    library.
    """
    kind, serves = TaskKind(sys.argv[1]), importlib.import_module(f"treadle.workers.{sys.argv[2]}")
    heard_again()
    _restore_environment()
    _limit_memory()
    streams = Streams()
    search_first(str(Path.cwd()))  # a target is named as seen from here
    with task_kind(kind):
        streams.say(ready="{}.{}".format(*sys.version_info))
        for request in streams.requests():
            _serve(streams, request, serves)


def _restore_environment() -> None:
    """Undo the changes that were needed to start this process, so that its children do not inherit them."""
    for name, value in json.loads(os.environ.pop("TREADLE_ENVIRONMENT", "{}")).items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _limit_memory(most: int = 0) -> None:
    """Limit searches to `most` bytes: near that they keep less, at it they end. The system's own limit is higher."""
    bound_memory(most or MEMORY)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on every platform

        _, allowed = resource.getrlimit(resource.RLIMIT_AS)
        wanted = max(MEMORY, 2 * most)
        wanted = wanted if allowed == resource.RLIM_INFINITY else min(wanted, allowed)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, allowed))


def _serve(streams: Streams, request: Json, serves: Any) -> None:  # noqa: ANN401 - a module
    if request.get("files"):
        _loaded.listen()
    try:
        target = _resolved(request["target"], serves.find)
    except MisuseError as error:
        streams.say(misuse=str(error))
        return
    except BaseException as error:  # noqa: BLE001 - whatever an import lets out
        streams.say(misuse=f"loading {request['target']!r} failed: {error_told(error)}")
        return
    if request["do"] == Resolve.does:
        streams.say(result=None)
        return
    if not hasattr(os, "fork") or threading.active_count() > 1:
        try:
            _answer(streams, request, serves.ANSWERS, target)
        except UnusableMarksError:
            _answer(streams, {**request, "marks": []}, serves.ANSWERS, target)
        return
    code = _fork(streams, request, serves, target)
    if code == _WITHOUT_MARKS:
        code = _fork(streams, {**request, "marks": []}, serves, target)
    streams.say(died=describe_exit(code), killed=was_killed(code))  # ignored if there was an answer before


def _fork(streams: Streams, request: Json, serves: Any, target: object) -> int:  # noqa: ANN401 - a module
    """Answer a request in a fork of this process, and return its exit status."""
    ended, lives = os.pipe()
    child = os.fork()
    if not child:
        try:
            _answer(streams, request, serves.ANSWERS, target)
        except UnusableMarksError:
            os._exit(_WITHOUT_MARKS)
        finally:
            os._exit(0)
    os.close(lives)
    status = _wait(child, ended)
    os.close(ended)
    return os.waitstatus_to_exitcode(status)


_PARENT = os.getppid()
_SECONDS_BETWEEN_LOOKS = 1.0


def _wait(child: int, ended: int) -> int:
    """Wait for a fork, whose end closes a pipe, and return its status; if our parent has died, end both.

    Otherwise a target that swallows everything would go on for ever after the process that asked was killed.
    """
    while not select.select([ended], [], [], _SECONDS_BETWEEN_LOOKS)[0]:
        if os.getppid() != _PARENT:
            os.kill(child, signal.SIGKILL)
            os._exit(1)
        found, status = os.waitpid(child, os.WNOHANG)  # the target may have handed the pipe on to a process of its own
        if found:
            return status
    return os.waitpid(child, 0)[1]


_targets: dict[str, Any] = {}
_loaded = Loaded()


def _resolved(name: str, find: Callable[[str], Any]) -> Any:  # noqa: ANN401 - a target, or a program
    if name not in _targets:
        _targets[name] = find(name)
        _loaded.look()  # before anybody can change a file
    return _targets[name]


class _Saying:
    """Sends messages about one request; see `listening.Says`."""

    def __init__(self, streams: Streams, told: Json) -> None:
        self._say = streams.say
        self._with_files = bool(told.get("files"))
        self.earlier: list[Json] | None = told.get("marks")

    def __call__(self, **message: object) -> None:
        self._say(**message, **({"files": _loaded.look()} if "mark" in message and self._with_files else {}))


def _answer(
    streams: Streams, told: Json, answers: Mapping[type[Request[Any]], Callable[..., object]], target: object
) -> None:
    try:
        _limit_memory(told.get("memory", 0))
        kind, answer = next((kind, answer) for kind, answer in answers.items() if kind.does == told["do"])
        request = kind.from_json(told)
        result = request.tell(answer(_Saying(streams, told), request, target))
        streams.say(result=result, **({"files": _loaded.look()} if told.get("files") else {}))
    except UnusableMarksError:
        raise
    except TreadleError as error:
        streams.say(misuse=str(error))
    except BaseException as error:  # noqa: BLE001 - nothing may be left without an answer
        streams.say(died=f"Treadle failed while it judged the target: {error_told(error)}")


if __name__ == "__main__":
    main()
