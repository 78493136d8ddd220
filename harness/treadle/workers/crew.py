"""Choose what answers the requests of a command: workers, joblib or a cluster, behind a journal if there is one."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.errors import MisuseError
from treadle.workers.cluster import Cluster, Joblib
from treadle.workers.journal import Journal, Journaled
from treadle.workers.pool import Pool
from treadle.workers.remote import Dask, Ray

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from treadle.workers.cluster import Answers
    from treadle.workers.pool import Asks


@contextlib.contextmanager
def crew(options: argparse.Namespace, size: int) -> Iterator[Asks]:
    """Yield what answers requests, by the options of a command: `--backend`, `--cluster`, `--journal`, `--jobs`."""
    if options.cluster and options.backend not in {"dask", "ray"}:
        message = (
            f"--cluster {options.cluster} names the scheduler of a Dask cluster or the head of a Ray cluster; "
            "say --backend dask or --backend ray as well"
        )
        raise MisuseError(message)
    with contextlib.ExitStack() as stack:
        asks: Asks
        if options.backend:
            asks = stack.enter_context(Cluster(_elsewhere(options, size)))
        else:
            asks = stack.enter_context(Pool(size))
        if options.journal:
            asks = Journaled(asks, stack.enter_context(Journal(Path(options.journal))))
        yield asks


def _elsewhere(options: argparse.Namespace, size: int) -> Answers:
    if options.backend == "dask":
        return Dask(options.cluster)
    if options.backend == "ray":
        return Ray(options.cluster, size)
    return Joblib(size, options.backend)
