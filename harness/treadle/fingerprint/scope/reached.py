"""The objects that code which has run can name, outside of its coroutines: they belong to the state if they can change.

A list in a module, the function bound to a global, an attribute of a class, a cache: they determine what a program does
next as much as its local variables, and survive from one execution to the next. A list of places where programs may
keep something would never be complete. So this works the other way round: it is known which code has run (`entered`),
the code contains the names that it can use (`naming`), and everything counts that can be reached from there.

- *Names.* Of a module or a class, those names count that occur in code that has run.
- *What cannot change.* A name that no such code binds keeps its value. If that is a function, a class, a module or a
  plain value, nothing of it need be written; *their* contents are inspected in turn. Anything else (a container, an
  instance) is written in each state, with all its contents.
- *Danger belongs to values, not to names*: `put = setattr` is as good as `setattr`. Code that can reach a function
  which binds names computed at run time makes all names changeable; code that can read in this way makes all of them
  count. What can reach anything at all (`gc`, frames, files) makes states opaque.

A search does not start again when new code appears. The *version* increases when more belongs to the state than before;
it is part of each fingerprint. So if a state is met again, no code has run below it that could name more than it
contains.
"""

from __future__ import annotations

import functools
import sys
import threading
import types
from typing import TYPE_CHECKING

from treadle.fingerprint.classes import write_about, write_answers, write_kind, write_registered
from treadle.fingerprint.constant import is_definition, is_listed
from treadle.fingerprint.danger import COUNTING, Danger
from treadle.fingerprint.encoder import OpaqueError
from treadle.fingerprint.entered import account
from treadle.fingerprint.looking import (
    about_function,
    attributes_of,
    is_kind_of,
    module_dict,
)
from treadle.fingerprint.origin import Origin, origin, origin_of_module
from treadle.fingerprint.scope.entering import Entering
from treadle.inspecting import text_of

if TYPE_CHECKING:
    from treadle.fingerprint.encoder import Encoder

_MISSING = "unset"
_WRITTEN = "written"  # comes before the contents of a module, in place of its number
_TRACES = frozenset(("__traceback__", "with_traceback", "tb_lineno", "tb_next", "tb_frame", "exc_info"))
# The frames through which an exception passed, with their variables: read by hand, or by a function that shows them.
_BY_HAND = ("tb_frame", "f_locals", "walk_tb", "walk_stack", "getinnerframes", "trace")
_FRAMES = frozenset((*_BY_HAND, "TracebackException", "StackSummary", "capture_locals"))
_CLOCKS = frozenset(
    (
        *("time", "monotonic", "perf_counter", "process_time", "time_ns", "monotonic_ns", "perf_counter_ns", "when"),
        *("_when", "created", "relativeCreated", "thread_time", "clock_gettime"),
        *("now", "utcnow", "today", "localtime", "gmtime", "ctime", "strftime", "asctime"),
    )
)
_OF_THREADS = frozenset(vars(threading.Thread()))
_LINEAGE = frozenset(("__mro__", "__bases__", "__base__", "mro", "getmro", "__subclasses__"))
_END_OF_GENERATORS = "shutdown_asyncgens"
_KEPT_COUNT = "_num_cancels_requested"  # the attribute of a task: reading it calls no method of the task


