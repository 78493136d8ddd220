"""The code that the machine runs: the control-flow automaton of a function, as data.

A node does one thing and names what comes next. Expressions are functions of the machine and the local variables; all
of an expression happens within one step of a task, because only an `AWAIT` node, which never stands inside an
expression, can suspend. The handler of an exception is known statically: each node names it.

The package `automaton` makes these from source code. Nothing here knows where they come from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeAlias

# The machine is passed as `Any`: it is defined above this module, and its values are those of the modelled program.
Value: TypeAlias = Any
Expression: TypeAlias = Callable[[Any, list[Value]], Value]
Store: TypeAlias = Callable[[Any, list[Value], Value], None]


class _Unbound:
    """The value of a local variable that has not been assigned, or was deleted."""

    def __repr__(self) -> str:
        return "unbound"


UNBOUND = _Unbound()


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """A value of which the machine knows only that it exists, such as a formatted string or a traceback.

    It can be passed on. `truth` says whether it is true; if it is None, a program that asks is outside of the subset.
    """

    name: str
    truth: bool | None = None

    def __repr__(self) -> str:
        return f"<{self.name}>"


TEXT = Opaque("a text that was put together")
TRACEBACK = Opaque("a traceback", truth=True)
LOOP = Opaque("the loop", truth=True)
LOGGER = Opaque("a logger", truth=True)
"""Logging changes nothing that the machine models: see `treadle_models/README`."""
TYPE_OF = Opaque("what type() says", truth=True)


@dataclass(frozen=True, slots=True, eq=False)
class Foreign:
    """A class that is not compiled; for some values it is known whether they are instances of it."""

    real: type

    def __repr__(self) -> str:
        return f"<the class {self.real.__name__}>"


class Kind(IntEnum):
    """What a node does."""

    DO = 0  # evaluate, store, go on
    BRANCH = 1  # evaluate and go one of two ways
    AWAIT = 2  # evaluate and await that, store what comes of it
    RAISE = 3
    RETURN = 4
    GIVE = 5  # evaluate and give that to whoever advances the generator; go on when it is advanced again


@dataclass(slots=True, eq=False)
class Node:
    """One node. `following`, `otherwise` and `handler` are indices of nodes; -1 means: out of the function.

    `slot` is the local variable in which the handler finds the exception. `dead` are the variables that are not read
    any more after this node, an `AWAIT`, has suspended.
    """

    kind: Kind
    line: int
    text: str
    run: Expression
    store: Store | None = None
    following: int = -1
    otherwise: int = -1
    handler: int = -1
    slot: int = -1
    dead: tuple[int, ...] = ()
    reads: frozenset[int] = frozenset()
    writes: int = -1


@dataclass(slots=True, eq=False)
class Code:
    """The automaton of one function. Its first variables are the parameters, then the captured ones.

    The first `positional` parameters may be given by position, the first `unnamed` of these only by position; `rest` is
    the index of the one that takes further positional arguments, `others` of the one that takes further named ones, or
    -1. `manager`: this is a generator, and a call of it makes such a context manager. `cells` are the variables that
    inner functions share with it: each is in a `Cell`.
    """

    name: str
    file: str
    parameters: tuple[str, ...]
    defaults: Mapping[str, Value]
    captured: tuple[str, ...]
    is_async: bool
    positional: int = 0
    unnamed: int = 0
    rest: int = -1
    others: int = -1
    line: int = 0
    is_library: bool = False
    manager: ClassCode | None = None
    cells: tuple[int, ...] = ()
    variables: tuple[str, ...] = ()
    nodes: list[Node] = field(default_factory=list)
    entry: int = 0

    def __repr__(self) -> str:
        return f"<automaton of {self.name}, {len(self.nodes)} nodes>"


@dataclass(slots=True, eq=False)
class ClassCode:
    """A class of the modelled program: its methods and the values of its class attributes, including inherited ones.

    `public` names what the program may use of a class of the modelled library; None: it is the program's own. `static`
    names the static methods, `lines` gives the first lines of its own methods. `outside` says why no object of it can
    be made, or is empty. `is_abstract`: other classes may be registered with it, so its instances are not known.
    """

    name: str
    methods: Mapping[str, Code]
    values: Mapping[str, Value]
    above: tuple[ClassCode, ...] = ()
    public: frozenset[str] | None = None
    static: frozenset[str] = frozenset()
    lines: Mapping[str, int] = field(default_factory=dict)
    outside: str = ""
    is_abstract: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ErrorClass:
    """A class of exceptions; `names` are its own key and those of the classes above it.

    The key of a built-in class is its name; that of a class of the program has the file in it, so that two classes of
    one name are two. `plain`: making one runs no code of the program.
    """

    name: str
    names: frozenset[str]
    key: str = ""
    plain: bool = True

    def __repr__(self) -> str:
        return self.name


_PARENTS: dict[str, tuple[str, ...]] = {
    "BaseException": (),
    "CancelledError": ("BaseException",),
    "KeyboardInterrupt": ("BaseException",),
    "SystemExit": ("BaseException",),
    "BaseExceptionGroup": ("BaseException",),
    "Exception": ("BaseException",),
    "ExceptionGroup": ("BaseExceptionGroup", "Exception"),
    "ArithmeticError": ("Exception",),
    "AssertionError": ("Exception",),
    "AttributeError": ("Exception",),
    "LookupError": ("Exception",),
    "IndexError": ("LookupError",),
    "KeyError": ("LookupError",),
    "NameError": ("Exception",),
    "UnboundLocalError": ("NameError",),
    "OSError": ("Exception",),
    "ConnectionError": ("OSError",),
    "TimeoutError": ("OSError",),
    "RuntimeError": ("Exception",),
    "NotImplementedError": ("RuntimeError",),
    "TypeError": ("Exception",),
    "ValueError": ("Exception",),
    "StopAsyncIteration": ("Exception",),
    "InvalidStateError": ("Exception",),
    "FailureError": ("Exception",),  # what the dependency raises
    "StoppedError": ("CancelledError",),  # or, by the situation, this
    "BrokenError": ("BaseException",),  # or this
    "ChildFailedError": ("Exception",),  # what a sibling raises
}
_UNNAMED = frozenset(
    {"CancelledError", "InvalidStateError", "FailureError", "StoppedError", "BrokenError", "ChildFailedError"}
)


def _errors() -> dict[str, ErrorClass]:
    """Build the part of the exception hierarchy that is needed."""
    made: dict[str, ErrorClass] = {}
    for name, parents in _PARENTS.items():
        above = frozenset[str]().union(*(made[each].names for each in parents))
        made[name] = ErrorClass(name, above | {name}, name)
    return made


ERRORS = _errors()
"""The exceptions that the machine knows."""
BUILTIN_ERRORS = {name: kind for name, kind in ERRORS.items() if name not in _UNNAMED}
"""The exceptions that a program can name without an import."""


@dataclass(frozen=True, slots=True, eq=False)
class Builtin:
    """A function that the machine itself provides; called with the machine, the arguments and the named arguments."""

    name: str
    run: Callable[..., Value]

    def __repr__(self) -> str:
        return f"<{self.name}>"
