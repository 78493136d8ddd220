"""Functions that reach further than names that are written down, told by what they are, not by what they are called."""

from __future__ import annotations

import asyncio
import builtins
import codecs
import contextlib
import csv
import importlib
import inspect
import operator
import os
import socket
import sys
import threading
import time
import types
from enum import Flag, auto
from typing import Any

from treadle.fingerprint.looking import is_kind_of, namespace


class Danger(Flag):
    """What code can do that gets hold of a value."""

    NONE = 0
    READS = auto()  # names that are put together at run time
    BINDS = auto()  # such names, too
    IMPORTS = auto()  # modules by such names
    COUNTS = auto()  # reads how often a task was cancelled, past the task
    ANYTHING = auto()  # can read or change things that no name leads to


_TASKS = (asyncio.Task, asyncio.tasks._PyTask)  # type: ignore[attr-defined]
COUNTING = frozenset(("cancelling", "uncancel", "_num_cancels_requested"))


def _functions(module: types.ModuleType, *names: str) -> list[Any]:
    return [found for name in names if (found := getattr(module, name, None)) is not None]


_DANGERS: dict[int, tuple[object, Danger]] = {}


def _enter(danger: Danger, *values: object) -> None:
    for each in values:
        known = _DANGERS.get(id(each), (each, Danger.NONE))[1]
        _DANGERS[id(each)] = each, known | danger


_enter(Danger.READS, getattr, hasattr, dir, vars, globals, operator.attrgetter, inspect.getmembers)
_enter(Danger.READS, inspect.getattr_static, object.__getattribute__, type.__getattribute__)
_enter(Danger.BINDS, setattr, delattr, vars, globals, object.__setattr__, object.__delattr__)
_enter(Danger.BINDS, type.__setattr__, type.__delattr__, types.ModuleType.__setattr__, types.ModuleType.__delattr__)
_enter(Danger.IMPORTS, __import__, importlib.import_module, sys.modules, importlib.reload)
_enter(Danger.ANYTHING, eval, exec, open, breakpoint, input, type.__subclasses__, os.fork if hasattr(os, "fork") else 0)
_enter(
    Danger.ANYTHING,
    *_functions(inspect, "currentframe", "stack", "trace", "getouterframes"),
    *_functions(sys, "_getframe", "_current_frames", "settrace", "setprofile", "setrecursionlimit", "getrefcount"),
    *_functions(sys, "setswitchinterval", "set_int_max_str_digits", "set_asyncgen_hooks"),
    *_functions(sys, "set_coroutine_origin_tracking_depth", "addaudithook"),
    *_functions(socket, "setdefaulttimeout"),
    *_functions(codecs, "register", "register_error", "unregister"),
    *_functions(csv, "register_dialect", "unregister_dialect", "field_size_limit"),
    *_functions(threading, "stack_size", "settrace", "setprofile"),
    *_functions(asyncio, "set_event_loop", "set_event_loop_policy"),
    *_functions(time, "tzset"),
    *_functions(os, "open", "chdir", "umask", "putenv", "unsetenv", "popen", "system"),
)
for _kind in _TASKS:
    _enter(Danger.COUNTS, *filter(None, (namespace(_kind).get(each) for each in COUNTING)))
with contextlib.suppress(KeyError):
    del _DANGERS[id(0)]

_MODULES = frozenset(("gc", "ctypes", "_ctypes", "tracemalloc", "mmap", "sqlite3", "_sqlite3", "locale", "_locale"))


def danger_of(value: Any) -> Danger:
    """Return what code can do that gets hold of this value itself."""
    known = _DANGERS.get(id(value))
    if known is not None:
        return known[1]
    kind = type(value)
    if kind is operator.attrgetter:
        return Danger.READS
    if kind is types.ModuleType:
        return Danger.ANYTHING if vars(value).get("__name__") in _MODULES else Danger.NONE
    if kind is types.BuiltinFunctionType and type(value.__self__) is types.ModuleType:
        return danger_of(value.__self__)
    return Danger.NONE


def is_task_class(value: Any) -> bool:
    """Say whether this is one of asyncio's classes of tasks, or made of one."""
    return is_kind_of(value, type) and issubclass(value, _TASKS)


def describe(value: Any) -> str:
    """Name a function or module of danger in a message."""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", "") or type(value).__name__
    module = getattr(value, "__module__", "") or ""
    return f"{module}.{name}" if module and module != "builtins" else name


BUILTINS = vars(builtins)
