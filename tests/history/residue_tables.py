"""What fixes left behind, for people: which findings have a verdict by hand, and the table."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from bugs import DATA

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Json = dict[str, Any]

ROLES = ("has it", "repaired", "newest")
CLASSES = {
    "residue": "the fix has left it behind",
    "other": "another bug of the library, which the program meets",
    "program": "a false alarm: the changed program asks for what it cannot have",
    "treadle": "a false alarm of Treadle",
    "choice": "a choice of the library, which says so",
}


def read_verdicts() -> list[Json]:
    """Return the verdicts by hand, in their order."""
    verdicts: list[Json] = tomllib.loads(DATA.read_text(encoding="utf-8")).get("verdict", [])
    return verdicts


def _matches(verdict: Json, bug: Json, run: Json, program: Json, finding: Json) -> bool:
    here = {"bug": bug["bug"], "role": run["role"], "neighbour": program["neighbour"], "property": finding["property"]}
    for key, value in here.items():
        asked = verdict.get(key, value)
        if value not in (asked if isinstance(asked, list) else [asked]):
            return False
    return verdict.get("happens", "") in finding["happens"]


def judged(result: Json) -> Json:
    """Put the verdict by hand to each finding of a repaired or the newest release; `class` is empty without one."""
    verdicts = read_verdicts()
    for bug, run, program, finding in _findings(result):
        found = next((each for each in verdicts if _matches(each, bug, run, program, finding)), {})
        finding["class"], finding["why"] = found.get("class", ""), found.get("why", "")
    return result


def _findings(result: Json) -> Iterator[tuple[Json, Json, Json, Json]]:
    for bug in result["bugs"]:
        for run in bug["runs"]:
            for program in run["programs"] if run["role"] != "has it" else ():
                for finding in program["findings"]:
                    yield bug, run, program, finding


def undecided(result: Json, *, whole: bool = True) -> Iterator[str]:
    """Say which finding has no verdict by hand; of the whole also which verdict has no finding, or is none."""
    verdicts = read_verdicts()
    used = set()
    for bug, run, program, finding in _findings(result):
        fits = [number for number, each in enumerate(verdicts) if _matches(each, bug, run, program, finding)]
        used.update(fits[:1])
        if not fits:
            place = f"{bug['bug']}, {run['release']}, {program['neighbour']}: {finding['property']}"
            yield f"no verdict in residue.toml: {place}: {finding['happens']}\n    {program['command']}"
    for number, each in enumerate(verdicts):
        if each.get("class") not in CLASSES or not each.get("why"):
            yield f"residue.toml: a verdict needs a class ({', '.join(CLASSES)}) and a sentence `why`: {each}"
        if whole and number not in used:
            yield f"residue.toml: a verdict that no finding needs: {each}"


def _told(program: Json) -> str:
    """Return what came out of a program with a release, in one word."""
    if program["verdict"] == "unsupported":
        return "⊘"
    bad = [f"`{each['property']}`" + _letter(each) for each in program["findings"]]
    cut = "?" if program["cut off"] else ""
    return (", ".join(bad) or "✓") + cut


def _letter(finding: Json) -> str:
    return f" ({finding['class']})" if finding.get("class") else ""


def table(result: Json) -> str:
    """Return the page for people: a summary, a row for each bug and program, and why each finding is what it is."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: Json) -> Iterator[str]:
    bounds = result["bounds"]
    bugs = result["bugs"]
    yield "# What fixes left behind\n"
    yield "Rendered by `make residue` from `residue.json`; do not edit.\n"
    yield from _summary(bugs)
    yield (
        f"Each exploration ends after {bounds['executions']:,} executions or {bounds['seconds']} seconds, or later. "
        "✓ nothing was found · ? it was cut off before all schedules were tried · ⊘ the program does not run with that "
        "release. A word in parentheses is the verdict by hand: "
        + "; ".join(f"*{name}*: {words}" for name, words in CLASSES.items())
        + ".\n"
    )
    rows = [row for bug in bugs for row in _rows(bug)]
    yield _markdown(["bug", "program", *ROLES], rows)
    yield "## Verdicts by hand\n"
    yield from _decided(bugs)


def _summary(bugs: Sequence[Json]) -> Iterator[str]:
    counts = dict.fromkeys(CLASSES, 0)
    for *_, finding in _findings({"bugs": bugs}):
        counts[finding["class"]] = counts.get(finding["class"], 0) + 1
    left = sorted({bug["bug"] for bug, *_, each in _findings({"bugs": bugs}) if each["class"] in {"residue", "other"}})
    programs = [each for bug in bugs for run in bug["runs"] for each in run["programs"]]
    cut = sum(bool(each["cut off"]) for each in programs)
    executions = sum(each.get("executions", 0) for each in programs)
    yield (
        f"{len(bugs)} published bugs, each with its program and the neighbours of that; {len(programs):,} "
        f"explorations, {executions:,} executions; {cut} were cut off or could not run.\n"
    )
    words = "; ".join(f"{number} *{name}*" for name, number in counts.items() if name and number)
    real = ", ".join(left) or "none"
    yield f"Findings in a repaired or the newest release: {words or 'none'}. Something real: {real}.\n"


def _rows(bug: Json) -> Iterator[list[str]]:
    runs = {run["role"]: run for run in bug["runs"]}
    kinds = dict.fromkeys(each["neighbour"] for run in bug["runs"] for each in run["programs"])
    names = [runs[role]["release"] if role in runs else "\N{EN DASH}" for role in ROLES]
    yield [f"**{bug['bug']}**", "", *(name or "not installed" for name in names)]
    for kind in kinds:
        cells = []
        for role in ROLES:
            programs = runs[role]["programs"] if role in runs else []
            found = [each for each in programs if each["neighbour"] == kind]
            cells.append(_told(found[0]) if found else "\N{EN DASH}")
        yield ["", kind, *cells]


def _decided(bugs: Sequence[Json]) -> Iterator[str]:
    told: dict[tuple[str, str, str], list[str]] = {}
    for bug, run, program, finding in _findings({"bugs": bugs}):
        place = f"`{finding['property']}` in {program['neighbour']} of {run['release']}"
        told.setdefault((bug["bug"], finding["class"], finding["why"]), []).append(place)
    for (name, kind, why), places in told.items():
        yield f"- **{name}**, *{kind or 'not looked at'}*: {why} ({'; '.join(dict.fromkeys(places))})"
    yield ""


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)) + "\n"
