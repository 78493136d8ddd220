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


class Kind(IntEnum):
    """What a node does."""

    DO = 0  # evaluate, store, go on
    BRANCH = 1  # evaluate and go one of two ways
    AWAIT = 2  # evaluate and await that, store what comes of it
    RAISE = 3
    RETURN = 4


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
    """The automaton of one function. The first variables are the parameters, then what it captures."""

    name: str
    file: str
    parameters: tuple[str, ...]
    defaults: tuple[Value, ...]
    captured: tuple[str, ...]
    is_async: bool
    variables: tuple[str, ...] = ()
    nodes: list[Node] = field(default_factory=list)
    entry: int = 0

    def __repr__(self) -> str:
        return f"<automaton of {self.name}, {len(self.nodes)} nodes>"


@dataclass(slots=True, eq=False)
class ClassCode:
    """A class of the modelled program: its methods and the values of its class attributes, with those inherited."""

    name: str
    methods: Mapping[str, Code]
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class ErrorClass:
    """A class of exceptions; `names` are its own name and those of the classes above it."""

    name: str
    names: frozenset[str]

    def __repr__(self) -> str:
        return self.name


def _errors() -> dict[str, ErrorClass]:
    """Build the hierarchy of built-in exceptions as far as it is needed."""
    parents = {
        "BaseException": "",
        "CancelledError": "BaseException",
        "KeyboardInterrupt": "BaseException",
        "SystemExit": "BaseException",
        "BaseExceptionGroup": "BaseException",
        "Exception": "BaseException",
        "ExceptionGroup": "BaseExceptionGroup",
        "RuntimeError": "Exception",
        "TimeoutError": "Exception",
        "InvalidStateError": "Exception",
        "AttributeError": "Exception",
        "TypeError": "Exception",
        "ValueError": "Exception",
        "AssertionError": "Exception",
        "FailureError": "Exception",  # what the dependency raises
        "ChildFailedError": "Exception",  # what a sibling raises
    }
    made: dict[str, ErrorClass] = {}
    for name, parent in parents.items():
        above = made[parent].names if parent else frozenset[str]()
        made[name] = ErrorClass(name, above | {name})
    return made


ERRORS = _errors()
"""The exceptions that every modelled program knows."""


@dataclass(frozen=True, slots=True, eq=False)
class Builtin:
    """A function that the machine itself provides; called with the machine, the arguments and the named arguments."""

    name: str
    run: Callable[..., Value]

    def __repr__(self) -> str:
        return f"<{self.name}>"
