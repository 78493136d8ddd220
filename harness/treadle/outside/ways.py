"""What else is on its way to sockets: attempts to connect, connections to be accepted, datagrams."""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from treadle.outside.pipes import Address, End, System, connection_of
from treadle.outside.selector import READ, WRITE
from treadle.outside.underway import Way

if TYPE_CHECKING:
    from collections.abc import Callable


class Tried(NamedTuple):
    """What an attempt to connect needs.

    `find` returns who listens at the address, `connect` connects with that; `missed` is called if nobody does.
    """

    number: int
    address: Address
    find: Callable[[], Any]
    connect: Callable[[Any], object]
    missed: Callable[[], object]


class Attempt(Way):
    """An attempt to connect."""

    __slots__ = ("_client", "_system", "_tried")

    def __init__(self, system: System, client: End, tried: Tried) -> None:
        """Try to connect a socket."""
        self._system = system
        self._client = client
        self._tried = tried
        system.under_way.add(self)
        system.under_way.sets_out(self)

    def offers(self) -> str:
        """Say what would arrive next; see `Way`."""
        return f"{self.connection} is {'refused' if self._tried.find() is None else 'made'}"

    @property
    def connection(self) -> str:
        """How the connection will be called, and where to it is."""
        return f"connection {self._tried.number}, to {told(self._tried.address)},"

    def refuse(self) -> None:
        """Let it be refused, whoever listens there."""
        self._system.under_way.close(self)
        self._client.hear_of_refusal()
        self._system.selector.call(self._client.number, WRITE)

    def arrive(self) -> None:
        """Connect, or not."""
        self._system.under_way.close(self)
        listener = self._tried.find()
        if listener is None:
            self._tried.missed()
            self._client.hear_of_refusal()
        else:
            self._tried.connect(listener)
        self._system.selector.call(self._client.number, WRITE)

    def give_up(self) -> None:
        """Try no more."""
        self._system.under_way.close(self)

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        return (self._tried.address, self._tried.number), (self._client,)


class Backlog(Way):
    """Connections that were made to somebody who listens, and were not accepted yet."""

    __slots__ = ("_listener", "_system", "waiting")

    def __init__(self, system: System, listener: End) -> None:
        """Begin with none."""
        self._system = system
        self._listener = listener
        self.waiting: deque[Any] = deque()
        system.under_way.add(self)

    def add(self, server: End) -> None:
        """Put a connection behind the others, by its socket at this end."""
        if not self.waiting:
            self._system.under_way.sets_out(self)
        self.waiting.append(server)

    def offers(self) -> str:
        """Say what would arrive next; see `Way`."""
        if not self.waiting or not self._system.selector.waits(self._listener.number, READ):
            return ""
        return f"{self._listener.side} is asked to accept {connection_of(self.waiting[0])}"

    def arrive(self) -> None:
        """Call who accepts."""
        self._system.selector.call(self._listener.number, READ)

    def close(self) -> None:
        """Accept no more; who waits to be accepted hears of a reset."""
        self._system.under_way.close(self)
        for each in self.waiting:
            each.abandon()
        self.waiting.clear()

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        return (len(self.waiting),), (self._listener, *self.waiting)


class Datagrams(Way):
    """Datagrams on their way to one socket."""

    __slots__ = ("_on_way", "_socket", "_system", "arrived")

    def __init__(self, system: System, whose: End) -> None:
        """Begin with none."""
        self._system = system
        self._socket = whose
        self._on_way: deque[tuple[bytes | None, Address]] = deque()
        self.arrived: deque[tuple[bytes | None, Address]] = deque()
        system.under_way.add(self)

    def send(self, data: bytes, sender: Address) -> None:
        """Send one. Who is connected takes only what comes from there."""
        peer = self._socket.peer
        if peer is None or tuple(peer[:2]) == tuple(sender[:2]):
            self._set_out(data, sender)

    def refuse(self, address: Address) -> None:
        """Answer that nobody is there, which only who is connected hears."""
        self._set_out(None, address)

    def _set_out(self, data: bytes | None, sender: Address) -> None:
        if not self._on_way:
            self._system.under_way.sets_out(self)
        self._on_way.append((data, sender))

    @property
    def on_way(self) -> bool:
        """Say whether one has not arrived."""
        return bool(self._on_way) and self._on_way[0][0] is not None and bool(self.offers())

    def drop(self) -> None:
        """Lose the first."""
        self._on_way.popleft()

    def offers(self) -> str:
        """Say what would arrive next; see `Way`."""
        if not self._system.selector.waits(self._socket.number, READ):
            return ""
        where = self._socket.side
        if self.arrived:
            return f"{where} can read on"
        if not self._on_way:
            return ""
        return f"{where} hears that nobody is there" if self._on_way[0][0] is None else f"a datagram reaches {where}"

    def arrive(self) -> None:
        """Let the first arrive."""
        if not self.arrived:
            self.arrived.append(self._on_way.popleft())
            if self._on_way:
                self._system.under_way.sets_out(self)
        self._system.selector.call(self._socket.number, READ)

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        return (tuple(self._on_way), tuple(self.arrived)), (self._socket,)


def told(address: Address) -> str:
    """Write an address as people do."""
    if isinstance(address, tuple):
        host, port = address[:2]
        return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
    return os.fsdecode(address) if address else "nowhere"
