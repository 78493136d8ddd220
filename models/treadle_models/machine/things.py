"""The things of a modelled program: futures, tasks, frames, exceptions, objects.

Each is a small mutable object. A state of the machine is the graph of the reachable ones, written as a tuple (see
`freeze`); while a step runs, they are changed in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from treadle_models.machine.code import Builtin, ClassCode, Code, ErrorClass, Value

PENDING, RESULT, EXCEPTION, CANCELLED = "pending", "result", "exception", "cancelled"
FRESH, OWNED, CLOSED = -1, -2, -3
"""Places of a frame that has not started: it may be awaited, a task will run it, it is closed."""


class Thing:
    """Something with an identity; `FIELDS` are the fields that are written."""

    FIELDS: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        return f"<a {type(self).__name__.lower()}>"


class Error(Thing):
    """An exception: its class and, of a group, what it contains."""

    FIELDS = ("kind", "members")

    def __init__(self, kind: ErrorClass, members: tuple[Error, ...] = ()) -> None:
        self.kind = kind
        self.members = members

    def is_a(self, name: str) -> bool:
        """Say whether this is an instance of the class of that name."""
        return name in self.kind.names

    def contains(self, wanted: Error) -> bool:
        """Say whether this is the wanted exception, or a group that contains it; of a wanted group, all members."""
        if self is wanted or any(each.contains(wanted) for each in self.members):
            return True
        return bool(wanted.members) and all(self.contains(each) for each in wanted.members)


class Future(Thing):
    """An `asyncio.Future`. `unreported`: asyncio would report its exception if it is not retrieved (`__log_traceback`).

    `role` is "dependency" if its cancellations must be attributed.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("asked", "callbacks", "children", "role", "state", "unreported", "value")

    def __init__(self, role: str = "") -> None:
        self.state = PENDING
        self.value: Value = None  # the result or the exception
        self.callbacks: list[Callback] = []
        self.unreported = False
        self.role = role
        self.children: tuple[Future, ...] = ()  # of the future of `gather`: what its `cancel()` cancels instead
        self.asked = False  # and whether it has: then it ends with its own CancelledError

    @property
    def done(self) -> bool:
        """Say whether it has ended in any way."""
        return self.state != PENDING


class Task(Future):
    """An `asyncio.Task`. `number`: that of a controller, or -1; `cause`: the call on whose behalf it runs, or -1."""

    FIELDS: ClassVar[tuple[str, ...]] = (
        *Future.FIELDS,
        "cause",
        "count",
        "frames",
        "must_cancel",
        "number",
        "waits_for",
    )

    def __init__(self, frames: list[Value], count: Value, *, role: str = "", number: int = -1, cause: int = -1) -> None:
        super().__init__(role)
        self.frames = frames
        self.count = count
        self.must_cancel = False
        self.waits_for: Future | None = None
        self.number = number
        self.cause = cause


class Frame(Thing):
    """A running function: its place, its variables and, if it is suspended, the future that it awaits."""

    FIELDS = ("awaits", "code", "place", "variables")

    def __init__(self, code: Code, variables: list[Value]) -> None:
        self.code = code
        self.place = FRESH
        self.variables = variables
        self.awaits: Future | None = None


class Advance(Thing):
    """An awaitable that advances a generator, or throws an exception into it, as `athrow` does."""

    FIELDS = ("error", "generator")

    def __init__(self, generator: Frame, error: Error | None) -> None:
        self.generator = generator
        self.error = error


class Cell(Thing):
    """A variable that functions share."""

    FIELDS = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value


class Sequence(Thing):
    """A list or a set of the modelled program, by `kind`; a set keeps the order of insertion."""

    FIELDS = ("items", "kind")

    def __init__(self, items: list[Value], kind: str = "list") -> None:
        self.items = items
        self.kind = kind


class Table(Thing):
    """A dictionary of the modelled program, as pairs."""

    FIELDS = ("pairs",)

    def __init__(self) -> None:
        self.pairs: list[tuple[Value, Value]] = []


class View(Thing):
    """The `items`, `keys` or `values` of a table, which change with it."""

    FIELDS = ("table", "what")

    def __init__(self, table: Table, what: str) -> None:
        self.table = table
        self.what = what


class Walk(Thing):
    """An iteration under way: how many of the members it has returned."""

    FIELDS = ("over", "place", "size")

    def __init__(self, over: Value, size: int) -> None:
        self.over = over
        self.place = 0
        self.size = size


class Instance(Thing):
    """An object of a class of the modelled program."""

    FIELDS = ("attributes", "kind")

    def __init__(self, kind: ClassCode) -> None:
        self.kind = kind
        self.attributes: dict[str, Value] = {}


class Closure(Thing):
    """A function that has captured variables, each in its cell."""

    FIELDS = ("code", "values")

    def __init__(self, code: Code, values: list[Value]) -> None:
        self.code = code
        self.values = values


class Timer(Thing):
    """A timer handle: how much virtual time is left, and what to call."""

    FIELDS = ("callback", "fired", "left")

    def __init__(self, left: float, callback: Callback) -> None:
        self.left = left
        self.callback = callback
        self.fired = False


class Callback(NamedTuple):
    """An entry of the queue: a step or wake-up of a task, or a call; `cause` is the call on whose behalf it runs."""

    what: str  # step, wakeup, call
    target: Value  # the task or the function
    arguments: tuple[Value, ...] = ()
    cause: int = -1


class Bound(NamedTuple):
    """A method of an object."""

    owner: Value
    code: Code | Builtin


class Thrown(Exception):  # noqa: N818 - it carries an exception of the modelled program, and is none itself
    """An exception of the modelled program on its way to a handler."""

    def __init__(self, error: Error) -> None:
        super().__init__(error.kind.name)
        self.error = error


class OutsideError(Exception):
    """The program does something that the machine does not model; the message says what and where."""

    placed = False

    def at(self, file: str, line: int, text: str) -> OutsideError:
        """Return the error with this place, unless it has one: the innermost place counts."""
        if self.placed or not line:
            return self
        error = OutsideError(f"{file}:{line}: {self}   in: {text}")
        error.placed = True
        return error
