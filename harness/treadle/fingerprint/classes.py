"""Classes: one that a module holds by its name is written as a token, one made in a function by its contents.

A class of a module is the same in every execution, so it stands for itself, and `scope` looks at its attributes, which
can change. A class statement inside a function makes a new class in each execution, which is written like any object,
with all its contents.

The token of a class does not keep it alive.
"""

from __future__ import annotations

import functools
import gc
import sys
import types
from typing import TYPE_CHECKING
from weakref import ref

from treadle.fingerprint.constant import FIELD
from treadle.fingerprint.containers import CONTENTS
from treadle.fingerprint.encoder import FLEETING, LEARNERS, rule
from treadle.fingerprint.looking import (
    attributes_of,
    base_of,
    is_kind_of,
    is_trusted,
    is_written,
    module_dict,
    module_name,
    mro,
    name_of,
    namespace,
)
from treadle.loop import ROLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.fingerprint.encoder import Encoder, Rule

    Descriptor = (
        types.WrapperDescriptorType
        | types.MethodDescriptorType
        | types.ClassMethodDescriptorType
        | types.GetSetDescriptorType
        | types.MemberDescriptorType
    )


class ClassToken:
    """A token for a class; there is only one for each class, so it compares by identity."""

    __slots__ = ("module", "name", "role")

    def __init__(self, kind: type) -> None:
        self.name = name_of(kind)
        self.module = module_name(kind)
        self.role = next((role for each, role in ROLES.items() if each is kind), "")

    def __repr__(self) -> str:
        return f"<class {self.name}>"


_tokens: dict[int, ClassToken] = {}
_watched: dict[int, ref[type]] = {}

_MADE = "made here"  # comes before the contents of a class, in place of its token
_NOT_WRITTEN = frozenset(("__dict__", "__weakref__", "__module__", "__qualname__", "__doc__", "_abc_impl"))


def is_lasting(kind: type) -> bool:
    """Say whether a class exists in every execution: it is in its module under its name, or built in."""
    if not is_written(kind) or is_trusted(kind):  # Treadle makes some of its classes in functions, but only once
        return True
    module = sys.modules.get(module_name(kind))
    if module is None:
        return False
    found: object = module
    for part in name_of(kind).split("."):
        if is_kind_of(found, types.ModuleType):
            found = module_dict(found).get(part)
        elif is_kind_of(found, type):
            found = namespace(found).get(part)
        else:
            return False
    return found is kind


def class_token(kind: type) -> ClassToken | None:
    """Return the token of a lasting class; None for a class made in an execution."""
    place = id(kind)
    token = _tokens.get(place)
    if token is not None:
        return token
    if place in FLEETING or not is_lasting(kind):
        if place not in FLEETING:
            FLEETING.add(place)
            _forget_with(kind)
        return None
    _tokens[place] = token = ClassToken(kind)
    _forget_with(kind)
    return token


def _forget_with(kind: type) -> None:
    if not is_written(kind):
        return
    place = id(kind)

    def forget(_: object) -> None:
        _tokens.pop(place, None)
        FLEETING.discard(place)
        _watched.pop(place, None)

    _watched[place] = ref(kind, forget)


def write_kind(encoder: Encoder, kind: type) -> None:
    """Write the class of an object."""
    token = _tokens.get(id(kind)) or class_token(kind)
    if token is None:
        encoder.tokens.append(_MADE)
        encoder.add(kind)
        return
    encoder.tokens.append(token)
    scope = encoder.scope
    if scope is not None:
        scope.meet_class(kind)


def _learn_class(kind: type) -> Rule | None:
    return _class if issubclass(kind, type) else None


def _class(encoder: Encoder, item: type) -> None:
    token = class_token(item)
    if token is not None:
        encoder.tokens.append(token)
        if encoder.scope is not None:
            encoder.scope.meet_class(item)
        return
    encoder.number(item)
    held = [(name, value) for name, value in namespace(item).items() if name not in _NOT_WRITTEN]
    encoder.tokens += (type, name_of(item), len(held))
    if encoder.scope is not None and encoder.scope.about_classes:
        write_about(encoder, item, encoder.scope.about_classes)
    if encoder.scope is not None and encoder.scope.registers:
        write_registered(encoder, item)
    write_kind(encoder, type(item))
    encoder.add_some(item.__bases__ if type(item) is type else (base_of(item), *mro(item)[1:]))
    for pair in held:
        encoder.add_all(pair)


