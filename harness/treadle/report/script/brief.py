"""Write a counterexample as a script that is as short as a maintainer wants it: a real task, and only what is needed.

It can act only where its own statements or callbacks run; for other gaps there is the long script (see `write`). A
short script is run, and used only if the failure shows. If it does not show when acting in the gaps of the
counterexample, other places are tried: some turns earlier or later, a done callback of the task, a timer. These show
the same failure under another schedule.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from treadle.check.counterexamples import violates
from treadle.report.script.acting import Acts, moved
from treadle.report.script.dependency import steps_from_the_start
from treadle.report.script.failing import short_failure
from treadle.report.script.inline import YIELD, inline
from treadle.report.script.plan import CannotPlaceError, plan
from treadle.report.script.seeing import CALL, placed, seeing
from treadle.report.script.text import indented
from treadle.report.story import what_happened
from treadle.situation import ActionName, parse_situation
from treadle.situation.actor import Decision
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle.check.counterexamples import Counterexample
    from treadle.check.target import Target
    from treadle.report.script.inline import Inlined
    from treadle.report.script.plan import Group
    from treadle.report.script.seeing import Seeing
    from treadle.situation import Situation

LINES = 40
"""The most lines that a short script should have."""

_WAITS = re.compile(r"\bawait\b|\basync with\b")
_IDLE = "await asyncio.sleep(0.05)"


def brief_scripts(found: Counterexample, target: Target) -> Iterator[str]:
    """Yield short scripts for a counterexample; those that act in other places come last.

    The first acts in the gaps of the counterexample; it is empty if no short script can.
    """
    situation = parse_situation(found.token.situation)
    if found.beyond_stock or situation.dependency in {"nested", "mutual"} or situation.controllers > 1:
        return
    if not short_failure(situation) or situation.again:
        return
    offender = next(
        number
        for number, call in enumerate(found.outcome)
        if violates((call,), BY_NAME[found.token.property], Reading(found.token.reading))
    )
    seen = seeing(found, offender, situation)
    code = inline(target)
    if seen is None or code is None or found.outcome[offender].observation.spinning:
        return
    brief = _Brief(found, target, situation, code, seen)
    who = {record.gap: record.who for record in found.trace if record.kind == "callback"}
    absorbs = any(act is Decision.FOREVER for step in found.score.steps for act, _ in step.decisions)
    leaves = absorbs or found.token.property in {"ends", "no-self-hang"}
    try:
        first = brief.script(plan(found.score, who), leaves=leaves)
    except CannotPlaceError:
        first = ""
    yield first
    scripts = (brief.script(groups, leaves=leaves) for groups in moved(found.score))
    yield from (script for script in scripts if script != first)


class _Brief:
    """Writes the short scripts of one counterexample."""

    def __init__(
        self, found: Counterexample, target: Target, situation: Situation, code: Inlined, seen: Seeing
    ) -> None:
        self._found = found
        self._target = target
        self._situation = situation
        self._code = code
        self._seen = seen
        self._failure = short_failure(situation)
        self._owner = target.subject.owner
        self._owning = code.owning if not situation.count and not situation.pending else ()
        if self._owning:
            self._code = code.without_manager()
        in_turns = not all(action.at_rest for action in found.score.actions)
        self._early = bool(
            situation.count
            or (situation.scope and (in_turns or situation.controllers > 1))
            or (self._owner and situation.dependency != "unstarted")
        )
        # The scope's time may run out by itself; and the call may be all that the caller does.
        timers = [action.name == ActionName.FIRE_TIMER and action.at_rest for action in found.score.actions]
        self._by_itself = situation.scope == "timeout" and not self._early and timers == [True]
        plain = not self._early and not situation.scope and not situation.pending and situation.dependency != "itself"
        self._direct = plain and bool(code.coroutine) and seen.around == (CALL,)

    def script(self, groups: list[Group], *, leaves: bool) -> str:
        """Return the script that acts at these places; `leaves`: it ends the process, as some task may never end."""
        acts = Acts.of(self._found.score, groups, self._situation)
        if acts is None:
            return ""
        dependency = steps_from_the_start(self._found.score.steps, self._situation)
        # Only long scripts check whether the caller leaves at once. An action completes the last wait.
        acted = _shortened([line for line in dependency if not line.strip().startswith("later(")])
        waits = [number for number, line in enumerate(acted) if line.strip().endswith("await waiting()")]
        wake = waits[-1] if waits and acts.waited_for else None
        wait = "await asyncio.sleep(3600)"
        dependency = [
            _plainly(line, "await wake" if at == wake else wait).replace("Failure", self._failure)
            for at, line in enumerate(acted)
        ]
        body = self._main(acts, dependency, leaves=leaves)
        later = acts.later if any("later(" in line for line in body) else []
        imports = ["asyncio", *self._seen.imports, *(["os"] if leaves else []), "sys"]
        plain = {f"import {each}" for each in imports} | {each for each in self._code.imports if each[:7] == "import "}
        named = [each for each in self._code.imports if each not in plain]
        lines = [
            *self._head(),
            *sorted(plain),
            *(["from importlib.metadata import version"] if self._code.package else []),
            *(["", *named] if named else []),
            *(["", "", *self._code.defines.splitlines()] if self._code.defines else []),
            *(["", "", *self._code.manager.splitlines()] if self._code.manager else []),
            *later,
            *("", "", "async def main():", *indented(body), "", ""),
            "asyncio.run(main())" if leaves else "sys.exit(asyncio.run(main()))",
        ]
        return "\n".join(line.rstrip() for line in lines) + "\n"

    def _head(self) -> list[str]:
        story = "; ".join(what_happened(self._found))
        line = _decisive(self._found)
        return textwrap.wrap(f'"""{story[0].upper()}{story[1:]}{f": {line}" if line else ""}."""', 118)

    def _main(self, acts: Acts, dependency: list[str], *, leaves: bool) -> list[str]:
        situation, seen = self._situation, self._seen
        kind = situation.dependency
        lines: list[str] = []
        if kind not in {"future", "itself"}:
            lines += ["async def dependency():", *indented(dependency), ""]
        if situation.scope == "group":
            lines += ["async def sibling():", "    await child", ""]
        if not self._direct:
            lines += ["async def call():", *indented(self._call()), ""]
        lines += seen.before
        if acts.waited_for and kind != "future":
            lines.append("wake = asyncio.get_running_loop().create_future()")
        if self._early:
            lines.append("go = asyncio.get_running_loop().create_future()")
        if situation.scope == "timeout" and not self._by_itself:
            lines.append("scope = asyncio.timeout(3600)")
        if situation.scope == "group":
            lines.append("child = asyncio.get_running_loop().create_future()")
        lines += self._start(acts)
        lines += ["await asyncio.sleep(0.2)"] if self._by_itself else [_IDLE, *acts.at_rest(_IDLE)]
        lines += [line.replace("OSError", self._failure) for line in seen.after]
        lines.append(f"failed = {seen.failed}")
        package = self._code.package
        version = f"{package!r}, version({package!r})" if package else "'Python', sys.version.split()[0]"
        lines.append(f"print({version})")
        lines.append(f"print({'expected: ' + BY_NAME[self._found.token.property].sentence!r})")
        bad, good = f"{seen.bad} + ': the failure shows'", f"{seen.good} + ': the failure does not show'"
        lines.append(f"print('happened:', {bad} if failed else {good})".replace("' + '", ""))
        lines += ["sys.stdout.flush()", "os._exit(failed)"] if leaves else ["return failed"]
        return lines

    def _start(self, acts: Acts) -> list[str]:
        """Return the statements that put everything into the ready queue, and then act."""
        situation, kind = self._situation, self._situation.dependency
        made = "asyncio.create_task(dependency())"
        caller = f"caller = asyncio.create_task({self._code.coroutine if self._direct else 'call()'})"
        setup: list[str] = []
        if kind == "eager":
            setup.append("asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)")
            caller = caller.replace("create_task", "Task")
        if kind == "future":
            setup.append("task = asyncio.get_running_loop().create_future()")
        elif kind == "itself":
            pass
        elif self._owner:
            setup.append("task = None")
        elif kind != "unstarted":
            setup += [f"task = {made}", _IDLE]
        start = [caller]
        if self._early:
            setup += [caller, _IDLE]
            start = ["go.set_result(None)" + "; caller.cancel()" * situation.count]
        if kind == "unstarted" and not self._owner:
            start.append(f"task = {made}")
        return [*setup, *acts.started(start)]

    def _call(self) -> list[str]:
        situation, kind = self._situation, self._situation.dependency
        call = self._code.call
        enter: list[str] = []
        if self._owning:
            return self._scoped(["nonlocal task", *placed(self._seen.around, self._entered())])
        if self._owner:
            enter = ["nonlocal task", f"manager = {call[0]}", "task = await manager.__aenter__()"]
            call = ("await manager.__aexit__(None, None, None)",)
        if kind == "itself":
            call = ("task = asyncio.current_task()", *call)
        if situation.pending:
            call = ("asyncio.current_task().cancel()  # a cancellation is pending when the call begins", *call)
        body = placed(self._seen.around, call)
        if situation.count:
            body = ["try:", "    await go", "finally:", *indented(body)]
        elif self._early:
            body = ["await go", *body]
        return self._scoped([*enter, *body])

    def _entered(self) -> tuple[str, ...]:
        """Return the statements of an owner, which waits for `go` where it has yielded its task."""
        lines = []
        for line in self._owning:
            indent = line[: len(line) - len(line.lstrip())]
            words = line.strip().partition(" ")
            is_yield = words[0] == YIELD
            if not is_yield:
                lines.append(line)
            elif words[2] != "task":
                lines.append(f"{indent}task = {words[2]}")
            lines += [f"{indent}await go"] if is_yield and self._early else []
        return tuple(lines)

    def _scoped(self, body: list[str]) -> list[str]:
        scope = self._situation.scope
        if not scope:
            return body
        seen = "seen.append(asyncio.current_task().cancelling())" if "scope" in self._found.token.property else "pass"
        if scope == "timeout":
            timeout = "asyncio.timeout(0.05)" if self._by_itself else "scope"
            return [
                "try:",
                f"    async with {timeout}:",
                *indented(indented(body)),
                "except TimeoutError:",
                f"    {seen}",
            ]
        inside = ["group.create_task(sibling())", *body]
        return [
            *("try:", "    async with asyncio.TaskGroup() as group:", *indented(indented(inside))),
            *("except* OSError:", f"    {seen}"),
        ]


def _shortened(dependency: list[str]) -> list[str]:
    """Return fewer statements of a dependency that do the same, if there are any."""
    match dependency:
        case ["try:", wait, "except asyncio.CancelledError:", "    raise"]:
            return [wait.strip()]
        case ["try:", wait, "except asyncio.CancelledError:", "    raise Failure from None"]:
            return ["try:", wait, "finally:", "    raise Failure"]
        case [*before, "return"] if before:
            return before
    return dependency


def _plainly(line: str, wait: str) -> str:
    """Return a statement of the dependency with the names of `main`."""
    return line.replace("await waiting()", wait).replace("stage.controllers[0]", "caller")


def _decisive(found: Counterexample) -> str:
    """Return the line of the library that caused it: the last one in the step of the caller in which the call left."""
    records = [each for each in found.trace if each.who.startswith("controller") and each.lines]
    leaving = [each for each in records if "the call r" in each.text] or records[-1:]
    if not leaving:
        return ""
    lines = leaving[0].lines
    telling = [each for each in lines if not _WAITS.search(each.text)]  # one that waits is traced again at its end
    line = (telling or lines)[-1]
    return f"{line.file}, line {line.number}: `{line.text.partition('  #')[0]}`"
