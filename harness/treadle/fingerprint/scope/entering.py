"""Take note of code that has run for the first time: the names in it, and what it can do."""

from __future__ import annotations

import dataclasses
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.fingerprint.classes import ABOUT_CLASSES
from treadle.fingerprint.constant import is_constant, is_definition
from treadle.fingerprint.danger import BUILTINS, TABLES, Danger, danger_of
from treadle.fingerprint.looking import (
    is_kind_of,
    is_trusted,
    is_written,
    module_dict,
    mro,
    namespace,
)
from treadle.fingerprint.namespaces import OF_MODULES, globals_of, imported
from treadle.fingerprint.naming import READERS, WRITERS, naming
from treadle.fingerprint.origin import Origin, origin
from treadle.fingerprint.scope.heeded import Heeded
from treadle.fingerprint.scope.held import _FIELDS, _MARKS, _PARTS, _TO_MODULES, is_special
from treadle.inspecting import Kinds

if TYPE_CHECKING:
    from treadle.fingerprint.naming import Naming

_PLAIN_CONTAINERS = Kinds(list, dict, set, tuple)
_ABOUT_FUNCTIONS = tuple(
    name
    for name in ("__annotations__", "__doc__", "__module__", "__name__", "__qualname__", "__type_params__")
    if name in vars(types.FunctionType)
)
_INSIDE = TABLES | {"__setattr__", "__delattr__", "__getattribute__"}
"""Attributes through which any name can be read and bound."""
_PATCHING = ("mock.py", "mock/__init__.py")
_READING_SOURCES = frozenset(("linecache.py", "tokenize.py", "inspect.py", "traceback.py", "pkgutil.py", "runpy.py"))
"""Files of the standard library that only read source files."""
_OF_FIELDS = frozenset(slot for slot in dataclasses.Field.__slots__ if not slot.startswith("_"))
_BY_IDENTITY = frozenset(("__eq__", "__ne__", "__hash__"))  # methods of `object` that distinguish equal values
_NAMES = frozenset(("__name__", "__qualname__"))
_ROOM = frozenset(("__sizeof__", "__alloc__"))
"""Methods that return the allocated size of a list, a dictionary or a bytearray, which its contents do not tell."""