def write_about(encoder: Encoder, kind: type, about: frozenset[str]) -> None:
    """Write those properties of a class, besides its attributes, that code names."""
    if "__bases__" in about:
        encoder.tokens.append(tuple(map(name_of, mro(kind))))
    if "__name__" in about or "__qualname__" in about:
        encoder.tokens += (name_of(kind), _short_name(kind))
    held = namespace(kind)
    for name in sorted(about & _IN_CLASSES):
        encoder.add_all(held.get(each) for each in _KEPT_AS.get(name, (name,)))


def write_registered(encoder: Encoder, kind: type) -> None:
    """Write which classes are registered with an abstract class; those with the same name may be in any order."""
    if "_abc_impl" in namespace(kind):
        registered = [found for each in _get_dump(kind)[0] if (found := each()) is not None]
        encoder.tokens.append(len(registered))
        for each in sorted(registered, key=lambda each: (module_name(each), name_of(each))):
            write_kind(encoder, each)


def write_answers(encoder: Encoder, kind: type) -> None:
    """Write the answers that an abstract class has cached: which classes are its subclasses, and which are not."""
    if "_abc_impl" in namespace(kind):
        _, yes, no, version = _get_dump(kind)
        for answers in (yes, no if version == _get_cache_token() else ()):
            classes = [found for each in answers if (found := each()) is not None]
            classes.sort(key=lambda each: (module_name(each), name_of(each)))
            tokens = [token for each in classes if (token := _told_by(encoder, each)) is not None]
            encoder.tokens += (len(tokens), *tokens)


def _told_by(encoder: Encoder, kind: type) -> object:
    """Return a token for a class; None for a class of another execution, which this one cannot reach."""
    return class_token(kind) or encoder.references.get(id(kind))


_IN_CLASSES = frozenset(("__annotations__", "__doc__", "__module__"))
_KEPT_AS = {"__annotations__": ("__annotations__", "__annotations_cache__", "__annotate_func__")}  # from 3.14 on
ABOUT_CLASSES = _IN_CLASSES | {"__bases__", "__name__", "__qualname__"}
"""The names by which code reads properties of a class other than its attributes."""

_short_name: Callable[[type], str] = vars(type)["__name__"].__get__
_get_dump: Callable[[type], tuple[set[ref[type]], set[ref[type]], set[ref[type]], int]] = vars(sys.modules["_abc"])[
    "_get_dump"
]
_get_cache_token: Callable[[], int] = vars(sys.modules["_abc"])["get_cache_token"]


rule(type)(_class)
LEARNERS.append(_learn_class)


# The contents of classes. Descriptors of built-in types and of slots are identified by their class and name.


@rule(
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
)
def _descriptor(encoder: Encoder, item: Descriptor) -> None:
    encoder.tokens += (type(item), item.__name__)
    owner: type = item.__objclass__
    if id(owner) in encoder.references:
        encoder.identity(owner)
    else:
        write_kind(encoder, owner)
    if encoder.scope is not None:
        encoder.scope.meet_value(item)


@rule(FIELD)
def _field(encoder: Encoder, item: object) -> None:
    """Write a field of a named tuple: its index and its docstring."""
    encoder.tokens.append(FIELD)
    encoder.add(item.__reduce__()[1])


@rule(staticmethod, classmethod)
def _method(encoder: Encoder, item: staticmethod[..., object] | classmethod[object, ..., object]) -> None:
    encoder.number(item)
    given = attributes_of(item)
    about = encoder.scope.about_functions if encoder.scope is not None else ()
    names = [name for name in given if name not in _OF_FUNCTIONS or name in about]
    encoder.tokens += (type(item), len(names))
    encoder.add_all((item.__func__, *names, *(given[name] for name in names)))


_OF_FUNCTIONS = frozenset((*functools.WRAPPER_ASSIGNMENTS, "__annotations__", "__annotate__", "__wrapped__"))
"""The attributes that a method takes from its function; written if code names them."""


@rule(property)
def _property(encoder: Encoder, item: property) -> None:
    encoder.number(item)
    encoder.tokens.append(property)
    encoder.add_some((item.fget, item.fset, item.fdel, *gc.get_referents(item)))  # and a text, and a name from 3.13 on


def _write_property(encoder: Encoder, item: property) -> None:
    encoder.tokens.append(property)
    encoder.add_all(part(item) for part in _of_property)


def _write_method(encoder: Encoder, item: object) -> None:
    encoder.add(vars(staticmethod if issubclass(type(item), staticmethod) else classmethod)["__func__"].__get__(item))


_of_property = [vars(property)[name].__get__ for name in ("fget", "fset", "fdel", "__doc__")]
CONTENTS.update({property: _write_property, staticmethod: _write_method, classmethod: _write_method})
