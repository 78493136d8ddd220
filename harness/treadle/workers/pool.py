"""The side of the command: a pool of workers, and requests handed out to them.

A worker that says nothing for too long, or ends, is replaced, and its request gets a *failure* in place of a result.
If it was killed from outside, that need not happen again: the request is sent once more, to another worker.
Whatever a target does, every request gets an answer in bounded time. Answers come back in the order of the requests.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, Self, TypeVar

from treadle.errors import TreadleError
from treadle.workers.exits import describe_exit, was_killed
from treadle.workers.interpreters import Interpreter, environment_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from treadle.schedule import TaskKind
    from treadle.workers.requests.request import Request

Mark = dict[str, Any]
"""A mark of a search that is under way, as it was sent; see `explorer.marks`."""

Q_co = TypeVar("Q_co", bound="Request[Any]", covariant=True)

SILENCE_VARIABLE = "TREADLE_SILENCE"


def silence() -> float:
    """Return after how many seconds without a message a worker is given up."""
    try:
        return float(os.environ[SILENCE_VARIABLE])
    except (KeyError, ValueError):
        return 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPlace:
    """Where a request is served, and by which module of this package: `targets`, or `programs`.

    A target that is not in the catalogue gets workers of its own.
    """

    interpreter: Interpreter
    task: TaskKind
    target: str = ""
    serves: str = "targets"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRequest(Generic[Q_co]):
    """A question for a worker, and where to ask it. Of one place, requests with the highest cost go first.

    `patience`: seconds to wait on top of the usual silence. `files`: also ask for the files that the target is made of.
    `memory`: the bytes that the search may take; 0 for the default of all workers. `marks`: those that an earlier
    process has left for this request, the oldest first; None if none are to be left.
    """

    place: WorkerPlace
    question: Q_co
    cost: float = 0.0
    patience: float = 0.0
    files: bool = False
    memory: int = 0
    marks: tuple[Mark, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The result of a request, as it was sent; or the user's mistake (`misuse`); or why there is no result (`failure`).

    `files`: the files that the target is made of, with their digests, if the request asked for them. `killed`: there is
    no result because the process was killed from outside.
    """

    result: Any = None
    misuse: str = ""
    failure: str = ""
    killed: bool = False
    files: dict[str, str] = field(default_factory=dict)


Heard = Callable[[int, int, bool], object]
Answered = Callable[[int, Answer], object]
Marked = Callable[[int, Mark, dict[str, str]], object]
"""Takes the index of a request, a mark of it, and the files that the target is made of, with their digests."""


class Asks(Protocol):
    """Has requests answered, here or elsewhere."""

    def ask(
        self,
        requests: Sequence[WorkerRequest[Any]],
        heard: Heard = lambda *_: None,
        answered: Answered = lambda *_: None,
        marked: Marked = lambda *_: None,
    ) -> list[Answer]:
        """Have all requests answered; return the answers in the order of the requests.

        `heard` is called with the index of a request, the number of new executions, and whether its answer has come;
        `answered` with the index and the answer, as soon as it has come; `marked` with each mark, if requests ask for
        marks and they can be had.
        """


class _Marked(NamedTuple):
    mark: Mark
    files: dict[str, str]


_Told = Answer | BaseException | _Marked | None


@dataclass(slots=True)
class _Round:
    """One call of `ask`: its requests, those that wait, those that were sent again, and what the workers have said."""

    requests: list[WorkerRequest[Any]]
    waiting: queue.SimpleQueue[int] = field(default_factory=queue.SimpleQueue)
    again: set[int] = field(default_factory=set)
    told: queue.SimpleQueue[tuple[int, int, _Told]] = field(default_factory=queue.SimpleQueue)


_SPARE = 8
"""So many workers wait for the next request of their place, asked nothing meanwhile: one takes 40 MB. The first to come
stay, because each round of requests asks the places in the same order."""


