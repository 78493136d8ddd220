"""Judge helpers as they ship, write what came out, and the page: `make shipped`.

    python paper/shipping.py [NAME ...] [--events N] [--steps N] [--fresh] [--scripts] [--render | --summary]

A helper is judged with one event of the environment, and with two where it violates nothing with one.
Helpers are judged one after the other; what is known of one is kept in `build/shipped/results/`, so the same command
goes on where it was cut short. It counts as long as the entry of the helper and the bounds are the same;
`--fresh` asks again. With names, only those are judged, and nothing is recorded. `--render` judges nothing: it writes
the tables, the page and the reports from what is recorded. `--summary` prints the summary of that.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from shipped import page, reports, tables
from shipped.classing import classify
from shipped.entries import BUILD, ROOT, EntryError, Helper, Register, Sentence, read
from shipped.environments import InstallError, python_of
from shipped.judging import adapter_file, command_of, confirm, judge, restage
from shipped.quoting import unfounded

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]

RESULTS = ROOT / "paper" / "results" / "shipped.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="shipping.py", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="helpers, by their names or a part of them; all unless given")
    parser.add_argument("--events", type=int, default=2, help="at most, where fewer show nothing")
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=60, help="for one helper in one situation")
    parser.add_argument("--fresh", action="store_true", help="judge again what is known")
    parser.add_argument("--render", action="store_true", help="judge nothing, write what is recorded for people")
    parser.add_argument("--scripts", action="store_true", help="write anew the scripts that are too long, of all known")
    parser.add_argument("--summary", action="store_true", help="print the summary of what is recorded")
    options = parser.parse_args(arguments)
    if options.summary:
        register = read()
        pairs = zip(_recorded()["helpers"], register.helpers, strict=True)
        print(tables.plain([classify(each, helper, register) for each, helper in pairs]))
        return 0
    try:
        register = read()
        chosen = _chosen(register, options.names)
        told = _recorded()["helpers"] if options.render else _all(chosen, options)
    except EntryError as error:
        print(f"shipped: {error}", file=sys.stderr)
        return 2
    told = [classify(each, helper, register) for each, helper in zip(told, chosen, strict=True)]
    if options.names:
        print(tables.table(told))
        return 0
    _write(told, register, options)
    return 0


def _chosen(register: Register, names: Sequence[str]) -> list[Helper]:
    """Return the helpers of these names; raise `EntryError` for a name that is no helper's."""
    for name in names:
        if not any(name.lower() in each.name.lower() for each in register.helpers):
            known = ", ".join(each.name for each in register.helpers)
            message = f"no helper is called {name!r}; there are: {known}"
            raise EntryError(message)
    return [each for each in register.helpers if not names or any(one.lower() in each.name.lower() for one in names)]


def _all(helpers: Sequence[Helper], options: argparse.Namespace) -> list[Json]:
    began, judged = time.monotonic(), 0
    told = []
    for number, helper in enumerate(helpers):
        file = BUILD / "results" / f"{helper.slug}.json"
        by = _made_by(helper, options)
        known = json.loads(file.read_text("utf-8")) if file.is_file() and not options.fresh else {}
        if known.get("by") != by:
            left = (time.monotonic() - began) / judged * (len(helpers) - number) if judged else 0
            _say(f"{number + 1}/{len(helpers)}  {helper.name}{f'   about {left / 60:.0f} min left' if left else ''}")
            known = {"by": by, "told": _one(helper, options)}
            judged += 1
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(known, indent=1, ensure_ascii=False), encoding="utf-8")
        if any(each.get("script") and "output" not in each for each in known["told"]["properties"].values()):
            confirm(known["told"], helper)
            file.write_text(json.dumps(known, indent=1, ensure_ascii=False), encoding="utf-8")
        if options.scripts:
            _say(f"{number + 1}/{len(helpers)}  {helper.name}")
            restage(known["told"], helper)
            file.write_text(json.dumps(known, indent=1, ensure_ascii=False), encoding="utf-8")
        told.append(known["told"])
    return told


