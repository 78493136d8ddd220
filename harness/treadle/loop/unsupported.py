"""The calls that a deterministic loop refuses, because they need the outside world.

Each method of asyncio's loop for real I/O, threads, processes and signals raises an `UnsupportedError` that names the
call, its usual caller, and the way out. The loop also remembers the first one, because the program under test may
swallow the exception.
"""

from __future__ import annotations

import _thread
import os
import signal
from typing import TYPE_CHECKING, Any, NoReturn

from treadle.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

_THREADS = "threads", "Do the work inline, or replace it by a future that the environment completes."
_EXECUTOR = "threads", "Leave the call out, and do inline what would run in the executor."
_NETWORK = "real I/O", "Replace the connection by an asyncio.Queue or a future that the environment completes."
_LOOK_UP = "real I/O", "Replace the look-up by its result, or by a future that the environment completes."
_SERVER = "real I/O", "Instead of the server, start the handler as a task, with an asyncio.StreamReader that you feed."
_DATAGRAMS = "real I/O", "Instead of the socket, call the protocol's datagram_received() where a datagram would come."
_SOCKET = "real I/O", "Replace the socket by an asyncio.Queue or a future that the environment completes."
_TLS = "real I/O", "Leave TLS out of what is explored, and keep the streams on top of it."
_FILES = "real file descriptors", "Call the callback where the descriptor would be ready, or replace it by a future."
_PIPES = "real file descriptors", "Replace the pipe by an asyncio.StreamReader that is fed, or by a future."
_PROCESSES = "subprocesses", "Replace the process by a future that the environment completes."
_SIGNALS = "signal handlers", "Model the signal as a cancellation or as a future that the environment completes."

_CALLS: dict[str, tuple[tuple[str, str], str]] = {}
"""For each refused call: what it needs, the way out, and its usual caller."""


def _refusal(call: str, needs: tuple[str, str], used_by: str = "") -> Any:
    """Make the method that refuses a call."""
    what, way_out = needs
    _CALLS[call] = needs, used_by

    def refused(self: NoOutsideWorld, *_args: object, **_options: object) -> NoReturn:
        self.refuse(call, what, way_out, used_by)

    refused.__name__ = call
    refused.__doc__ = f"Refuse: a deterministic loop has no {what}."
    return refused


SENDERS: tuple[tuple[ModuleType, str], ...] = (
    *((signal, name) for name in ("raise_signal", "alarm", "setitimer", "pthread_kill", "sigwait", "pause")),
    (os, "kill"),
    (_thread, "interrupt_main"),
)
"""Functions that send or await a signal without the loop: module and name; some are missing on some platforms."""

SENDS = "sends a signal to its own process or waits for one, and Treadle runs in that process. "


class NoOutsideWorld:
    """The part of the loop interface that Treadle refuses, call by call."""

    unsupported: UnsupportedError | None = None
    """The first refused call since the loop was reset, or None."""
    stopping: bool

    def refuse(self, call: str, what: str, way_out: str, used_by: str = "") -> NoReturn:
        """Remember and raise the error for one call."""
        through = f" (which {used_by} uses)" if used_by else ""
        self.turn_away(f"loop.{call}(){through}: Treadle's loop is deterministic and has no {what}. {way_out}")

    def turn_away(self, message: str) -> NoReturn:
        """Remember and raise the error with this message."""
        error = UnsupportedError(message)
        self.may_turn_away(error)()
        raise error

    def may_turn_away(self, error: UnsupportedError) -> Callable[[], None]:
        """Return a function that remembers the error, for an operation that may turn out to be impossible."""

        def remember() -> None:
            if self.unsupported is None:
                self.unsupported = error
            self.stopping = True

        return remember

    run_in_executor = _refusal("run_in_executor", _THREADS, used_by="asyncio.to_thread")
    set_default_executor = _refusal("set_default_executor", _EXECUTOR)
    getaddrinfo = _refusal("getaddrinfo", _LOOK_UP)
    getnameinfo = _refusal("getnameinfo", _LOOK_UP)
    create_connection = _refusal("create_connection", _NETWORK, used_by="asyncio.open_connection")
    create_server = _refusal("create_server", _SERVER, used_by="asyncio.start_server")
    create_unix_connection = _refusal("create_unix_connection", _NETWORK, used_by="asyncio.open_unix_connection")
    create_unix_server = _refusal("create_unix_server", _SERVER, used_by="asyncio.start_unix_server")
    create_datagram_endpoint = _refusal("create_datagram_endpoint", _DATAGRAMS)
    connect_accepted_socket = _refusal("connect_accepted_socket", _NETWORK)
    start_tls = _refusal("start_tls", _TLS)
    sendfile = _refusal("sendfile", _NETWORK)
    sock_recv = _refusal("sock_recv", _SOCKET)
    sock_recv_into = _refusal("sock_recv_into", _SOCKET)
    sock_recvfrom = _refusal("sock_recvfrom", _SOCKET)
    sock_recvfrom_into = _refusal("sock_recvfrom_into", _SOCKET)
    sock_sendall = _refusal("sock_sendall", _SOCKET)
    sock_sendto = _refusal("sock_sendto", _SOCKET)
    sock_connect = _refusal("sock_connect", _SOCKET)
    sock_accept = _refusal("sock_accept", _SOCKET)
    sock_sendfile = _refusal("sock_sendfile", _SOCKET)
    add_reader = _refusal("add_reader", _FILES)
    remove_reader = _refusal("remove_reader", _FILES)
    add_writer = _refusal("add_writer", _FILES)
    remove_writer = _refusal("remove_writer", _FILES)
    connect_read_pipe = _refusal("connect_read_pipe", _PIPES)
    connect_write_pipe = _refusal("connect_write_pipe", _PIPES)
    subprocess_exec = _refusal("subprocess_exec", _PROCESSES, used_by="asyncio.create_subprocess_exec")
    subprocess_shell = _refusal("subprocess_shell", _PROCESSES, used_by="asyncio.create_subprocess_shell")
    add_signal_handler = _refusal("add_signal_handler", _SIGNALS)
    remove_signal_handler = _refusal("remove_signal_handler", _SIGNALS)
