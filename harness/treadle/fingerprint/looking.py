"""Inspect objects without running code of the program, or creating anything that the program could see.

`isinstance` reads the `__class__` of an object, `vars` its `__dict__`, `cls.__mro__` involves the metaclass, and a
dictionary calls hash functions. All of these may be the program's own code, which may count its calls, loop for ever or
raise. The functions here use the descriptors of CPython directly.
"""

from __future__ import annotations

import gc
import sys
import types
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")

mro: Callable[[type], tuple[type, ...]] = vars(type)["__mro__"].__get__
"""Return the classes of the method resolution order, the class itself first."""

namespace: Callable[[object], Any] = vars(type)["__dict__"].__get__
"""Return a view of the attributes of the class itself."""

name_of: Callable[[type], str] = vars(type)["__qualname__"].__get__
module_of_type: Callable[[type], object] = vars(type)["__module__"].__get__
module_dict: Callable[[types.ModuleType], dict[str, Any]] = vars(types.ModuleType)["__dict__"].__get__
"""Return the names of a module."""

base_of: Callable[[type], type | None] = vars(type)["__base__"].__get__
flags_of: Callable[[type], int] = vars(type)["__flags__"].__get__
size_of: Callable[[type], int] = vars(type)["__basicsize__"].__get__

_WRITTEN = 1 << 9  # Py_TPFLAGS_HEAPTYPE: set by every class statement, and by some modules in C
_FIXED = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE: C types that cannot be changed


def is_kind_of(item: object, *kinds: type[T]) -> TypeGuard[T]:
    """Say whether an object is an instance of one of these classes, whatever its `__class__` is."""
    return issubclass(type(item), kinds)  # calls neither the object nor its class, as these kinds are plain types


def is_written(kind: type) -> bool:
    """Say whether a class does not belong to the interpreter, and can change."""
    return bool(flags_of(kind) & (_WRITTEN | _FIXED) == _WRITTEN)


def module_name(kind: type) -> str:
    """Return the name of the module of a class, or an empty text if it is not a string."""
    try:
        found = module_of_type(kind)
    except AttributeError:
        return ""
    return found if type(found) is str else ""


def is_of_module(names: dict[str, object]) -> bool:
    """Say whether these are the names of a loaded module, and not of an earlier version of it, or of no module."""
    name = names.get("__name__")
    module = sys.modules.get(name) if type(name) is str else None
    if type(module) is not types.ModuleType and not is_kind_of(module, types.ModuleType):
        return False
    return module_dict(module) is names


def is_trusted(kind: type) -> bool:
    """Say whether a class is Treadle's or asyncio's, so that its attributes behave normally."""
    return module_name(kind).partition(".")[0] in ("treadle", "asyncio", "_asyncio", "builtins")


def describe_type(kind: type) -> str:
    """Return the name of a type for a message."""
    return f"{module_name(kind)}.{name_of(kind)}"


def dict_getter(kind: type) -> Any:
    """Return a function that returns an instance's dictionary, or None if instances have none."""
    for each in mro(kind):
        found = namespace(each).get("__dict__")
        # From 3.15 on all classes share one such descriptor.
        if type(found) is types.GetSetDescriptorType and (found.__objclass__ is each or found.__objclass__ is object):
            return found.__get__
    return None


def attributes_of(value: object) -> dict[str, object]:
    """Return an instance's dictionary, or an empty one if it has none."""
    getter = dict_getter(type(value))
    return (getter(value) if getter is not None else None) or {}


def slots(kind: type) -> Iterator[types.MemberDescriptorType]:
    """Yield the descriptors of all slots that classes declare, the base class first."""
    for each in reversed(mro(kind)):
        if is_written(each):
            for value in namespace(each).values():
                if type(value) is types.MemberDescriptorType:
                    yield value


def slot_values(descriptors: Iterable[types.MemberDescriptorType], item: object) -> Iterator[object]:
    """Yield the values in the slots of an object; for an empty slot, the descriptor itself."""
    for each in descriptors:
        try:
            yield each.__get__(item)
        except AttributeError:
            yield each


def members_of_built_in(kind: type) -> Iterator[types.MemberDescriptorType]:
    """Yield the descriptors of the fields that built-in exceptions have besides their arguments."""
    for each in reversed(mro(kind)):
        if not is_written(each):
            for value in namespace(each).values():
                if type(value) is types.MemberDescriptorType:
                    yield value


def about_function(function: types.FunctionType, names: Iterable[str]) -> Iterator[object]:
    """Yield the attributes of a function with these names.

    From 3.14 on its annotations are evaluated when they are read, by code of the program. So they are not read: the
    garbage collector shows those that have been evaluated, and the function that evaluates the others can be inspected.
    """
    for name in names:
        if name == "__annotations__" and _WORKED_OUT:
            yield from _annotations(function)
        else:
            yield getattr(function, name)


_WORKED_OUT = sys.version_info >= (3, 14)


def _annotations(function: Any) -> Iterator[object]:
    parts = (function.__globals__, function.__builtins__, function.__dict__, function.__kwdefaults__)
    others = {id(each) for each in (*parts, function.__defaults__, function.__closure__)}
    yield function.__annotate__
    for each in gc.get_referents(function):
        if (type(each) is dict or type(each) is tuple) and id(each) not in others:
            yield each


def text(value: str) -> str:
    """Return a string or an instance of a subclass as a plain string."""
    return str.__str__(value)
