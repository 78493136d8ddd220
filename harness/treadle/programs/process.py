"""What a program can keep in no module of its own, but in those of the library: the environment, paths, loggers.

Also plain attributes of modules that it names. Those that begin with an underscore are the library's own, and may
change by themselves; so may what is no plain value: a module that is imported late, a class that is made when somebody
asks for it.
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
    """Return what stands in place of a file for what a module of the library has."""
    return f"module {module}"


_LOGGERS, _CONTEXT = where("logging, its loggers"), where("decimal, its context")
"""Apart from what the modules themselves have, which is looked at only where a program names them."""


def is_library(file: str) -> bool:
    """Say whether it stands in place of a file."""
    return file.startswith("module ")


def of_modules(modules: Iterable[ModuleType]) -> Iterator[tuple[str, Inner]]:
    """Give what is kept in the library's modules that these name, and what can be set of loggers."""
    for name, module in _named_by(modules).items():
        yield from ((where(name), each) for each in _attributes(name, module))
    yield from ((_LOGGERS, each) for each in _of_loggers())


def of_process() -> Iterator[tuple[str, Inner]]:
    """Give what else is kept for the whole process, and changes more often: pytest sets a variable for each test."""
    if type(os.environ) is os._Environ:
        yield where("os"), Inner("os.environ", os.environ)
    yield where("sys"), Inner("sys.path", sys.path)
    decimal = sys.modules.get("decimal")
    if type(decimal) is ModuleType:
        yield from ((_CONTEXT, each) for each in _of_decimal(decimal.__dict__.get("DefaultContext")))


def stamp(modules: Iterable[ModuleType]) -> tuple[object, ...]:
    """Return what is equal as long as `of_modules` and `of_loggers` give the same, and much quicker to be had."""
    named = _named_by(modules)
    values = [value for module in named.values() for value in module.__dict__.values()]
    loggers = [
        (name, each.level, each.propagate, each.disabled, [*map(id, each.handlers)], [*map(id, each.filters)])
        for name, each in (("", logging.root), *list(logging.Logger.manager.loggerDict.items()))
        if isinstance(each, logging.Logger)
    ]
    return (*_plain_among(named, values), loggers, len(logging.Logger.manager.loggerDict))


def _plain_among(named: dict[str, ModuleType], values: list[object]) -> tuple[object, ...]:
    """Return the values that are plain, and the kinds of all; what was found last where no object is another one.

    What is plain is kept alive meanwhile, so that nothing else can have its address.
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
    """Give what can be set of loggers. One that is made later was as a new one is."""
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
    """Let loggers look again for what they log, as they do after a level was set."""
    logging.Logger.manager._clear_cache()  # type: ignore[attr-defined]
