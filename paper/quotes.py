"""What the template of the draft can quote: claims, recorded texts, programs, source code, the verdict table.

It is kept who was quoted, so that a claim that nobody quotes is noticed.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import runpy
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jmespath

from treadle_models.candidates import CANDIDATES
from treadle_models.spec import MODES, PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Quotes:
    """The quotable things. `claims`: the tables of claims.toml; `results`, `programs`: the folders."""

    def __init__(self, claims: Mapping[str, Any], results: Path, programs: Path) -> None:
        """Quote nothing yet."""
        self._results: dict[str, Any] = claims["results"]
        self._claims: dict[str, Any] = claims["claims"]
        self._folder = results
        self._programs = programs
        self._quoted: set[str] = set()

    def names(self) -> dict[str, Any]:
        """Return what stands for what in the template. Each claim is looked up now, and counts as quoted when used."""
        found = {name: _Quoted(self, name) for name in self._claims}
        texts = (self.text, self.program, self.patch, self.statements, self.table, self.judged)
        readers = (*texts, self.violations, self.open_bugs)
        functions: dict[str, Callable[..., Any]] = {each.__name__: each for each in readers}
        return {**functions, **found, "gh": issue, "properties": PROPERTIES, "modes": MODES}

    def unquoted(self) -> Iterator[str]:
        """Name the claims and results that nobody has quoted; what is measured need not be."""
        results = (name for name, result in self._results.items() if not result.get("measured"))
        return (name for name in (*self._claims, *results) if name not in self._quoted)

    def read(self, name: str) -> str:
        """Return a recorded result."""
        self._quoted.add(name)
        file: str = self._results[name]["file"]
        return (self._folder / file).read_text(encoding="utf-8")

    def claim(self, name: str) -> str:
        """Return what a claim says, as text."""
        self._quoted.add(name)
        claim = self._claims[name]
        text = self.read(claim["result"])
        if "place" in claim:
            value = jmespath.search(claim["place"], json.loads(text))
        elif "count" in claim:
            value = len(re.findall(claim["count"], text, re.MULTILINE)) or None
        else:
            found = re.findall(claim["find"], text)
            value = found[0] if len(found) == 1 else None
        if value is None:
            problem = f"the claim {name!r} finds nothing, or more than one thing, in {claim['result']!r}"
            raise LookupError(problem)
        if self._results[claim["result"]].get("measured") and not claim.get("exact"):
            return _about(name, value, claim.get("about"))
        return f"{value:,}" if isinstance(value, int) else str(value)

    def text(self, name: str, first: str = "", last: str = "", cut: int = 0) -> str:
        """Return a recorded text, from the line that begins with `first` to before the one that begins with `last`.

        Of each line only the first `cut` characters, if that is given. One that is too long for a listing is folded.
        """
        lines = self.read(name).rstrip().splitlines()
        begin = next(place for place, line in enumerate(lines) if line.lstrip().startswith(first))
        end = next((place for place, line in enumerate(lines) if last and line.strip().startswith(last)), len(lines))
        return "\n".join(_folded(line[: cut or None].rstrip()) for line in lines[begin:end]).rstrip()

    def program(self, name: str) -> str:
        """Return a program without its docstring."""
        text = (self._programs / f"{name}.py").read_text(encoding="utf-8")
        return text[text.index("import ") :].rstrip()

    def patch(self, *names: str) -> str:
        """Return functions as the patch for CPython adds them, without docstrings."""
        text: str = runpy.run_path(str(self._programs / "patched.py"))["text_of"](*names)
        return re.sub(r'^ +""".*?"""\n', "", text, flags=re.MULTILINE | re.DOTALL).rstrip()

    def statements(self, module: str) -> str:
        """Return the same without docstring, comments and annotations."""
        _, function = _function(module)
        for argument in ast.walk(function.args):
            if isinstance(argument, ast.arg):
                argument.annotation = None
        function.returns = None
        function.body = function.body[1:]
        return ast.unparse(function)

    def table(self) -> str:
        """Return the verdict table as `treadle check` printed it."""
        lines = self.read("verdicts").splitlines()
        rows = [line for line in lines if any(line.startswith(name + " ") for name in CANDIDATES) and _is_row(line)]
        top = next(place for place, line in enumerate(lines) if line.strip() == PROPERTIES[0].name)
        head = lines[top : lines.index(rows[0])]
        return "\n".join([*head, *(re.sub(r" +as recorded$", "", row).rstrip() for row in rows)])

    def judged(self, name: str) -> str:
        """Return what was checked and proved of the functions in the patched library of the newest version."""
        tried = json.loads(self.read(name))
        newest = tried[max(tried, key=lambda full: tuple(map(int, re.findall(r"\d+", full))))]
        columns = [
            (function, kind) for function in sorted(newest["checked"], reverse=True) for kind in ("checked", "proved")
        ]
        rows: list[tuple[str, ...]] = [
            ("", *(function if kind == "checked" else "" for function, kind in columns)),
            ("", *(kind for _, kind in columns)),
        ]
        rows += [
            (each.name, *(newest[kind][function].get(each.name, "") for function, kind in columns))
            for each in (*PROPERTIES, *MODES)
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)

    def violations(self, candidate: str) -> list[dict[str, Any]]:
        """Return the smallest counterexample of each property that a candidate violates, in the order of the spec."""
        found = [each for each in json.loads(self.read("violations")) if each["candidate"] == candidate]
        order = [each.name for each in (*PROPERTIES, *MODES)]
        best: dict[str, dict[str, Any]] = {}
        for each in found:
            if each["property"] not in best or each["events"] < best[each["property"]]["events"]:
                best[each["property"]] = each
        return sorted(best.values(), key=lambda each: order.index(each["property"]))

    def open_bugs(self, name: str) -> list[dict[str, str]]:
        """Return what does not hold of asyncio's primitives in the newest version: `property`, `where` and `what`."""
        found = json.loads(self.read(name))
        places = {each["program"]: each["primitive"] for each in found["programs"]}
        return [
            {"property": each["property"], "where": places[each["program"]], "what": each["what"]}
            for each in found["differences"]
            if each["mended"] == "open" and each["kind"] == "bug"
        ]


