"""The modules, classes and functions that are inspected, and which parts of them are written in each state."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING
from weakref import ref

from treadle.fingerprint.classes import class_token
from treadle.fingerprint.constant import is_constant, is_definition, is_wrapper
from treadle.fingerprint.danger import BUILTINS, Danger, danger_of, is_task_class
from treadle.fingerprint.looking import (
    is_kind_of,
    is_written,
    module_dict,
    module_name,
    mro,
    name_of,
    namespace,
)
from treadle.fingerprint.namespaces import Namespace, owner_of
from treadle.fingerprint.origin import Origin, origin, origin_of_module
from treadle.fingerprint.scope.known import Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_NOTHING = Namespace(None, {}, "", Origin.LIBRARY)
_PARTS = frozenset(("__code__", "__defaults__", "__kwdefaults__", "__dict__", "__wrapped__"))
_TO_MODULES = frozenset(
    ("__globals__", "f_globals", "__builtins__", "modules", "getmodule", "resolve_name", "load_module")
)
"""Names that lead to a module without naming it."""
_FIELDS = "__dataclass_fields__"
_MARKS = frozenset(("__doc__", "__name__"))
"""Attributes that can be set on a property, or on a field of a named tuple."""


class Held(Known):
    """Inspects what code can name."""

    def meet_module(self, module: types.ModuleType, *, own: bool = True) -> None:
        """Inspect a module from now on that was named by code of the program, or of the standard library."""
        if self._target is None:
            return
        if own:
            self._heed(danger_of(module), module)
            self._reach(module_dict(module))
            if module_dict(module) is BUILTINS and not self._builtins_named:
                self._builtins_named = True
                self._meet_names(BUILTINS)
                self._select(self._by_identity[id(BUILTINS)], self.names)
        self._meet_names(module_dict(module))
        if type(module) is not types.ModuleType:
            self.meet_class(type(module))

    def meet_class(self, kind: type) -> None:
        """Inspect a class from now on, with its bases and its metaclass, because names are looked up in all of them."""
        if self._target is None or id(kind) in self._by_identity:
            return
        if not is_written(kind):
            self._by_identity[id(kind)] = _NOTHING
            return
        for each in mro(kind):
            if id(each) not in self._by_identity and is_written(each):
                module = sys.modules.get(module_name(each))
                listed = is_kind_of(module, types.ModuleType)  # `sys.modules` may contain any object
                whose = origin_of_module(module_dict(module)) if listed else Origin.OWN  # type: ignore[arg-type]
                self._meet(each, Namespace(each, namespace(each), f"{module_name(each)}.{name_of(each)}", whose))
            if whose_task(each) and not module_name(kind).startswith(("treadle.", "asyncio")):
                self._has_task_class = True
        if type(kind) is not type:
            self.meet_class(type(kind))
        self._select_matched(kind)

    def _reach(self, names: Mapping[str, object]) -> None:
        """Take note that the program's own code can obtain this module, and of what it names in it."""
        if id(names) in self._reached:
            return
        self._reached.add(id(names))
        self._kept.append(names)
        space = self._by_identity.get(id(names))
        if space is not None:
            for name in sorted(space.known & self._own_names):
                self._heed_own_name(space, name)

    def _is_reached(self, space: Namespace) -> bool:
        """Say whether the program's own code can reach a name of this module or class by naming it.

        A module of the standard library that only the standard library has named is not reached, unless a name leads
        there: naming a method `open` is not dangerous if only code of asyncio names `os`.
        """
        if space.origin is Origin.OWN or is_kind_of(space.owner, type) or space.names is BUILTINS:
            return True
        if id(space.names) in self._reached or (Danger.READS | Danger.BINDS | Danger.IMPORTS) & self._dangers:
            return True
        return not _TO_MODULES.isdisjoint(self._own_names)

    def _select_matched(self, kind: type) -> None:
        """Let the attributes count that a `match` pattern reads without naming them."""
        made_of = [each for each in mro(kind) if is_written(each)]
        matched = [namespace(each).get("__match_args__") for each in made_of]
        names = {name for each in matched if type(each) is tuple for name in each if type(name) is str}
        for each in made_of if names else ():
            space = self._by_identity[id(each)]
            if space.origin is not Origin.TOOL:
                self._select(space, names)

    def _meet_names(self, names: dict[str, object]) -> None:
        if id(names) in self._by_identity:
            return
        owner, where = owner_of(names)
        whose = Origin.LIBRARY if names is BUILTINS else origin_of_module(names)
        self._meet(names, Namespace(owner, names, where, whose))

    def _meet(self, key: object, space: Namespace) -> None:
        self._by_identity[id(key)] = space
        self._kept.append(key)
        if space.origin is Origin.TOOL:
            return
        self._namespaces.append(space)
        self._select(space, self.names)
        self._select_special(space)
        if Danger.READS in self._dangers and space.origin is Origin.OWN:
            self._select(space, space.names.keys())
        space.size = len(space.names)
        self._sizes = ()

    def _select(self, space: Namespace, names: Iterable[str], *, called: bool = False) -> None:
        """Let these names of a module or class count; for built-in functions only names that are called."""
        if space.names is BUILTINS and not called and not self._builtins_named:
            return
        for name in space.present(names, self._own_names):
            if name in space.known:
                continue
            space.known.add(name)
            if space.origin is Origin.OWN or name in self._own_names:
                self._heed_name(space, name)
            value = space.names.get(name)
            constant = (space.is_harmless(name) and not self._names_harmless(space, name)) or is_constant(value)
            constant = constant or (name == _FIELDS and not self._fields_change)
            if self.compares and is_constant(value):
                self.fix(value)
            if not constant and is_definition(value):  # first, since a function that is fixed counts as met
                self._meet_definition(value, f"{space.where}.{name}", space.origin)
                constant = True
            if not constant or self._is_changeable(space, name):
                self._write(space, name)

    def _select_special(self, space: Namespace) -> None:
        """Let the methods count that the interpreter looks up itself, without a name in code."""
        if space.origin is Origin.OWN:
            self._select(space, [name for name in list(space.names) if type(name) is str and is_special(name)])

    def _names_harmless(self, space: Namespace, name: str) -> bool:
        """Say whether the program's own code names something otherwise harmless: a cache, or the search path."""
        if not self._own_names.isdisjoint(space.shown_by):
            return True
        if name not in self._own_names or (space.where == "sys" and name == "modules"):
            return False
        return not space.is_known or self._is_reached(space)

    def _is_changeable(self, space: Namespace, name: str) -> bool:
        """Say whether code can rebind this name; in the standard library only definitions matter."""
        if name in self._own_stored or (name in self._stored and not space.is_known):
            return True
        if Danger.BINDS not in self._dangers:
            return space.origin is Origin.OWN and self._is_marked(space, space.names.get(name))
        return space.origin is Origin.OWN or is_definition(space.names.get(name))

    def _is_marked(self, space: Namespace, value: object) -> bool:
        """Say whether code can set attributes on a static method, a property or the like.

        Reading one from a class returns something else, except for those with a docstring of their own.
        """
        if not is_wrapper(value):
            return False
        return not is_kind_of(space.owner, type) or not _MARKS.isdisjoint(self._own_stored)

    def _write(self, space: Namespace, name: str) -> None:
        if name not in space.written:
            value = space.names.get(name)
            if is_definition(value) and not is_wrapper(value):
                self.fix(value)  # to distinguish it from any replacement
            space.written.add(name)
            self._written.append((space, name))
            self.version += 1

    def _loosen(self, names: Iterable[str] | None) -> None:
        """Write those of these names, or of all, that are inspected and can change from now on."""
        for space in self._namespaces:
            for name in sorted(space.known if names is None else space.known.intersection(names)):
                if self._is_changeable(space, name):
                    self._write(space, name)

    def _meet_definition(self, value: object, where: str, whose: Origin) -> None:
        if is_kind_of(value, types.ModuleType):
            self.meet_module(value, own=whose is Origin.OWN)
        elif is_kind_of(value, type):
            self.meet_class(value)
            if class_token(value) is None:  # made in a function, which may make another that looks the same
                self.fix(value)
        elif type(value) is types.FunctionType:
            self._meet_function(value, where, whose)
        elif type(value) is staticmethod or type(value) is classmethod:
            self._meet_part(value.__func__, where, whose)
        elif type(value) is property:
            for each in (value.fget, value.fset, value.fdel):
                self._meet_part(each, where, whose)
        elif type(value) is object:
            self.fix(value)

    def _meet_part(self, value: object, where: str, whose: Origin) -> None:
        if is_definition(value):
            self._meet_definition(value, where, whose)

    def _meet_function(self, function: types.FunctionType, where: str, whose: Origin) -> None:
        if id(function) in self.fixed:
            return
        if origin(function.__code__.co_filename) is Origin.TOOL:
            self.fix(function)
            return
        own = whose is Origin.OWN
        cells = function.__closure__ or ()
        held = [_contents(each) for each in cells]
        held += [function.__defaults__, *(function.__kwdefaults__ or {}).values(), *function.__dict__.values()]
        changes = bool(own and cells)
        self.fix(function)
        if own:
            self._follow(function, where)
        for each in held:
            if is_constant(each):
                continue
            if is_definition(each):
                self._meet_definition(each, where, whose)
            else:
                changes = True
        if changes:
            self._write_contents(where, function)

    def _follow(self, function: types.FunctionType, where: str) -> None:
        """Check whether a function that the program's own code can name gets attributes."""
        if function not in self._followed:
            self._followed.add(function)
            self._own_functions.append((where, ref(function)))
            self._plain_functions.append(ref(function))
            if self._parts_change():
                self._write_contents(where, function)
            if self.compares:
                self._fix_defaults(function)

    def _write_contents(self, where: str, function: types.FunctionType) -> None:
        """Write the contents of a function from now on, unless that is done already."""
        if any(each() is function for _, each in self._contents):
            return
        self._plain_functions = [each for each in self._plain_functions if each() is not function]
        self._contents.append((where, ref(function)))
        self.version += 1

    def _parts_change(self) -> bool:
        """Say whether the program's own code can change, or read, the parts of functions."""
        return bool(self.about_functions) or Danger.BINDS in self._dangers or not _PARTS.isdisjoint(self._own_names)

    def _fix_defaults(self, function: types.FunctionType) -> None:
        defaults = function.__defaults__ or ()
        self._fix_constants((*defaults, function.__defaults__, *(function.__kwdefaults__ or {}).values()))

    def _fix_constants(self, values: Iterable[object]) -> None:
        for each in values:
            if is_constant(each):
                self.fix(each)


def is_special(name: str) -> bool:
    """Say whether the interpreter may look a name up itself; the names of a data class are used only by its module."""
    return name.startswith("__") and name.endswith("__") and not name.startswith("__dataclass_")


def whose_task(kind: type) -> bool:
    """Say whether this is one of asyncio's classes of tasks."""
    return is_task_class(kind) and module_name(kind) in ("_asyncio", "asyncio.tasks")


def _contents(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # the name is still unbound
        return None
