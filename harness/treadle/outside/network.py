"""A network in memory: addresses, listeners, and connections between sockets."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING, NoReturn

from treadle.errors import UnsupportedError
from treadle.outside.pipes import CLIENT, SERVER, Pipe, System, failed
from treadle.outside.selector import FIRST
from treadle.outside.ways import Attempt, Backlog, Datagrams, Tried, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Protocol

    from treadle.outside.pipes import Address

    class Socket(Protocol):
        """A socket, as the network sees it."""

        name: Address
        peer: Address
        side: str
        backlog: Backlog | None
        datagrams: Datagrams | None

        @property
        def family(self) -> Any:
            """The family of its addresses."""

        @property
        def type(self) -> Any:
            """Whether it is for streams or for datagrams."""

        @property
        def is_of_internet(self) -> bool:
            """Say whether its addresses are hosts and ports."""

        @property
        def shares_ports(self) -> bool:
            """Say whether it wants to share its port."""

        def make_like(self) -> Any:
            """Return a new socket of the same kind."""

        def is_connected(self, side: str, *, reads: Pipe, writes: Pipe) -> None:
            """Note that it is connected."""


_FIRST_PORT = 49_152  # the first port for sockets that do not ask for one
_OF_NAMES = ("10.0.0.", "fd00::")  # the addresses of all names except those of this machine
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only this process can connect


_NO_FILE = (
    "a Unix socket is simulated in memory, so there is no file that could be read or changed. Leave that call out"
)
_NO_HOST = (
    "a connection to {host}, port {port}, where nothing in the program listens: the network is simulated, so nothing "
    "outside the program can be reached. Start a server under that name in the program, with "
    "asyncio.start_server(..., {host!r}, {port}), or replace the connection by a future that the environment completes"
)


class Network:
    """The network of one loop."""

    def __init__(
        self,
        system: System,
        refuse: Callable[[str, str], NoReturn],
        may_refuse: Callable[[UnsupportedError], Callable[[], None]],
    ) -> None:
        """Make an empty network.

        `refuse` is called with a call that a socket cannot serve, and the way out. `may_refuse` is called with an error
        that may turn out to be one later, and returns a function to call if it does.
        """
        self.system = system
        self.refuse = refuse
        self.may_refuse = may_refuse
        self.begin()

    def begin(self) -> None:
        """Begin an execution, without listeners and connections."""
        self.system.selector.begin()
        self._sockets = 0
        self._connections = 0
        self._port = _FIRST_PORT
        self._bound: dict[tuple[int, Address], Socket] = {}
        self._hosts: dict[str, str] = {}
        self._once: dict[tuple[int, Address], None] = {}  # places that were bound, except on this machine
        self._missed: dict[tuple[int, Address], Callable[[], None]] = {}  # places that were asked for while not bound

    def number_socket(self) -> int:
        """Return the number of the descriptor of the next socket."""
        self._sockets += 1
        return FIRST + self._sockets

    # Addresses

    def resolve(self, host: str | bytes | None, family: int, *, passive: bool) -> tuple[int, str]:
        """Return family and address of a host: this machine for its own names; others have an address each."""
        name = host.decode("idna") if isinstance(host, bytes) else host
        six = family == socket.AF_INET6
        if not name:
            return _with(six, ("::" if six else "0.0.0.0") if passive else "::1" if six else "127.0.0.1")  # noqa: S104
        if ":" in name:
            return socket.AF_INET6, name
        if name.replace(".", "").isdigit():
            return socket.AF_INET, name
        if name == "localhost":
            return _with(six, "::1" if six else "127.0.0.1")
        if name not in self._hosts:
            self._hosts[name] = str(len(self._hosts) + 1)
        return _with(six, _OF_NAMES[six] + self._hosts[name])

    def bind(self, whose: Socket, address: Address) -> Address:
        """Bind a socket to an address; return the address, with a port if none was asked for."""
        if whose.is_of_internet:
            host, port, *rest = address
            host = self.resolve(host, whose.family, passive=True)[1]
            if not self._may_be_bound(host):
                raise failed(errno.EADDRNOTAVAIL)
            address = (host, port or self._free_port(), *(rest or ([0, 0] if whose.family == socket.AF_INET6 else [])))
        elif not address:
            return address
        place = _place(whose, address)
        if any(each in self._bound for each in self._alike(whose, address)):
            if whose.shares_ports:
                self.refuse("bind", "Ports that several sockets share (reuse_port) are not simulated; use one of them.")
            raise failed(errno.EADDRINUSE)
        self._bound[place] = whose
        if self._is_elsewhere(whose, address):
            self._once[place] = None
            self._missed.pop(place, None)
        whose.side = told(address)
        return address

    def _may_be_bound(self, host: str) -> bool:
        """Say whether an address is one of this machine, or of a name, to which a fake server may bind."""
        named = (start + number for number in self._hosts.values() for start in _OF_NAMES)
        return is_here((host,)) or host in WILDCARDS or host in named

    def _alike(self, whose: Socket, address: Address) -> Iterator[tuple[int, Address]]:
        """Yield the addresses that no other socket may have at the same time as this one."""
        yield _place(whose, address)
        if whose.is_of_internet:
            for wildcard, host in WILDCARDS.items():
                if address[0] in {wildcard, host}:
                    yield _place(whose, (host if address[0] == wildcard else wildcard, *address[1:]))

    def is_unknown(self, asks: Socket, address: Address) -> bool:
        """Say whether a place that is a path, or not on this machine, was never bound."""
        return self._is_elsewhere(asks, address) and _place(asks, address) not in self._once

    @staticmethod
    def _is_elsewhere(asks: Socket, address: Address) -> bool:
        return not asks.is_of_internet or not (is_here(address) or address[0] in WILDCARDS)

    def file_missed_in(self, text: str) -> str:
        """Say that the file of a Unix socket is missing, if a text says so of a path that was bound."""
        if "FileNotFoundError" not in text:
            return ""
        missed = next((path for _, path in self._once if isinstance(path, str) and path in text), "")
        return f"{_NO_FILE} ({missed})" if missed else ""

    def _free_port(self) -> int:
        self._port += 1
        return self._port - 1

    def unbind(self, whose: Socket) -> None:
        """Free the address of a socket."""
        for place, each in list(self._bound.items()):
            if each is whose:
                del self._bound[place]

    def _at(self, asks: Socket, address: Address) -> Socket | None:
        """Return the socket that is bound to an address, or to its port on all addresses of this machine."""
        found = self._bound.get(_place(asks, address))
        if found is None and asks.is_of_internet:
            for wildcard, host in WILDCARDS.items():
                if address[0] == host:
                    found = found or self._bound.get(_place(asks, (wildcard, *address[1:])))
        return found

    def listener(self, asks: Socket, address: Address) -> Socket | None:
        """Return the socket that listens at an address."""
        found = self._at(asks, address)
        return found if found is not None and found.backlog is not None else None

    def target(self, asks: Socket, address: Address) -> Datagrams | None:
        """Return the way of datagrams to an address."""
        found = self._at(asks, address)
        return None if found is None else found.datagrams

    # Connections

    def attempt(self, client: Any, address: Address) -> Attempt:
        """Begin to connect a socket with a listener at an address."""
        self._connections += 1
        name = f"(connection {self._connections})"
        tried = Tried(
            self._connections,
            address,
            find=lambda: self.listener(client, address),
            connect=lambda listener: self.connect(client, listener, name),
            missed=self._if_missed(client, address),
        )
        return Attempt(self.system, client, tried)

    def refuse_hosts_never_served(self) -> None:
        """At the end, refuse a host that was asked for and was never served by the program.

        Until then a fake server may still start; one that is late refuses connections, as a real one does.
        """
        for impossible in list(self._missed.values())[:1]:
            impossible()

    def _if_missed(self, client: Socket, address: Address) -> Callable[[], object]:
        """Return the function to call if nobody listens at an address when the attempt to connect arrives there."""
        place = _place(client, address)
        if not self.is_unknown(client, address):
            return bool
        known = {start + number: name for name, number in self._hosts.items() for start in _OF_NAMES}
        host, port = known.get(address[0], address[0]), address[1]
        impossible = self.may_refuse(UnsupportedError(_NO_HOST.format(host=host, port=port)))
        return lambda: None if place in self._once else self._missed.setdefault(place, impossible)

    def connect(self, client: Socket, listener: Socket, name: str) -> None:
        """Connect a socket with a new socket of the listener, which waits to be accepted."""
        server = listener.make_like()
        server.name = listener.name
        if client.is_of_internet:
            host = client.peer[0] if client.peer else "127.0.0.1"
            client.name = client.name or self.bind(client, (host, 0, *client.peer[2:]))
            server.name = client.peer
        server.peer = client.name
        self.join(client, server, f"{CLIENT} {name}", f"{SERVER} {name}")
        if listener.backlog is not None:
            listener.backlog.add(server)

    def join(self, one: Any, other: Any, name: str, name_of_other: str) -> None:
        """Connect two sockets by pipes in both directions, and name them."""
        there, back = Pipe(self.system), Pipe(self.system)
        there.back, back.back = back, there
        there.reader, back.reader = other, one
        one.is_connected(name, reads=back, writes=there)
        other.is_connected(name_of_other, reads=there, writes=back)

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        places = tuple(self._bound)
        plain = self._sockets, self._connections, self._port, places, tuple(self._hosts)
        return (*plain, tuple(self._once), tuple(self._missed)), (*self.system, *self._bound.values())


def is_here(address: Address) -> bool:
    """Say whether an address is one of this machine."""
    host: str = address[0]
    return host.startswith("127.") or host == "::1"


def _with(six: bool, address: str) -> tuple[int, str]:  # noqa: FBT001 - of a pair
    return (socket.AF_INET6 if six else socket.AF_INET), address


def _place(whose: Socket, address: Address) -> tuple[int, Address]:
    """Return what identifies an address; streams and datagrams have separate addresses."""
    return whose.type, tuple(address[:2]) if whose.is_of_internet else os.fspath(address)