class Pool:
    """At most `size` workers at work at a time. Use it as a context manager: leaving it kills them all."""

    def __init__(self, size: int) -> None:
        """Start no worker yet."""
        self._size = size
        self._workers: list[_Worker | None] = [None] * size
        self._spare: list[_Worker] = []
        self._stopped = False
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Do nothing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill the workers, and the processes that their targets have started."""
        with self._lock:
            self._stopped = True
            for worker in (*self._workers, *self._spare):
                if worker is not None:
                    worker.kill()

    def ask(
        self,
        requests: Sequence[WorkerRequest[Any]],
        heard: Heard = lambda *_: None,
        answered: Answered = lambda *_: None,
        marked: Marked = lambda *_: None,
    ) -> list[Answer]:
        """Have all requests answered; see `Asks`."""
        places = list(dict.fromkeys(request.place for request in requests))
        order = sorted(
            range(len(requests)), key=lambda index: (places.index(requests[index].place), -requests[index].cost)
        )
        under_way = _Round([*requests])
        for index in order:
            under_way.waiting.put(index)
        for seat in range(min(self._size, len(requests))):
            threading.Thread(target=self._serve, args=(seat, under_way), daemon=True).start()
        answers: list[Answer | None] = [None] * len(requests)
        left = len(requests)
        while left:
            index, executions, answer = under_way.told.get()
            if isinstance(answer, BaseException):
                raise answer
            if isinstance(answer, _Marked):
                marked(index, *answer)
                continue
            if answer is not None:
                answers[index] = answer
                left -= 1
                answered(index, answer)
            heard(index, executions, answer is not None)
        return [answer for answer in answers if answer is not None]

    def _serve(
        self,
        seat: int,
        under_way: _Round,
    ) -> None:
        """Hand requests to the worker in one seat until none waits; send one again, once, if its worker was killed."""
        requests, told = under_way.requests, under_way.told
        while not self._stopped:
            try:
                index = under_way.waiting.get_nowait()
            except queue.Empty:
                return
            try:
                worker = self._worker(seat, requests[index].place)
                answer = worker.ask(requests[index], lambda more, one, index=index: told.put((index, more, one)))  # type: ignore[misc]
            except BaseException as error:  # noqa: BLE001 - raised again by `ask`
                told.put((index, 0, error))
                return
            if answer.killed and index not in under_way.again:
                requests[index] = replace(requests[index], marks=worker.marks)
                under_way.again.add(index)
                under_way.waiting.put(index)
                continue
            twice = ", and so was the next one that was asked" if answer.killed else ""
            told.put((index, 0, replace(answer, failure=answer.failure + twice)))

    def _worker(self, seat: int, place: WorkerPlace) -> _Worker:
        """Return a live worker that serves this place: the one in the seat, a spare one, or a new one."""
        worker = self._workers[seat]
        if worker is not None and worker.place == place and worker.alive():
            return worker
        with self._lock:
            if self._stopped:
                message = "the workers have been stopped"
                raise TreadleError(message)
            waiting = self._spare if worker is None else [*self._spare, worker]
            spare = next((each for each in waiting if each.place == place and each.alive()), None)
            others = [each for each in waiting if each is not spare]
            self._spare = [each for each in others if each.alive()][:_SPARE]
            gone = [each for each in others if each not in self._spare]
            self._workers[seat] = worker = spare or _Worker(place)
        for each in gone:
            each.kill()
        if spare is None:
            worker.wait_until_ready()
        return worker


@dataclass(slots=True, eq=False)
class _Worker:
    """One worker process, and a thread that reads its messages."""

    place: WorkerPlace
    number: int = 0
    marks: tuple[Mark, ...] | None = None  # of the request that it was asked last
    process: subprocess.Popen[bytes] = field(init=False)
    lines: queue.SimpleQueue[bytes] = field(init=False, default_factory=queue.SimpleQueue)
    complaints: Any = field(init=False)
    reader: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        place = self.place
        self.complaints = tempfile.TemporaryFile()  # noqa: SIM115 - for as long as the worker lives
        self.process = subprocess.Popen(  # noqa: S603 - an interpreter of the user's choice, on our own module
            [place.interpreter.path, "-P", "-m", "treadle.workers.worker", str(place.task), place.serves],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            env=environment_for(place.interpreter),
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None  # noqa: S101 - it is a pipe
        with self.process.stdout as stream:
            for line in stream:
                self.lines.put(line)
        self.lines.put(b"")

    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """End the process and its children."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()
        self.process.wait()
        self.reader.join(timeout=1)
        self.complaints.close()
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):  # a request that did not get through
                self.process.stdin.close()

    def wait_until_ready(self) -> None:
        """Wait for the first message; without one, raise `TreadleError` with what is on the standard error."""
        try:
            line = self.lines.get(timeout=max(20.0, silence()))
        except queue.Empty:
            line = b""
        if line:
            self._see_that_it_is_the_version(line)
            return
        self.complaints.seek(0)
        said = self.complaints.read().decode(errors="replace").strip()
        self.kill()
        message = (
            f"a worker process of {self.place.interpreter.path} did not start: "
            f"{said.splitlines()[-1] if said else 'it said nothing'}. If that interpreter is sound, this is a fault in "
            "Treadle"
        )
        raise TreadleError(message)

    def _see_that_it_is_the_version(self, line: bytes) -> None:
        """Raise `TreadleError` if the interpreter has another version here than where the request comes from."""
        found, wanted = json.loads(line)["ready"], self.place.interpreter.minor
        if found != wanted:
            self.kill()
            message = f"{self.place.interpreter.path} is Python {found} here, but {wanted} where the command was given"
            raise TreadleError(message)

    def ask(self, request: WorkerRequest[Any], says: Callable[[int, _Marked | None], object]) -> Answer:
        """Send a request and wait for its answer; after a failure the process is gone."""
        self.number += 1
        self.marks = request.marks
        stdin = self.process.stdin
        assert stdin is not None  # noqa: S101 - it is a pipe
        try:
            told = {
                **request.question.as_json(),
                "number": self.number,
                "files": request.files,
                "memory": request.memory,
                "marks": request.marks,
            }
            stdin.write(json.dumps(told).encode() + b"\n")
            stdin.flush()
        except OSError:
            return self._gone()
        patience = silence() + request.patience
        while True:
            try:
                line = self.lines.get(timeout=patience)
            except queue.Empty:
                self.kill()
                return Answer(failure=f"no answer for {patience:g} s: the target blocked the interpreter")
            if not line:
                return self._gone()
            message = self._read_message(line)
            if "progress" in message:
                says(message["progress"], None)
            elif "mark" in message:
                self.marks = with_mark(self.marks or (), message["mark"])
                says(0, _Marked(message["mark"], message.get("files", {})))
            elif message:
                told = {"died": "failure"}
                return Answer(**{told.get(key, key): value for key, value in message.items()})

    def _read_message(self, line: bytes) -> dict[str, Any]:
        """Read a message; return an empty one if it is about another request, or not whole."""
        try:
            message: dict[str, Any] = json.loads(line)
        except ValueError:  # its sender was killed
            return {}
        return message if message.pop("number") == self.number else {}

    def _gone(self) -> Answer:
        code = self.process.wait()
        self.kill()
        return Answer(failure=describe_exit(code), killed=was_killed(code))


def with_mark(marks: tuple[Mark, ...], mark: Mark) -> tuple[Mark, ...]:
    """Return marks with one more in place of those from its number on; without it, if one before it is missing."""
    number = mark["number"]
    return (*marks[:number], mark) if number <= len(marks) else marks


def default_size() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
