"""Other things under way to sockets: attempts to connect, connections to accept, datagrams."""

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
    """The data of an attempt to connect.

    `find` returns the listener at the address, `connect` connects with it; `missed` is called if there is none.
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
        """The name of the future connection, and its address."""
        return f"connection {self._tried.number}, to {told(self._tried.address)},"

    def refuse(self) -> None:
        """Refuse it, even if there is a listener."""
        self._system.under_way.close(self)
        self._client.hear_of_refusal()
        self._system.selector.call(self._client.number, WRITE)

    def arrive(self) -> None:
        """Connect, or refuse if there is no listener."""
        self._system.under_way.close(self)
        listener = self._tried.find()
        if listener is None:
            self._tried.missed()
            self._client.hear_of_refusal()
        else:
            self._tried.connect(listener)
        self._system.selector.call(self._client.number, WRITE)

    def give_up(self) -> None:
        """Give the attempt up."""
        self._system.under_way.close(self)

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        return (self._tried.address, self._tried.number), (self._client,)


class Backlog(Way):
    """Connections to a listener that were not accepted yet."""

    __slots__ = ("_listener", "_system", "waiting")

    def __init__(self, system: System, listener: End) -> None:
        """Begin with none."""
        self._system = system
        self._listener = listener
        self.waiting: deque[Any] = deque()
        system.under_way.add(self)

    def add(self, server: End) -> None:
        """Add a connection after the others, given its socket at this end."""
        if not self.waiting:
            self._system.under_way.sets_out(self)
        self.waiting.append(server)

    def offers(self) -> str:
        """Say what would arrive next; see `Way`."""
        if not self.waiting or not self._system.selector.waits(self._listener.number, READ):
            return ""
        return f"{self._listener.side} is asked to accept {connection_of(self.waiting[0])}"

    def arrive(self) -> None:
        """Call the callback that accepts."""
        self._system.selector.call(self._listener.number, READ)

    def close(self) -> None:
        """Accept no more; waiting connections get a reset."""
        self._system.under_way.close(self)
        for each in self.waiting:
            each.abandon()
        self.waiting.clear()

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        return (len(self.waiting),), (self._listener, *self.waiting)


class Datagrams(Way):
    """Datagrams under way to one socket."""

    __slots__ = ("_on_way", "_socket", "_system", "arrived")

    def __init__(self, system: System, whose: End) -> None:
        """Begin with none."""
        self._system = system
        self._socket = whose
        self._on_way: deque[tuple[bytes | None, Address]] = deque()
        self.arrived: deque[tuple[bytes | None, Address]] = deque()
        system.under_way.add(self)

    def send(self, data: bytes, sender: Address) -> None:
        """Send a datagram. A connected socket takes only those of its peer."""
        peer = self._socket.peer
        if peer is None or tuple(peer[:2]) == tuple(sender[:2]):
            self._set_out(data, sender)

    def refuse(self, address: Address) -> None:
        """Answer that there is no receiver, which only a connected socket notices."""
        self._set_out(None, address)

    def _set_out(self, data: bytes | None, sender: Address) -> None:
        if not self._on_way:
            self._system.under_way.sets_out(self)
        self._on_way.append((data, sender))

    @property
    def on_way(self) -> bool:
        """Say whether a datagram is under way."""
        return bool(self._on_way) and self._on_way[0][0] is not None and bool(self.offers())

    def drop(self) -> None:
        """Drop the first datagram."""
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
    """Return an address as text."""
    if isinstance(address, tuple):
        host, port = address[:2]
        return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
    return os.fsdecode(address) if address else "nowhere"
