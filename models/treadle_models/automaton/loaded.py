"""Compare a source with the module as it was imported, to find names that have got another meaning.

The modelled program is read from a file. Code that imports this file may replace what is in it, and so may a decorator,
a second definition or another module. So each name that the program uses is looked up in the module as it was imported,
and must be what the source says: that function at that line, that class, that constant.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import logging
import sys
from abc import ABCMeta
from collections.abc import Callable, Mapping
from types import FunctionType, ModuleType
from typing import TypeAlias

from treadle_models.automaton.builtins import of_asyncio
from treadle_models.automaton.classes import PLAIN
from treadle_models.automaton.variables import OutsideSubsetError
from treadle_models.machine.code import ERRORS, LOGGER, Builtin, ClassCode, Code, ErrorClass, Foreign, Opaque, Value

Elsewhere: TypeAlias = Callable[[str, str, Mapping[str, object]], Value]
"""Finds what a name means in a file, as it was imported."""
_CALLED_IMPLICITLY = ("__bool__", "__len__", "__eq__", "__getattr__", "__getattribute__", "__setattr__")
_DECORATORS = 3  # a decorated method begins at most so many lines before its name
_MADE_MANAGER = contextlib.asynccontextmanager(asyncio.sleep).__code__  # type: ignore[arg-type]  # whatever it is
GET_LOGGER = Builtin("getLogger", lambda _m, _name=None, /: LOGGER)


def see_that_it_is(
    found: Value,
    name: str,
    loaded: Mapping[str, object],
    modelled: dict[str, Value],
    outside: Callable[[str], Exception],
) -> None:
    """Raise the error that `outside` makes if a name means something else in the module as it was imported."""
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
        return isinstance(real, type) and real.__name__ == found.name and _is_as_written(found, real)
    if isinstance(found, ModuleNames):
        return real is found.module
    if isinstance(found, Foreign):
        return real is found.real
    if isinstance(found, ErrorClass):
        return isinstance(real, type) and issubclass(real, BaseException) and real.__name__ == found.name
    if isinstance(found, (Builtin, Opaque)):
        return True  # imported, so it was found by its object
    return type(found) is type(real) and found == real


def _stock(key: str) -> object:
    """Return the object in this interpreter that a name of the modelled library stands for."""
    return contextlib.suppress if key == "$suppress" else getattr(asyncio, key, None)  # and $manager is nobody's


def _is_as_written(found: ClassCode, real: type) -> bool:
    """Say whether a class has the methods of its source, and no others that Python calls implicitly."""
    if type(real) not in (type, ABCMeta):
        return False
    if found.outside:  # no object of it can be made
        return all(_is_from(vars(real).get(name), line) for name, line in found.lines.items() if name in found.static)
    return all(_is_from(vars(real).get(name), line) for name, line in found.lines.items()) and not any(
        name in vars(each) for each in real.__mro__ if each not in PLAIN for name in _CALLED_IMPLICITLY
    )


def _is_from(made: object, line: int) -> bool:
    """Say whether a method is the one at this line; a decorated one begins at its first decorator."""
    function = made.__func__ if isinstance(made, staticmethod) else made
    if type(function) is not FunctionType:  # for example a property: its use is an error
        return not callable(made) and made is not None
    return function.__code__.co_firstlineno <= line <= function.__code__.co_firstlineno + _DECORATORS


def is_function(real: object, code: Code) -> bool:
    """Say whether a function is the compiled one: same file, line and name, and not wrapped."""
    if code.manager is not None and type(real) is FunctionType and real.__code__ is _MADE_MANAGER:
        real = real.__wrapped__  # type: ignore[attr-defined]  # what `contextlib` makes has it
    if type(real) is not FunctionType or real.__closure__ is not None or hasattr(real, "__wrapped__"):
        return False
    made = real.__code__
    if code.manager is not None:  # the decorator is the first line of it
        return (made.co_filename, made.co_name) == (code.file, code.name) and made.co_firstlineno <= code.line
    return (made.co_filename, made.co_firstlineno, made.co_name) == (code.file, code.line, code.name)


def what_is_imported(  # noqa: PLR0911 - one for each kind
    real: object, modelled: dict[str, Value], function: Elsewhere
) -> Value | None:
    """Return an imported object for the machine: a part of asyncio, an exception, a definition of a file; or None."""
    if real is asyncio:
        return modelled
    for key, value in modelled.items():
        if real is _stock(key):
            return value
    if isinstance(real, type) and issubclass(real, BaseException):
        return error_class(real)
    if isinstance(real, ModuleType):
        return ModuleNames(real, modelled, function)
    if real is logging.getLogger and logging.getLoggerClass() is logging.Logger:
        return GET_LOGGER
    if type(real) is logging.Logger or isinstance(real, logging.RootLogger):
        return LOGGER
    if type(real) is FunctionType and real.__closure__ is None and not hasattr(real, "__wrapped__"):
        found = function(real.__code__.co_filename, real.__name__, real.__globals__)
        return found if isinstance(found, Code) and is_function(real, found) else None
    return _class(real, function) if isinstance(real, type) else None


def _class(real: type, function: Elsewhere) -> Value:
    """Return a class: compiled from its source if that is in the subset, otherwise as a foreign one."""
    module = sys.modules.get(real.__module__)
    file = getattr(module, "__file__", None)
    if module is not None and file and real not in PLAIN and vars(module).get(real.__name__) is real:
        with contextlib.suppress(OutsideSubsetError):
            return function(file, real.__name__, vars(module))
    return Foreign(real)


class ModuleNames(dict[str, Value]):
    """An imported module as a namespace; its names are resolved when they are used."""

    def __init__(self, module: ModuleType, modelled: dict[str, Value], function: Elsewhere) -> None:
        super().__init__()
        self.module = module
        self._modelled = modelled
        self._function = function

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._found(name) is not None

    def __missing__(self, name: str) -> Value:
        return self._found(name)

    def _found(self, name: str) -> Value:
        real = vars(self.module).get(name)
        if type(real) in (str, bytes, int, float, bool):
            return real
        return None if real is None else what_is_imported(real, self._modelled, self._function)


def error_class(real: type[BaseException]) -> ErrorClass | None:
    """Return the machine's class for a real exception class."""
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
