"""What code that has run can name, outside of its coroutines: it belongs to the state, unless it cannot change.

A list in a module, the function that a global is bound to, an attribute of a class, a cache: they decide what a program
does next as much as its local names do, and live on from one execution to the next. A list of places where programs may
keep something can always be short of one. So it is the other way round: which code has run is known (`entered`), what
it can name is written in it (`naming`), and from there on everything counts that can be reached.

- *Names.* Of a module or a class those names count that occur in code that has run.
- *What cannot change.* A name that no such code binds stays bound to what it is bound to. If that is a function, a
  class, a module or a plain value, nothing of it need be written; what *they* hold is looked at in turn. Anything else
  (a container, an instance) is written in each state, with all that it holds.
- *Danger belongs to values, not to names*: `put = setattr` is as good as `setattr`. Whoever can reach a function that
  binds names which are put together at run time makes all names changeable; whoever can read so makes all of them
  count. What can reach anything at all (`gc`, frames, files) makes states opaque.

No search begins anew when new code shows up. The *version* goes up where more belongs to the state than before; it is
part of each fingerprint. So if a state is met again, nothing has run below it that could name more than it holds.
"""

from __future__ import annotations

import dataclasses
import functools
import sys
import threading
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet, ref

from treadle.fingerprint.classes import ABOUT_CLASSES, class_token, write_about, write_registered
from treadle.fingerprint.constant import is_constant, is_definition, is_listed, is_wrapper
from treadle.fingerprint.danger import BUILTINS, COUNTING, TABLES, Danger, danger_of, describe, is_task_class
from treadle.fingerprint.encoder import OpaqueError
from treadle.fingerprint.entered import account
from treadle.fingerprint.looking import (
    about_function,
    attributes_of,
    is_kind_of,
    is_trusted,
    is_written,
    module_dict,
    module_name,
    mro,
    name_of,
    namespace,
)
from treadle.fingerprint.namespaces import OF_MODULES, Namespace, globals_of, imported, owner_of
from treadle.fingerprint.naming import READERS, WRITERS, naming
from treadle.fingerprint.origin import Origin, origin, origin_of_module
from treadle.inspecting import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from treadle.fingerprint.encoder import Encoder
    from treadle.fingerprint.naming import Naming

_PLAIN_CONTAINERS = (list, dict, set, tuple)
_ABOUT_FUNCTIONS = ("__annotations__", "__doc__", "__module__", "__name__", "__qualname__")
_MISSING = "unset"
_NOTHING = Namespace(None, {}, "", Origin.LIBRARY)
_PARTS = frozenset(("__code__", "__defaults__", "__kwdefaults__", "__dict__", "__wrapped__"))
_INSIDE = TABLES | {"__setattr__", "__delattr__", "__getattribute__"}
"""Attributes by which any name can be read and bound."""
_TO_MODULES = frozenset(
    ("__globals__", "f_globals", "__builtins__", "modules", "getmodule", "resolve_name", "load_module")
)
"""What leads to a module that is not named as such."""
_PATCHING = ("mock.py", "mock/__init__.py")
_READING_SOURCES = frozenset(("linecache.py", "tokenize.py", "inspect.py", "traceback.py", "pkgutil.py", "runpy.py"))
"""Files of the standard library that ask for files of code only."""
_TRACES = frozenset(("__traceback__", "with_traceback", "tb_lineno", "tb_next", "tb_frame", "exc_info"))
_THREADS = frozenset(("current_thread", "main_thread", "_active"))
_OF_THREADS = frozenset(vars(threading.Thread()))
_FIELDS = "__dataclass_fields__"
_OF_FIELDS = frozenset(slot for slot in dataclasses.Field.__slots__ if not slot.startswith("_"))
_NAMES = frozenset(("__name__", "__qualname__"))
_MARKS = frozenset(("__doc__", "__name__"))
"""What a property, or a field of a named tuple, may be given."""
_LINEAGE = frozenset(("__mro__", "__bases__", "__base__", "mro", "__subclasses__"))