def issue(number: int) -> str:
    """Return a link to an issue of CPython: python/peps has no role for it."""
    return f"`gh-{number} <https://github.com/python/cpython/issues/{number}>`__"


def _about(name: str, value: float, digits: int | None) -> str:
    """Round what was measured to so many digits, and say so."""
    if digits is None:
        problem = (
            f"the claim {name!r} was measured: say to how many digits it is rounded (`about`), or that it is `exact`"
        )
        raise LookupError(problem)
    return f"about {float(f'{value:.{digits}g}'):,g}"


def _folded(line: str) -> str:
    indent = " " * (len(line) - len(line.lstrip()))
    return "\n".join(textwrap.wrap(line, 75, subsequent_indent=indent + "  ", break_on_hyphens=False)) or line


def _function(module: str) -> tuple[str, ast.AsyncFunctionDef]:
    imported = importlib.import_module(f"treadle_models.candidates.{module}")
    text = Path(str(imported.__file__)).read_text(encoding="utf-8")
    functions = (each for each in ast.parse(text).body if isinstance(each, ast.AsyncFunctionDef))
    (function,) = (each for each in functions if each.name == module)
    return text, function


def _is_row(line: str) -> bool:
    return len(re.findall(r"[✗✓\u2013]", line)) == len((*PROPERTIES, *MODES))


class _Quoted:
    """A claim in the template: text, looked up when it is used."""

    def __init__(self, quotes: Quotes, name: str) -> None:
        self._quotes = quotes
        self._name = name

    def __str__(self) -> str:
        return self._quotes.claim(self._name)