class Scope(Entering):
    """The names that code which has run can reach. `fixed` numbers the objects that never change, by `id`."""

    def __init__(self, function: object, *fixed: object) -> None:
        """Start with the explored object, and with objects that are the same in all states.

        None stands for an object known to keep nothing outside of its coroutines: then nothing is inspected.
        """
        super().__init__(function)
        self._name_of_thread = threading.current_thread().name
        for each in fixed:
            self.fix(each)
        self._see_target(function)

    def write(self, encoder: Encoder) -> None:
        """Write everything that may have changed. Raises `OpaqueError`, whose message then names the place."""
        if self._target is None:
            return
        self._at_home = False
        encoder.add(self._target if not is_definition(self._target) else None)
        encoder.write()
        written, contents = self._written, self._contents
        done = more = 0
        while done < len(written) or more < len(contents):  # both may grow meanwhile
            while done < len(written):
                space, name = written[done]
                done += 1
                value = space.names.get(name, _MISSING)
                if value is _MISSING:
                    encoder.tokens.append(_MISSING)
                elif value is space.streams.get(name):  # its output is never read; it may have attributes
                    encoder.tokens.append(name)
                    encoder.add_some(pair for pair in attributes_of(value).items() if pair[0] != "mode")
                    encoder.write()
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
        encoder.write()
        if self.opaque:
            raise OpaqueError(self.opaque)
        encoder.tokens.append(self.version)

    def _write_about(self, encoder: Encoder) -> None:
        """Write properties of classes other than attributes, and the table of modules, if code reads them."""
        if self.about_classes:
            for space in [each for each in self._namespaces if each.origin is Origin.OWN]:
                if is_kind_of(space.owner, type):
                    write_about(encoder, space.owner, self.about_classes)
        self._write_kinds(encoder)
        if self._imports:
            self._write_modules(encoder)
        self._write_thread(encoder)
        if Danger.READS in self._dangers and Danger.BINDS in self._dangers:
            self._write_foreign(encoder)
            self._write_order(encoder)

    def _write_kinds(self, encoder: Encoder) -> None:
        """Write what decides the class of an object, apart from how it was made, if code asks for that."""
        if self.registers or self._answers_change:
            for kind in [each.owner for each in self._namespaces if is_kind_of(each.owner, type)]:
                if self.registers:
                    write_registered(encoder, kind)
                if self._answers_change:
                    write_answers(encoder, kind)
        if "__class__" in self._own_stored or Danger.BINDS in self._dangers:
            for space in [each for each in self._namespaces if each.origin is Origin.OWN and each.owner is not None]:
                write_kind(encoder, type(space.owner))  # otherwise modules and classes stand for themselves

    def _write_foreign(self, encoder: Encoder) -> None:
        """Write what foreign modules have under unknown names, if they did not have it when code met them."""
        for names, before in self._foreign:
            bound = {name: value for name, value in names.items() if before.get(name, _MISSING) is not value}
            encoder.tokens.append(len(names))
            encoder.add_some(bound.items())

    def _write_order(self, encoder: Encoder) -> None:
        """Write the names in the program's own modules and classes, in the order in which they were bound."""
        for space in [each for each in self._namespaces if each.origin is Origin.OWN]:
            names = [name for name in space.names if type(name) is str]
            counted = {*space.present(names, self._own_names)}
            encoder.tokens += (len(counted), *(name for name in names if name in counted))

    def _write_thread(self, encoder: Encoder) -> None:
        """Write what the program has set on its thread: a name, and attributes."""
        thread: dict[str, object] = vars(threading.current_thread())
        differs = len(thread) != len(_OF_THREADS) or thread.get("_name") != self._name_of_thread
        encoder.tokens.append(differs)
        if differs:
            encoder.add_all(
                (thread.get("_name"), {name: each for name, each in thread.items() if name not in _OF_THREADS})
            )

    def _write_modules(self, encoder: Encoder) -> None:
        """Write which module has which name."""
        encoder.tokens.append(len(sys.modules))
        for name, module in list(sys.modules.items()):
            encoder.add(name)
            encoder.write()
            if is_kind_of(module, types.ModuleType) and (is_listed(module) or not self._is_own(module)):
                encoder.identity(module)
            else:
                encoder.tokens.append(_WRITTEN)
                encoder.add(module)
                encoder.write()

    def _is_own(self, module: types.ModuleType) -> bool:
        return origin_of_module(module_dict(module)) is Origin.OWN

    def _add(self, encoder: Encoder, value: object, where: str, name: str) -> None:
        try:
            encoder.add(value)
            encoder.write()
        except OpaqueError as error:
            message = f"{where}{'.' if name else ''}{name} is {error}"
            raise OpaqueError(message) from None

    def learn(self) -> None:
        """Take note of the code that has run since the last call, and of new names."""
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
    def grown(self) -> tuple[object, ...]:
        """How much is known so far, as plain values."""
        names = len(self.names), len(self._own_names), len(self._stored), len(self._own_stored), len(self._loose)
        held = len(self._namespaces), len(self._written), len(self._contents), len(self._foreign), self._fixed_so_far
        return self.version, self._dangers.value, self.opaque, names, held

    @property
    def ends_generators(self) -> bool:
        """Say whether the program's own code may close the loop's asynchronous generators, whose order then counts."""
        return _END_OF_GENERATORS in self._own_names

    @property
    def is_careful(self) -> bool:
        """Say whether more is written than most programs need: see `careful`."""
        return self.compares or self.renames or self.hides

    @property
    def reads_anything(self) -> bool:
        """Say whether the program's own code may read attributes by unknown names."""
        return Danger.READS in self._dangers

    @property
    def reads_tracebacks(self) -> bool:
        """Say whether code may read the lines through which an exception passed."""
        return self._traces or not _TRACES.isdisjoint(self._own_names)

    @property
    def reads_frames(self) -> bool:
        """Say whether code may read the variables of the calls through which an exception passed."""
        return self.reads_tracebacks and not _FRAMES.isdisjoint(self._own_names)

    @property
    def reads_clocks(self) -> bool:
        """Say whether the program's own code may read the time, or the deadline of a timer."""
        clock = Danger.CLOCK in self._dangers
        return clock or self.reads_anything or not _CLOCKS.isdisjoint(self._own_names)

    @property
    def reads_counts(self) -> bool:
        """Say whether code may read how often a task was cancelled, without the task noticing it."""
        if self._target is None or self._counts:
            return self._counts
        if _KEPT_COUNT in self._own_names:
            return True
        by_class = self._has_task_class or not _LINEAGE.isdisjoint(self._own_names)
        return by_class and (Danger.READS in self._dangers or not COUNTING.isdisjoint(self._own_names))

    def _see_target(self, function: object) -> None:
        inner: object = function
        while issubclass(type(inner), functools.partial):
            inner = functools.partial.func.__get__(inner)
        if type(inner) is types.FunctionType and origin(inner.__code__.co_filename) is not Origin.TOOL:
            self._meet_function(inner, f"{text_of(inner, '__module__')}.{text_of(inner, '__qualname__')}", Origin.OWN)
        elif is_kind_of(inner, type):
            self.meet_class(inner)
