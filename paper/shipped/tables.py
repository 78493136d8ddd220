"""What came out, for people: the summary by algorithm, and the table with a row a helper and a column a property."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from shipped.classing import VIOLATED
from shipped.entries import ALGORITHMS, CLASSES
from treadle.report.stock import REPRODUCED
from treadle_models.spec import MODES, PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Json = dict[str, Any]

_BEGIN, _END = "<!-- shipped: rendered by `make shipped` -->\n", "<!-- end of shipped -->\n"
_COUNTED = {
    "lost": "lose a cancellation",
    "phantom": "invent one",
    "undisturbed": "interrupt a clean-up",
    "joined": "leave the task running",
}
_LETTERS = dict(zip(CLASSES, "bld", strict=True))
NAMES = tuple(each.name for each in PROPERTIES)


def judged(told: Sequence[Json]) -> list[Json]:
    """Return the helpers of which something is said."""
    return [each for each in told if each["verdict"] not in {"not judged", "unsupported"}]


def quoted(sentence: str) -> str:
    """Return a sentence between quotation marks."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{sentence}\N{RIGHT DOUBLE QUOTATION MARK}"


def mark(each: Json | None) -> str:
    """Return how a property of a helper stands in a table; a letter says what its violation is."""
    if each is None:
        return ""
    if each["verdict"] == VIOLATED:
        return f"✗{_LETTERS.get(each.get('class', ''), '')}"
    return {"holds": "✓", "not exercised": "\N{EN DASH}", "unsupported": "⊘"}.get(each["verdict"], "?")


def table(told: Sequence[Json]) -> str:
    """Return the table of these helpers as Markdown."""
    columns = [*NAMES, "mode"]
    rows = [
        [
            f"{each['helper']} {each['version']}",
            *(mark(each["properties"].get(name)) for name in NAMES),
            ", ".join(each.get("mode", [])) or "neither",
        ]
        for each in judged(told)
    ]
    return _markdown(["helper", *columns], rows)


def summary(told: Sequence[Json]) -> str:
    """Return five lines, and a table by algorithm: how many helpers lose a cancellation, invent one, and so on."""
    register = "The rest is in [the register](paper/shipped.md)."
    return "\n".join([*lines(told), register]) + "\n\n" + _markdown([_BY, "helpers", *_COUNTED.values()], _rows(told))


def plain(told: Sequence[Json]) -> str:
    """Return the same as a text of 75 columns."""
    text = textwrap.fill(" ".join(lines(told)), 75)
    head = ["", "helpers", *(each.split()[0] for each in _COUNTED.values())]
    wide = [len(each) + 1 for each in head[1:]]
    rows = [[str(each) for each in row] for row in (head, *_rows(told))]
    table = [f"{row[0].replace('`', ''):<36}" + "".join(map(str.rjust, row[1:], wide)) for row in rows]
    return "\n".join([text, "", *table])


_BY = "the helper waits by"


def lines(told: Sequence[Json]) -> list[str]:
    """Return the summary without its table, a statement a line."""
    known = judged(told)
    bad = {name: _bad(known, name) for name in _COUNTED}
    clean = [each for each in known if not any(one["verdict"] == VIOLATED for one in _duties(each).values())]
    wrong = [each for each in known if any(one.get("class") == "bug" for one in _duties(each).values())]
    return [
        (
            f"{len(known)} helpers of {len({each['package'] for each in known})} packages, as released, that "
            "cancel a task and wait until it has ended:"
        ),
        (
            f"{len(bad['lost'])} of them lose a cancellation of their caller, {len(bad['phantom'])} cancel a caller "
            "whom nobody has cancelled;"
        ),
        (
            f"{len(bad['undisturbed'])} interrupt the clean-up of the task with a second cancellation, "
            f"{len(bad['joined'])} return while the task is running;"
        ),
        (
            f"{len(clean)} keep every property that is asked of all designs; {len(wrong)} have what their own or "
            "asyncio's documentation makes a bug."
        ),
        "Each violation that is counted was confirmed by a script on stock asyncio, without the checker.",
    ]


