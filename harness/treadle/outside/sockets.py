"""Sockets of the network in memory, in place of real ones.

They behave like non-blocking sockets, and asyncio's own transports work with them. A call that would block the loop is
refused. A socket that is made while Treadle's loop runs is one of these; otherwise it is a real one.
"""

from __future__ import annotations

import errno
import socket
from asyncio import events
from typing import TYPE_CHECKING, Any, NoReturn

from treadle.loop import ThreadTime
from treadle.outside.described import REAL, Described
from treadle.outside.network import WILDCARDS, is_here
from treadle.outside.pipes import Writing, failed
from treadle.outside.selector import FIRST
from treadle.outside.ways import Backlog, Datagrams

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Buffer

    from treadle.outside.network import Network
    from treadle.outside.pipes import Address, Pipe
    from treadle.outside.ways import Attempt

_LARGEST_DATAGRAM = 65_507  # bytes
_BUFFERS = {socket.SO_SNDBUF, socket.SO_RCVBUF}


class _ForEither(type):
    """The metaclass of `SimulatedSocket`: `isinstance` also accepts real sockets, as callers expect."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, REAL)


class SimulatedSocket(Described, metaclass=_ForEither):
    """A socket of the running loop's network in memory."""

    _network: Network

    # The real socket in the base class is never used; it has no descriptor.
    def __new__(cls, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> Any:  # noqa: A002
        """Make a simulated socket if Treadle's loop runs in this thread, else a real one."""
        network = _network_here()
        if network is None or fileno is not None:
            return REAL(family, type, proto, fileno)
        made = REAL.__new__(cls)
        made._network = network
        return made

    def __init__(
        self,
        family: int = -1,
        type: int = -1,  # noqa: A002
        proto: int = -1,
        fileno: int | None = None,  # noqa: ARG002 - see above
    ) -> None:
        network = self._network
        self._describe(network.number_socket(), family, type, proto)
        self.side = f"socket {self.number - FIRST}"
        self._options: dict[tuple[int, int], Any] = {}
        self._attempt: Attempt | None = None
        self._error = 0
        self._reads: Pipe | None = None
        self._writes: Pipe | None = None
        self._shut = False
        self.backlog: Backlog | None = None
        self.datagrams = Datagrams(network.system, self) if self._type == socket.SOCK_DGRAM else None
        self.writing = Writing(network.system, self)

    # Options and addresses

    def getsockopt(self, level: int, optname: int, buflen: int = 0) -> Any:
        """Return an option, as it was set; reading SO_ERROR clears the pending error."""
        self._see_open()
        if (level, optname) == (socket.SOL_SOCKET, socket.SO_ERROR):
            error, self._error = self._error, 0
            return error
        if (level, optname) == (socket.SOL_SOCKET, socket.SO_TYPE):
            return self._type
        return self._options.get((level, optname), b"\0" * buflen if buflen else 0)

    def setsockopt(self, level: int, optname: int, value: Any = None, optlen: int = 0) -> None:
        """Set an option. Only the sizes of buffers have an effect."""
        self._see_open()
        self._options[level, optname] = optlen if value is None else value
        if level == socket.SOL_SOCKET and optname in _BUFFERS:
            for pipe in (self._reads, self._writes):
                if pipe is not None:
                    self._size(pipe)

    @property
    def shares_ports(self) -> bool:
        """Say whether it wants to share its port with others."""
        option = getattr(socket, "SO_REUSEPORT", None)
        return option is not None and bool(self._options.get((socket.SOL_SOCKET, option)))

    def _size(self, pipe: Pipe) -> None:
        sizes = [self._options.get((socket.SOL_SOCKET, each)) for each in _BUFFERS]
        wanted = sum(each for each in sizes if each is not None)
        if wanted:
            pipe.room = min(pipe.room, 2 * wanted)

    def getsockname(self) -> Any:
        """Return the address to which it is bound."""
        self._see_open()
        if self.name is None:
            return _nowhere(self)
        return self.name

    def getpeername(self) -> Any:
        """Return the address of the other end."""
        self._see_open()
        if self.peer is None or (self._writes is None and self.datagrams is None):
            raise failed(errno.ENOTCONN)
        return self.peer

    # Connections

    def bind(self, address: Any, /) -> None:
        """Bind it to an address."""
        self._see_open()
        self.name = self._network.bind(self, address)

    def listen(self, backlog: int = 128, /) -> None:  # noqa: ARG002 - the queue has no limit
        """Start to listen for connections."""
        self._see_open()
        if self.name is None:
            self.bind(("0.0.0.0", 0))  # noqa: S104
        if self.backlog is None:
            self.backlog = Backlog(self._network.system, self)

    def accept(self) -> Any:
        """Return the socket of the first waiting connection, and its address."""
        self._see_open()
        if self.backlog is None:
            raise failed(errno.EINVAL)
        if not self.backlog.waiting:
            self._would_block("accept")
        accepted = self.backlog.waiting.popleft()
        accepted._timeout = socket.getdefaulttimeout()
        return accepted, accepted.peer if self.is_of_internet else ""

    def connect(self, address: Any, /) -> None:
        """Begin to connect; that takes a while, except for datagrams."""
        self._see_open()
        if self._writes is not None:
            raise failed(errno.EISCONN)
        if self._attempt is not None:
            raise failed(errno.EALREADY)
        if self.is_of_internet:
            host = self._network.resolve(address[0], self._family, passive=False)[1]
            address = (WILDCARDS.get(host, host), *address[1:])  # as Linux has it
        elif self._network.is_unknown(self, address):
            raise failed(errno.ENOENT)
        self.peer = address
        if self.datagrams is not None:
            self._bind_anywhere()
            return
        if self._timeout != 0:
            self._would_block("connect")
        self._attempt = self._network.attempt(self, address)
        raise failed(errno.EINPROGRESS)

    def connect_ex(self, address: Any, /) -> int:
        """Begin to connect, and return the number of the error."""
        try:
            self.connect(address)
        except OSError as error:
            return error.errno or 0
        return 0

    def _bind_anywhere(self) -> None:
        if self.name is None and self.is_of_internet:
            self.name = self._network.bind(self, ("127.0.0.1" if self._family == socket.AF_INET else "::1", 0))

    def is_connected(self, side: str, *, reads: Pipe, writes: Pipe) -> None:
        """Note that it is connected, and the name of this end of the connection."""
        self._attempt = None
        self.side = side
        self._reads = reads
        self._writes = writes
        self._size(reads)
        self._size(writes)

    def hear_of_refusal(self) -> None:
        """Note that the connection was refused."""
        self._attempt = None
        self._error = errno.ECONNREFUSED

    def hear_of_reset(self, error: int) -> None:
        """Note that the other end has reset the connection, and the error for the next read or write."""
        self._error = error

    @property
    def can_write(self) -> bool:
        """Say whether it can be written to: it is connected and has room, or an error is pending."""
        if self._writes is None:
            return self.datagrams is not None or (bool(self._error) and self._attempt is None)
        return self._writes.space > 0 or bool(self._error) or self._writes.reader is None

    def make_like(self) -> SimulatedSocket:
        """Return a new socket of the same kind."""
        return SimulatedSocket(self._family, self._type, self._proto)

    # What is sent and received

    def send(self, data: Buffer, flags: int = 0, /) -> int:  # noqa: ARG002
        """Send as much as there is room for."""
        self._see_open()
        if self.datagrams is not None:
            if self.peer is None:
                raise failed(errno.EDESTADDRREQ)
            return self.sendto(data, self.peer)
        pipe = self._writes
        if pipe is None:
            raise failed(errno.ENOTCONN if self._attempt is None else errno.EAGAIN)
        self._tell_error()
        if self._shut or (self._reads is not None and self._reads.is_broken):
            raise failed(errno.EPIPE)
        content = memoryview(data).cast("B")
        space = pipe.space
        if space <= 0 and len(content):
            self._would_block("send")
        sent = bytes(content[:space])
        if sent:
            pipe.send(sent)
        return len(sent)

    def sendall(self, data: Buffer, flags: int = 0, /) -> None:
        """Send all, if there is room for it."""
        if self.send(data, flags) < memoryview(data).nbytes:
            self._would_block("sendall")

    def sendmsg(self, buffers: Iterable[Buffer], *_: Any) -> int:
        """Send the contents of several buffers as one."""
        return self.send(b"".join(buffers))

    def sendto(self, data: Buffer, *where: Any) -> int:
        """Send a datagram. Without a receiver it is lost."""
        self._see_open()
        if self.datagrams is None:
            return self.send(data)
        address = where[-1]
        if self.is_of_internet:
            address = (self._network.resolve(address[0], self._family, passive=False)[1], *address[1:])
        self._bind_anywhere()
        content = bytes(data)
        if len(content) > _LARGEST_DATAGRAM:
            raise failed(errno.EMSGSIZE)
        target = self._network.target(self, address)
        if target is not None:
            target.send(content, self.name)
        elif self.peer is not None and is_here(address):
            self.datagrams.refuse(address)
        return len(content)

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Return what has arrived, at most `bufsize` bytes."""
        if self.datagrams is not None:
            return self.recvfrom(bufsize, flags)[0]
        self._see_open()
        if self._reads is None:
            raise failed(errno.ENOTCONN)
        peeks = bool(flags & socket.MSG_PEEK)
        found = self._reads.peek(bufsize) if peeks else self._reads.receive(bufsize)
        if not found:
            self._tell_error()
        if found is None:
            if self._reads.is_broken:
                return b""
            self._would_block("recv")
        return found

    def recv_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0) -> int:
        """Write what has arrived into a buffer."""
        view = memoryview(buffer).cast("B")
        found = self.recv(nbytes or len(view), flags)
        view[: len(found)] = found
        return len(found)

    def recvfrom(self, bufsize: int, flags: int = 0, /) -> tuple[bytes, Any]:  # noqa: ARG002
        """Return a datagram that has arrived, and the address of its sender."""
        self._see_open()
        if self.datagrams is None:
            return self.recv(bufsize), None
        if not self.datagrams.arrived:
            self._would_block("recvfrom")
        data, sender = self.datagrams.arrived.popleft()
        if data is None:
            raise failed(errno.ECONNREFUSED)
        return data[:bufsize], sender

    def recvfrom_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0) -> tuple[int, Any]:
        """Write a datagram that has arrived into a buffer."""
        view = memoryview(buffer).cast("B")
        found, sender = self.recvfrom(nbytes or len(view), flags)
        view[: len(found)] = found
        return len(found), sender

    # Closing

    def shutdown(self, how: int, /) -> None:
        """Stop sending. `SHUT_RD` has no effect here."""
        self._see_open()
        if self._writes is None:
            raise failed(errno.ENOTCONN)
        if how != socket.SHUT_RD and not self._shut:
            self._shut = True
            self._writes.end()

    def close(self) -> None:
        """Close it: the other end gets the end of the stream, or a reset if there is unread data."""
        if not self._is_open:
            return
        self._is_open = False
        network = self._network
        network.unbind(self)
        network.system.under_way.close(self.writing)
        if self._attempt is not None:
            self._attempt.give_up()
            self._attempt = None
        if self.backlog is not None:
            self.backlog.close()
            self.backlog = None
        if self.datagrams is not None:
            network.system.under_way.close(self.datagrams)
        if self._reads is not None:
            self._reads.close(ended=self._shut)

    def abandon(self) -> None:
        """Close it before the connection was accepted: the other end gets a reset."""
        if self._writes is not None:
            self._writes.reset()
        self.close()

    def detach(self) -> int:
        """Refuse: only Treadle could use the descriptor."""
        self._refuse("detach", "Leave the socket as it is.")

    def dup(self) -> NoReturn:
        """Refuse; see `detach`."""
        self._refuse("dup", "Use one socket.")

    def makefile(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: a file blocks."""
        self._refuse("makefile", "Use asyncio.open_connection().")

    def _see_open(self) -> None:
        if not self._is_open:
            raise failed(errno.EBADF)

    def _tell_error(self) -> None:
        if self._error and self._attempt is None:
            number, self._error = self._error, 0
            raise failed(number)

    def _would_block(self, call: str) -> NoReturn:
        if self._timeout == 0:
            raise failed(errno.EAGAIN)
        self._refuse(call, "Make it non-blocking, and use the loop's sock_ methods or asyncio's streams.")

    def _refuse(self, call: str, way_out: str) -> NoReturn:
        self._network.refuse(call, way_out)

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        plain = (
            *(int(self._family), int(self._type), self._proto, self._timeout, self.number, self.side),
            *(self._error, self._shut, self._is_open),
        )
        objects = self.name, self.peer, self._options, self._attempt, self._reads, self._writes, self.backlog
        return plain, (*objects, self.datagrams)


def _nowhere(whose: SimulatedSocket) -> Address:
    if whose.family == socket.AF_INET:
        return "0.0.0.0", 0  # noqa: S104
    return ("::", 0, 0, 0) if whose.family == socket.AF_INET6 else ""


def _network_here() -> Network | None:
    """Return the network of the loop that runs in this thread, or that simulates it; None if there is none."""
    loop: Any = events._get_running_loop()
    if loop is None and ThreadTime.current is not None:
        loop = ThreadTime.current.loop
    found: Network | None = getattr(loop, "network", None)
    return found
