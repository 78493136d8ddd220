"""The functions and methods that start threads, processes and sockets without the loop.

Each is where the standard library calls it: `threading.Timer` starts a thread by `Thread.start`, and `subprocess.run`
starts a process by `Popen`.
"""

from __future__ import annotations

import _thread
import os
import socket
import subprocess
import threading
from concurrent import futures
from typing import NamedTuple


class Starter(NamedTuple):
    """A function or method: its owner, its name, and how messages show its call."""

    owner: object
    name: str
    told: str


THREADS = (
    Starter(threading.Thread, "start", "threading.Thread.start()"),
    Starter(futures.ThreadPoolExecutor, "submit", "ThreadPoolExecutor.submit()"),
    Starter(_thread, "start_new_thread", "_thread.start_new_thread()"),
)

PROCESSES = (
    Starter(subprocess.Popen, "__init__", "subprocess.Popen()"),
    *(
        Starter(os, name, f"os.{name}()")
        for name in ("fork", "posix_spawn", "posix_spawnp", "forkpty")
        if hasattr(os, name)
    ),
)

SOCKETS = (Starter(socket.socket, "__init__", "socket.socket()"),)
