"""Have requests answered by joblib: on the cores of this machine, or, by joblib's own switch, on those of a cluster.

Joblib's backend decides where: `loky` for processes here, `dask` for a Dask cluster, `ray` for a Ray cluster, or
whatever a program that calls Treadle has chosen by `joblib.parallel_config(...)`. There, each request is answered by a
worker process as it is by `Pool`, with the same answer. Needs `pip install 'treadle[jobs]'`, for Dask
`'treadle[cluster]'`, for Ray `'treadle[ray]'`; on every machine of a cluster the same Treadle, the same interpreter and
the files of the targets must be found under the same names.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING, Any, Self

from treadle.errors import MisuseError
from treadle.workers.interrupts import held
from treadle.workers.pool import Answer, Pool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from treadle.workers.pool import Answered, Heard, WorkerRequest

_SECONDS_TO_ANSWER = 10

# Requests for each that works at a time, where a backend returns answers together only.
_TOGETHER = 4

# Ray takes 127.0.0.1 for the name of this machine in the network, and would listen there. This one is loopback as well.
ON_THIS_MACHINE = {"address": "local", "include_dashboard": False, "_node_ip_address": "127.0.0.2"}

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
        self._client: Any = None
        self._ray: Any = None
        if backend == "ray":
            self._ray = _join_ray(address, size)
        elif address:
            self._client = _connect(address)

    def __enter__(self) -> Self:
        """Do nothing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the cluster, which goes on without us."""
        if self._client is not None:
            self._client.close()
        if self._ray is not None:
            self._ray.shutdown()

    def ask(
        self,
        requests: Sequence[WorkerRequest[Any]],
        heard: Heard = lambda *_: None,
        answered: Answered = lambda *_: None,
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
            for index, executions, answer in self._answers(requests, order):
                answers[index] = answer
                answered(index, answer)
                heard(index, executions, True)  # noqa: FBT003 - that is what `heard` is called with
        return [answer for answer in answers if answer is not None]

    def _answers(
        self, requests: Sequence[WorkerRequest[Any]], order: Sequence[int]
    ) -> Iterator[tuple[int, int, Answer]]:
        """Yield each answer when it is there; from a backend that returns them together only, so many at a time."""
        asked = [self._joblib.delayed(answer_there)(index, requests[index]) for index in order]
        try:
            parallel = self._joblib.Parallel(n_jobs=self._size, return_as="generator_unordered", pre_dispatch="all")
        except ValueError:  # Ray's
            parallel = self._joblib.Parallel(n_jobs=self._size, pre_dispatch="all")
            size = _TOGETHER * (self._size or 1)
            for start in range(0, len(asked), size):
                yield from parallel(asked[start : start + size])
        else:
            with held():
                answers = parallel(asked) if asked else ()
            yield from answers


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


def _join_ray(address: str, size: int | None) -> Any:  # noqa: ANN401 - an extra
    """Join a Ray cluster, or start one on this machine; return Ray, unless the program that calls us has joined one."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a checker tells nobody what it is used for
    try:
        import ray  # noqa: PLC0415 - an extra
        from ray.util.joblib import register_ray  # noqa: PLC0415 - an extra
    except ImportError:
        message = "--backend ray needs Ray: pip install 'treadle[ray]'"
        raise MisuseError(message) from None
    register_ray()
    if ray.is_initialized():
        return None
    options: dict[str, Any] = {"address": address} if address else ON_THIS_MACHINE | {"num_cpus": size}
    try:
        ray.init(log_to_driver=False, logging_level="ERROR", **options)
    except (OSError, ValueError, RuntimeError) as error:
        message = f"--cluster {address}: no Ray cluster answers there: {error}"
        raise MisuseError(message) from None
    return ray


_mine = threading.local()


def answer_there(index: int, request: WorkerRequest[Any]) -> tuple[int, int, Answer]:
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
