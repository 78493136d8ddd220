"""Functions that reach more than the names in the code, recognized by their identity, not by their names.

State of the operating system is read by functions of C. Library code refers to them all the time. So they count if code
that has run refers to the function itself, and not if it only contains the name: `remove` and `write` are the names of
many other things.
"""

from __future__ import annotations

import _io
import asyncio
import atexit
import builtins
import codecs
import contextlib
import csv
import dataclasses
import functools
import importlib
import inspect
import marshal
import operator
import os
import re
import signal
import socket
import sys
import threading
import time
import types
from enum import Flag, auto
from typing import Any

from treadle.fingerprint.looking import is_kind_of, module_name, name_of, namespace
from treadle.loop.clock import CLOCKS


class Danger(Flag):
    """What code can do that has a reference to a value."""

    NONE = 0
    READS = auto()  # reads names computed at run time
    BINDS = auto()  # binds such names, too
    IMPORTS = auto()  # imports modules by such names
    COUNTS = auto()  # reads how often a task was cancelled, bypassing the task
    COMPARES = auto()  # compares values by their identity
    CLOCK = auto()  # reads the time
    FIELDS = auto()  # reads the fields of data classes
    OUTSIDE = auto()  # uses state of the operating system: files, signals, limits
    ANYTHING = auto()  # reaches other things to which no name leads


_TASKS = (asyncio.Task, asyncio.tasks._PyTask)  # type: ignore[attr-defined]
COUNTING = frozenset(("cancelling", "uncancel", "_num_cancels_requested"))


TABLES = frozenset(("__dict__", "__globals__", "__builtins__", "f_globals", "f_builtins"))
"""Attributes that hold the table of names of a module, a class or an instance: any name can be read and bound there."""


def _functions(module: types.ModuleType, *names: str) -> list[object]:
    return [found for name in names if (found := getattr(module, name, None)) is not None]


_TABLES_OF_TASKS = re.compile(
    "(_py|_c)?(_un)?(_?register(_eager)?_task|_enter_task|_leave_task|_swap_current_task)"
    "|_scheduled_tasks|_eager_tasks|_all_tasks|_current_tasks"
)
"""Names in asyncio by which a task can be hidden from it."""

_DANGERS: dict[int, tuple[object, Danger]] = {}


def _enter(danger: Danger, *values: object) -> None:
    for each in values:
        known = _DANGERS.get(id(each), (each, Danger.NONE))[1]
        _DANGERS[id(each)] = each, known | danger


_enter(Danger.READS, getattr, hasattr, dir, vars, globals, operator.attrgetter, inspect.getmembers)
_enter(Danger.READS, inspect.getattr_static, object.__getattribute__, type.__getattribute__)
_CACHE = functools.lru_cache(lambda: None)
_enter(Danger.READS, namespace(type(_CACHE))["cache_info"])  # see `functions`, which checks for this name
_enter(Danger.BINDS, setattr, delattr, vars, globals, object.__setattr__, object.__delattr__)
_enter(Danger.BINDS, type.__setattr__, type.__delattr__, types.ModuleType.__setattr__, types.ModuleType.__delattr__)
for _kind, _table in (
    *((types.FunctionType, each) for each in ("__globals__", "__builtins__")),
    *((types.FrameType, each) for each in ("f_globals", "f_builtins")),
    *((each, "__dict__") for each in (type, types.ModuleType, types.FunctionType)),
):
    _enter(Danger.READS | Danger.BINDS, namespace(_kind).get(_table, 0))  # these return a table of names
