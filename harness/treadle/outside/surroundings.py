"""The surroundings of a program: those of any loop of Treadle, simulated sockets, and connections in one order."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from asyncio import selector_events
from typing import TYPE_CHECKING

from treadle.loop import surroundings, swapped
from treadle.outside.described import REAL
from treadle.outside.selector import FIRST
from treadle.outside.sockets import SimulatedSocket
from treadle.outside.workers import waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle.schedule import TaskKind

_REPLACED = {id(REAL): (REAL, SimulatedSocket)}
_PLACES = ((socket, "socket"), (socket, "SocketType"))
_TRANSPORT: type = selector_events._SelectorTransport  # type: ignore[attr-defined]
_NUMBER = "_number_of_treadle"  # an attribute of stream writers


@contextlib.contextmanager
def simulated_surroundings(kind: TaskKind) -> Iterator[None]:
    """Replace everything while the block runs, in which programs are executed any number of times."""
    with surroundings(kind), swapped(_REPLACED, _PLACES), waiting(), connections_in_order():
        yield


@contextlib.contextmanager
def connections_in_order() -> Iterator[None]:
    """Let sets of transports and of stream writers iterate in the same order in every run, in the block.

    A server closes its clients in the order of a set, and programs send to all their clients in such an order.
    """
    type.__setattr__(_TRANSPORT, "__hash__", _number_of)
    type.__setattr__(asyncio.StreamWriter, "__hash__", _number_of_writer)
    try:
        yield
    finally:
        type.__delattr__(_TRANSPORT, "__hash__")
        type.__delattr__(asyncio.StreamWriter, "__hash__")


def _number_of(transport: object) -> int:
    """Hash a transport to the number of its simulated socket, which it keeps when it is closed."""
    number: int = transport._sock_fd  # type: ignore[attr-defined]
    return number if number >= FIRST else object.__hash__(transport)


def _number_of_writer(writer: asyncio.StreamWriter) -> int:
    """Hash a stream writer as the transport that it has at the first call; `start_tls` gives it another one."""
    number: int | None = getattr(writer, _NUMBER, None)
    if number is None:
        transport = writer._transport  # type: ignore[attr-defined]
        if not issubclass(type(transport), _TRANSPORT):
            return object.__hash__(writer)
        number = _number_of(transport)
        setattr(writer, _NUMBER, number)
    return number
