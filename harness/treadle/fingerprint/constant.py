"""What never changes: values that hold nothing but values, and what serves to define things."""

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

from treadle.fingerprint.looking import is_kind_of, module_dict, module_name

_VALUES = frozenset(
    map(
        id,
        [
            *(int, bool, str, bytes, float, complex, range, type(None), type(...), type(NotImplemented), re.Pattern),
            *(dt.date, dt.datetime, dt.time, dt.timedelta, dt.timezone, decimal.Decimal, struct.Struct),
            *(types.GenericAlias, types.UnionType, typing.TypeVar, typing.ParamSpec, types.CodeType),
            *(getattr(typing, name) for name in ("TypeVarTuple", "TypeAliasType") if hasattr(typing, name)),
            *(getattr(builtins, name) for name in ("sentinel",) if hasattr(builtins, name)),  # from 3.15 on
        ],
    )
)
_OF_VALUES = frozenset(map(id, (tuple, frozenset)))

DESCRIPTORS = (
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    type(vars(NamedTuple("_Pair", [("one", int)]))["one"]),
)
_DEFINING = frozenset(map(id, (*DESCRIPTORS, types.FunctionType, staticmethod, classmethod, property, object)))


def is_constant(value: Any) -> bool:
    """Say whether a value, and all that can be reached from it, stays as it is."""
    kind = id(type(value))
    if kind in _VALUES:
        return True
    if kind in _OF_VALUES:
        return all(map(is_constant, value))
    return module_name(type(value)) == "typing" and not is_kind_of(value, type)


def is_definition(value: Any) -> bool:
    """Say whether a value stands for itself: a function, class, module, or what classes are made of."""
    kind = type(value)
    if id(kind) in _DEFINING:
        return True
    if kind is types.BuiltinFunctionType or kind is types.MethodWrapperType:
        return value.__self__ is None or is_kind_of(value.__self__, types.ModuleType, type)
    if issubclass(kind, types.ModuleType):
        return is_listed(value)
    return issubclass(kind, type)


def is_listed(module: types.ModuleType) -> bool:
    """Say whether a module was imported, or code has run in it: one that was made by hand is an object like others."""
    names = module_dict(module)
    name = names.get("__name__")
    if type(name) is not str or sys.modules.get(name) is not module:
        return False
    return names.get("__spec__") is not None or "__builtins__" in names