def _one(helper: Helper, options: argparse.Namespace) -> Json:
    """Install a package and judge its helper; what cannot be is told with the reason."""
    about: Json = {
        "helper": helper.name,
        "package": helper.package,
        "version": helper.version,
        "licence": helper.licence,
        "calls": helper.calls,
        "algorithm": helper.algorithm,
        "says": helper.promise.says,
        "where": helper.promise.where,
        "excluded": [
            {"situation": each.situation, "says": each.sentence.says, "where": each.sentence.where}
            for each in helper.excludes
        ],
    }
    if helper.unjudged:
        return {**about, "verdict": "not judged", "reason": helper.unjudged, "properties": {}, "pictures": {}}
    try:
        python = python_of(helper)
    except InstallError as error:
        return {**about, "verdict": "not judged", "reason": str(error), "properties": {}, "pictures": {}}
    unquoted = unfounded(helper)
    if unquoted:
        message = f"{helper.name}: {helper.requirement} has nowhere: {unquoted[0]!r}; quote what it says, word for word"
        raise EntryError(message)
    found = subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout.split()[-1]
    short = str((BUILD / "env" / helper.package / "bin" / "python").relative_to(ROOT))
    judged: Json = {}
    for events in range(1, max(1, options.events) + 1):
        judged = judge(helper, python, events=events, steps=options.steps, seconds=options.seconds)
        command = command_of(events, options.steps, adapter_file(helper), short)
        judged["events"] = events
        if judged["verdict"] != "holds":
            break
    told = {"version": helper.version or found, "python": found, "command": f"treadle {' '.join(command)}"}
    return {**about, **told, **judged}


def _made_by(helper: Helper, options: argparse.Namespace) -> str:
    """Return a digest of what was asked: the entry and the bounds."""
    digest = hashlib.sha256(repr((helper.requirement, helper.extra, helper.adapter, helper.excludes)).encode())
    digest.update(repr((helper.unjudged, options.events, options.steps, platform.machine())).encode())
    return digest.hexdigest()[:16]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _write(told: list[Json], register: Register, options: argparse.Namespace) -> None:
    """Write the results, the table, the page, and a report for each helper with a bug."""
    recorded = [{key: value for key, value in each.items() if key != "pictures"} for each in told]
    repairs = _recorded().get("repairs", {}) if options.render else _repairs(register, options)
    bounds = _recorded() if options.render else {"events": options.events, "steps": options.steps}
    if not options.render:
        document = {**bounds, "repairs": repairs, "helpers": recorded}
        RESULTS.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    text = tables.document(recorded, bounds["events"], bounds["steps"])
    (ROOT / "paper" / "shipped.md").write_text(text, encoding="utf-8")
    tables.into(ROOT / "README.md", recorded)
    reports.write(recorded, register, repairs)
    pictures = {helper.name: page.kept_pictures(helper.slug) for helper in register.helpers}
    page.write(recorded, pictures, ROOT / "build" / "register.html")
    _say("paper/results/shipped.json, paper/shipped.md, paper/reports/, build/register.html")


def _recorded() -> Json:
    recorded: Json = json.loads(RESULTS.read_text(encoding="utf-8"))
    return recorded


def _repairs(register: Register, options: argparse.Namespace) -> Json:
    """Judge the repairs as the helpers are judged; return what can be said of each."""
    told = {}
    for name, text in register.repairs.items():
        helper = Helper(
            name=f"repair {name}",
            package="asyncio",
            version="",
            licence="",
            calls="",
            algorithm="wait",
            promise=Sentence(says="", where=""),
            adapter=text,
            excludes=(),
            classed={},
        )
        (judged,) = _all([helper], options)
        duties = {prop: each for prop, each in judged["properties"].items() if prop in tables.NAMES}
        violated = [
            prop for prop, each in duties.items() if each["verdict"] != "holds" and each["verdict"][:3] != "not"
        ]
        said = (
            f"Judged as the helper was, on Python {judged['python']}: "
            + ("every property that is exercised holds" if not violated else f"it violates {', '.join(violated)}")
            + f", in all of {judged['schedules']:,} schedules; its mode is {', '.join(judged['mode']) or 'neither'}."
        )
        told[name] = {"says": said, "clean": not violated, "schedules": judged["schedules"]}
    return told


if __name__ == "__main__":
    sys.exit(main())
