"""What a program may keep outside of its coroutines: in modules, classes and functions.

A list in a module, an attribute of a class, a mutable default: they decide what a program does next as much as its
local names do, and live on from one execution to the next. *Scope* is the module of the program and all that it uses by
name, directly or through other modules. What belongs to the standard library, to Treadle or to what runs tests is not
looked at.

What serves to define things (functions, classes, types, patterns, loggers) is taken to be the same at all times. So is
what IPython keeps among the names of a notebook: what was typed and shown, and its commands.
"""

from __future__ import annotations

import re
import sys
import types
from typing import TYPE_CHECKING, Any

from treadle.fingerprint.encoder import RULES, OpaqueError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from treadle.fingerprint.encoder import Encoder

_TEST_TOOLS = ("_hypothesis_globals", "_pytest", "hypothesis", "pluggy", "pytest")
_NOT_LOOKED_AT = frozenset({*sys.stdlib_module_names, "treadle", "treadle_models", *_TEST_TOOLS})

# The modules whose objects define things.
_DEFINING = frozenset({"abc", "contextvars", "enum", "functools", "logging", "re", "struct", "types", "typing"})
_METHODS = (staticmethod, classmethod, property)

# In, Out, _, _1, _i, _i1, _dh, ... See IPython's `user_ns_hidden`.
_KEPT_BY_IPYTHON = re.compile(r"In|Out|get_ipython|exit|quit|open|_+|_i+|_i?\d+|_[dio]h")


class Scope:
    """The modules, classes and functions that a function uses by name."""

    def __init__(self, function: object) -> None:
        """Find them, beginning with the function and its module."""
        self._namespaces: dict[str, Mapping[str, Any]] = {}
        self._functions: dict[str, types.FunctionType] = {}
        self._modules: set[str] = set()
        self._beginning: tuple[object, ...] = ()
        inner = getattr(function, "func", function)  # of a partial
        self._target = inner
        module = getattr(inner, "__module__", None)
        if _looked_at(module):
            self._beginning = (function,)
            self._visit_module(module)

    def write(self, encoder: Encoder) -> None:
        """Write all that may have changed. Raises `OpaqueError`, which then says where it stands."""
        for value in self._beginning:
            _write(encoder, value, "the target")
        for where, namespace in self._namespaces.items():
            for name, value in _items(namespace):
                if not _is_definition(name, value):
                    encoder.tokens.append(name)
                    _write(encoder, value, f"{where}.{name}")
        for where, function in self._functions.items():
            if function.__dict__ or function.__closure__ or function.__defaults__ or function.__kwdefaults__:
                _write(encoder, function, where)

    def codes(self) -> Iterator[types.CodeType]:
        """Give the code of the target and of all functions in its scope, and what is defined inside of them."""
        target = (self._target,) if isinstance(self._target, types.FunctionType) else ()
        members = tuple(_functions_of(self._target)) if isinstance(self._target, type) else ()
        left = [each.__code__ for each in {*target, *members, *self._functions.values()}]
        for code in left:  # it grows meanwhile
            yield code
            left += [each for each in code.co_consts if isinstance(each, types.CodeType)]

    def _visit_module(self, name: str | None) -> None:
        module = sys.modules.get(name or "")
        if name is None or module is None or name in self._modules or not _looked_at(name):
            return
        self._modules.add(name)
        self._namespaces[name] = vars(module)
        for _, value in _items(vars(module)):
            if isinstance(value, types.ModuleType):
                self._visit_module(value.__name__)
            elif getattr(value, "__module__", None) == name:
                self._visit_member(name, value)
            elif isinstance(value, (type, types.FunctionType)):
                self._visit_module(value.__module__)

    def _visit_member(self, where: str, value: object) -> None:
        if isinstance(value, types.FunctionType):
            self._functions[f"{where}.{value.__qualname__}"] = value
        elif isinstance(value, type) and f"{where}.{value.__qualname__}" not in self._namespaces:
            self._namespaces[f"{where}.{value.__qualname__}"] = vars(value)
            for each in _functions_of(value):
                self._functions[f"{where}.{each.__qualname__}"] = each


def _looked_at(module: str | None) -> bool:
    return module is not None and module.split(".")[0] not in _NOT_LOOKED_AT


def _items(namespace: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return names and values, without those that IPython keeps, where it is there."""
    if "get_ipython" not in namespace:
        return list(namespace.items())
    return [(name, value) for name, value in namespace.items() if not _KEPT_BY_IPYTHON.fullmatch(name)]


def _functions_of(kind: type) -> Iterator[types.FunctionType]:
    for value in vars(kind).values():
        function = getattr(value, "__func__", getattr(value, "fget", value))
        if isinstance(function, types.FunctionType):
            yield function


def _is_definition(name: str, value: object) -> bool:
    kind = type(value)
    return (
        (name.startswith("__") and name.endswith("__"))
        or isinstance(value, (type, types.FunctionType, types.ModuleType, *_METHODS))
        or kind.__module__ in _DEFINING
        or (RULES.get(kind) is RULES[types.CodeType])  # what stands for itself
    )


def _write(encoder: Encoder, value: object, where: str) -> None:
    try:
        encoder.add(value)
    except OpaqueError as error:
        message = f"{where} is {error}"
        raise OpaqueError(message) from None
