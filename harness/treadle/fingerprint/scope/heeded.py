"""What the program's own code can do with the objects that it can name: dangerous values, and the consequences."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING

from treadle.fingerprint.constant import is_constant
from treadle.fingerprint.danger import BUILTINS, Danger, danger_of, describe, is_task_class
from treadle.fingerprint.looking import (
    is_kind_of,
    module_dict,
)
from treadle.fingerprint.namespaces import Namespace, imported
from treadle.fingerprint.naming import READERS, WRITERS
from treadle.fingerprint.origin import Origin, origin_of_module
from treadle.fingerprint.scope.held import _FIELDS, Held

if TYPE_CHECKING:
    from treadle.fingerprint.naming import Naming


_SIMULATED = frozenset(("asyncio.base_events", "asyncio.unix_events"))
"""Modules of the standard library whose use of the operating system is simulated, or refused."""


class Heeded(Held):
    """Reacts to what can be done with a name."""

    def _reach_all(self) -> None:
        """Count every inspected module as reached."""
        for space in self._namespaces:
            if is_kind_of(space.names, dict):
                self._reach(space.names)

    def _heed_own_name(self, space: Namespace, name: str) -> None:
        """React to a name that the program's own code has named just now."""
        self._heed_name(space, name)
        if space.is_harmless(name) and self._names_harmless(space, name) and not is_constant(space.names.get(name)):
            self._write(space, name)

    def _heed_name(self, space: Namespace, name: str) -> None:
        """React to what the program's own code can do with a name."""
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

    def _heed(self, danger: Danger, value: object) -> None:
        if danger is Danger.NONE:
            return
        if Danger.ANYTHING in danger:
            self._give_up(f"code that can reach objects that no name leads to ({describe(value)})")
        elif Danger.OUTSIDE in danger:
            self._give_up(f"code that asks the operating system ({describe(value)})")
        self._be_careful(danger & ~(Danger.ANYTHING | Danger.OUTSIDE))

    def _be_careful(self, danger: Danger) -> None:
        self._dangers |= danger & Danger.CLOCK  # it adds nothing to the state
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
        """Let all names count in the program's own modules and classes, or the field tables of data classes."""
        self.names |= {_FIELDS} if Danger.FIELDS in fresh else set()
        for space in [each for each in self._namespaces if each.origin is Origin.OWN]:
            self._select(space, space.names.keys() if Danger.READS in fresh else [_FIELDS])

    def _fix_values(self) -> None:
        """Distinguish constants from equal values from now on."""
        self._fix_constants([space.names.get(name) for space in self._namespaces for name in sorted(space.known)])
        for constants in self._constants:
            self._fix_constants(constants)
        for _, each in self._own_functions:
            function = each()
            if function is not None:
                self._fix_defaults(function)

    def meet_value(self, value: object) -> None:
        """React to what can be done with a function that is met."""
        if self._target is None or self._at_home:
            return
        self._heed(danger_of(value), value)

    def let_go(self, module: types.ModuleType) -> None:
        """Take note that code has obtained a module as a value: where its names are read is unknown."""
        names = module_dict(module)
        if id(names) in self._loose:
            return
        self._loose.add(id(names))
        self._kept.append(names)
        if origin_of_module(names) is not Origin.OWN:
            self._foreign.append((names, dict(names)))
        for name in sorted(self._own_names & names.keys()):
            self._heed(danger_of(names[name]) & Danger.OUTSIDE, names[name])

    def _look_outside(self, named: Naming, names: dict[str, object], *, own: bool) -> None:
        """React to functions of the operating system to which code refers directly."""
        if not own and names.get("__name__") in _SIMULATED:
            return
        for chain in sorted(named.chains):
            value: object = names.get(chain[0], BUILTINS.get(chain[0]))
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

    def _write_functions(self) -> None:
        """Write the contents of functions that the program's own code can name, because it can change them."""
        for where, each in self._own_functions:
            function = each()
            if function is not None:
                self._write_contents(where, function)
