"""The surroundings of a program: those of any loop of Treadle, and simulated sockets."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from treadle.loop import surroundings, swapped
from treadle.outside.described import REAL
from treadle.outside.sockets import SimulatedSocket
from treadle.outside.workers import waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle.schedule import TaskKind

_REPLACED = {id(REAL): (REAL, SimulatedSocket)}
_PLACES = ((socket, "socket"), (socket, "SocketType"))


@contextlib.contextmanager
def simulated_surroundings(kind: TaskKind) -> Iterator[None]:
    """Replace everything while the block runs, in which programs are executed any number of times."""
    with surroundings(kind), swapped(_REPLACED, _PLACES), waiting():
        yield
