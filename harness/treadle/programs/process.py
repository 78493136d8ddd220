"""What a program can keep in modules of the library, not in its own: the environment, paths, loggers.

Plain attributes of modules that it names are looked at, too. Those that begin with an underscore are the library's own,
and may change by themselves. So may values that are not plain: a module that is imported late, a class that is made on
demand.
"""

from __future__ import annotations

import logging
import os
import sys
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING

from treadle.fingerprint.looking import attributes_of, namespace
from treadle.inspecting import Kinds
from treadle.programs.contents import PLAIN
from treadle.programs.holders import Inner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from treadle.programs.holders import Found

_ALWAYS = ("sys", "os", "builtins", "asyncio")
_OF_DECIMAL = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")
_LATE = Kinds(ModuleType, FunctionType, BuiltinFunctionType, type)


def where(module: str) -> str:
    """Return the text that stands for a module of the library in place of a file name."""
    return f"module {module}"


_LOGGERS, _CONTEXT = where("logging, its loggers"), where("decimal, its context")
"""Separate from the modules themselves, which are looked at only if a program names them."""


def is_library(file: str) -> bool:
    """Say whether a text stands for a module of the library."""
    return file.startswith("module ")


def of_modules(modules: Iterable[ModuleType]) -> Iterator[tuple[str, Inner]]:
    """Yield what is kept in the library's modules that these modules name, and the settings of loggers."""
    for name, module in _named_by(modules).items():
        yield from ((where(name), each) for each in _attributes(name, module))
    yield from ((_LOGGERS, each) for each in _of_loggers())


def of_process() -> Iterator[tuple[str, Inner]]:
    """Yield what else is kept in the process and changes more often: pytest sets a variable for each test."""
    if type(os.environ) is os._Environ:
        yield where("os"), Inner("os.environ", os.environ)
    yield where("sys"), Inner("sys.path", sys.path)
    decimal = sys.modules.get("decimal")
    if type(decimal) is ModuleType:
        yield from ((_CONTEXT, each) for each in _of_decimal(decimal.__dict__.get("DefaultContext")))


def stamp(modules: Iterable[ModuleType]) -> tuple[object, ...]:
    """Return a value that stays equal while `of_modules` yields the same, and is much faster to compute."""
    named = _named_by(modules)
    values = [value for module in named.values() for value in module.__dict__.values()]
    loggers = [
        (name, each.level, each.propagate, each.disabled, [*map(id, each.handlers)], [*map(id, each.filters)])
        for name, each in (("", logging.root), *list(logging.Logger.manager.loggerDict.items()))
        if isinstance(each, logging.Logger)
    ]
    return (*_plain_among(named, values), loggers, len(logging.Logger.manager.loggerDict))


def _plain_among(named: dict[str, ModuleType], values: list[object]) -> tuple[object, ...]:
    """Return the names, the types of all values, and the plain values; those of the last time if no object has changed.

    Plain values are kept alive meanwhile, so that no other object can get their addresses.
    """
    kinds = [*map(id, map(type, values))]
    objects = [*map(id, values)]
    if not _last or _last[0][:2] != (objects, kinds):
        plain = [value for kind, value in zip(kinds, values, strict=True) if kind in PLAIN.identities]
        _last[:] = [(objects, kinds, plain)]
    return tuple(named), kinds, _last[0][2]


_last: list[tuple[list[int], list[int], list[object]]] = []


def _named_by(modules: Iterable[ModuleType]) -> dict[str, ModuleType]:
    named = {name: sys.modules.get(name) for name in _ALWAYS}
    for module in modules:
        for value in list(module.__dict__.values()):
            if type(value) is ModuleType:
                name = value.__dict__.get("__name__")
                if type(name) is str and name.partition(".")[0] in sys.stdlib_module_names:
                    named[name] = value
    return {name: module for name, module in sorted(named.items()) if type(module) is ModuleType}


def _attributes(name: str, module: ModuleType) -> Iterator[Inner]:
    for key, value in list(module.__dict__.items()):
        kind = type(value)
        if kind not in _LATE and type(key) is str and key[:1] != "_" and not issubclass(kind, type):
            yield Inner(f"{name}.{key}", value, module.__dict__, key, is_looked_at=kind in PLAIN)


def _of_loggers() -> Iterator[Inner]:
    """Yield the settings of loggers. A logger that is made later counts as new before."""
    loggers = {"": logging.root, **logging.Logger.manager.loggerDict}
    for name, logger in sorted(loggers.items()):
        if issubclass(type(logger), logging.Logger):
            attributes = attributes_of(logger)
            for key, new in _NEW.items():
                if key in attributes:
                    told = f"logging.getLogger({name!r}).{key}" if name else f"logging.root.{key}"
                    yield Inner(told, attributes[key], attributes, key, new)


_NEW: dict[str, Found] = {
    "level": ("value", 0, ()),
    "propagate": ("value", True, ()),
    "disabled": ("value", False, ()),
    "handlers": ("entries", 0, (list, ())),
    "filters": ("entries", 0, (list, ())),
}


def _of_decimal(context: object) -> Iterator[Inner]:
    names = namespace(type(context))
    for name in _OF_DECIMAL:
        if name in names:
            yield Inner(f"decimal.DefaultContext.{name}", names[name].__get__(context), context, names[name])


def forget_levels() -> None:
    """Clear the cached levels of loggers, as setting a level does."""
    logging.Logger.manager._clear_cache()  # type: ignore[attr-defined]
