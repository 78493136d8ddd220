"""A loop with a simulated outside: asyncio's own streams, servers and transports on sockets in memory.

It inherits what asyncio's selector loop does with sockets. Nothing below that belongs to the operating system: sockets
are those of `network`, the selector is simulated, and threads are those of `threads`. What is under way arrives when
the environment decides; in a loop without an environment, when nothing is ready, before time passes.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import weakref
from asyncio import selector_events
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NoReturn

from treadle.fingerprint.looking import mro, namespace
from treadle.inspecting import Kinds, text_of
from treadle.outside.faults import Faults
from treadle.outside.network import Network
from treadle.outside.pipes import System
from treadle.outside.selector import SimulatedSelector
from treadle.outside.signals import Signals
from treadle.outside.threads import Threads, innermost
from treadle.outside.underway import UnderWay
from treadle.outside.workers import Worker
from treadle.telling import type_told

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.outside.pipes import Address

_BASE: Any = asyncio.BaseEventLoop
_SELECTING: Any = selector_events.BaseSelectorEventLoop
_UNIX: Any = getattr(asyncio, "SelectorEventLoop", None) if hasattr(socket, "AF_UNIX") else None


class WithoutSelector(selector_events.BaseSelectorEventLoop):
    """Asyncio's selector loop, without a real selector, and without the pipe that wakes it."""

    def __init__(self) -> None:
        """Make the loop; see `SimulatedOutside`."""
        asyncio.BaseEventLoop.__init__(self)

    def _close_self_pipe(self) -> None:
        """Do nothing: there is no pipe."""


_OTHER_EXECUTOR = "Use a ThreadPoolExecutor, or replace the call by a future that the environment completes."
_KNOWN = Kinds(*ThreadPoolExecutor.__mro__)
_OWN_WAYS = ("submit", "prepare_context", "_adjust_thread_count")


