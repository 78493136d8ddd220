"""Have requests answered by joblib: on the cores of this machine, or, by joblib's own switch, on those of a cluster.

Joblib's backend decides where: `loky` for processes here, `dask` for a Dask cluster, or whatever a program that calls
Treadle has chosen by `joblib.parallel_config(...)`. There, each request is answered by a worker process as it is by
`Pool`, with the same answer. Needs `pip install 'treadle[jobs]'`, for Dask `'treadle[cluster]'`; on every machine of a
cluster the same Treadle, the same interpreter and the files of the targets must be found under the same names.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any, Self

from treadle.cli.pool import Answer, Pool
from treadle.errors import MisuseError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from treadle.cli.pool import Answered, Heard, Request

_SECONDS_TO_ANSWER = 10

AS_CONFIGURED = "joblib"
"""The name for: as joblib has been told by whoever called us."""


class Cluster:
    """So many requests at a time, wherever joblib has them answered. A context manager."""

    def __init__(self, size: int | None, backend: str, address: str) -> None:
        """Connect to the scheduler of a cluster, if an address is given; raise `MisuseError` for what is not there."""
        try:
            import joblib  # noqa: PLC0415 - an extra
        except ImportError:
            message = f"--backend {backend} needs joblib: pip install 'treadle[jobs]'"
            raise MisuseError(message) from None
        self._joblib = joblib
        self._size = size
        self._backend = backend
        self._client: Any = _connect(address) if address else None

    def __enter__(self) -> Self:
        """Do nothing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the cluster, which goes on without us."""
        if self._client is not None:
            self._client.close()

    def ask(
        self, requests: Sequence[Request], heard: Heard = lambda *_: None, answered: Answered = lambda *_: None
    ) -> list[Answer]:
        """Have all requests answered; see `Asks`. What is heard of one comes with its answer."""
        answers: list[Answer | None] = [None] * len(requests)
        order = sorted(range(len(requests)), key=lambda index: -requests[index].cost)
        chosen: Any = contextlib.nullcontext()
        if self._backend != AS_CONFIGURED:
            try:
                chosen = self._joblib.parallel_config(backend=self._backend)
            except (ValueError, ImportError) as error:
                message = f"--backend {self._backend}: joblib cannot use it here: {error}"
                raise MisuseError(message) from None
        with chosen:
            parallel = self._joblib.Parallel(n_jobs=self._size, return_as="generator_unordered", pre_dispatch="all")
            for index, executions, answer in parallel(
                self._joblib.delayed(answer_there)(index, requests[index]) for index in order
            ):
                answers[index] = answer
                answered(index, answer)
                heard(index, executions, True)  # noqa: FBT003 - that is what `heard` is called with
        return [answer for answer in answers if answer is not None]


def _connect(address: str) -> Any:  # noqa: ANN401 - an extra
    try:
        from dask.distributed import Client  # noqa: PLC0415 - an extra
    except ImportError:
        message = f"--cluster {address} needs Dask: pip install 'treadle[cluster]'"
        raise MisuseError(message) from None
    try:
        return Client(address, timeout=_SECONDS_TO_ANSWER)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        message = f"--cluster {address}: no Dask scheduler answers there: {error}"
        raise MisuseError(message) from None


_mine = threading.local()


def answer_there(index: int, request: Request) -> tuple[int, int, Answer]:
    """Answer a request in this thread of whatever process this is; return the number of executions, too."""
    pool: Pool | None = getattr(_mine, "pool", None)
    if pool is None:
        pool = _mine.pool = Pool(1)
    executions = 0

    def count(_index: int, more: int, _done: object) -> None:
        nonlocal executions
        executions += more

    (answer,) = pool.ask([request], count)
    return index, executions, answer
