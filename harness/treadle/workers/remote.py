"""Have requests answered on a Dask or a Ray cluster, each by the next free worker.

A cluster may lose workers and get others while it works. That only costs time, because a request without an answer goes
to another worker. A request that loses as many workers as the cluster allows is a failure: it may be what kills them.
If there is no worker for a while, or the scheduler is gone, an error says so, and the journal, if there is one, keeps
all answers so far.

Nothing here opens a port: a command only connects to the address that it was given.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from treadle.errors import MisuseError, TreadleError
from treadle.telling import error_told
from treadle.workers.alike import here
from treadle.workers.cluster import Reply, answer_there
from treadle.workers.pool import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from treadle.workers.pool import WorkerRequest

_SECONDS_TO_ANSWER = 10
_SECONDS_WITHOUT_WORKERS = 30
_SECONDS_BETWEEN_LOOKS = 1

# Given 127.0.0.1, Ray would look up the address of this machine in the network, and listen there. This one is loopback
# too.
ON_THIS_MACHINE = {"address": "local", "include_dashboard": False, "_node_ip_address": "127.0.0.2"}

_GO_ON = "if you gave --journal, the same command goes on from the answers so far"


def _hush(*names: str) -> list[logging.Logger]:
    """Keep these libraries from logging; return their loggers, for `_speak`.

    When a scheduler goes, Dask logs tracebacks to standard error. What happened is said here, in one sentence.
    """
    known = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in names]
    loggers = [each for each in map(logging.getLogger, known) if not each.disabled]
    for each in loggers:
        each.disabled = True
    return loggers


def _speak(loggers: list[logging.Logger]) -> None:
    for each in loggers:
        each.disabled = False


class Dask:
    """The workers of a Dask cluster. Raises `MisuseError` where there is no scheduler, or no Dask."""

    def __init__(self, address: str) -> None:
        """Connect to the scheduler."""
        self._address = address
        if not address:
            message = "--backend dask needs the scheduler of a Dask cluster: --cluster tcp://HOST:8786"
            raise MisuseError(message)
        try:
            import distributed  # noqa: PLC0415 - an extra
        except ImportError:
            message = f"--cluster {address} needs Dask: pip install 'treadle[cluster]'"
            raise MisuseError(message) from None
        self._distributed: Any = distributed
        self._hushed = _hush("distributed", "tornado", "asyncio")
        try:
            self._client: Any = self._distributed.Client(address, timeout=_SECONDS_TO_ANSWER, set_as_default=False)
        except (OSError, ValueError) as error:
            _speak(self._hushed)
            message = f"--cluster {address}: no Dask scheduler answers there: {error_told(error)}"
            raise MisuseError(message) from None

    def answers(self, requests: Sequence[WorkerRequest[Any]], order: Sequence[int]) -> Iterator[Reply]:
        """Yield each reply as it comes."""
        submit, wait = self._client.submit, self._distributed.wait
        pending = {
            submit(answer_there, index, replace(requests[index], files=True), pure=False, priority=-rank): index
            for rank, index in enumerate(order)
        }
        alone_since = time.monotonic()
        while pending:
            try:
                with self._client.as_current():
                    done = wait([*pending], timeout=_SECONDS_BETWEEN_LOOKS, return_when="FIRST_COMPLETED").done
            except (TimeoutError, self._distributed.TimeoutError):
                done = ()
            except BaseException as error:
                if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
                    raise
                raise self._gone(error) from None
            for future in done:
                yield self._reply(future, pending.pop(future))
            if done or self._has_workers():
                alone_since = time.monotonic()
            elif time.monotonic() - alone_since > _SECONDS_WITHOUT_WORKERS:
                message = f"--cluster {self._address}: no worker for {_SECONDS_WITHOUT_WORKERS} s; {_GO_ON}"
                raise TreadleError(message)

    def _reply(self, future: Any, index: int) -> Reply:  # noqa: ANN401 - an extra
        if future.status == "finished":
            reply: Reply = future.result()
            return reply
        error = future.exception() if future.status == "error" else None
        if isinstance(error, self._distributed.KilledWorker):
            why = f"each worker of the cluster that was asked was lost: {error_told(error)}"
            return Reply(index, 0, Answer(failure=why), here())
        if error is not None:
            message = (
                f"--cluster {self._address}: a worker cannot answer: {error_told(error)}. Is Treadle installed there?"
            )
            raise TreadleError(message)
        raise self._gone(None)

    def _has_workers(self) -> bool:
        if self._client.status not in {"running", "connecting"}:
            raise self._gone(None)
        return bool(self._client.scheduler_info(n_workers=-1)["workers"])

    def _gone(self, error: BaseException | None) -> TreadleError:
        why = "" if error is None else f" ({error_told(error)})"
        return TreadleError(f"--cluster {self._address}: the scheduler is gone{why}; {_GO_ON}")

    def close(self) -> None:
        """Disconnect from the cluster; it does not start requests whose answers are no longer wanted."""
        self._client.close(timeout=_SECONDS_BETWEEN_LOOKS)
        _speak(self._hushed)


class Ray:
    """The workers of a Ray cluster, or of one that is started on this machine. Raises `MisuseError` without Ray."""

    def __init__(self, address: str, size: int | None) -> None:
        """Join the cluster, or start one, unless the program that calls us has joined one."""
        self._address = address
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a checker does not report how it is used
        try:
            import ray  # noqa: PLC0415 - an extra
        except ImportError:
            message = "--backend ray needs Ray: pip install 'treadle[ray]'"
            raise MisuseError(message) from None
        self._ray: Any = ray
        self._is_ours = not ray.is_initialized()
        if self._is_ours:
            options: dict[str, Any] = {"address": address} if address else ON_THIS_MACHINE | {"num_cpus": size}
            try:
                ray.init(log_to_driver=False, logging_level=logging.ERROR, **options)
            except Exception as error:  # noqa: BLE001 - Ray raises that if a node takes too long to start
                about = f"--cluster {address}: no Ray cluster answers there"
                about = about if address else "--backend ray: no Ray cluster could be started on this machine"
                message = f"{about}: {error_told(error)}"
                raise MisuseError(message) from None

    def answers(self, requests: Sequence[WorkerRequest[Any]], order: Sequence[int]) -> Iterator[Reply]:
        """Yield each reply as it comes."""
        ray = self._ray
        remote = ray.remote(max_retries=2, num_cpus=1)(answer_there)
        pending = {remote.remote(index, replace(requests[index], files=True)): index for index in order}
        alone_since = time.monotonic()
        while pending:
            try:
                done, _ = ray.wait([*pending], num_returns=1, timeout=_SECONDS_BETWEEN_LOOKS)
                is_somebody_there = bool(done) or any(each["Alive"] for each in ray.nodes())
            except ray.exceptions.RayError as error:
                message = f"the head of the Ray cluster is gone ({error_told(error)}); {_GO_ON}"
                raise TreadleError(message) from None
            for reference in done:
                yield self._reply(reference, pending.pop(reference))
            if is_somebody_there:
                alone_since = time.monotonic()
            elif time.monotonic() - alone_since > _SECONDS_WITHOUT_WORKERS:
                message = f"the Ray cluster has no worker for {_SECONDS_WITHOUT_WORKERS} s; {_GO_ON}"
                raise TreadleError(message)

    def _reply(self, reference: Any, index: int) -> Reply:  # noqa: ANN401 - an extra
        exceptions = self._ray.exceptions
        try:
            reply: Reply = self._ray.get(reference)
        except (exceptions.WorkerCrashedError, exceptions.OutOfMemoryError, exceptions.NodeDiedError) as error:
            why = f"each worker of the cluster that was asked was lost: {error_told(error)}"
            return Reply(index, 0, Answer(failure=why), here())
        except exceptions.RayError as error:
            message = f"a worker of the Ray cluster cannot answer: {error_told(error)}. Is Treadle installed there?"
            raise TreadleError(message) from None
        return reply

    def close(self) -> None:
        """Leave the cluster."""
        if self._is_ours:
            self._ray.shutdown()