class SimulatedOutside:
    """The part of a loop's interface that needs an outside. Put it before Treadle's loop in the bases of a class.

    Put `WithoutSelector` after that loop.
    """

    network: Network
    threads: Threads
    signals: Signals
    faults: Faults
    under_way: UnderWay
    _selector: Any
    _transports: weakref.WeakValueDictionary[int, Any] | None = None

    create_connection = _BASE.create_connection
    create_server = _BASE.create_server
    create_datagram_endpoint = _BASE.create_datagram_endpoint
    connect_accepted_socket = _BASE.connect_accepted_socket
    start_tls = _BASE.start_tls
    sendfile = _BASE.sendfile
    sock_sendfile = _BASE.sock_sendfile
    sock_recv = _SELECTING.sock_recv
    sock_recv_into = _SELECTING.sock_recv_into
    sock_recvfrom = _SELECTING.sock_recvfrom
    sock_recvfrom_into = _SELECTING.sock_recvfrom_into
    sock_sendall = _SELECTING.sock_sendall
    sock_sendto = _SELECTING.sock_sendto
    sock_connect = _SELECTING.sock_connect
    sock_accept = _SELECTING.sock_accept
    add_reader = _SELECTING.add_reader
    remove_reader = _SELECTING.remove_reader
    add_writer = _SELECTING.add_writer
    remove_writer = _SELECTING.remove_writer
    if _UNIX is not None:
        create_unix_connection = _UNIX.create_unix_connection
        create_unix_server = _UNIX.create_unix_server

    def reset(self) -> None:
        """Return to the state of a new loop: there are no listeners, and nothing is under way."""
        loop: Any = self
        if self._transports is None:
            self.under_way = UnderWay()
            system = System(self.under_way, SimulatedSelector(loop, self.refuse_descriptor))
            self.network = Network(system, self.refuse_socket, loop.may_turn_away)
            self.signals = Signals(loop)
            self.faults = Faults(self.under_way)
            self.threads = Threads(loop, self.under_way, loop.turn_away)
        super().reset()  # type: ignore[misc]
        if self._transports is None or self._transports:
            self._transports = weakref.WeakValueDictionary()
        loop._unix_server_sockets = {}
        loop._executor_shutdown_called = False
        self.under_way.begin()
        self.network.begin()
        self.threads.begin()
        self.signals.begin()
        self.faults.begin()
        self._selector = self.network.system.selector

    def forget(self) -> None:
        """After an execution, drop everything that waits, and the transports that are still open."""
        self.threads.end()
        super().forget()  # type: ignore[misc]
        if self._transports:
            for transport in list(self._transports.values()):
                transport._closing = True
                transport._sock = None  # otherwise it would complain when it is freed

    # What is under way

    @property
    def is_slow(self) -> bool:
        """Say whether time does not wait for what is under way."""
        return self.faults.allowed is not None and self.faults.allowed.slow

    def arrives(self) -> bool:
        """Let the first thing arrive; return False if nothing is under way."""
        arriving = self.under_way.open()
        if arriving:
            arriving[0].do()
        return bool(arriving)

    def _count_turn(self) -> None:
        """Also let something arrive while the loop is busy: a busy program does not stop the outside world."""
        super()._count_turn()  # type: ignore[misc]
        self.arrives()

    @property
    def outside(self) -> tuple[object, ...]:
        """The parts of the outside that belong to a state."""
        return self.network, self.threads, self.signals, self.faults

    # Threads

    def run_in_executor(self, executor: Any, func: Callable[..., object], *args: object) -> Any:
        """Run a function in a simulated thread; refuse other kinds of executors."""
        loop: Any = self
        loop._check_closed()
        if loop._debug:
            loop._check_callback(func, "run_in_executor")
        if executor is None:
            executor = loop._default_executor
        self._see_executor(executor)
        name = text_of(innermost(func), "__name__") or "a function"
        return self._start(executor, functools.partial(func, *args), f"the thread of {name} ends")

    def _see_executor(self, executor: Any) -> None:
        """Refuse an executor that cannot be simulated, or that was shut down."""
        loop: Any = self
        if executor is None:
            loop._check_default_executor()
        elif not isinstance(executor, ThreadPoolExecutor):
            loop.refuse("run_in_executor", f"executors of type {type_told(executor)}", _OTHER_EXECUTOR)
        elif any(name in namespace(kind) for kind in mro(type(executor)) if kind not in _KNOWN for name in _OWN_WAYS):
            what = f"executors that override how calls are run ({type_told(executor)})"
            loop.refuse("run_in_executor", what, _OTHER_EXECUTOR)
        elif executor._shutdown:
            message = "cannot schedule new futures after shutdown"
            raise RuntimeError(message)

    def call_soon_threadsafe(self, callback: Callable[..., object], *args: object, context: Any = None) -> Any:
        """Append a callback, also from a simulated thread."""
        loop: Any = super()
        return (loop.call_soon_threadsafe if Worker.current is None else self._append)(callback, *args, context=context)

    def _append(self, callback: Callable[..., object], *args: object, context: Any) -> Any:
        loop: Any = self
        loop._check_closed()
        return loop.call_soon(callback, *args, context=context)

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - as loops have it
        """Close the default executor of the loop, and wait until it has done its work."""
        loop: Any = self
        loop._executor_shutdown_called = True
        await self.threads.shut_down()

    def set_default_executor(self, executor: ThreadPoolExecutor) -> None:
        """Use this executor unless another is named; its threads are simulated."""
        if not isinstance(executor, ThreadPoolExecutor):
            message = "executor must be ThreadPoolExecutor instance"  # type: ignore[unreachable]
            raise TypeError(message)
        loop: Any = self
        loop._default_executor = executor

    def _start(self, executor: ThreadPoolExecutor | None, function: Callable[..., object], name: str) -> Any:
        return self.threads.start(executor, function, name)

    async def getaddrinfo(  # noqa: PLR0913 - as loops have it
        self,
        host: Any,
        port: Any,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002 - as loops have it
        proto: int = 0,
        flags: int = 0,
    ) -> list[tuple[int, int, int, str, Address]]:
        """Look up a host, which takes a while; each name has an address of its own."""
        look = functools.partial(_look_up, self.network, host, port, family, type, proto, flags)
        found: list[tuple[int, int, int, str, Address]] = await self._start(
            None, look, f"the look-up of {host or 'this machine'} ends"
        )
        return found

    async def getnameinfo(self, sockaddr: Address, flags: int = 0) -> tuple[str, str]:  # noqa: ARG002
        """Return the address itself: there are no names to look up."""
        found: tuple[str, str] = await self._start(
            None, lambda: (str(sockaddr[0]), str(sockaddr[1])), f"the look-up of {sockaddr[0]} ends"
        )
        return found

    # Signals

    def add_signal_handler(self, sig: int, callback: Callable[..., object], *args: object) -> None:
        """Set the function to call when the environment sends this signal."""
        self.signals.add(sig, callback, args)

    def remove_signal_handler(self, sig: int) -> bool:
        """Remove the handler of a signal; say whether there was one."""
        return self.signals.remove(sig)

    # What is not simulated

    def refuse_descriptor(self, call: str) -> None:
        """Refuse to wait for a real file descriptor."""
        loop: Any = self
        loop.refuse(
            call,
            "real file descriptors",
            "Call the callback where the descriptor would be ready, or replace it by a future.",
        )

    def refuse_socket(self, call: str, way_out: str) -> NoReturn:
        """Refuse a call of a socket that would block, or that needs the operating system."""
        turn_away: Callable[[str], NoReturn] = self.turn_away  # type: ignore[attr-defined]
        message = (
            f"socket.{call}() of a simulated socket would block the loop, or needs the operating system. {way_out}"
        )
        turn_away(message)


def _look_up(  # noqa: PLR0913, PLR0917 - as the system has it
    network: Network, host: Any, port: Any, family: int, kind: int, proto: int, flags: int
) -> list[tuple[int, int, int, str, Address]]:
    found_family, address = network.resolve(host, family, passive=bool(flags & socket.AI_PASSIVE))
    if family not in {0, found_family}:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    number = socket.getservbyname(port) if isinstance(port, str) and not port.isdigit() else int(port or 0)
    where = (address, number) if found_family == socket.AF_INET else (address, number, 0, 0)
    kinds = [kind] if kind else [socket.SOCK_STREAM, socket.SOCK_DGRAM]
    protocols: dict[int, int] = {socket.SOCK_STREAM: socket.IPPROTO_TCP, socket.SOCK_DGRAM: socket.IPPROTO_UDP}
    return [
        (socket.AddressFamily(found_family), socket.SocketKind(each), proto or protocols.get(each, 0), "", where)
        for each in kinds
    ]
