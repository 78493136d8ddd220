"""The same as a script, as short as a maintainer wants to read it: a real task, what is needed and no more.

It can act only where a statement or a callback of its own can: the long script (see `write`) is there for the rest.
Whoever writes a short one runs it, and shows it only if the failure shows. Where acting in the gaps of the
counterexample does not show it, other places are tried: some turns earlier or later, a done callback of the task, a
timer. What shows so is the same failure, by another schedule.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from treadle.check.counterexamples import violates
from treadle.report.script.acting import Acts, moved
from treadle.report.script.dependency import steps_from_the_start
from treadle.report.script.inline import inline
from treadle.report.script.plan import CannotPlaceError, plan
from treadle.report.script.seeing import placed, seeing
from treadle.report.script.text import indented
from treadle.report.story import what_happened
from treadle.situation import parse_situation
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
"""What a script should have at most."""

_IDLE = "await asyncio.sleep(0.01)"


def brief_scripts(found: Counterexample, target: Target) -> Iterator[str]:
    """Yield short scripts for a counterexample, those that act in other places last.

    The first acts in its gaps, if a short script can; an empty one stands for it if it cannot.
    """
    situation = parse_situation(found.token.situation)
    if found.beyond_stock or situation.dependency == "nested" or situation.controllers > 1:
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
        yield brief.script(plan(found.score, who), leaves=leaves)
    except CannotPlaceError:
        yield ""
    for groups in moved(found.score):
        yield brief.script(groups, leaves=leaves)


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
        self._owner = target.subject.owner
        in_turns = not all(action.at_rest for action in found.score.actions)
        self._early = bool(
            situation.count
            or (situation.scope and (in_turns or situation.controllers > 1))
            or (self._owner and situation.dependency != "unstarted")
        )

    def script(self, groups: list[Group], *, leaves: bool) -> str:
        """Return the script that acts at these places; `leaves`: it ends the process, because some task may not end."""
        acts = Acts.of(self._found.score, groups, self._situation)
        if acts is None:
            return ""
        dependency = steps_from_the_start(self._found.score.steps, self._situation)
        waits = acts.waited_for
        if waits and sum(line.strip().endswith("await waiting()") for line in dependency) > 1:
            return ""
        dependency = _shortened(dependency)
        dependency = [_plainly(line, "await wake" if waits else "await asyncio.sleep(3600)") for line in dependency]
        body = self._main(acts, dependency, leaves=leaves)
        later = acts.later if any("later(" in line for line in body) else []
        imports = ["asyncio", *self._seen.imports, *(["os"] if leaves else []), "sys"]
        own = set(self._code.imports)
        lines = [
            *self._head(),
            *(f"import {each}" for each in sorted(imports) if f"import {each}" not in own),
            *(["from importlib.metadata import version"] if self._code.package else []),
            *(["", *self._code.imports] if self._code.imports else []),
            *(["", "", *self._code.defines.splitlines()] if self._code.defines else []),
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
        lines += ["async def call():", *indented(self._call()), ""]
        lines += seen.before
        if acts.waited_for and kind != "future":
            lines.append("wake = asyncio.get_running_loop().create_future()")
        if self._early:
            lines.append("go = asyncio.get_running_loop().create_future()")
        if situation.scope == "timeout":
            lines.append("scope = asyncio.timeout(3600)")
        if situation.scope == "group":
            lines.append("child = asyncio.get_running_loop().create_future()")
        lines += self._start(acts)
        lines += [_IDLE, *acts.at_rest(_IDLE)]
        lines += seen.after
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
        """Return the statements that put everything into the queue, and then act."""
        situation, kind = self._situation, self._situation.dependency
        made = "asyncio.create_task(dependency())"
        caller = "caller = asyncio.create_task(call())"
        setup: list[str] = []
        if kind == "eager":
            setup.append("asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)")
            caller = "caller = asyncio.Task(call())"
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

    def _scoped(self, body: list[str]) -> list[str]:
        scope = self._situation.scope
        if not scope:
            return body
        seen = "seen.append(asyncio.current_task().cancelling())" if "scope" in self._found.token.property else "pass"
        if scope == "timeout":
            return ["try:", "    async with scope:", *indented(indented(body)), "except TimeoutError:", f"    {seen}"]
        inside = ["group.create_task(sibling())", *body]
        return [
            *("try:", "    async with asyncio.TaskGroup() as group:", *indented(indented(inside))),
            *("except* OSError:", f"    {seen}"),
        ]


def _shortened(dependency: list[str]) -> list[str]:
    """Return the statements of a dependency without a `try` that only lets out again what it caught, or fails."""
    match dependency:
        case ["try:", wait, "except asyncio.CancelledError:", "    raise"]:
            return [wait.strip()]
        case ["try:", wait, "except asyncio.CancelledError:", "    raise Failure from None"]:
            return ["try:", wait, "finally:", "    raise Failure"]
    return dependency


def _plainly(line: str, wait: str) -> str:
    """Return a statement of the dependency with names that stand in `main`."""
    plain = line.replace("await waiting()", wait).replace("stage.controllers[0]", "caller")
    return plain.replace("Failure", "OSError")


def _decisive(found: Counterexample) -> str:
    """Return the line of the library that did it: the last that ran in the caller's step in which the call left."""
    records = [each for each in found.trace if each.who.startswith("controller") and each.lines]
    leaving = [each for each in records if "the call r" in each.text] or records[-1:]
    if not leaving:
        return ""
    line = leaving[0].lines[-1]
    return f"{line.file}, line {line.number}: `{line.text.partition('  #')[0]}`"
