"""Text of the site that is made from data: tables of properties, help texts, claims, recorded results, notebooks.

A page says `<!-- rendered: WHAT -->`, where WHAT is a key of `RENDERERS` and perhaps a word behind it. So nothing of
this can become untrue by itself, and nothing is kept twice.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.cli.arguments import MOST
from treadle.cli.help import command_text, main_text
from treadle.ledger import TOPICS, load_claims
from treadle.programs.problems import OF_TESTS, ProgramProperty
from treadle.pytest_plugin.options import add_options
from treadle_models.candidates import CANDIDATES
from treadle_models.situations import ALL_SITUATIONS, FURTHER_SITUATIONS, describe
from treadle_models.spec import CIRCLE_ENDS, MODES, PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "paper" / "results"
_NOT_YET = "There is no recorded result yet: `{command}` makes it, into `paper/results/{file}`."


def rendered(what: str) -> str:
    """Return the Markdown for a place; raise `KeyError` where nothing of that name can be rendered."""
    key, _, word = what.strip().partition(" ")
    return RENDERERS[key](word)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in lines)


def literal(text: str) -> str:
    """Return text as it is, in a block."""
    return f"```text\n{text.rstrip()}\n```"


def _sentences(named: Iterable[Any]) -> str:
    return table(["name", "what must hold"], [(f"`{each.name}`", each.sentence) for each in named])


def _situations(word: str) -> str:
    default = [name for name in ALL_SITUATIONS if ("+" in name) == (word == "combined")]
    names = FURTHER_SITUATIONS if word == "further" else default
    return table(["situation", "what it is"], [(f"`{name}`", describe(name)) for name in names])


def _findings(_: str) -> str:
    rows = [(f"`{each}`", each.sentence, "tests" if each in OF_TESTS else "any program") for each in ProgramProperty]
    return table(["finding", "what must hold", "looked for in"], rows)


def _candidates(_: str) -> str:
    rows = [(f"`{name}`", _first_line(each.function)) for name, each in CANDIDATES.items()]
    return table(["name", "what it is"], rows)


def _first_line(function: Callable[..., object]) -> str:
    module = __import__(function.__module__, fromlist=["__doc__"])
    return (module.__doc__ or "").partition("\n")[0]


def _help(command: str) -> str:
    return literal(command_text(command, most=MOST) if command else main_text())


def _pytest_options(_: str) -> str:
    group = _Group()
    add_options(group)  # type: ignore[arg-type]  # it has all of a parser that is called
    return table(["option", "what it does"], group.rows)


class _Group:
    """Stands for pytest's parser, and for the group of options that is made in it; keeps what is added."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []

    def getgroup(self, *_: str) -> _Group:
        return self

    def addoption(self, name: str, *, help: str, metavar: str = "", **_: object) -> None:  # noqa: A002 - pytest's
        self.rows.append((f"`{name}{metavar and '='}{metavar}`", help))


def _claims(_: str) -> str:
    rows = [
        (each.id, each.who, each.claim, f"*{each.verdict}*", f"{each.why} `{each.command}`") for each in load_claims()
    ]
    return table(["claim", "who", "what was claimed", "verdict", "why, and the command that shows it"], rows)


def _topics(_: str) -> str:
    return table(["command", "what it answers"], [(f"`treadle claims {name}`", text) for name, text in TOPICS.items()])


def _recorded(file: str) -> str:
    return literal((RESULTS / file).read_text(encoding="utf-8"))


def _verdict_table(_: str) -> str:
    """Return the table that `treadle check` printed, up to the details by candidate."""
    text = (RESULTS / "verdicts.txt").read_text(encoding="utf-8").partition("\nnever exercised\n")[0]
    return literal(text.replace("   as recorded", "").replace("  as recorded", ""))


_LINK_TO_FILE = re.compile(r"\[([^\]]*)\]\((?!https?:|#)[^)]*\)")
"""A link from where a recorded table stands to another file, which is no page of the site."""


def _register(name: str, command: str) -> str:
    """Return a recorded table: the one that was written for people beside the data, or what of the data is plain."""
    path = RESULTS / f"{name}.json"
    for told in (RESULTS / f"{name}.md", RESULTS.parent / f"{name}.md"):
        if told.exists():
            without_title = re.sub(r"\A# [^\n]*\n", "", told.read_text(encoding="utf-8"))
            return _LINK_TO_FILE.sub(r"\1", without_title)
    if not path.exists():
        return _NOT_YET.format(command=command, file=path.name)
    document: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    rows = next(
        (each for each in document.values() if isinstance(each, list) and each and isinstance(each[0], dict)), []
    )
    plain = [key for key, value in rows[0].items() if isinstance(value, str | int | float)] if rows else []
    if not plain:
        return f"The recorded result is `paper/results/{path.name}`."
    return table(plain, [[row.get(key, "") for key in plain] for row in rows])


# The notebooks

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def _notebook(name: str) -> str:
    """Return a notebook with its stored outputs as Markdown: pictures as they are, everything else as text."""
    cells = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    parts = [part for cell in cells for part in (_markdown(cell) if cell["cell_type"] == "markdown" else _code(cell))]
    return "\n\n".join(parts)


def _markdown(cell: Mapping[str, Any]) -> list[str]:
    return [re.sub(r"\]\((\d\d-[a-z-]+)\.ipynb\)", r"](\1.md)", "".join(cell["source"]))]


def _code(cell: Mapping[str, Any]) -> list[str]:
    return [f"```python\n{''.join(cell['source'])}\n```", *map(_output, cell["outputs"])]


def _output(output: Mapping[str, Any]) -> str:
    data = output.get("data", {})
    for kind in ("image/svg+xml", "text/html"):
        if kind in data:
            return f"`````{{raw}} html\n<div class='shown'>{''.join(data[kind])}</div>\n`````"
    return literal(_ANSI.sub("", "".join(data.get("text/plain", output.get("text", "")))))


RENDERERS: Mapping[str, Callable[[str], str]] = {
    "properties": lambda _: _sentences(PROPERTIES),
    "modes": lambda word: _sentences((CIRCLE_ENDS,) if word else MODES),
    "situations": _situations,
    "findings": _findings,
    "candidates": _candidates,
    "help": _help,
    "pytest-options": _pytest_options,
    "claims": _claims,
    "topics": _topics,
    "recorded": _recorded,
    "verdict-table": _verdict_table,
    "register": lambda _: _register("shipped", "make shipped"),
    "residue": lambda _: _register("residue", "make residue"),
    "primitives": lambda _: _register("primitives", "make primitives"),
    "notebook": _notebook,
}
"""How each kind of place is rendered, from the words behind its key."""