class Entering(Heeded):
    """Takes note of code that has run."""

    def enter(  # noqa: C901 - one line for each step
        self, code: types.CodeType, names: dict[str, object] | None = None
    ) -> None:
        """Take note of code that has run, in a module with these names."""
        whose = origin(code.co_filename)
        if whose is Origin.TOOL:
            return
        named = naming(code)
        if names is None:
            names = globals_of(code)
        if names is None and BUILTINS.keys() >= named.globals and not named.imports:
            names = BUILTINS
        if names is None:
            self._give_up(f"code whose module is gone: {code.co_qualname}, {code.co_filename}")
            return
        if whose is Origin.OWN:
            self._constants.append(code.co_consts)
            self._enter_own(named)
            self._look_for_care(named, names)
            if self.compares:
                self._fix_constants(code.co_consts)
        elif code.co_filename.endswith(_PATCHING):
            self._be_careful(Danger.BINDS)
        if whose is Origin.OWN or _file_of(code) not in _READING_SOURCES:
            self._look_outside(named, names, own=whose is Origin.OWN)
        reads = named.reads | self._unnamed(code, named, own=whose is Origin.OWN)
        fresh, loose = reads - self.names, named.stores - self._stored
        self.names |= fresh
        self._stored |= loose
        if fresh and self._selective:
            self.version += 1
        if loose:
            self._loosen(loose)
        for space in list(self._namespaces):
            self._select(space, fresh)
        self._meet_names(names)
        self._meet_names(BUILTINS)
        for module in imported(named, names):
            self.meet_module(module, own=whose is Origin.OWN)
        self._look_for_answers()

    def _look_for_answers(self) -> None:
        """Check whether the answers of an abstract class may change, in which case only its cache tells the answer."""
        if self._answers_change or not (self._asks or self._asks_for_methods):
            return
        if self._asks or Danger.BINDS in self._dangers or any(map(is_special, self._own_stored)):
            self._answers_change = True
            self.version += 1

    def _unnamed(self, code: types.CodeType, named: Naming, *, own: bool) -> set[str]:
        """Return names that code reads, or by which it was reached, but that are not in it; note what else it does."""
        file = _file_of(code)
        if file == "traceback.py":
            self._traces = True
        elif file == "abc.py" and code.co_name == "register" and not self.registers:
            self.registers = True
            self.version += 1
        elif (own and code.co_name == "__subclasshook__") or (file == "typing.py" and code.co_name == "_proto_hook"):
            self._asks = True
        elif file == "_collections_abc.py" and code.co_name == "_check_methods":
            self._asks_for_methods = True
        reads = {code.co_name} if own else set()  # the library may have composed its name
        if "print" in named.globals:
            self._meet_names(module_dict(sys))
            reads.add("stdout")
        return reads

    def _enter_own(self, named: Naming) -> None:
        """Take note of what code of the program itself can do."""
        fresh = named.reads - self._own_names
        self._own_names |= fresh
        self._meet_names(BUILTINS)
        self._select(self._by_identity[id(BUILTINS)], named.globals, called=True)
        of_modules = fresh & OF_MODULES
        for space in list(self._namespaces) if of_modules else ():
            self._select(space, of_modules)
        for space in self._namespaces:
            shown = [] if fresh.isdisjoint(space.shown_by) else filter(space.is_harmless, space.known)
            for name in sorted({*(space.known & fresh), *shown}):
                self._heed_own_name(space, name)
        loose = named.stores - self._own_stored
        self._own_stored |= loose
        self.version += "__class__" in loose or "shutdown_asyncgens" in fresh
        self._loosen(loose if _MARKS.isdisjoint(loose) else None)
        self._learn_fields(named)
        if not _TO_MODULES.isdisjoint(fresh):
            self._reach_all()
        self._learn_about(fresh)
        if not _INSIDE.isdisjoint(named.reads):
            self._be_careful(Danger.READS | Danger.BINDS)
        if not READERS.isdisjoint(named.computed):
            self._be_careful(Danger.READS)
        if not WRITERS.isdisjoint(named.computed):
            self._be_careful(Danger.BINDS)
        if named.reads >= {"sys", "modules"}:
            self._be_careful(Danger.IMPORTS)

    def _look_for_care(self, named: Naming, names: dict[str, object]) -> None:
        """Check whether code distinguishes equal values by identity, and whether it uses similar details."""
        if not _NAMES.isdisjoint(named.stores) and not self.renames:
            self.renames = True
            self.version += 1
        if "_log_destroy_pending" in named.reads and not self.hides:
            self.hides = True
            self.version += 1
        if self.compares:
            return
        for first, *rest in map(list, filter(None, named.compared)):
            value: object = names.get(first, BUILTINS.get(first))
            for attribute in rest:
                value = _held(value, attribute)
            self._compared.add(rest[-1] if rest else first)
            if not _is_no_value(value):
                self._be_careful(Danger.COMPARES)
        for first, *rest in named.chains:
            if rest and rest[0] in _BY_IDENTITY:
                kind = names.get(first, BUILTINS.get(first))
                self._be_careful(danger_of(_held(kind, rest[0])) & Danger.COMPARES)
        if () in named.compared or not self._compared.isdisjoint(self._own_stored):
            self._be_careful(Danger.COMPARES)

    def _learn_about(self, fresh: frozenset[str]) -> None:
        """Take note of names of properties of functions and classes other than attributes."""
        if "__subclasses__" in fresh:
            self._give_up("code that can reach objects that no name leads to (__subclasses__)")
        for name in sorted(_ROOM & fresh):
            self._give_up(f"code that asks how much room an object takes ({name})")
        if not fresh.isdisjoint(ABOUT_CLASSES):
            self.about_classes |= fresh & ABOUT_CLASSES
            self.version += 1
        if not fresh.isdisjoint(_ABOUT_FUNCTIONS):
            self.about_functions = tuple(name for name in _ABOUT_FUNCTIONS if name in self._own_names)
            self.version += 1
        if not fresh.isdisjoint(_PARTS.union(_ABOUT_FUNCTIONS)):
            self._write_functions()

    def _learn_fields(self, named: Naming) -> None:
        """Take note of code that may change the field table of a data class, or the metadata of a field."""
        if self._fields_change or ("metadata" not in named.reads and named.stores.isdisjoint(_OF_FIELDS)):
            return
        self._fields_change = True
        for space in self._namespaces:
            if _FIELDS in space.known and space.origin is Origin.OWN:
                self._write(space, _FIELDS)

    def select_attributes(self, state: dict[str, object] | None) -> dict[str, object] | None:
        """Return those attributes of an object of the standard library that code has named."""
        if not self._selective:
            self._selective = True
            self.version += 1
        if state is None:
            return None
        names, any_name = self.names, Danger.BINDS in self._dangers
        return {
            name: value
            for name, value in dict.items(state)
            if name in names or (any_name and (is_constant(value) or type(value) in _PLAIN_CONTAINERS))
        }


def _is_no_value(value: object) -> bool:
    """Say whether something is always written with a number, so that `is` never finds it equal to a lookalike."""
    kind = type(value)
    return is_definition(value) or kind is object or (is_written(kind) and not is_trusted(kind))


def _held(value: object, name: str) -> object:
    """Return the value of a name in a module or a class, or None."""
    if is_kind_of(value, types.ModuleType):
        return module_dict(value).get(name)
    made_of = mro(value) if is_kind_of(value, type) else ()
    return next((namespace(each)[name] for each in made_of if name in namespace(each)), None)


def _file_of(code: types.CodeType) -> str:
    """Return the name of the file of a code object, also if it is part of the interpreter."""
    name = code.co_filename
    if name.startswith("<frozen "):
        return f"{name[8:-1].rpartition('.')[2]}.py"
    return Path(name).name
