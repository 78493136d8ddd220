"""The directions of a connection: bytes, the end of the stream, or a reset, under way to a socket.

It is as reliable as the loopback of a machine: what is sent arrives, in order. The environment decides when. Times and
losses of real networks are not imitated.
"""

from __future__ import annotations

import errno
import os
from collections import deque
from typing import Any, Final, NamedTuple, Protocol

from treadle.outside.selector import READ, WRITE, SimulatedSelector
from treadle.outside.underway import UnderWay, Way

Address = Any
"""On the internet, (host, port), with two more items for IPv6; of Unix sockets, a path."""

ROOM = 1 << 18
"""Bytes that may be sent in one direction before they are read, unless the program sets other sizes of buffers."""

CLIENT, SERVER = "the client", "the server"
END: Final = "end"
RESET: Final = "reset"


class System(NamedTuple):
    """The stand-in for the operating system: what is under way, and the selector."""

    under_way: UnderWay
    selector: SimulatedSelector


class End(Protocol):
    """A socket, seen from what arrives at it; `side` is its name."""

    number: int
    side: str
    peer: Address
    writing: Writing

    @property
    def can_write(self) -> bool:
        """Say whether it can be written to."""

    def hear_of_reset(self, error: int) -> None:
        """Note that the other end has reset the connection, and the error for the next read or write."""

    def hear_of_refusal(self) -> None:
        """Note that the connection was refused."""

    def abandon(self) -> None:
        """Close it before the connection was accepted."""


def failed(number: int) -> OSError:
    """Return the exception for an error number of the system."""
    return OSError(number, os.strerror(number))


