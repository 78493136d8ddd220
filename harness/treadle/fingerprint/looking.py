"""Look at objects without asking them: no method of the program's runs, nothing is created that the program could see.

`isinstance` asks an object for its `__class__`, `vars` for its `__dict__`, `cls.__mro__` asks the metaclass, a
dictionary asks for hashes. All of these may be the program's own code, which may count its calls, loop for ever or
raise. What stands here goes past them, to the descriptors of CPython itself.
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
"""Return the classes that a class is made of, itself first."""

namespace: Callable[[object], Any] = vars(type)["__dict__"].__get__
"""Return a view of what a class itself holds."""

name_of: Callable[[type], str] = vars(type)["__qualname__"].__get__
module_of_type: Callable[[type], object] = vars(type)["__module__"].__get__
module_dict: Callable[[types.ModuleType], dict[str, Any]] = vars(types.ModuleType)["__dict__"].__get__
"""Return the names of a module."""

base_of: Callable[[type], type | None] = vars(type)["__base__"].__get__
flags_of: Callable[[type], int] = vars(type)["__flags__"].__get__
size_of: Callable[[type], int] = vars(type)["__basicsize__"].__get__

_WRITTEN = 1 << 9  # Py_TPFLAGS_HEAPTYPE: every class statement makes such a type, and so do some modules in C
_FIXED = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE: those in C that nobody can change


def is_kind_of(item: object, *kinds: type[T]) -> TypeGuard[T]:
    """Say whether an object is an instance of one of these classes, whatever it says of itself."""
    return issubclass(type(item), kinds)  # asks neither the object nor its class, as these kinds are plain types


def is_written(kind: type) -> bool:
    """Say whether a class is no part of the interpreter, and can change."""
    return bool(flags_of(kind) & (_WRITTEN | _FIXED) == _WRITTEN)


def module_name(kind: type) -> str:
    """Return the name of the module of a class, or nothing where the class says something else."""
    try:
        found = module_of_type(kind)
    except AttributeError:
        return ""
    return found if type(found) is str else ""


def is_of_module(names: dict[str, object]) -> bool:
    """Say whether these are the names of a module that is loaded, and not of one that was loaded before, or of none."""
    name = names.get("__name__")
    module = sys.modules.get(name) if type(name) is str else None
    if type(module) is not types.ModuleType and not is_kind_of(module, types.ModuleType):
        return False
    return module_dict(module) is names


def is_trusted(kind: type) -> bool:
    """Say whether a class is Treadle's or asyncio's: its attributes are what they seem."""
    return module_name(kind).partition(".")[0] in ("treadle", "asyncio", "_asyncio", "builtins")


def describe_type(kind: type) -> str:
    """Name a type in a message."""
    return f"{module_name(kind)}.{name_of(kind)}"


def dict_getter(kind: type) -> Any:
    """Return what gives an instance's dictionary, or None where instances have none."""
    for each in mro(kind):
        found = namespace(each).get("__dict__")
        # From 3.15 on all classes share one such descriptor.
        if type(found) is types.GetSetDescriptorType and (found.__objclass__ is each or found.__objclass__ is object):
            return found.__get__
    return None


def attributes_of(value: object) -> dict[str, object]:
    """Return an instance's dictionary, which is empty where it has none."""
    getter = dict_getter(type(value))
    return (getter(value) if getter is not None else None) or {}


def slots(kind: type) -> Iterator[types.MemberDescriptorType]:
    """Give the descriptors of all slots that classes declare, the base class first."""
    for each in reversed(mro(kind)):
        if is_written(each):
            for value in namespace(each).values():
                if type(value) is types.MemberDescriptorType:
                    yield value


def slot_values(descriptors: Iterable[types.MemberDescriptorType], item: object) -> Iterator[object]:
    """Give what stands in the slots of an object; where nothing does, the descriptor itself."""
    for each in descriptors:
        try:
            yield each.__get__(item)
        except AttributeError:
            yield each


def members_of_built_in(kind: type) -> Iterator[types.MemberDescriptorType]:
    """Give the descriptors of what built-in exceptions keep beside their arguments."""
    for each in reversed(mro(kind)):
        if not is_written(each):
            for value in namespace(each).values():
                if type(value) is types.MemberDescriptorType:
                    yield value


def about_function(function: types.FunctionType, names: Iterable[str]) -> Iterator[object]:
    """Give what a function has beside its code under these names.

    From 3.14 on its annotations are worked out when somebody asks for them, by code of the program's. So nobody asks:
    the collector knows those that have been worked out, and the function that works out the others can be looked at.
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
    """Return the text of what is a string or a subclass, as a string."""
    return str.__str__(value)