class Scope:
    """The names that code which has run can reach. `fixed` numbers what stays what it is, by `id`."""

    def __init__(self, function: object, *fixed: object) -> None:
        """Begin with what is explored, and with objects that are the same in all states.

        None stands for something that is known to keep nothing outside of its coroutines: then nothing is looked at.
        """
        self.version = 0
        self.names: set[str] = set()
        self.fixed: dict[int, int] = {}
        self.opaque = ""
        self.about_functions: tuple[str, ...] = ()
        """What functions have beside what they are, as far as code of the program's own names it."""
        self.about_classes: frozenset[str] = frozenset()
        """The same of classes."""
        self._fixed_so_far = 0
        self._alive: dict[int, ref[Any]] = {}
        self._kept: list[object] = []
        self._own_names: set[str] = set()
        self._stored: set[str] = set()
        self._own_stored: set[str] = set()
        self._dangers = Danger.NONE
        self._loose: set[int] = set()
        self._reached: set[int] = set()
        """The modules, by the `id` of their names, that code of the program's own can get hold of by naming them."""
        self._imports = self._counts = False  # kept apart: to ask a flag takes long (3.11), and these are asked always
        self._by_identity: dict[int, Namespace] = {}
        self._namespaces: list[Namespace] = []
        self._written: list[tuple[Namespace, str]] = []
        self._contents: list[tuple[str, ref[types.FunctionType]]] = []
        self._followed: WeakSet[types.FunctionType] = WeakSet()
        self._own_functions: list[tuple[str, ref[types.FunctionType]]] = []
        self._plain_functions: list[ref[types.FunctionType]] = []  # those of them that are not written so far
        self._selective = self._has_task_class = self._builtins_named = False
        self.compares = self.renames = self.hides = False
        """Code compares values by identity; calls coroutines by other names; tells asyncio not to speak of a task."""
        self._fields_change = False
        self._compared: set[str] = set()  # the names of what is compared by identity
        self._constants: list[tuple[Any, ...]] = []  # of code of the program's own
        self.registers = False
        """Classes were registered at abstract ones."""
        self._traces = False  # code of `traceback` has run
        self._at_home = False  # what is met is where the standard library has it, and nobody has named it so far
        self._sizes: tuple[int, ...] = ()
        for each in fixed:
            self.fix(each)
        self._target = function
        self._see_target(function)

    # What is written

    def write(self, encoder: Encoder) -> None:
        """Write all that may have changed. Raises `OpaqueError`, which then says where it stands."""
        if self._target is None:
            return
        self._at_home = False
        encoder.add(self._target if not is_definition(self._target) else None)
        written, contents = self._written, self._contents
        done = more = 0
        while done < len(written) or more < len(contents):  # they may grow meanwhile
            while done < len(written):
                space, name = written[done]
                done += 1
                value = space.names.get(name, _MISSING)
                if value is _MISSING:
                    encoder.tokens.append(_MISSING)
                elif value is space.streams.get(name):  # what was written to it nobody reads; it may have attributes
                    encoder.tokens.append(name)
                    encoder.add_all(pair for pair in attributes_of(value).items() if pair[0] != "mode")
                else:
                    self._at_home = space.origin is Origin.LIBRARY and type(value) is types.BuiltinFunctionType
                    self._add(encoder, value, space.where, name)
            self._at_home = False
            while more < len(contents):
                where, kept = contents[more]
                more += 1
                function = kept()
                if function is None:
                    encoder.tokens.append(_MISSING)
                    continue
                parts = (*(function.__closure__ or ()), function.__defaults__, function.__kwdefaults__)
                about = about_function(function, self.about_functions)
                self._add(encoder, (function.__code__, *parts, function.__dict__ or None, *about), where, "")
        self._write_about(encoder)
        if self.opaque:
            raise OpaqueError(self.opaque)
        encoder.tokens.append(self.version)

    def _write_about(self, encoder: Encoder) -> None:
        """Write what classes have beside their attributes, and the table of modules, where code asks for that."""
        if self.about_classes:
            for space in [each for each in self._namespaces if each.origin is Origin.OWN]:
                if is_kind_of(space.owner, type):
                    write_about(encoder, space.owner, self.about_classes)
        if self.registers:
            for space in [each for each in self._namespaces if is_kind_of(each.owner, type)]:
                write_registered(encoder, space.owner)
        if self._imports:
            self._write_modules(encoder)
        if not _THREADS.isdisjoint(self._own_names):
            self._write_thread(encoder)

    def _write_thread(self, encoder: Encoder) -> None:
        """Write what the program has given to the thread that it runs in: a name, and attributes of its own."""
        thread: dict[str, Any] = vars(threading.current_thread())
        encoder.add_all((thread.get("_name"), {name: each for name, each in thread.items() if name not in _OF_THREADS}))

    def _write_modules(self, encoder: Encoder) -> None:
        """Write which module stands under which name."""
        encoder.tokens.append(len(sys.modules))
        for name, module in list(sys.modules.items()):
            encoder.add(name)
            if is_kind_of(module, types.ModuleType) and (is_listed(module) or not self._is_own(module)):
                encoder.identity(module)
            else:
                encoder.add(module)

    def _is_own(self, module: types.ModuleType) -> bool:
        return origin_of_module(module_dict(module)) is Origin.OWN

    def _add(self, encoder: Encoder, value: object, where: str, name: str) -> None:
        try:
            encoder.add(value)
        except OpaqueError as error:
            message = f"{where}{'.' if name else ''}{name} is {error}"
            raise OpaqueError(message) from None

    def learn(self) -> None:
        """Take note of the code that has run since, and of new names."""
        if self._target is None:
            return
        for code, names in account().fresh():
            self.enter(code, names)
        if any(function.__dict__ for each in self._plain_functions if (function := each()) is not None):
            self._learn_attributes()
        sizes = tuple(map(len, [each.names for each in self._namespaces]))
        if sizes != self._sizes:
            for space, size in zip(list(self._namespaces), sizes, strict=False):
                if space.size != size:
                    space.size = size
                    self._select(space, self.names)
                    self._select_special(space)
            self._sizes = tuple(map(len, [each.names for each in self._namespaces]))

    def _learn_attributes(self) -> None:
        """Write functions that have been given attributes, from now on."""
        for where, each in self._own_functions:
            function = each()
            if function is not None and function.__dict__:
                self._write_contents(where, function)

    @property
    def keeps(self) -> bool:
        """Say whether the program may keep something outside of its coroutines that changes."""
        return self._target is not None and bool(self._written or self._contents or self.opaque)

    @property
    def is_careful(self) -> bool:
        """Say whether more is written than most programs need: see `careful`."""
        return self.compares or self.renames or self.hides

    @property
    def reads_anything(self) -> bool:
        """Say whether code of the program's own may read attributes by names that nobody can tell."""
        return Danger.READS in self._dangers

    @property
    def reads_tracebacks(self) -> bool:
        """Say whether code may read by which lines an exception went."""
        return self._traces or not _TRACES.isdisjoint(self._own_names)

    @property
    def reads_counts(self) -> bool:
        """Say whether code may read how often a task was cancelled, so that the task does not hear of it."""
        if self._target is None or self._counts:
            return self._counts
        by_class = self._has_task_class or not _LINEAGE.isdisjoint(self._own_names)
        return by_class and (Danger.READS in self._dangers or not COUNTING.isdisjoint(self._own_names))

    # What is met

    def enter(self, code: types.CodeType, names: dict[str, Any] | None = None) -> None:  # noqa: C901 - a step a line
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

    def _unnamed(self, code: types.CodeType, named: Naming, *, own: bool) -> set[str]:
        """Return what code reads, or was read to reach it, without naming it; take note of what else it does."""
        file = _file_of(code)
        if file == "traceback.py":
            self._traces = True
        elif file == "abc.py" and code.co_name == "register" and not self.registers:
            self.registers = True
            self.version += 1
        reads = {code.co_name} if own else set()  # the library may have put its name together
        if "print" in named.globals:
            self._meet_names(module_dict(sys))
            reads.add("stdout")
        return reads

    def _enter_own(self, named: Naming) -> None:
        """Take note of what code of the program's own can do."""
        fresh = named.reads - self._own_names
        self._own_names |= fresh
        self._meet_names(BUILTINS)
        self._select(self._by_identity[id(BUILTINS)], named.globals, called=True)
        of_modules = fresh & OF_MODULES
        for space in list(self._namespaces) if of_modules else ():
            self._select(space, of_modules)
        for space in self._namespaces:
            for name in sorted(space.known & fresh):
                self._heed_own_name(space, name)
        loose = named.stores - self._own_stored
        self._own_stored |= loose
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

    def _look_for_care(self, named: Naming, names: dict[str, Any]) -> None:
        """Look whether code asks which of two equal values it has, and not which of several objects; and the like."""
        if not _NAMES.isdisjoint(named.stores) and not self.renames:
            self.renames = True
            self.version += 1
        if "_log_destroy_pending" in named.reads and not self.hides:
            self.hides = True
            self.version += 1
        if self.compares:
            return
        for first, *rest in map(list, filter(None, named.compared)):
            value: Any = names.get(first, BUILTINS.get(first))
            for attribute in rest:
                value = _held(value, attribute)
            self._compared.add(rest[-1] if rest else first)
            if not _is_no_value(value):
                self._be_careful(Danger.COMPARES)
        if () in named.compared or not self._compared.isdisjoint(self._own_stored):
            self._be_careful(Danger.COMPARES)

    def _look_outside(self, named: Naming, names: dict[str, Any], *, own: bool) -> None:
        """Heed what of the operating system code names where it stands."""
        for chain in sorted(named.chains):
            value: Any = names.get(chain[0], BUILTINS.get(chain[0]))
            for attribute in chain[1:]:
                if not is_kind_of(value, types.ModuleType):
                    break
                value = module_dict(value).get(attribute)
            else:
                self._heed(danger_of(value) & Danger.OUTSIDE, value)
                if own and is_kind_of(value, types.ModuleType):
                    self.let_go(value)
        for module in imported(named, names):
            for name in sorted(named.reads & module_dict(module).keys()):
                self._heed(danger_of(module_dict(module)[name]) & Danger.OUTSIDE, module_dict(module)[name])

    def let_go(self, module: types.ModuleType) -> None:
        """Take note that code has got hold of a module as a value: where its names are read cannot be told."""
        names = module_dict(module)
        if id(names) in self._loose:
            return
        self._loose.add(id(names))
        self._kept.append(names)
        for name in sorted(self._own_names & names.keys()):
            self._heed(danger_of(names[name]) & Danger.OUTSIDE, names[name])

    def _learn_about(self, fresh: frozenset[str]) -> None:
        """Take note of names of what functions and classes have beside their attributes."""
        if "__subclasses__" in fresh:
            self._give_up("code that can reach what no name leads to (__subclasses__)")
        if not fresh.isdisjoint(ABOUT_CLASSES):
            self.about_classes |= fresh & ABOUT_CLASSES
            self.version += 1
        if not fresh.isdisjoint(_ABOUT_FUNCTIONS):
            self.about_functions = tuple(name for name in _ABOUT_FUNCTIONS if name in self._own_names)
            self.version += 1
        if not fresh.isdisjoint(_PARTS.union(_ABOUT_FUNCTIONS)):
            self._write_functions()

    def _learn_fields(self, named: Naming) -> None:
        """Take note of code that may change what a data class knows of its fields, or what is said of one."""
        if self._fields_change or ("metadata" not in named.reads and named.stores.isdisjoint(_OF_FIELDS)):
            return
        self._fields_change = True
        for space in self._namespaces:
            if _FIELDS in space.known and space.origin is Origin.OWN:
                self._write(space, _FIELDS)

    def _write_functions(self) -> None:
        """Write what the functions hold that code of the program's own can name: it can change that."""
        for where, each in self._own_functions:
            function = each()
            if function is not None:
                self._write_contents(where, function)

    def meet_module(self, module: types.ModuleType, *, own: bool = True) -> None:
        """Look at a module from now on, which code of the program's own, or of the standard library, has named."""
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
        """Look at a class from now on, at those that it is made of, and at its metaclass: names are sought in all."""
        if self._target is None or id(kind) in self._by_identity:
            return
        if not is_written(kind):
            self._by_identity[id(kind)] = _NOTHING
            return
        for each in mro(kind):
            if id(each) not in self._by_identity and is_written(each):
                module = sys.modules.get(module_name(each))
                listed = is_kind_of(module, types.ModuleType)  # anything may be put there
                whose = origin_of_module(module_dict(module)) if listed else Origin.OWN
                self._meet(each, Namespace(each, namespace(each), f"{module_name(each)}.{name_of(each)}", whose))
            if whose_task(each) and not module_name(kind).startswith(("treadle.", "asyncio")):
                self._has_task_class = True
        if type(kind) is not type:
            self.meet_class(type(kind))
        self._select_matched(kind)

    def _select_matched(self, kind: type) -> None:
        """Let the attributes count that a pattern asks for without naming them."""
        made_of = [each for each in mro(kind) if is_written(each)]
        matched = [namespace(each).get("__match_args__") for each in made_of]
        names = {name for each in matched if type(each) is tuple for name in each if type(name) is str}
        for each in made_of if names else ():
            space = self._by_identity[id(each)]
            if space.origin is not Origin.TOOL:
                self._select(space, names)

    def meet_value(self, value: object) -> None:
        """Heed what can be done with a function that is met."""
        if self._target is None or self._at_home:
            return
        self._heed(danger_of(value), value)

    def select_attributes(self, state: dict[str, Any] | None) -> dict[str, Any] | None:
        """Return those attributes of an object of the standard library's that code has named."""
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

    def fix(self, value: object) -> None:
        """Take an object for one that stays what it is, as long as it is there."""
        place = id(value)
        if place in self.fixed:
            return
        self._fixed_so_far += 1
        self.fixed[place] = -self._fixed_so_far
        try:
            self._alive[place] = ref(value, lambda _: self._forget(place))
        except TypeError:  # nobody can tell how long it lives
            self._kept.append(value)

    def _forget(self, place: int) -> None:
        self.fixed.pop(place, None)
        self._alive.pop(place, None)

    # How it grows

    def _see_target(self, function: object) -> None:
        inner: Any = function
        while issubclass(type(inner), functools.partial):
            inner = functools.partial.func.__get__(inner)
        if type(inner) is types.FunctionType and origin(inner.__code__.co_filename) is not Origin.TOOL:
            self._meet_function(inner, f"{text_of(inner, '__module__')}.{text_of(inner, '__qualname__')}", Origin.OWN)
        elif is_kind_of(inner, type):
            self.meet_class(inner)

    def _meet_names(self, names: dict[str, Any]) -> None:
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
        """Let these names of a module or class count; of built-in functions those that are called by their names."""
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
        """Let the methods count that the interpreter looks up by itself, and that no code need name."""
        if space.origin is Origin.OWN:
            self._select(space, [name for name in list(space.names) if type(name) is str and _is_special(name)])

    def _names_harmless(self, space: Namespace, name: str) -> bool:
        """Say whether code of the program's own names what is harmless otherwise: a cache, or the search path."""
        if name not in self._own_names or (space.where == "sys" and name == "modules"):
            return False
        return not space.is_known or self._is_reached(space)

    def _reach(self, names: Mapping[str, Any]) -> None:
        """Take note that code of the program's own can get hold of this module, and of what it names in it."""
        if id(names) in self._reached:
            return
        self._reached.add(id(names))
        self._kept.append(names)
        space = self._by_identity.get(id(names))
        if space is not None:
            for name in sorted(space.known & self._own_names):
                self._heed_own_name(space, name)

    def _is_reached(self, space: Namespace) -> bool:
        """Say whether code of the program's own can get at a name of this module or class by naming it.

        A module of the standard library that only such a library has named is not, unless a name leads there: to
        name a method `open` is no danger, if `os` is named by code of asyncio alone.
        """
        if space.origin is Origin.OWN or is_kind_of(space.owner, type) or space.names is BUILTINS:
            return True
        if id(space.names) in self._reached or (Danger.READS | Danger.BINDS | Danger.IMPORTS) & self._dangers:
            return True
        return not _TO_MODULES.isdisjoint(self._own_names)

    def _reach_all(self) -> None:
        """Let every module be reached that is looked at."""
        for space in self._namespaces:
            if is_kind_of(space.names, dict):
                self._reach(space.names)

    def _heed_own_name(self, space: Namespace, name: str) -> None:
        """Heed a name that code of the program's own has named just now."""
        self._heed_name(space, name)
        if space.is_harmless(name) and self._names_harmless(space, name) and not is_constant(space.names.get(name)):
            self._write(space, name)

    def _heed_name(self, space: Namespace, name: str) -> None:
        """Heed what code of the program's own can do by a name."""
        if not self._is_reached(space):
            return
        value = space.names.get(name)
        if is_kind_of(value, types.ModuleType):
            self._reach(module_dict(value))
        elif type(value) is types.FunctionType:
            self._follow(value, f"{space.where}.{name}")
        if not (space.names is BUILTINS and name in (*READERS, *WRITERS)):  # see `naming`
            danger = danger_of(value)
            outside = space.origin is Origin.OWN or id(space.names) in self._loose  # see `danger`
            self._heed(danger if outside else danger & ~Danger.OUTSIDE, value)
        if is_task_class(value):
            self._has_task_class = True

    def _is_changeable(self, space: Namespace, name: str) -> bool:
        """Say whether code can bind this name to something else; of the standard library definitions matter."""
        if name in self._own_stored or (name in self._stored and not space.is_known):
            return True
        if Danger.BINDS not in self._dangers:
            return space.origin is Origin.OWN and self._is_marked(space, space.names.get(name))
        return space.origin is Origin.OWN or is_definition(space.names.get(name))

    def _is_marked(self, space: Namespace, value: object) -> bool:
        """Say whether code can give a static method, a property or the like more than it was made of.

        One in a class gives something else when it is asked for, but for those that give a text about themselves.
        """
        if not is_wrapper(value):
            return False
        return not is_kind_of(space.owner, type) or not _MARKS.isdisjoint(self._own_stored)

    def _write(self, space: Namespace, name: str) -> None:
        if name not in space.written:
            value = space.names.get(name)
            if is_definition(value) and not is_wrapper(value):
                self.fix(value)  # so that it is told from whatever takes its place
            space.written.add(name)
            self._written.append((space, name))
            self.version += 1

    def _loosen(self, names: Iterable[str] | None) -> None:
        """Write those of these names, or of all, that are looked at and can change from now on."""
        for space in self._namespaces:
            for name in sorted(space.known if names is None else space.known.intersection(names)):
                if self._is_changeable(space, name):
                    self._write(space, name)

    def _meet_definition(self, value: Any, where: str, whose: Origin) -> None:
        if is_kind_of(value, types.ModuleType):
            self.meet_module(value, own=whose is Origin.OWN)
        elif is_kind_of(value, type):
            self.meet_class(value)
            if class_token(value) is None:  # a function has made it, and perhaps another that looks the same
                self.fix(value)
        elif type(value) is types.FunctionType:
            self._meet_function(value, where, whose)
        elif type(value) in (staticmethod, classmethod):
            self._meet_part(value.__func__, where, whose)
        elif type(value) is property:
            for each in (value.fget, value.fset, value.fdel):
                self._meet_part(each, where, whose)
        elif type(value) is object:
            self.fix(value)

    def _meet_part(self, value: Any, where: str, whose: Origin) -> None:
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
        """Look whether a function that code of the program's own can name is given attributes."""
        if function not in self._followed:
            self._followed.add(function)
            self._own_functions.append((where, ref(function)))
            self._plain_functions.append(ref(function))
            if self._parts_change():
                self._write_contents(where, function)
            if self.compares:
                self._fix_defaults(function)

    def _write_contents(self, where: str, function: types.FunctionType) -> None:
        """Write what a function holds, from now on, unless that is done already."""
        if any(each() is function for _, each in self._contents):
            return
        self._plain_functions = [each for each in self._plain_functions if each() is not function]
        self._contents.append((where, ref(function)))
        self.version += 1

    def _parts_change(self) -> bool:
        """Say whether code of the program's own can change what functions are made of, or look at it."""
        return bool(self.about_functions) or Danger.BINDS in self._dangers or not _PARTS.isdisjoint(self._own_names)

    def _fix_values(self) -> None:
        """Tell constants from what is equal to them, from now on."""
        self._fix_constants([space.names.get(name) for space in self._namespaces for name in sorted(space.known)])
        for constants in self._constants:
            self._fix_constants(constants)
        for _, each in self._own_functions:
            function = each()
            if function is not None:
                self._fix_defaults(function)

    def _fix_defaults(self, function: types.FunctionType) -> None:
        defaults = function.__defaults__ or ()
        self._fix_constants((*defaults, function.__defaults__, *(function.__kwdefaults__ or {}).values()))

    def _fix_constants(self, values: Iterable[object]) -> None:
        for each in values:
            if is_constant(each):
                self.fix(each)

    def _heed(self, danger: Danger, value: object) -> None:
        if danger is Danger.NONE:
            return
        if Danger.ANYTHING in danger:
            self._give_up(f"code that can reach what no name leads to ({describe(value)})")
        elif Danger.OUTSIDE in danger:
            self._give_up(f"code that asks what the operating system keeps ({describe(value)})")
        self._be_careful(danger & ~(Danger.ANYTHING | Danger.OUTSIDE))

    def _be_careful(self, danger: Danger) -> None:
        fresh = danger & ~self._dangers
        if fresh is Danger.NONE:
            return
        self._dangers |= fresh
        if Danger.COMPARES in fresh:
            self.compares = True
            self._fix_values()
        self._imports, self._counts = Danger.IMPORTS in self._dangers, Danger.COUNTS in self._dangers
        self.version += 1
        self._reach_all()
        if Danger.IMPORTS in fresh:
            for module in list(sys.modules.values()):
                if is_kind_of(module, types.ModuleType) and origin_of_module(module_dict(module)) is Origin.OWN:
                    self.meet_module(module)
        if (Danger.READS | Danger.FIELDS) & fresh:
            self._count_more(fresh)
        if Danger.BINDS in fresh:
            self.renames = True
            self._loosen(None)
            self._write_functions()

    def _count_more(self, fresh: Danger) -> None:
        """Let all names count of the program's own modules and classes, or those of what data classes know."""
        self.names |= {_FIELDS} if Danger.FIELDS in fresh else set()
        for space in [each for each in self._namespaces if each.origin is Origin.OWN]:
            self._select(space, space.names.keys() if Danger.READS in fresh else [_FIELDS])

    def _give_up(self, what: str) -> None:
        self.opaque = self.opaque or what