class Pipe(Way):
    """One direction of a connection: what was sent but has not arrived, and what has arrived but was not read."""

    __slots__ = ("_arrived", "_ended", "_error", "_on_way", "_system", "back", "reader", "room")

    def __init__(self, system: System) -> None:
        """Make it unconnected; `reader` will be the socket at its end, `back` the other direction."""
        self._system = system
        self.reader: End | None = None
        self.back: Pipe
        self._on_way: deque[bytes | str] = deque()
        self._arrived = b""
        self._ended = False
        self._error = 0
        self.room = ROOM
        system.under_way.add(self)

    # What the sender does

    @property
    def space(self) -> int:
        """How many bytes may be sent now."""
        return self.room - len(self._arrived) - sum(map(len, self._on_way))

    def send(self, data: bytes) -> None:
        """Send data, `END` or `RESET`. A closed reader gets nothing, and answers with a reset."""
        self._set_out(data)

    def end(self) -> None:
        """Send no more."""
        self._set_out(END)

    def _set_out(self, what: bytes | str) -> None:
        if self.reader is None:
            if what.__class__ is bytes and not self.back.is_reset:
                self.back.reset()
            return
        if not self._on_way:
            self._system.under_way.sets_out(self)
        self._on_way.append(what)

    @property
    def is_reset(self) -> bool:
        """Say whether the connection was reset, even if the reader does not know it yet."""
        return bool(self._error) or RESET in self._on_way

    # What may go wrong

    @property
    def connection(self) -> str:
        """The name of the connection, from the name of its end here."""
        return connection_of(self.reader)

    @property
    def is_client(self) -> bool:
        """Say whether it leads to the client: faults of the connection belong to this direction."""
        return self.reader is not None and self.reader.side.startswith(CLIENT)

    @property
    def is_whole(self) -> bool:
        """Say whether both ends are open, and none was reset."""
        return all(each.reader is not None and not each.is_reset for each in (self, self.back))

    def break_off(self) -> None:
        """Send a reset to both ends, and drop everything that was under way."""
        for each in (self, self.back):
            each._on_way.clear()
            each.reset()

    @property
    def can_be_split(self) -> bool:
        """Say whether more than one byte would arrive next."""
        first = self._on_way[0] if self._on_way else ""
        return first not in {END, RESET} and len(first) > 1 and not self._may_be_read and bool(self.offers())

    def split(self) -> None:
        """Let the first byte arrive alone."""
        first = self._on_way[0]
        self._on_way[0] = first[:1]
        self._on_way.insert(1, first[1:])
        self.arrive()

    # What the environment does

    def offers(self) -> str:
        """Say what would arrive next; see `Way`."""
        reader = self.reader
        if reader is None or not (self._on_way or self._arrived or self._ended or self._error):
            return ""
        first = self._on_way[0] if self._on_way else None
        if first is RESET:
            return f"a reset reaches {reader.side}"
        selector = self._system.selector
        if not selector.waits(reader.number, READ):
            joins = self._joins(first) and selector.is_called(reader.number, READ)
            return f"{_reaches(first, reader.side)}, too" if joins else ""
        return f"{reader.side} can read on" if self._may_be_read else _reaches(first, reader.side)

    def _joins(self, first: bytes | str | None) -> bool:
        """Say whether more bytes may join those that have arrived, so that they are read together."""
        return bool(self._arrived) and not self._error and first.__class__ is bytes

    @property
    def _may_be_read(self) -> bool:
        return bool(self._arrived) or self._ended or bool(self._error)

    def arrive(self) -> None:
        """Let the first thing arrive; if earlier data was not read yet, only call the reader again.

        More bytes join those that have arrived if the reader has been called and has not read them yet.
        """
        reader = self.reader
        if reader is None:
            return
        selector = self._system.selector
        if self._on_way and self._joins(self._on_way[0]) and selector.is_called(reader.number, READ):
            self._arrived += self._on_way.popleft()  # type: ignore[operator]  # see `_joins`
            if self._on_way:
                self._system.under_way.sets_out(self)
            return
        if self._on_way and (self._on_way[0] is RESET or not self._may_be_read):
            first = self._on_way.popleft()
            if first is END:
                self._ended = True
            elif first is RESET:
                self._error = errno.EPIPE if self._ended else errno.ECONNRESET  # as Linux has it
                reader.hear_of_reset(self._error)
            else:
                self._arrived = first  # type: ignore[assignment]
            if self._on_way:
                self._system.under_way.sets_out(self)
        selector.call(reader.number, READ)

    # What the reader does

    def receive(self, size: int) -> bytes | None:
        """Return what has arrived, at most `size` bytes; b"" at the end of the stream, None if nothing has arrived."""
        if self._arrived:
            taken, self._arrived = self._arrived[:size], self._arrived[size:]
            if self.back.reader is not None:
                self._system.under_way.sets_out(self.back.reader.writing)
            return taken
        return b"" if self._ended else None

    def peek(self, size: int) -> bytes | None:
        """Return the same, without taking it."""
        return self._arrived[:size] or (b"" if self._ended else None)

    @property
    def is_broken(self) -> bool:
        """Say whether the reader knows that the connection was reset."""
        return bool(self._error)

    def reset(self) -> None:
        """Send a reset, the last thing that is sent."""
        self._set_out(RESET)

    def close(self, *, ended: bool) -> None:
        """Close it at the reader's end. If there is unread data, the sender gets a reset.

        `ended` says that the reader has already sent the end of its own stream.
        """
        unread = bool(self._arrived) or any(each.__class__ is bytes for each in self._on_way)
        self.reader = None
        self._on_way.clear()
        self._arrived = b""
        self._system.under_way.close(self)
        if unread and not self.back.is_reset:
            self.back.reset()
        elif not ended:
            self.back.end()

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        return (tuple(self._on_way), self._arrived, self._ended, self._error, self.room), (self.reader, self.back)


def _reaches(what: bytes | str | None, whom: str) -> str:
    """Return a text about bytes or the end of the stream that reach a socket; empty if nothing does."""
    if what is None or what is END:
        return f"the end of the stream reaches {whom}" if what is END else ""
    return _bytes_reach(what, whom)


def _bytes_reach(data: bytes | str, whom: str) -> str:
    return f"1 byte reaches {whom}" if len(data) == 1 else f"{len(data):,} bytes reach {whom}"


class Writing(Way):
    """The way of the message that a socket can be written to: it was connected, or there is room again."""

    __slots__ = ("_socket", "_system")

    def __init__(self, system: System, whose: End) -> None:
        """Serve one socket."""
        self._system = system
        self._socket = whose
        system.under_way.add(self)

    def offers(self) -> str:
        """Say what would arrive next; see `Way`."""
        whose = self._socket
        if not self._system.selector.waits(whose.number, WRITE) or not whose.can_write:
            return ""
        return f"{whose.side} can write again"

    def arrive(self) -> None:
        """Call the callback that waits for it."""
        self._system.selector.call(self._socket.number, WRITE)

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        return (), (self._socket,)


def connection_of(end: End | None) -> str:
    """Return the name of a connection, from the name of its end."""
    return "" if end is None else end.side.partition("(")[2].rstrip(")")
