"""Have requests answered elsewhere: by joblib on the cores of this machine, or on a Dask or a Ray cluster.

A worker process there answers each request as a worker of `Pool` does. The answer counts only if it comes from the same
Treadle, the same version of Python and the same files: see `alike`. If a worker is lost, its request is sent once more,
to another.

joblib's backend decides where: `loky` for processes on this machine, or the backend that a calling program has set with
`joblib.parallel_config(...)`. Clusters are used without joblib (see `remote`), because joblib ignores a cluster that
runs one thing at a time, and would search here. Needs `pip install 'treadle[jobs]'`, for Dask `'treadle[cluster]'`, for
Ray `'treadle[ray]'`; the files of the targets must be found under the same names on every machine.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from treadle.errors import MisuseError, TreadleError
from treadle.workers.alike import There, here, why_not_alike
from treadle.workers.interrupts import held
from treadle.workers.pool import Answer, Pool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType
    from typing import Any

    from treadle.workers.pool import Answered, Heard, Marked, WorkerRequest

# Requests per worker in a batch, for a backend that returns answers only in batches.
_TOGETHER = 4

_HERE = frozenset({"loky", "threading", "multiprocessing", "sequential"})

_NO_MARKS = "nothing of a search with --backend comes here before its answer"

AS_CONFIGURED = "joblib"
"""The value of `--backend` that stands for the backend that the calling program has set in joblib."""


class Reply(NamedTuple):
    """An answer with the index of its request, the executions that it took, and the process that has given it."""

    place: int
    executions: int
    answer: Answer
    there: There


class Answers(Protocol):
    """A way to have requests answered elsewhere."""

    def answers(self, requests: Sequence[WorkerRequest[Any]], order: Sequence[int]) -> Iterator[Reply]:
        """Yield each reply as soon as it has come; hand out the requests in that order."""

    def close(self) -> None:
        """Disconnect."""


class Cluster:
    """Has requests answered elsewhere, and checks that the answers count. A context manager."""

    def __init__(self, elsewhere: Answers) -> None:
        """Have requests answered by `elsewhere`."""
        self._elsewhere = elsewhere

    def __enter__(self) -> Self:
        """Do nothing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect from the cluster, which goes on running."""
        self._elsewhere.close()

    def ask(
        self,
        requests: Sequence[WorkerRequest[Any]],
        heard: Heard = lambda *_: None,
        answered: Answered = lambda *_: None,
        marked: Marked = lambda *_: None,
    ) -> list[Answer]:
        """Have all requests answered; see `Asks`. `heard` is called once for a request, when its answer has come.

        A search elsewhere leaves no marks: nothing of it comes here before its answer. `marked` is told so.

        Raises `TreadleError` if a worker does not run the same code: its answers do not count.
        """
        answers: list[Answer | None] = [None] * len(requests)
        if any(each.marks is not None for each in requests):
            marked(0, _NO_MARKS, {})
        requests = [replace(each, marks=None) for each in requests]
        order = sorted(range(len(requests)), key=lambda index: -requests[index].cost)
        for index, executions, answer, there in self._elsewhere.answers(requests, order):
            why = why_not_alike(there, answer)
            if why:
                message = f"{why}, so its answers are not used. Install the same on all workers, or remove that one"
                raise TreadleError(message)
            answers[index] = answer
            answered(index, answer)
            heard(index, executions, True)  # noqa: FBT003 - the signature of `heard`
        return [answer for answer in answers if answer is not None]


class Joblib:
    """Has requests answered by joblib; raises `MisuseError` if it is not installed or has no such backend."""

    def __init__(self, size: int | None, backend: str) -> None:
        """Import joblib."""
        try:
            import joblib  # noqa: PLC0415 - an extra
        except ImportError:
            message = f"--backend {backend} needs joblib: pip install 'treadle[jobs]'"
            raise MisuseError(message) from None
        self._joblib = joblib
        self._size = size
        self._backend = backend

    def answers(self, requests: Sequence[WorkerRequest[Any]], order: Sequence[int]) -> Iterator[Reply]:
        """Yield each reply; a backend that cannot return them one by one returns them in batches."""
        chosen: contextlib.AbstractContextManager[object] = contextlib.nullcontext()
        if self._backend != AS_CONFIGURED:
            try:
                chosen = self._joblib.parallel_config(backend=self._backend)
            except (ValueError, ImportError) as error:
                message = f"--backend {self._backend}: joblib cannot use it here: {' '.join(str(error).split())}"
                raise MisuseError(message) from None
        is_here = self._backend in _HERE
        asked = [
            self._joblib.delayed(answer_there)(index, each if is_here else replace(each, files=True))
            for index, each in ((index, requests[index]) for index in order)
        ]
        with chosen:
            try:
                parallel = self._joblib.Parallel(n_jobs=self._size, return_as="generator_unordered", pre_dispatch="all")
            except ValueError:  # some backends return answers only in batches
                parallel = self._joblib.Parallel(n_jobs=self._size, pre_dispatch="all")
                size = _TOGETHER * (self._size or 1)
                for start in range(0, len(asked), size):
                    yield from parallel(asked[start : start + size])
            else:
                with held():
                    answers = parallel(asked) if asked else ()
                yield from answers

    def close(self) -> None:
        """Do nothing."""


_mine = threading.local()


def answer_there(index: int, request: WorkerRequest[Any]) -> Reply:
    """Answer a request in this thread, with a worker process of the thread's own."""
    pool: Pool | None = getattr(_mine, "pool", None)
    if pool is None:
        pool = _mine.pool = Pool(1)
    executions = 0

    def count(_index: int, more: int, _done: object) -> None:
        nonlocal executions
        executions += more

    there = here()
    try:
        (answer,) = pool.ask([request], count)
    except TreadleError as error:
        answer = Answer(misuse=f"{there.who}: {error}")
    return Reply(index, executions, answer, there)
