"""What the machine runs: the control-flow automaton of a function, as data.

A node does one thing and names what comes next. Expressions are functions of the machine and the local variables; all
of an expression happens within one step of a task, because only an `AWAIT` node, which never stands inside an
expression, can suspend. Where an exception goes is a static matter: each node names its handler.

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
    """What a local variable holds that has not been assigned, or has been deleted."""

    def __repr__(self) -> str:
        return "unbound"


UNBOUND = _Unbound()


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """A value of which the machine knows no more than that it is there: a text that was put together, a traceback.

    It can be passed on. `truth` says whether it is true; where that is None, whoever asks leaves the subset.
    """

    name: str
    truth: bool | None = None

    def __repr__(self) -> str:
        return f"<{self.name}>"


TEXT = Opaque("a text that was put together")
TRACEBACK = Opaque("a traceback", truth=True)
LOOP = Opaque("the loop", truth=True)
LOGGER = Opaque("a logger", truth=True)
"""What is logged changes nothing that the machine knows of: see `treadle_models/README`."""
TYPE_OF = Opaque("what type() says", truth=True)


@dataclass(frozen=True, slots=True, eq=False)
class Foreign:
    """A class that is not compiled; of some values one can say whether they are instances of it."""

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
    """One node; `following` and `otherwise` are indices of nodes, `handler` too, and -1 means: out of the function.

    `slot` is the local variable in which the handler finds the exception. `dead` are the variables that nobody reads
    any more when this node, an `AWAIT`, suspends.
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
    """The automaton of one function. The first variables are the parameters, then what it captures.

    The first `positional` parameters may be given by position, the first `unnamed` of these by position alone; `rest`
    is the place of the one that takes what is left of the positions, `others` of the one that takes what is left of the
    names, or -1. `manager`: this is a generator, and a call of it makes such a context manager. `cells` are the
    variables that functions inside this one share with it: each is in a `Cell`.
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
    """A class of the modelled program: its methods and the values of its class attributes, with those inherited.

    `public` names what the program may use of a class of the modelled library; None: it is the program's own.
    `static` names methods that do not take the object, `lines` says where its own methods begin. `outside` says why no
    object of it can be made, or nothing. `is_abstract`: others may be registered with it, so what is an instance of it
    is not known.
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
    one name are two. `plain`: to make one runs no code of the program.
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
    "ChildFailedError": ("Exception",),  # what a sibling raises
}
_UNNAMED = frozenset({"CancelledError", "InvalidStateError", "FailureError", "ChildFailedError"})


def _errors() -> dict[str, ErrorClass]:
    """Build the hierarchy of exceptions as far as it is needed."""
    made: dict[str, ErrorClass] = {}
    for name, parents in _PARENTS.items():
        above = frozenset[str]().union(*(made[each].names for each in parents))
        made[name] = ErrorClass(name, above | {name}, name)
    return made


ERRORS = _errors()
"""The exceptions that the machine knows."""
BUILTIN_ERRORS = {name: kind for name, kind in ERRORS.items() if name not in _UNNAMED}
"""Those that a program can name without an import."""


@dataclass(frozen=True, slots=True, eq=False)
class Builtin:
    """A function that the machine itself provides; called with the machine, the arguments and the named arguments."""

    name: str
    run: Callable[..., Value]

    def __repr__(self) -> str:
        return f"<{self.name}>"
