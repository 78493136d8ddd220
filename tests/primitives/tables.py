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
    """Return the result document of what each program came to in each place; `rows` are those of the table."""
    pythons = sorted({each["python"] for each in answers}, key=_number)
    judged = [_program(each.file, each.name, answers) for each in PROGRAMS]
    result: dict[str, Any] = {
        "format": 1,
        "rows": [],
        "pythons": pythons,
        "properties": PROPERTIES,
        "programs": [each for each in judged if each["places"]],
        "differences": differences(),
    }
    known = {(each["program"], each["property"]): each["issue"] for each in result["differences"]}
    result["rows"] = [
        {
            "primitive": program["primitive"],
            "situation": _situation(program["program"]),
            "property": name,
            **cells,
            "issue": known.get((program["program"], name), ""),
        }
        for program, name, cells in rows(result)
    ]
    return result


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


def differences() -> list[dict[str, Any]]:
    """Return the entries of `differences.toml`."""
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


def unexplained(result: Mapping[str, Any]) -> Iterator[str]:
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
    claims = {program["program"]: program["claims"] for program in result["programs"]}
    for answer in result.get("repaired", {}).get("answers", ()):
        for name, verdict in answer["properties"].items():
            promised = claims[answer["program"]].get(name, {}).get("sentence") is not None
            if verdict == "violated" and promised:
                yield f"{answer['program']}, {name}: violated after the repair, with {answer['task']} tasks"


def table(result: Mapping[str, Any], *, links: bool) -> str:
    """Return the table as text; with links as Markdown, and with what explains it."""
    head = ("primitive", "situation", "property", *result["pythons"], "issue")
    known = {(each["program"], each["property"]): each for each in result["differences"]}
    lines = []
    for program, name, cells in rows(result):
        issue = known.get((program["program"], name), {}).get("issue", "")
        told = _linked(issue) if links else issue
        lines.append((program["primitive"], _situation(program["program"]), name, *cells.values(), told))
    if links:
        return "\n".join([_TITLE, *_markdown(head, lines), *_explained(result), ""])
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    text = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in (head, *lines)]
    return "\n".join([*text, "", _LEGEND])


_TITLE = f"""# asyncio's primitives, version by version

Made by `make primitives`; [how to read it](../../tests/primitives/README.md), and what was not judged.

{_LEGEND}"""


def _explained(result: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## Where a property does not hold", "")
    why = (
        (each["program"], each["property"], each["what"], _linked(each["issue"]), each["kind"], each["mended"])
        for each in result["differences"]
    )
    yield from _markdown(("program", "property", "what happens", "issue", "kind", "mended"), why)
    yield from ("", "## What each property means", "")
    yield from _markdown(("property", "sentence"), result["properties"].items())
    yield from ("", "## Bounds", "", "Numbers are those of the newest version, with tasks in C that are not eager.", "")
    yield from _markdown(("program", "what it is", "tasks", "cancels of each", "events", *_COUNTS), _bounds(result))
    if "deeper" in result:
        yield from ("", "## With more events", "", f"On {result['deeper'][0]['python']}, tasks in C, not eager.", "")
        deeper = (
            (each["program"], str(each["bounds"]["events"]), *_counts(each), _broken(each)) for each in result["deeper"]
        )
        yield from _markdown(("program", "events", *_COUNTS, "what does not hold"), deeper)
    if "unbounded" in result:
        yield from ("", "## However often tasks are cancelled", "", _UNKNOWN, "")
        unbounded = (
            (each["primitive"], str(each["tasks"]), each["verdict"], str(each["holds_up_to"]), f"{each['schedules']:,}")
            for each in result["unbounded"]
        )
        yield from _markdown(("primitive", "tasks", "verdict", "holds up to events", "schedules"), unbounded)
    if "repaired" in result:
        repaired = result["repaired"]
        told = (repaired["python"], ", ".join(repaired["patches"]), len(repaired["answers"]))
        yield from ("", "## Repaired", "", _REPAIRED.format(*told))


_COUNTS = ("schedules", "executions", "search")
_UNKNOWN = """\
Whether the properties hold for any number of cancellations is unknown, and so it is for any number of tasks: this is
how far they were seen to hold."""
_REPAIRED = """\
{0} with {1}: programs about what was repaired were judged {2} times, with tasks in C and in Python, eager and not;
`repaired` in the result document has what came out."""


def _bounds(result: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for program in result["programs"]:
        place = next(
            each
            for each in program["places"]
            if each["python"] == result["pythons"][-1] and each["task"] == "C" and not each["eager"]
        )
        numbers = [str(program["bounds"][key]) for key in ("tasks", "cancels", "events")]
        yield (program["program"], program["about"], *numbers, *_counts(place))


def _counts(answer: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"{answer['schedules']:,}", f"{answer['executions']:,}", answer["ended"])


def _broken(answer: Mapping[str, Any]) -> str:
    return ", ".join(name for name, verdict in answer["properties"].items() if verdict != "holds")


def _situation(program: str) -> str:
    return program.partition(":")[2].replace("_", " ")


def _linked(issue: str) -> str:
    return f"[{issue}]({ISSUES}{issue[3:]})" if issue.startswith("gh-") else issue


def _markdown(head: Iterable[str], lines: Iterable[Iterable[str]]) -> Iterator[str]:
    head = tuple(head)
    for line in (head, ["---"] * len(head), *lines):
        yield f"| {' | '.join(line)} |"
