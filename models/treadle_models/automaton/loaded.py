"""What a source means against what was imported: a name that somebody has given another meaning is found out here.

The modelled program is read from a file. Whoever imports that file may replace what is in it, and a decorator, a second
definition or another module may do so too. So each name that the program uses is looked up in the module as it was
imported, and must be what the source says: that function at that line, that class, that constant.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import sys
from types import FunctionType
from typing import TYPE_CHECKING

from treadle_models.automaton.builtins import of_asyncio
from treadle_models.machine.code import ERRORS, Builtin, ClassCode, Code, ErrorClass, Opaque, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def see_that_it_is(
    found: Value,
    name: str,
    loaded: Mapping[str, object],
    modelled: dict[str, Value],
    outside: Callable[[str], Exception],
) -> None:
    """Raise what `outside` makes if a name means something else in the module as it was imported."""
    if name not in loaded:
        if getattr(builtins, name, None) is None:
            what = f"the name {name!r}, which the module as imported has not"
            raise outside(what)
        return
    if not _is(found, loaded[name], modelled):
        what = f"the name {name!r}, which means something else in the module as it was imported"
        raise outside(what)


def _is(found: Value, real: object, modelled: dict[str, Value]) -> bool:  # noqa: PLR0911 - one for each kind
    if found is modelled:
        return real is asyncio
    modules = [key for key, value in of_asyncio().items() if value is found]
    if modules:
        return real is sys.modules.get(f"asyncio.{modules[0]}")
    names = [key for key, value in modelled.items() if value is found]
    if names:
        return any(real is _stock(key) for key in names)
    if isinstance(found, Code):
        return is_function(real, found)
    if isinstance(found, ClassCode):
        return isinstance(real, type) and type(real) is type and real.__name__ == found.name and _is_plain(real)
    if isinstance(found, ErrorClass):
        return isinstance(real, type) and issubclass(real, BaseException) and real.__name__ == found.name
    if isinstance(found, (Builtin, Opaque)):
        return True  # imported, so found by the object that it is
    return type(found) is type(real) and found == real


def _stock(key: str) -> object:
    """Return what a name of the modelled library is in this interpreter."""
    return contextlib.suppress if key == "$suppress" else getattr(asyncio, key, None)


def _is_plain(real: type) -> bool:
    return all(name not in vars(each) for each in real.__mro__[:-1] for name in ("__bool__", "__len__", "__eq__"))


def is_function(real: object, code: Code) -> bool:
    """Say whether a function is the one that was compiled: its file, its line, its name, and nothing around it."""
    if type(real) is not FunctionType or real.__closure__ is not None or hasattr(real, "__wrapped__"):
        return False
    made = real.__code__
    return (made.co_filename, made.co_firstlineno, made.co_name) == (code.file, code.line, code.name)


def what_is_imported(
    real: object, modelled: dict[str, Value], function: Callable[[str, str, Mapping[str, object]], Value]
) -> Value | None:
    """Return what an imported object is to the machine, or None: part of asyncio, an exception, what a file defines."""
    for key, value in modelled.items():
        if real is _stock(key):
            return value
    if isinstance(real, type) and issubclass(real, BaseException):
        return error_class(real)
    if type(real) is FunctionType and real.__closure__ is None and not hasattr(real, "__wrapped__"):
        found = function(real.__code__.co_filename, real.__name__, real.__globals__)
        return found if isinstance(found, Code) and is_function(real, found) else None
    module = sys.modules.get(getattr(real, "__module__", None) or "")
    file = getattr(module, "__file__", None)
    name = str(getattr(real, "__name__", ""))
    if module is not None and file and isinstance(real, type) and vars(module).get(name) is real:
        return function(file, name, vars(module))
    return None


def error_class(real: type[BaseException]) -> ErrorClass | None:
    """Return the class of exceptions that a real one is to the machine."""
    if real is getattr(builtins, real.__name__, None) or real is getattr(asyncio, real.__name__, None):
        return ERRORS.get(real.__name__)
    above = [error_class(each) for each in real.__bases__ if issubclass(each, BaseException)]
    if None in above or not above:
        return None
    key = f"{real.__module__}.{real.__qualname__}"
    plain = not any(name in vars(real) for name in ("__init__", "__new__", "__eq__", "__bool__"))
    if key not in _imported:
        names = frozenset({key}).union(*(each.names for each in above if each is not None))
        _imported[key] = ErrorClass(real.__name__, names, key, plain and all(each.plain for each in above if each))
    return _imported[key]


_imported: dict[str, ErrorClass] = {}
