"""Run coroutines: automata, frame by frame, from one suspension to the next.

A task holds a stack of frames, the innermost last. `await` on a coroutine adds a frame; `await` on a future that is not
done suspends all of them (`Future.__await__`); an exception that is thrown into the task is raised in the innermost
frame and goes outwards until one handles it, as with `coroutine.throw`.
"""

from __future__ import annotations

from treadle_models.machine import actor as dependency
from treadle_models.machine.actor import ActorFrame, EndedFrame
from treadle_models.machine.code import (
    ERRORS,
    UNBOUND,
    Builtin,
    ClassCode,
    Code,
    ErrorClass,
    Foreign,
    Kind,
    Node,
    Opaque,
    Value,
)
from treadle_models.machine.frames import begin, bind, placed
from treadle_models.machine.futures import TurnsCountError
from treadle_models.machine.tasks import DECIDING, Tasks
from treadle_models.machine.things import (
    CLOSED,
    Advance,
    Bound,
    Cell,
    Closure,
    Error,
    Frame,
    Future,
    Instance,
    OutsideError,
    Sequence,
    Task,
    Thrown,
)

BARE = object()
"""What `asyncio.sleep(0)` awaits: a bare yield."""

_OF_A_GROUP = 2  # the arguments of an exception group: a text, and its members
_NODES_A_STEP = 5000  # more than any candidate needs whose step ends

_Signal = tuple[str, Value]

Arc = tuple[Code, int, int]
"""An arc of the program's automaton: a function, a node, and the next one; -1: entry, or exit by an exception."""


class SpinningError(Exception):
    """A step of the modelled program does not end."""


class NotEnabledError(Exception):
    """An action that was offered without a check cannot be taken after all; see `Play.request`."""


