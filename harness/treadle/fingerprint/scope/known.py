"""What is known of a program so far: what belongs to its state, what may be done in it; and what stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakSet, ref

from treadle.fingerprint.danger import Danger
from treadle.fingerprint.encoder import reference_below

if TYPE_CHECKING:
    import types

    from treadle.fingerprint.encoder import Reference
    from treadle.fingerprint.namespaces import Namespace


class Known:
    """All that is known; `fixed` numbers what stays what it is, by `id`."""

    def __init__(self, function: object) -> None:
        """Begin with what is explored; None stands for what is known to keep nothing: then nothing is looked at."""
        self._target = function
        self.version = 0
        self.names: set[str] = set()
        self.fixed: dict[int, Reference] = {}
        self.opaque = ""
        self.about_functions: tuple[str, ...] = ()
        """What functions have beside what they are, as far as code of the program's own names it."""
        self.about_classes: frozenset[str] = frozenset()
        """The same of classes."""
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
        self._constants: list[tuple[object, ...]] = []  # of code of the program's own
        self.registers = False
        """Classes were registered at abstract ones."""
        self._traces = False  # code of `traceback` has run
        self._at_home = False  # what is met is where the standard library has it, and nobody has named it so far
        self._sizes: tuple[int, ...] = ()

    def fix(self, value: object) -> None:
        """Take an object for one that stays what it is, as long as it is there."""
        place = id(value)
        if place in self.fixed:
            return
        self._fixed_so_far += 1
        self.fixed[place] = reference_below(-self._fixed_so_far)
        try:
            self._alive[place] = ref(value, lambda _: self._forget(place))
        except TypeError:  # nobody can tell how long it lives
            self._kept.append(value)

    def _forget(self, place: int) -> None:
        self.fixed.pop(place, None)
        self._alive.pop(place, None)

    def _give_up(self, what: str) -> None:
        self.opaque = self.opaque or what

    # What the classes above do

    def _heed(self, danger: Danger, value: object) -> None:
        """Heed what can be done with a value."""
        raise NotImplementedError

    def _heed_name(self, space: Namespace, name: str) -> None:
        """Heed what code of the program's own can do by a name."""
        raise NotImplementedError

    def _heed_own_name(self, space: Namespace, name: str) -> None:
        """Heed a name that code of the program's own has named just now."""
        raise NotImplementedError