_enter(Danger.COMPARES, id, operator.is_, operator.is_not, object.__eq__, object.__ne__, object.__hash__)
_enter(Danger.COMPARES, marshal.dump, marshal.dumps)
_enter(Danger.CLOCK, *(each for pair in CLOCKS for each in pair), time.process_time)
_enter(Danger.CLOCK, time.thread_time if hasattr(time, "thread_time") else 0)
_enter(Danger.CLOCK, time.clock_gettime if hasattr(time, "clock_gettime") else 0)
_enter(Danger.FIELDS, dataclasses.fields)
_enter(Danger.IMPORTS, __import__, importlib.import_module, sys.modules, importlib.reload)
_enter(Danger.ANYTHING, eval, exec, open, breakpoint, input, type.__subclasses__, os.fork if hasattr(os, "fork") else 0)
_enter(
    Danger.ANYTHING,
    *_functions(inspect, "currentframe", "stack", "trace", "getouterframes"),
    *_functions(sys, "_getframe", "_current_frames", "settrace", "setprofile", "setrecursionlimit", "getrefcount"),
    *_functions(sys, "getsizeof"),  # the allocated size of a container, which its contents do not tell
    *_functions(sys, "setswitchinterval", "set_int_max_str_digits", "set_asyncgen_hooks", "setdlopenflags"),
    *_functions(sys, "set_coroutine_origin_tracking_depth", "addaudithook"),
    *_functions(socket, "setdefaulttimeout"),
    *_functions(codecs, "register", "register_error", "unregister"),
    *_functions(csv, "register_dialect", "unregister_dialect", "field_size_limit"),
    *_functions(threading, "stack_size", "settrace", "setprofile"),
    *_functions(asyncio, "capture_call_graph", "format_call_graph", "print_call_graph"),  # from 3.14 on
    *_functions(asyncio, "set_event_loop", "set_event_loop_policy", "_set_running_loop"),
    *(each for name, each in vars(asyncio.tasks).items() if _TABLES_OF_TASKS.fullmatch(name)),
    *_functions(time, "tzset"),
    *_functions(os, "open", "chdir", "umask", "putenv", "unsetenv", "popen", "system"),
)
_HARMLESS = frozenset(
    (
        *("_path_normpath", "_path_splitroot", "_path_splitroot_ex", "confstr", "cpu_count", "ctermid", "fspath"),
        *("getcwd", "getcwdb", "getegid", "geteuid", "getgid", "getgroups", "getloadavg", "getlogin", "getpgid"),
        *("getpgrp", "getpid", "getppid", "getrandom", "getsid", "getuid", "isatty", "get_terminal_size", "major"),
        *("makedev", "minor", "sched_getaffinity", "sched_yield", "strerror", "sysconf", "times", "uname", "urandom"),
        *("waitstatus_to_exitcode", "abort", "_exit", "fsencode", "fsdecode", "_inputhook", "_is_inputhook_installed"),
        *(
            "default_int_handler",
            "strsignal",
            "valid_signals",
            "putenv",
            "unsetenv",
        ),  # `os.environ` holds what they set
    )
)
"""Functions of the operating system whose results never change, or differ at each call anyway."""

for _module in ("posix", "nt", "_signal", "resource", "faulthandler"):
    with contextlib.suppress(ImportError):
        _enter(
            Danger.OUTSIDE,
            *(
                each
                for name, each in vars(importlib.import_module(_module)).items()
                if type(each) is types.BuiltinFunctionType and not (name in _HARMLESS or name.startswith(("WIF", "W")))
            ),
        )
_enter(Danger.OUTSIDE, open, atexit._ncallbacks, _io.FileIO, *_functions(_io, "open_code"))
_enter(Danger.OUTSIDE, *_functions(socket, "socket", "fromfd", "fromshare", "socketpair", "dup", "SocketType"))
_enter(Danger.OUTSIDE, *_functions(signal, "signal", "getsignal", "pthread_sigmask", "sigpending"))
for _task in _TASKS:
    _enter(Danger.COUNTS, *filter(None, (namespace(_task).get(each) for each in COUNTING)))
with contextlib.suppress(KeyError):
    del _DANGERS[id(0)]

_MODULES = frozenset(
    (
        *("gc", "ctypes", "_ctypes", "tracemalloc", "mmap", "sqlite3", "_sqlite3", "locale", "_locale"),
        *("fcntl", "readline", "syslog", "termios"),
    )
)
_PICKLING = {
    **dict.fromkeys(("load", "loads", "Unpickler"), Danger.READS | Danger.IMPORTS),
    **dict.fromkeys(("dump", "dumps", "Pickler"), Danger.COMPARES),
}


def danger_of(value: object) -> Danger:
    """Return what code can do that has a reference to this value."""
    known = _DANGERS.get(id(value))
    return known[1] if known is not None else _danger_of_kind(value, type(value))


def _danger_of_kind(value: Any, kind: type) -> Danger:
    if kind is operator.attrgetter:
        parts = {part for name in value.__reduce__()[1] for part in name.split(".")}
        return Danger.READS if TABLES.isdisjoint(parts) else Danger.READS | Danger.BINDS
    if kind is types.ModuleType:
        return Danger.ANYTHING if vars(value).get("__name__") in _MODULES else Danger.NONE
    if kind is types.BuiltinFunctionType:
        return _danger_of_built_in(value)
    if kind is types.FunctionType and value.__globals__.get("__name__") == "pickle":  # the version in Python
        return _PICKLING.get(value.__code__.co_name.lstrip("_"), Danger.NONE)
    pickles = kind is type and module_name(value) in ("_pickle", "pickle")
    return _PICKLING.get(name_of(value).lstrip("_"), Danger.NONE) if pickles else Danger.NONE


def _danger_of_built_in(value: types.BuiltinFunctionType) -> Danger:
    owner = value.__self__
    if type(owner) is types.ModuleType:
        if vars(owner).get("__name__") == "_pickle":
            return _PICKLING.get(value.__name__, Danger.NONE)
        return danger_of(owner)
    return Danger.READS if type(owner) is type(_CACHE) and value.__name__ == "cache_info" else Danger.NONE


def is_task_class(value: object) -> bool:
    """Say whether this is one of asyncio's classes of tasks, or derived from one."""
    return is_kind_of(value, type) and issubclass(value, _TASKS)


def describe(value: object) -> str:
    """Return the name of a dangerous function or module for a message."""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", "") or type(value).__name__
    module = getattr(value, "__module__", "") or ""
    return f"{module}.{name}" if module and module != "builtins" else name


BUILTINS = vars(builtins)
