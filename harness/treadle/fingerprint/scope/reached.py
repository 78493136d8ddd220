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

import functools
import sys
import threading
import types
from typing import TYPE_CHECKING

from treadle.fingerprint.classes import write_about, write_registered
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
_WRITTEN = "written"  # a module that follows, where else its number would stand
_TRACES = frozenset(("__traceback__", "with_traceback", "tb_lineno", "tb_next", "tb_frame", "exc_info"))
# The frames that an exception went through, with what their names are bound to: by hand, or by somebody who shows them.
_BY_HAND = ("tb_frame", "f_locals", "walk_tb", "walk_stack", "getinnerframes", "trace")
_FRAMES = frozenset((*_BY_HAND, "TracebackException", "StackSummary", "capture_locals"))
_CLOCKS = frozenset(
    (
        *("time", "monotonic", "perf_counter", "process_time", "time_ns", "monotonic_ns", "perf_counter_ns", "when"),
        *("_when", "created", "relativeCreated", "thread_time", "clock_gettime"),
        *("now", "utcnow", "today", "localtime", "gmtime", "ctime", "strftime", "asctime"),
    )
)
_THREADS = frozenset(("current_thread", "main_thread", "_active"))
_OF_THREADS = frozenset(vars(threading.Thread()))
_LINEAGE = frozenset(("__mro__", "__bases__", "__base__", "mro", "getmro", "__subclasses__"))
_KEPT_COUNT = "_num_cancels_requested"  # where a task keeps it: who reads that asks no method of the task's


class Scope(Entering):
    """The names that code which has run can reach. `fixed` numbers what stays what it is, by `id`."""

    def __init__(self, function: object, *fixed: object) -> None:
        """Begin with what is explored, and with objects that are the same in all states.

        None stands for something that is known to keep nothing outside of its coroutines: then nothing is looked at.
        """
        super().__init__(function)
        for each in fixed:
            self.fix(each)
        self._see_target(function)

    def write(self, encoder: Encoder) -> None:
        """Write all that may have changed. Raises `OpaqueError`, which then says where it stands."""
        if self._target is None:
            return
        self._at_home = False
        encoder.add(self._target if not is_definition(self._target) else None)
        encoder.write()
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
        """Write what classes have beside their attributes, and the table of modules, where code asks for that."""
        if self.about_classes:
            for space in [each for each in self._namespaces if each.origin is Origin.OWN]:
                if is_kind_of(space.owner, type):
                    write_about(encoder, space.owner, self.about_classes)
        if self.registers:
            for space in [each for each in self._namespaces if is_kind_of(each.owner, type)]:
                write_registered(encoder, space.owner)  # type: ignore[arg-type]
        if self._imports:
            self._write_modules(encoder)
        if not _THREADS.isdisjoint(self._own_names):
            self._write_thread(encoder)
        if Danger.READS in self._dangers and Danger.BINDS in self._dangers:
            self._write_foreign(encoder)

    def _write_foreign(self, encoder: Encoder) -> None:
        """Write what modules of others have by names that nobody can tell, and had not when code met them."""
        for names, before in self._foreign:
            bound = {name: value for name, value in names.items() if before.get(name, _MISSING) is not value}
            encoder.tokens.append(len(names))
            encoder.add_some(bound.items())

    def _write_thread(self, encoder: Encoder) -> None:
        """Write what the program has given to the thread that it runs in: a name, and attributes of its own."""
        thread: dict[str, object] = vars(threading.current_thread())
        encoder.add_all((thread.get("_name"), {name: each for name, each in thread.items() if name not in _OF_THREADS}))

    def _write_modules(self, encoder: Encoder) -> None:
        """Write which module stands under which name."""
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
    def reads_frames(self) -> bool:
        """Say whether code may read what was bound in the calls that an exception went through."""
        return self.reads_tracebacks and not _FRAMES.isdisjoint(self._own_names)

    @property
    def reads_clocks(self) -> bool:
        """Say whether code of the program's own may ask what time it is, or when a timer is to fire."""
        clock = Danger.CLOCK in self._dangers
        return clock or self.reads_anything or not _CLOCKS.isdisjoint(self._own_names)

    @property
    def reads_counts(self) -> bool:
        """Say whether code may read how often a task was cancelled, so that the task does not hear of it."""
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