class Interpreter(Tasks):
    """The part of the machine that runs coroutines.

    `taken`: the name of the action; `arcs`: the arcs of the program that it took, in the order of their first time,
    without those of the modelled library.
    """

    taken = ""

    def __init__(self, version: tuple[int, int]) -> None:
        super().__init__(version)
        self.arcs: dict[Arc, None] = {}

    def resume(self, task: Task, error: Error | None) -> _Signal:
        """Run the coroutine until it suspends or ends."""
        frames = task.frames
        signal: _Signal = ("raises", error) if error is not None else ("resumes", None)
        while frames:
            top = frames[-1]
            if type(top) is Frame:
                try:
                    signal = self._run_frame(top, signal)
                except OutsideError as outside:
                    raise placed(outside, frames) from None
            elif type(top) is ActorFrame:
                signal = self._run_actor(task, top, signal)
            else:
                signal = self._run_ended(top, signal)
            if signal[0] == "yields":
                return signal
            entered = signal[0] == "enters"
            signal = self._enter(frames, signal[1]) if entered else self._left(frames.pop(), signal)
        return signal

    def _enter(self, frames: list[Value], awaited: Value) -> _Signal:
        if not isinstance(awaited, Advance):
            frames.append(awaited)
            return "starts", None
        if awaited.generator.place == CLOSED:
            return "raises", self.error("StopAsyncIteration")
        frames.append(awaited.generator)
        return ("resumes", None) if awaited.error is None else ("raises", awaited.error)

    def _left(self, frame: Value, signal: _Signal) -> _Signal:
        """Return what the awaiting frame gets from a frame that ends, or from a generator that yields."""
        if signal[0] == "gives":
            return "returns", signal[1]
        if type(frame) is Frame and frame.code.manager is not None:
            frame.place = CLOSED
            if signal[0] == "returns":
                return "raises", self.error("StopAsyncIteration")
            if signal[1].is_a("StopAsyncIteration"):  # PEP 525: it would be mistaken for the end
                return "raises", self.error("RuntimeError")
        return signal

    # Frames of automata

    def _run_frame(self, frame: Frame, signal: _Signal) -> _Signal:
        """Go on in a frame: it is resumed, or what it awaits has given a value or an exception."""
        nodes = frame.code.nodes
        how, value = signal
        if frame.place < 0:  # not started: with an exception, it never runs
            if how == "raises":
                frame.place = CLOSED
                return signal
            frame.place = frame.code.entry
            return self._execute(frame, -1)
        before = frame.place
        if how == "resumes":
            awaited, frame.awaits = frame.awaits, None
            if awaited is not None:
                try:
                    how, value = "returns", self.result(awaited)
                except Thrown as thrown:
                    how, value = "raises", thrown.error
            else:
                how = "returns"
        frame.awaits = None
        if how == "raises":
            if not self._throw(frame, nodes[frame.place], value):
                if not frame.code.is_library:
                    self.arcs[frame.code, before, -1] = None
                return "raises", value
        else:
            self._receive(frame, nodes[frame.place], value)
        return self._execute(frame, before)

    def _throw(self, frame: Frame, node: Node, error: Error) -> bool:
        """Go to the handler; return False if there is none."""
        if node.handler < 0:
            return False
        frame.variables[node.slot] = error
        frame.place = node.handler
        return True

    def _receive(self, frame: Frame, node: Node, value: Value) -> None:
        if node.store is not None:
            node.store(self, frame.variables, value)
        frame.place = node.following

    def _execute(self, frame: Frame, before: int) -> _Signal:  # noqa: C901, PLR0912 - one case for each kind of node
        """Go on from a node that follows the node `before`."""
        code = frame.code
        nodes, variables, arcs = code.nodes, frame.variables, None if code.is_library else self.arcs
        for _ in range(_NODES_A_STEP):
            node = nodes[frame.place]
            if arcs is not None:
                arcs[code, before, frame.place] = None
                before = frame.place
            try:
                kind = node.kind
                value = node.run(self, variables)
                if kind is Kind.DO:
                    if node.store is not None:
                        node.store(self, variables, value)
                    frame.place = node.following
                elif kind is Kind.BRANCH:
                    frame.place = node.following if self.truth(value) else node.otherwise
                elif kind is Kind.AWAIT:
                    signal = self._await(frame, node, value)
                    if signal is not None:
                        return signal
                elif kind in (Kind.RETURN, Kind.GIVE):
                    return "returns" if kind is Kind.RETURN else "gives", value
                else:
                    raise Thrown(self.as_error(value))  # noqa: TRY301 - to the handler of this very node
            except Thrown as thrown:
                if not self._throw(frame, node, thrown.error):
                    if arcs is not None:
                        arcs[code, before, -1] = None
                    return "raises", thrown.error
            except (SpinningError, NotEnabledError, TurnsCountError):
                raise
            except OutsideError as error:
                if code.is_library:
                    raise  # the error must name what the program does with it
                raise error.at(code.file, node.line, node.text) from None
            except Exception as error:
                # Errors that Python itself raises, for example for a count plus a text, are not modelled.
                what = f"not modelled: {type(error).__name__}: {error}"
                raise OutsideError(what).at(frame.code.file, node.line, node.text) from error
        raise SpinningError(code.name)

    def _await(self, frame: Frame, node: Node, value: Value) -> _Signal | None:
        """Begin to await; None if there is nothing to wait for."""
        if isinstance(value, Future):
            if value.done:
                self._receive(frame, node, self.result(value))
                return None
            frame.awaits = value
        elif value is not BARE and not isinstance(value, Advance):
            begin(value)
        for slot in node.dead:
            frame.variables[slot] = None
        if value is BARE:
            return "yields", None
        return ("yields", value) if isinstance(value, Future) else ("enters", value)

    # Calls

    def call(self, target: Value, arguments: tuple[Value, ...], named: dict[str, Value] | None = None) -> Value:
        """Call a value: a function runs to its end; an async function returns its coroutine; a class an object."""
        kind = type(target)
        if kind is Bound:
            target, arguments = target.code, (target.owner, *arguments)
            kind = type(target)
        if kind is Builtin:
            return target.run(self, *arguments, **(named or {}))
        if kind is Code:
            return self._call_code(target, arguments, named)
        if kind is Closure:
            return self._call_code(target.code, arguments, named, tuple(target.values))
        if kind in (ErrorClass, ClassCode):
            make = self._make_error if kind is ErrorClass else self._make_instance
            return make(target, arguments, named)
        message = f"not modelled: a call of {target!r}"
        raise OutsideError(message)

    def _make_error(self, kind: ErrorClass, arguments: tuple[Value, ...], named: dict[str, Value] | None) -> Error:
        if named or not kind.plain:
            message = f"not modelled: to make an exception of the class {kind.name} like this"
            raise OutsideError(message)
        if "BaseExceptionGroup" not in kind.names:
            return Error(kind)
        members = arguments[1].items if len(arguments) == _OF_A_GROUP and isinstance(arguments[1], Sequence) else []
        ordinary = all(isinstance(each, Error) and each.is_a("Exception") for each in members)
        whole = kind.key == "BaseExceptionGroup" and all(isinstance(each, Error) for each in members)
        if not members or not (whole or (kind.key == "ExceptionGroup" and ordinary)):
            message = f"not modelled: to make a {kind.name} like this"
            raise OutsideError(message)
        return Error(ERRORS["ExceptionGroup"] if ordinary else kind, tuple(members))

    def _make_instance(self, kind: ClassCode, arguments: tuple[Value, ...], named: dict[str, Value] | None) -> Instance:
        if kind.outside:
            raise OutsideError(kind.outside)
        made = Instance(kind)
        if "__init__" in kind.methods:
            self._call_code(kind.methods["__init__"], (made, *arguments), named)
        elif arguments or named:
            message = f"not modelled: {kind.name} is made with arguments, of which it takes none"
            raise OutsideError(message)
        return made

    def _call_code(
        self,
        code: Code,
        arguments: tuple[Value, ...],
        named: dict[str, Value] | None,
        captured: tuple[Value, ...] = (),
    ) -> Value:
        variables = bind(code, arguments, named or {})
        rest = len(code.variables) - len(variables) - len(captured)
        variables += [*captured, *([UNBOUND] * rest)]
        for slot in code.cells:
            variables[slot] = Cell(variables[slot])
        frame = Frame(code, variables)
        if code.manager is not None:
            made = Instance(code.manager)
            made.attributes["generator"] = frame
            return made
        if code.is_async:
            return frame
        frame.place = code.entry
        how, value = self._execute(frame, -1)
        if how == "raises":
            raise Thrown(value)
        return value

    def as_error(self, value: Value) -> Error:
        """Return what `raise` raises: an exception, a new one of a class, or a `TypeError` for other values."""
        if isinstance(value, Error):
            return value
        if isinstance(value, (Opaque, Foreign)):  # it may be a class of exceptions, such as what type() says
            message = f"not modelled: to raise {value!r}"
            raise OutsideError(message)
        return self._make_error(value, (), None) if isinstance(value, ErrorClass) else self.error("TypeError")

    # The dependency

    def _run_actor(self, task: Task, frame: ActorFrame, signal: _Signal) -> _Signal:  # noqa: C901 - one way a case
        """Go on in the dependency: find out how it was resumed, and let it choose."""
        actor = self.world.actor
        error = signal[1] if signal[0] == "raises" else None
        if not frame.act:
            if error is not None:
                return signal  # it never runs
            if actor.task is None:
                actor.task = task
            task.cause = -1  # what it does is not done by the call that made it
            if frame.waits_first:
                return self._wait_as_actor(frame, "wait")
        if frame.act == "forever":
            return self._wait_as_actor(frame, "forever")
        self.world.idle = 0
        awaited, frame.future = frame.future, None
        if awaited is not None:
            if error is None:
                self.result(awaited)
            actor.deciding = dependency.how_resumed(frame, actor, error, self.failure)
            actor.wait = None
        else:
            actor.deciding = "first"
        if self.world.closed:
            actor.deciding = ""
            return self._wait_as_actor(frame, "forever")
        if actor.steps_left is not None:
            actor.steps_left -= 1
        if self.decides_at_once():
            return self.act_dependency(frame, self._choose(dependency.options(actor)))
        return "yields", DECIDING

    def decides_at_once(self) -> bool:
        """Say whether the dependency chooses inside the action that resumed it, as in an eager step."""
        raise NotImplementedError

    def _choose(self, options: tuple[str, ...]) -> str:
        self.taken = options[self.oracle.choose(options) if len(options) > 1 else 0]
        return self.taken

    def act_dependency(self, frame: ActorFrame, act: str) -> _Signal:
        """Do what the dependency has chosen as the end of its step."""
        actor = self.world.actor
        actor.deciding = ""
        if act == "uncancel":
            self.uncancel(actor.task)  # type: ignore[arg-type]  # it runs, so it is known
        if act in dependency.WAITS or act == "forever":
            return self._wait_as_actor(frame, act)
        return dependency.ending(frame, act, self.new_failure(), self.error("CancelledError"), self.failure)

    @property
    def failure(self) -> str:
        """How the dependency fails: the field `failure` of the situation."""
        raise NotImplementedError

    def new_failure(self) -> Error:
        """Make the exception with which the dependency fails."""
        members = (self.error("FailureError"),) if self.failure == "group" else ()
        return self.error(dependency.FAILURES[self.failure], *members)

    def _wait_as_actor(self, frame: ActorFrame, act: str) -> _Signal:
        frame.act = "forever" if act == "forever" else "wait"  # why it waits makes no difference later
        frame.future = Future()
        if act == "forever":
            frame.error = None  # it absorbs that one too
        else:
            self.world.actor.wait = frame.future
        return "yields", frame.future

    def _run_ended(self, frame: EndedFrame, signal: _Signal) -> _Signal:
        if signal[0] == "raises":
            return signal
        if frame.how == "result":
            return "returns", "result"
        return "raises", self.new_failure() if frame.how == "exception" else self.error("CancelledError")
