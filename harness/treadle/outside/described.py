"""The attributes of a simulated socket: family and type, whether it is open, whether it may block."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from treadle.outside.pipes import Address

REAL = socket.socket


class Described(REAL):
    """A socket that the operating system does not know. The real socket in its base class is never used."""

    def _describe(self, number: int, family: int, kind: int, proto: int) -> None:
        """Set family and type; -1 stands for the default, as in `socket.socket`."""
        self._family = socket.AF_INET if family == -1 else socket.AddressFamily(family)
        # On Linux, flags such as SOCK_NONBLOCK may be added to the type.
        self._type: Any = socket.SOCK_STREAM if kind == -1 else socket.SocketKind(kind & 0xF)
        self._proto = 0 if proto == -1 else proto
        self._timeout: float | None = socket.getdefaulttimeout()
        self._is_open = True
        self.number = number
        self.name: Address = None  # where it is bound
        self.peer: Address = None

    @property
    def family(self) -> Any:
        """The family of its addresses."""
        return self._family

    @property
    def type(self) -> Any:
        """Whether it is for streams or for datagrams."""
        return self._type

    @property
    def proto(self) -> int:
        """The protocol, as a number."""
        return self._proto

    @property
    def timeout(self) -> float | None:
        """See `gettimeout`."""
        return self._timeout

    @property
    def is_of_internet(self) -> bool:
        """Say whether its addresses are hosts and ports."""
        return self._family in {socket.AF_INET, socket.AF_INET6}

    def __repr__(self) -> str:
        state = "" if self._is_open else "[closed] "
        kind = socket.SocketKind(self._type)
        return f"<{state}simulated socket, {self._family!s}, {kind!s}, laddr={self.name}, raddr={self.peer}>"

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        """Close nothing: there is no real descriptor."""

    def fileno(self) -> int:
        """Return the number of a descriptor that the system does not know; -1 when it is closed."""
        return self.number if self._is_open else -1

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 - as sockets have it
        """See `settimeout`."""
        self._timeout = None if flag else 0.0

    def settimeout(self, value: float | None) -> None:
        """Set how long it may block; a call that would have to block is refused."""
        self._timeout = value

    def gettimeout(self) -> float | None:
        """Return how long it may block."""
        return self._timeout

    def getblocking(self) -> bool:
        """Say whether it may block."""
        return self._timeout != 0

    def get_inheritable(self) -> bool:
        """Return False."""
        return False

    def set_inheritable(self, inheritable: bool) -> None:  # noqa: FBT001
        """Do nothing: no process is started."""
