"""Note asyncio's locks and the named pools in tests whose tasks may be cancelled, to find those left taken."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from treadle.errors import MisuseError
from treadle.loading import find_attribute, load_module
from treadle.programs.primitives import primitives_noted

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def primitives_of(config: pytest.Config) -> Iterator[None]:
    """Note them while the block runs, if tasks may be cancelled."""
    if not config.getoption("--treadle-cancel"):
        yield
        return
    try:
        with primitives_noted(_pools_of(config)):
            yield
    except MisuseError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def _pools_of(config: pytest.Config) -> list[type]:
    """Return the classes that `--treadle-pool` names; raise `MisuseError` for a name of something else."""
    found = []
    for name in config.getoption("--treadle-pool"):
        module, colon, attribute = name.rpartition(":")
        kind = find_attribute(load_module(module, what="pool"), attribute, name) if colon else None
        if not isinstance(kind, type):
            message = f"--treadle-pool {name!r} does not name a class; write package.module:Class"
            raise MisuseError(message)
        found.append(kind)
    return found
