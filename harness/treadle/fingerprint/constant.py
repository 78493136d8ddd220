"""What never changes: values that contain only values, and objects that define things."""

from __future__ import annotations

import builtins
import datetime as dt
import decimal
import re
import struct
import sys
import types
import typing
from typing import Any, NamedTuple

from treadle.fingerprint.looking import is_kind_of, is_written, module_dict, module_name

_VALUES = frozenset(
    map(
        id,
        [
            *(int, bool, str, bytes, float, complex, range, type(None), type(...), type(NotImplemented), re.Pattern),
            *(dt.date, dt.timedelta, dt.timezone, decimal.Decimal, struct.Struct),
            *(types.CodeType, getattr(builtins, "sentinel", types.CodeType)),  # the latter from 3.15 on
            type(getattr(typing, "NoDefault", None)),
        ],
    )
)
_WITH_ZONE = frozenset(map(id, (dt.datetime, dt.time)))
_OF_TYPES = frozenset(map(id, (types.GenericAlias, types.UnionType)))
_OF_VALUES = frozenset(map(id, (tuple, frozenset)))

DESCRIPTORS = (
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
)

VARIABLES = (typing.TypeVar, typing.ParamSpec, typing.TypeVarTuple)
_OF_TYPING = frozenset(
    id(each)
    for each in vars(typing).values()
    if module_name(type(each)) == "typing" and not is_kind_of(each, type, *VARIABLES)
)
"""The objects of `typing` itself; those that a program makes, such as a type variable, may be given attributes."""

FIELD: type = type(vars(NamedTuple("_Pair", [("one", int)]))["one"])
_WRAPPERS = (staticmethod, classmethod, property, FIELD)

_DEFINING = frozenset(map(id, (*DESCRIPTORS, *_WRAPPERS, types.FunctionType, object)))
_IDS_OF_WRAPPERS = frozenset(map(id, _WRAPPERS))


def is_constant(value: Any) -> bool:
    """Say whether a value, and everything that can be reached from it, never changes."""
    kind = id(type(value))
    if kind in _WITH_ZONE:
        return value.tzinfo is None or type(value.tzinfo) is dt.timezone
    if kind in _OF_TYPES:
        return all(is_constant(each) or _is_built_in(each) for each in value.__args__)
    if kind in _VALUES:
        return type(value) is not float or value == value  # noqa: PLR0124 - NaN has an identity
    if kind in _OF_VALUES:
        return all(map(is_constant, value))
    return id(value) in _OF_TYPING


def _is_built_in(value: object) -> bool:
    """Say whether a value is a class of the interpreter itself."""
    return is_kind_of(value, type) and not is_written(value)


def is_wrapper(value: object) -> bool:
    """Say whether a value is a definition that may be given a docstring or attributes."""
    return id(type(value)) in _IDS_OF_WRAPPERS


def is_definition(value: Any) -> bool:
    """Say whether a value stands for itself: a function, class, module, or a part of a class."""
    kind = type(value)
    if id(kind) in _DEFINING:
        return True
    if kind is types.BuiltinFunctionType or kind is types.MethodWrapperType:
        return value.__self__ is None or is_kind_of(value.__self__, types.ModuleType, type)
    if issubclass(kind, types.ModuleType):
        return is_listed(value)
    return issubclass(kind, type)


def is_listed(module: types.ModuleType) -> bool:
    """Say whether a module was imported, or code has run in it; one made by hand is an object like any other."""
    names = module_dict(module)
    name = names.get("__name__")
    if type(name) is not str or sys.modules.get(name) is not module:
        return False
    return names.get("__spec__") is not None or "__builtins__" in names