def _is_special(name: str) -> bool:
    """Say whether the interpreter may look a name up by itself; what a data class is made of only its module does."""
    return name.startswith("__") and name.endswith("__") and not name.startswith("__dataclass_")


def _is_no_value(value: object) -> bool:
    """Say whether something is written with a number in any case, so that `is` tells it from what looks the same."""
    kind = type(value)
    return is_definition(value) or kind is object or (is_written(kind) and not is_trusted(kind))


def _held(value: object, name: str) -> Any:
    """Return what a module or a class has under a name, or None."""
    if is_kind_of(value, types.ModuleType):
        return module_dict(value).get(name)
    made_of = mro(value) if is_kind_of(value, type) else ()
    return next((namespace(each)[name] for each in made_of if name in namespace(each)), None)


def _file_of(code: types.CodeType) -> str:
    """Return the name of the file that code is from, also where that is part of the interpreter."""
    name = code.co_filename
    if name.startswith("<frozen "):
        return f"{name[8:-1].rpartition('.')[2]}.py"
    return Path(name).name


def whose_task(kind: type) -> bool:
    """Say whether this is one of asyncio's classes of tasks."""
    return is_task_class(kind) and module_name(kind) in ("_asyncio", "asyncio.tasks")


def _contents(cell: types.CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # nothing is bound to the name yet
        return None
