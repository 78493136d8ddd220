"""Inspect an object of the user without running its code, as far as that is possible.

An instance may have a `__getattr__` that raises, a class a metaclass that lies, a function a `__wrapped__` that is
itself. `inspect` calls all of them. This module looks at the type, and treats an attribute that raises as missing.
"""

from __future__ import annotations

import functools
import inspect
import operator
import sys
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, TypeGuard, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

T = TypeVar("T")

_DEEP = 100

INSTALLED = frozenset({"site-packages", "dist-packages"})
"""The names of folders with installed libraries."""


class Kinds:
    """Classes with lookup by identity: `in` with a tuple or a set would call `==` or a hash of a metaclass."""

    __slots__ = ("_all", "identities")

    def __init__(self, *kinds: type) -> None:
        """Take the classes, and keep them alive, so that no other class gets the identity of one."""
        self._all = kinds
        self.identities = frozenset(map(id, kinds))

    def __contains__(self, kind: type) -> bool:
        """Say whether a class is one of them."""
        return id(kind) in self.identities


def while_loaded(find: Callable[[], T]) -> Callable[[], T]:
    """Cache a function of the loaded modules until other modules are loaded."""
    last: list[tuple[list[str], list[ModuleType], T]] = []

    @functools.wraps(find)
    def found() -> T:
        names, modules = list(sys.modules), list(sys.modules.values())
        if not last or last[0][0] != names or not all(map(operator.is_, last[0][1], modules)):
            last[:] = [(names, modules, find())]
        return last[0][2]

    return found


def layers(function: object) -> Iterator[object]:
    """Yield an object, then what it calls, layer by layer: the function of a partial, a wrapped or a bound one.

    For an instance, the next layer is the `__call__` of its class.
    """
    seen: list[object] = []
    while function is not None and len(seen) < _DEEP and not any(function is each for each in seen):
        seen.append(function)
        yield function
        function = _inner(function)


def _is_of(thing: object, kind: type[T]) -> TypeGuard[T]:
    """Say whether an object is an instance of a class, without calling its `__class__`."""
    return issubclass(type(thing), kind)


def _inner(function: object) -> object:
    if _is_of(function, functools.partial):
        return functools.partial.func.__get__(function)
    if _is_of(function, MethodType):
        return function.__func__
    if _is_of(function, FunctionType):
        return function.__dict__.get("__wrapped__")
    if _is_of(function, type):
        return None
    call = _method(type(function), "__call__")
    return call if is_function(call) else attribute(function, "__wrapped__")


def _names(kind: type) -> Mapping[str, object]:
    names: Mapping[str, object] = type.__dict__["__dict__"].__get__(kind)
    return names


def attribute(thing: object, name: str) -> object:
    """Return an attribute, or None if there is none, or if looking it up raises."""
    try:
        return getattr(thing, name, None)
    except BaseException:  # noqa: BLE001 - the program's own
        return None


def text_of(thing: object, name: str) -> str:
    """Return an attribute that is a text, or an empty string."""
    found = attribute(thing, name)
    return found if type(found) is str else ""


def is_function(thing: object) -> bool:
    """Say whether an object is a Python function, without calling its `__class__`."""
    return issubclass(type(thing), FunctionType)


def is_async(thing: object) -> bool:
    """Say whether something is an async function."""
    return is_function(thing) and inspect.iscoroutinefunction(thing)


def is_async_generator(thing: object) -> bool:
    """Say whether something is an async generator function."""
    return is_function(thing) and inspect.isasyncgenfunction(thing)


def is_manager(thing: object) -> bool:
    """Say whether something is a class of async context managers whose way out is an async function."""
    return is_async(_exit_of(thing)) and _is_of(thing, type) and _method(thing, "__aenter__") is not None


def _exit_of(thing: object) -> object:
    return _method(thing, "__aexit__") if _is_of(thing, type) else None


def _method(kind: type, name: str) -> object:
    bases: tuple[type, ...] = type.__dict__["__mro__"].__get__(kind)
    return next((_names(each)[name] for each in bases if name in _names(each)), None)


def file_of(function: object) -> str:
    """Return the file of the innermost function (of a class, of its `__aexit__`), or an empty string."""
    found = ""
    for each in layers(_exit_of(function) or function):
        if is_function(each):
            found = each.__code__.co_filename  # type: ignore[attr-defined]  # see above
    return found


def signature_of(function: object) -> inspect.Signature | None:
    """Return the signature of a callable, or None if it has none that can be read."""
    try:
        return inspect.signature(function) if callable(function) else None
    except Exception:  # noqa: BLE001 - the program's own, too
        return None