def _rows(told: Sequence[Json]) -> list[list[str]]:
    known = judged(told)
    rows = []
    for algorithm, words in ALGORITHMS.items():
        mine = [each for each in known if each["algorithm"] == algorithm]
        if mine:
            rows.append([words, str(len(mine)), *(str(len(_bad(mine, name))) for name in _COUNTED)])
    rows.append(["all", str(len(known)), *(str(len(_bad(known, name))) for name in _COUNTED)])
    return rows


def _duties(told: Json) -> dict[str, Json]:
    return {name: each for name, each in told["properties"].items() if name in NAMES}


def _bad(told: Sequence[Json], name: str) -> list[Json]:
    """Return the helpers that violate a property, as a script on stock asyncio has confirmed."""
    return [each for each in told if each["properties"].get(name, {}).get("stock") == REPRODUCED]


def into(path: Path, told: Sequence[Json]) -> None:
    """Write the summary into a file, between its two marks. Raises `LookupError` where it has none."""
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        message = f"{path.name} has no lines {_BEGIN.strip()!r} and {_END.strip()!r}"
        raise LookupError(message)
    path.write_text(f"{before}{begin}\n{summary(told)}\n{end}{after}", encoding="utf-8")


def document(told: Sequence[Json], events: int, steps: int) -> str:
    """Return the register for people."""
    return "\n".join(_document(told, events, steps))


def _document(told: Sequence[Json], events: int, steps: int) -> Iterator[str]:
    yield "# The register: helpers as they ship\n"
    yield "Rendered by `make shipped` from [`results/shipped.json`](results/shipped.json); not edited.\n"
    yield summary(told).replace("(paper/shipped.md)", "(#a-row-a-helper)")
    yield "## A row a helper\n"
    yield (
        f"One event of the environment and {steps} steps of the task at most, in every situation that the helper's "
        f"contract admits; where a helper violates nothing then, {events} events. The Python is that of the results.\n"
    )
    yield table(told)
    yield (
        "✓ holds in every schedule · ✗b violated, a bug · ✗l a documented limit · ✗d a design choice · "
        "\N{EN DASH} not exercised · ⊘ cannot be judged in some situation · ? the search was cut off\n"
    )
    yield f"The properties: {', '.join(f'`{each.name}`, {each.sentence}' for each in PROPERTIES)}."
    yield f"A design chooses one of the modes: {', '.join(f'`{each.name}`, {each.sentence}' for each in MODES)}.\n"
    yield "## What decides\n"
    yield "Each violation, what it is, and the sentence that decides that; `treadle script TOKEN` prints the script.\n"
    for each in judged(told):
        yield from _decided(each)
    yield "## What a contract excludes\n"
    for each in told:
        for one in each["excluded"]:
            yield f"- {each['helper']}: `{one['situation']}`, because {quoted(one['says'])} ({one['where']})"
    yield "\n## What is not judged\n"
    for each in told:
        if each not in judged(told):
            yield f"- {each['helper']} {each['version']}: {each['reason']}"
    yield ""


def _decided(told: Json) -> Iterator[str]:
    bad = {name: each for name, each in _duties(told).items() if each["verdict"] == VIOLATED and "class" in each}
    if not bad:
        return
    yield f"### {told['helper']} {told['version']}\n"
    yield f"Promises: {quoted(told['says'])} ({told['where']}).\n"
    for name, each in bad.items():
        yield (
            f"- `{name}`, **{each['class']}**, {each['events']} events, in `{each['shown in']}`: {each['happens']}. "
            f"Stock asyncio: {each['stock']}. \N{LEFT DOUBLE QUOTATION MARK}{each['decides']}"
            f"\N{RIGHT DOUBLE QUOTATION MARK} ({each['decided by']})"
        )
    yield f"\n`{told['command']}`\n"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    text = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(text) + "\n"
