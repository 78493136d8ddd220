"""The result document of asyncio's primitives, and the table of it: a row a property, a column a version."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claims import DOCUMENTATION, PROGRAMS, PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HERE = Path(__file__).parent
DIFFERENCES = HERE / "differences.toml"
ISSUES = "https://github.com/python/cpython/issues/"

_MARKS = {
    "holds": "✓",
    "violated": "✗",
    "not promised": "o",
    "no violation found": "?",
    "not exercised": "-",
    "": "",
}
_LEGEND = """\
✓ holds in every schedule within the bounds · ✗ violated, and the documentation promises it · o does not hold, and the
documentation does not promise it · ? the search was cut off · - not exercised · empty: the version does not have it.
e: with eager tasks only · l: without eager tasks only · p: with tasks in Python only · c: with tasks in C only.
"""


def document(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the result document of what each program came to in each place."""
    pythons = sorted({each["python"] for each in answers}, key=_number)
    judged = [_program(each.file, each.name, answers) for each in PROGRAMS]
    return {
        "format": 1,
        "pythons": pythons,
        "properties": PROPERTIES,
        "programs": [each for each in judged if each["places"]],
        "differences": _differences(),
    }


def _program(file: str, name: str, answers: list[dict[str, Any]]) -> dict[str, Any]:
    program = f"{file}.py:{name}"
    judged = next(each for each in PROGRAMS if (each.file, each.name) == (file, name))
    mine = [each for each in answers if each["program"] == program]
    claims = {
        each.property: {"sentence": each.sentence, "at": DOCUMENTATION + each.at}
        if each.sentence
        else {"sentence": None, "unpromised": each.unpromised}
        for each in judged.claims
    }
    return {
        "program": program,
        "primitive": judged.primitive,
        "about": judged.about,
        "bounds": {"tasks": judged.tasks, "cancels": judged.cancels, "events": judged.events},
        "claims": claims,
        "places": [{key: each[key] for key in each if key not in {"program", "primitive"}} for each in mine],
    }


def _differences() -> list[dict[str, Any]]:
    if not DIFFERENCES.exists():
        return []
    known: list[dict[str, Any]] = tomllib.loads(DIFFERENCES.read_text(encoding="utf-8")).get("difference", [])
    return known


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def rows(result: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str, dict[str, str]]]:
    """Yield a program, a property, and by version what came out, as a mark and where only."""
    for program in result["programs"]:
        names = [*program["claims"]]
        names += sorted({each for place in program["places"] for each in place["properties"]} - set(names))
        for name in names:
            cells = {}
            for version in result["pythons"]:
                there = [each for each in program["places"] if each["python"] == version]
                cells[version] = _cell(there, name, promised=bool(program["claims"].get(name, {}).get("sentence")))
            yield program, name, cells


def _cell(places: list[dict[str, Any]], name: str, *, promised: bool) -> str:
    said = [(each, each["properties"].get(name, "holds")) for each in places]
    broken = [each for each, verdict in said if verdict == "violated"]
    if broken:
        mark = _MARKS["violated" if promised else "not promised"]
        return (
            mark
            + _only(broken, places, "eager", {True: "e", False: "l"})
            + _only(broken, places, "task", {"Py": "p", "C": "c"})
        )
    verdicts = {verdict for _, verdict in said}
    if "no violation found" in verdicts:
        return _MARKS["no violation found"]
    if verdicts == {"not exercised"}:
        return _MARKS["not exercised"]
    return _MARKS["holds"] if verdicts else ""


def _only(broken: list[dict[str, Any]], places: list[dict[str, Any]], key: str, letters: Mapping[Any, str]) -> str:
    """Say that it is broken with one kind of tasks only, where there are both."""
    there, here = {each[key] for each in places}, {each[key] for each in broken}
    return letters[next(iter(here))] if len(here) == 1 and len(there) > 1 else ""


def unexplained(result: Mapping[str, Any]) -> Iterable[str]:
    """Say which rows differ between versions, or are violated in the newest, and have no entry in differences.toml."""
    known = {(each["program"], each["property"]) for each in result["differences"]}
    seen = set()
    for program, name, cells in rows(result):
        there = [cell for cell in cells.values() if cell]
        wrong = [cell for cell in there if cell[0] in "✗o"]
        if wrong:
            seen.add((program["program"], name))
            if (program["program"], name) not in known:
                yield f"{program['program']}, {name}: {', '.join(f'{key} {cell}' for key, cell in cells.items())}"
    for each in sorted(known - seen):
        yield f"{each[0]}, {each[1]}: there is an entry, and nothing is violated"


def table(result: Mapping[str, Any], *, links: bool) -> str:
    """Return the table as text, in Markdown with links."""
    head = ("primitive", "situation", "property", *result["pythons"], "issue")
    known = {(each["program"], each["property"]): each for each in result["differences"]}
    lines = [head]
    for program, name, cells in rows(result):
        entry = known.get((program["program"], name), {})
        issue = entry.get("issue", "")
        if links and issue.startswith("gh-"):
            issue = f"[{issue}]({ISSUES}{issue[3:]})"
        situation = program["program"].partition(":")[2].replace("_", " ")
        lines.append((program["primitive"], situation, name, *cells.values(), issue))
    if links:
        body = [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *lines[1:])]
        return "\n".join(["# asyncio's primitives, version by version", "", _LEGEND, *body, ""])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    text = ["  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([*text, "", _LEGEND])
