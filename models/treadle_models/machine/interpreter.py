"""Coroutines: running automata, frame by frame, from one suspension to the next.

A task holds a stack of frames, the innermost last. `await` on a coroutine puts a frame on it; `await` on a future
that is not done suspends them all (`Future.__await__`); what is thrown into the task comes up in the innermost frame
and goes outwards until one handles it, as `coroutine.throw` does it.
"""

from __future__ import annotations

from treadle_models.machine import actor as dependency
from treadle_models.machine.actor import ActorFrame, EndedFrame
from treadle_models.machine.code import Builtin, ClassCode, Code, ErrorClass, Kind, Node, Value
from treadle_models.machine.tasks import DECIDING, Tasks
from treadle_models.machine.things import (
    Bound,
    Closure,
    Error,
    Frame,
    Future,
    Instance,
    OutsideError,
    Task,
    Thrown,
)

BARE = object()
"""What `asyncio.sleep(0)` awaits: a bare yield."""

_NODES_A_STEP = 5000  # more than any candidate needs that does end its step

_Signal = tuple[str, Value]


class SpinningError(Exception):
    """A step of the modelled program does not end."""


class Interpreter(Tasks):
    """The part of the machine that coroutines are. `taken`: the name of the action."""

    taken = ""

    def resume(self, task: Task, error: Error | None) -> _Signal:
        """Run the coroutine until it suspends or ends."""
        frames = task.frames
        signal: _Signal = ("raises", error) if error is not None else ("resumes", None)
        while frames:
            top = frames[-1]
            if type(top) is Frame:
                signal = self._run_frame(top, signal)
            elif type(top) is ActorFrame:
                signal = self._run_actor(task, top, signal)
            else:
                signal = self._run_ended(top, signal)
            if signal[0] == "yields":
                return signal
            if signal[0] == "enters":
                frames.append(signal[1])
                signal = ("starts", None)
            else:
                frames.pop()
        return signal

    # Frames of automata

    def _run_frame(self, frame: Frame, signal: _Signal) -> _Signal:
        """Go on in a frame: it resumes, or a value or an exception comes out of what it awaits."""
        nodes = frame.code.nodes
        how, value = signal
        if frame.place < 0:  # not started: an exception is not thrown into it, it never runs
            if how == "raises":
                return signal
            frame.place = frame.code.entry
            return self._execute(frame)
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
                return "raises", value
        else:
            self._receive(frame, nodes[frame.place], value)
        return self._execute(frame)

    def _throw(self, frame: Frame, node: Node, error: Error) -> bool:
        """Go to the handler; say False if there is none."""
        if node.handler < 0:
            return False
        frame.variables[node.slot] = error
        frame.place = node.handler
        return True

    def _receive(self, frame: Frame, node: Node, value: Value) -> None:
        if node.store is not None:
            node.store(self, frame.variables, value)
        frame.place = node.following

    def _execute(self, frame: Frame) -> _Signal:
        nodes, variables = frame.code.nodes, frame.variables
        for _ in range(_NODES_A_STEP):
            node = nodes[frame.place]
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
                elif kind is Kind.RETURN:
                    return "returns", value
                else:
                    raise Thrown(self.as_error(value))  # noqa: TRY301 - to the handler of this very node
            except Thrown as thrown:
                if not self._throw(frame, node, thrown.error):
                    return "raises", thrown.error
        raise SpinningError(frame.code.name)

    def _await(self, frame: Frame, node: Node, value: Value) -> _Signal | None:
        """Begin to await; None if there is nothing to wait for."""
        if isinstance(value, Future):
            if value.done:
                self._receive(frame, node, self.result(value))
                return None
            frame.awaits = value
        elif not isinstance(value, (Frame, ActorFrame, EndedFrame)) and value is not BARE:
            message = f"{frame.code.file}:{node.line}: the machine cannot await {value!r}"
            raise OutsideError(message)
        for slot in node.dead:
            frame.variables[slot] = None
        if value is BARE:
            return "yields", None
        return ("yields", value) if isinstance(value, Future) else ("enters", value)

    # Calls

    def call(self, target: Value, arguments: tuple[Value, ...], named: dict[str, Value] | None = None) -> Value:
        """Call something: a function runs to its end; an async function gives its coroutine; a class an object."""
        kind = type(target)
        if kind is Builtin:
            return target.run(self, *arguments, **(named or {}))
        if kind is Bound:
            return self._call_code(target.code, (target.owner, *arguments), named)
        if kind is Code:
            return self._call_code(target, arguments, named)
        if kind is Closure:
            return self._call_code(target.code, arguments, named, tuple(target.values))
        if kind is ErrorClass:
            return Error(target)
        if kind is ClassCode:
            made = Instance(target)
            if "__init__" in target.methods:
                self._call_code(target.methods["__init__"], (made, *arguments), named)
            return made
        message = f"the machine cannot call {target!r}"
        raise OutsideError(message)

    def _call_code(
        self,
        code: Code,
        arguments: tuple[Value, ...],
        named: dict[str, Value] | None,
        captured: tuple[Value, ...] = (),
    ) -> Value:
        given = dict(zip(code.parameters, arguments, strict=False)) | (named or {})
        first_default = len(code.parameters) - len(code.defaults)
        variables: list[Value] = []
        for index, name in enumerate(code.parameters):
            if name not in given and index < first_default:
                message = f"{code.file}: {code.name} is called without {name!r}"
                raise OutsideError(message)
            variables.append(given[name] if name in given else code.defaults[index - first_default])
        rest = len(code.variables) - len(variables) - len(captured)
        frame = Frame(code, [*variables, *captured, *([None] * rest)])
        if code.is_async:
            return frame
        frame.place = code.entry
        how, value = self._execute(frame)
        if how == "raises":
            raise Thrown(value)
        return value

    def as_error(self, value: Value) -> Error:
        """Return what `raise` raises: an exception, or a new one of a class."""
        return value if isinstance(value, Error) else Error(value)

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
            task.cause = -1  # what it does is not the doing of the call that made it
            if frame.waits_first:
                return self._wait_as_actor(frame, "wait")
        if frame.act == "forever":
            return self._wait_as_actor(frame, "forever")
        self.world.idle = 0
        awaited, frame.future = frame.future, None
        if awaited is not None:
            if error is None:
                self.result(awaited)
            actor.deciding = dependency.how_resumed(frame, actor, error)
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
        """Do what the dependency has chosen to end its step with."""
        actor = self.world.actor
        actor.deciding = ""
        if act == "uncancel":
            self.uncancel(actor.task)  # type: ignore[arg-type]  # it runs, so it is known
        if act in dependency.WAITS or act == "forever":
            return self._wait_as_actor(frame, act)
        return dependency.ending(frame, act, self.error("FailureError"), self.error("CancelledError"))

    def _wait_as_actor(self, frame: ActorFrame, act: str) -> _Signal:
        frame.act = "forever" if act == "forever" else "wait"  # in what spirit it waits makes no difference later
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
        return "raises", self.error("FailureError" if frame.how == "exception" else "CancelledError")
