"""One helper, judged in every situation that its contract admits; each violation shown on stock asyncio as well.

The checker runs as `treadle check` does. Of each property that is violated, the counterexample in the plainest
situation is kept: a script of it is executed by an interpreter that has the package and nothing of Treadle.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shipped.entries import BUILD, ROOT
from treadle.cli import check
from treadle.cli.arguments import parse
from treadle.cli.search import explore, make_plan, resolve_all, script_request, stage, staged, sum_up
from treadle.errors import TreadleError
from treadle.report.picture import picture_of_counterexample
from treadle.report.script.brief import LINES
from treadle.report.stock import NOT_REPRODUCED, REPRODUCED
from treadle.report.story import what_happened
from treadle.report.svg import draw
from treadle.tokens import Token
from treadle.verdict import Verdict
from treadle.workers.interpreters import find_interpreter
from treadle.workers.pool import Pool
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from shipped.entries import Helper
    from treadle.check import Counterexample
    from treadle.check.summary import Standing, Summary
    from treadle.report.document import Staged
    from treadle.workers.interpreters import Interpreter

Json = dict[str, Any]

_TRIED = 2
"""So many situations are tried until a counterexample shows on stock asyncio."""


def adapter_file(helper: Helper, text: str = "", suffix: str = "") -> Path:
    """Write the adapter of a helper, or another text in its place, and return the file."""
    folder = BUILD / "adapters"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{helper.slug}{suffix}.py"
    excludes = {each.situation: each.sentence.says for each in helper.excludes}
    told = f"\n\nstop.excludes = {excludes!r}\n" if excludes else ""
    path.write_text(f"{(text or helper.adapter).strip()}\n{told}", encoding="utf-8")
    return path


def command_of(events: int, steps: int, path: Path, python: str) -> list[str]:
    """Return the arguments of `treadle` that judge a helper, from the folder of the project."""
    target = f"{path.relative_to(ROOT)}:stop"
    return ["check", target, "--python", python, "--events", str(events), "--steps", str(steps), "--jobs", "1"]


def judge(helper: Helper, python: str, *, events: int, steps: int, seconds: int) -> Json:
    """Judge a helper; return what is told of it, with `pictures` by property."""
    path = adapter_file(helper)
    arguments = command_of(events, steps, path, python)
    options = parse([*arguments, "--seconds", str(seconds)], check.add_arguments)
    try:
        plan = make_plan(options, options.targets)
        interpreter = plan.interpreters[0]
        with Pool(1) as pool:
            resolve_all(plan, pool)
            (part,) = sum_up(plan, explore(plan, pool))
            summary = part.summaries[0]
            shown = {
                name: _shown(pool, interpreter, standing)
                for name, standing in summary.standings.items()
                if standing.verdict is Verdict.VIOLATED and not BY_NAME[name].is_mode
            }
    except TreadleError as error:
        return {"verdict": "not judged", "reason": str(error), "properties": {}, "pictures": {}}
    return {
        "verdict": _verdict(summary),
        "reason": _reason(summary),
        "mode": list(summary.modes),
        "schedules": sum(cell.schedules for cell in summary.cells),
        "properties": {name: _told(standing, shown.get(name)) for name, standing in summary.standings.items()},
        "pictures": {name: _picture(*each) for name, each in shown.items() if each is not None},
    }


Shown = tuple["Counterexample", "Staged"]


def _shown(pool: Pool, interpreter: Interpreter, standing: Standing) -> Shown | None:
    """Return the plainest counterexample of which a short script shows on stock asyncio; if none does, the shortest."""
    found = [each.counterexample for each in standing.findings.values() if each.counterexample is not None]
    found.sort(key=lambda each: (_goes_wrong_else(each), each.token.situation != "plain", each.events, each.callbacks))
    tried: list[Shown] = []
    for each in found[:_TRIED]:
        staged = stage(pool, interpreter, [each])[str(each.token)]
        tried.append((each, staged))
        if staged.status == REPRODUCED and _length(staged) <= LINES:
            break
    if not tried:
        return None
    return min(tried, key=lambda each: (each[1].status != REPRODUCED, _length(each[1])))


def _length(staged: Staged) -> int:
    return len((staged.script or "").splitlines())


def confirm(told: Json, helper: Helper) -> Json:
    """Run each script once more, by the interpreter of the helper's environment, which has nothing of Treadle.

    This is the second way: asyncio's own loop and the package, and no code of the checker. What a script prints is
    kept; one that does not show the failure is told as not reproduced.
    """
    python = str(helper.environment / "bin" / "python")
    for each in told["properties"].values():
        if each.get("script"):
            with tempfile.TemporaryDirectory(prefix="shipped-") as folder:
                script = Path(folder) / "script.py"
                script.write_text(each["script"], encoding="utf-8")
                try:
                    run = subprocess.run(
                        [python, str(script)], capture_output=True, text=True, check=False, timeout=120
                    )
                except subprocess.TimeoutExpired:
                    each["stock"] = NOT_REPRODUCED
                    continue
            each["output"] = run.stdout
            shown = run.returncode == 1 and run.stdout.rstrip().endswith("the failure shows")
            each["stock"] = REPRODUCED if shown else NOT_REPRODUCED
    return told


def restage(told: Json, helper: Helper) -> Json:
    """Write those scripts anew that are longer than they should be, and run them."""
    longer = [each for each in told["properties"].values() if len((each.get("script") or "").splitlines()) > LINES]
    if longer:
        adapter_file(helper)
        interpreter = find_interpreter(str(helper.environment / "bin" / "python"))
        with Pool(1) as pool:
            requests = [script_request(interpreter, Token.parse(each["token"])) for each in longer]
            for each, request, answer in zip(longer, requests, pool.ask(requests), strict=True):
                told_now = staged(request.question, answer)
                each["script"] = told_now.script or each["script"]
        confirm(told, helper)
    return told


def _goes_wrong_else(found: Counterexample) -> bool:
    """Say whether a cancellation got lost to a failure that was raised in its place: one that goes on is worse."""
    return found.token.property == "lost" and not any(call.does == "returns" for call in found.outcome)


def _picture(found: Counterexample, staged: Staged) -> str:
    return draw(picture_of_counterexample(found, staged.contrast, stock=staged.status))


def _verdict(summary: Summary) -> str:
    duties = {each.verdict for name, each in summary.standings.items() if not BY_NAME[name].is_mode}
    order = (Verdict.VIOLATED, Verdict.NO_VIOLATION_FOUND, Verdict.UNSUPPORTED, Verdict.HOLDS)
    return str(next((each for each in order if each in duties), Verdict.NOT_EXERCISED))


def _reason(summary: Summary) -> str:
    """Say why something could not be judged, or not to the end."""
    reasons = [
        each.reason
        for standing in summary.standings.values()
        for each in standing.findings.values()
        if each.verdict in {Verdict.UNSUPPORTED, Verdict.NO_VIOLATION_FOUND}
    ]
    return "; ".join(dict.fromkeys(reasons))


def _told(standing: Standing, shown: Shown | None) -> Json:
    told: Json = {"verdict": str(standing.verdict)}
    if standing.verdict is Verdict.VIOLATED:
        told["in"] = list(standing.situations(Verdict.VIOLATED))
        told["events"] = None if standing.smallest is None else standing.smallest.events
    if shown is not None:
        found, staged = shown
        told |= {
            "shown in": found.token.situation,
            "happens": "; ".join(what_happened(found)),
            "token": str(found.token),
            "stock": staged.status,
            "script": staged.script,
        }
    return told
