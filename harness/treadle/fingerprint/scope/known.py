"""The knowledge about a program so far: what belongs to its state, what it can do, and what never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakSet, ref

from treadle.fingerprint.danger import Danger
from treadle.fingerprint.encoder import CONSTANTS, reference_below

if TYPE_CHECKING:
    import types

    from treadle.fingerprint.encoder import Reference
    from treadle.fingerprint.namespaces import Namespace


class Known:
    """Everything that is known; `fixed` numbers the objects that never change, by `id`."""

    def __init__(self, function: object) -> None:
        """Start with the explored object; None stands for one known to keep nothing: then nothing is inspected."""
        self._target = function
        self.version = 0
        self.names: set[str] = set()
        self.fixed: dict[int, Reference] = CONSTANTS.copy()
        self.opaque = ""
        self.about_functions: tuple[str, ...] = ()
        """The properties of functions that the program's own code names."""
        self.about_classes: frozenset[str] = frozenset()
        """The same for classes."""
        self._fixed_so_far = 0
        self._alive: dict[int, ref[object]] = {}
        self._kept: list[object] = []
        self._own_names: set[str] = set()
        self._stored: set[str] = set()
        self._own_stored: set[str] = set()
        self._dangers = Danger.NONE
        self._loose: set[int] = set()
        self._foreign: list[tuple[dict[str, object], dict[str, object]]] = []
        self._reached: set[int] = set()
        """The modules, by the `id` of their names, that the program's own code can obtain by naming them."""
        self._imports = self._counts = False  # kept apart: reading a flag is slow (3.11), and these are read often
        self._by_identity: dict[int, Namespace] = {}
        self._namespaces: list[Namespace] = []
        self._written: list[tuple[Namespace, str]] = []
        self._contents: list[tuple[str, ref[types.FunctionType]]] = []
        self._followed: WeakSet[types.FunctionType] = WeakSet()
        self._own_functions: list[tuple[str, ref[types.FunctionType]]] = []
        self._plain_functions: list[ref[types.FunctionType]] = []  # those of them that are not written so far
        self._selective = self._has_task_class = self._builtins_named = False
        self.compares = self.renames = self.hides = False
        """Code compares values by identity; renames coroutines; suppresses asyncio's message about a lost task."""
        self._fields_change = False
        self._compared: set[str] = set()  # the names of operands compared by identity
        self._constants: list[tuple[object, ...]] = []  # of the program's own code
        self.registers = False
        """Classes were registered with abstract classes."""
        self._asks = self._asks_for_methods = self._answers_change = False
        """An abstract class was asked through its own hook, or for methods; its cached answers may change."""
        self._traces = False  # code of `traceback` has run
        self._at_home = False  # what is met is in its place in the standard library, and was not named so far
        self._sizes: tuple[int, ...] = ()

    def fix(self, value: object) -> None:
        """Treat an object as one that never changes, as long as it exists."""
        place = id(value)
        if place in self.fixed:
            return
        self._fixed_so_far += 1
        self.fixed[place] = reference_below(-self._fixed_so_far)
        try:
            self._alive[place] = ref(value, lambda _: self._forget(place))
        except TypeError:  # its lifetime cannot be tracked
            self._kept.append(value)

    def _forget(self, place: int) -> None:
        self.fixed.pop(place, None)
        self._alive.pop(place, None)

    def _give_up(self, what: str) -> None:
        self.opaque = self.opaque or what

    # Implemented by derived classes

    def _heed(self, danger: Danger, value: object) -> None:
        """React to what can be done with a value."""
        raise NotImplementedError

    def _heed_name(self, space: Namespace, name: str) -> None:
        """React to what the program's own code can do with a name."""
        raise NotImplementedError

    def _heed_own_name(self, space: Namespace, name: str) -> None:
        """React to a name that the program's own code has named just now."""
        raise NotImplementedError
