"""Render, check, record and publish the PEP draft.

    python paper/draft.py render             write pep-9999.rst from its template and the recorded results,
                                             and the register of claims in results/README.md
    python paper/draft.py check [--run]      is all of it current? --run runs the fast commands anew
    python paper/draft.py record [NAME ...]  run the commands and record what they print; --fast leaves out the slow
    python paper/draft.py publish            write build/pep-9999.html and build/pep-9999.pdf

The template quotes claims by name; `claims.toml` says from which place of which recorded result each is taken, and by
which command that result is made. So a number can reach the draft in one way only, and whoever doubts it finds the
command beside it. What is not measured is recorded on CPython 3.15. Exit status: 0 all is well, 1 it is not (each line
of the output says what, and what to do).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jmespath
from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError
from quotes import Quotes
from register import registered

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.append(str(ROOT / "tests" / "conformance"))

from pythons import interpreters, version_of  # noqa: E402 - the path is set above

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RESULTS = HERE / "results"
DRAFT = HERE / "pep-9999.rst"
TEMPLATE = HERE / "pep-9999.rst.jinja"
INDEX = RESULTS / "index.json"
SUMS = RESULTS / "SHA256SUMS"
REGISTER = RESULTS / "README.md"

RECORDED_ON = "3.15"
"""The version of Python on which every result is recorded that is not measured."""

# Columns of a recorded text: with the indentation of a listing, as many as a PEP may have.
_COLUMNS = 75
_WIDTH = 79

# What may be a number in the template: versions of Python, issues, PEPs, licences. Everything else is a claim.
_NOT_CLAIMS = re.compile(
    r"\b3\.1\d(\.\d)?\b|`[\w #.-]+\d+(\.\d+)* <https://[^>]+>`__|:pep:`\d+`|CC0-1\.0|cvc5|Z3|\.\. _.*: https://\S+"
)


class Stale(Exception):  # noqa: N818 - it is a state of the draft, not a mistake of the program
    """Something is not as it must be; the message says what, and what to do."""


def read_claims() -> dict[str, Any]:
    """Return the tables `results` and `claims` of claims.toml."""
    return tomllib.loads((HERE / "claims.toml").read_text(encoding="utf-8"))


def recording_python() -> str:
    """Return the interpreter on which results are recorded. Raise `Stale` if there is none here."""
    found = interpreters(RECORDED_ON)
    if not found:
        problem = f"results are recorded on CPython {RECORDED_ON}, and none is here: "
        raise Stale(problem + "`make results` fetches one, or name it in TREADLE_PYTHONS")
    return list(found.values())[-1]


def run_command(result: dict[str, Any], python: str = "") -> str:
    """Run the command of a result; return what is recorded of its output.

    `python` is an interpreter, the recording one unless given. It finds Treadle and its libraries where this one does.
    """
    words = shlex.split(result["command"])
    words = [python or recording_python(), *(words[1:] if words[0] == "python" else ["-m", *words])]
    packages = next(each for each in sys.path if each.endswith("site-packages"))
    path = os.pathsep.join([str(ROOT / "harness"), str(ROOT / "models"), packages])
    columns = str(result.get("columns", _COLUMNS))
    environment = {
        **os.environ,
        "COLUMNS": columns,
        "PYTHONPATH": path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_COLOR": "1",
    }
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - the commands of claims.toml
    if done.returncode > 1 or "Traceback" in done.stderr:
        problem = f"`{result['command']}` ended with status {done.returncode}: {done.stderr.strip()[-500:]}"
        raise Stale(problem)
    if "keep" not in result:
        return done.stdout.strip() + "\n"
    kept = jmespath.search(result["keep"], json.loads(done.stdout))
    return json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def measure(result: dict[str, Any]) -> None:
    """Run the command of a result that is measured: it shows how far it is, and writes its files by itself."""
    words = shlex.split(result["command"])
    done = subprocess.run([sys.executable, *words[1:]], cwd=ROOT, check=False)  # noqa: S603 - the commands of claims.toml
    if done.returncode:
        problem = f"`{result['command']}` ended with status {done.returncode}"
        raise Stale(problem)


def files_of(result: dict[str, Any]) -> tuple[str, ...]:
    """Return the files of a result."""
    return (result["file"], *result.get("writes", ()))


def record(names: Sequence[str], *, fast: bool) -> None:
    """Run commands and write down what they print, and by which command and interpreter.

    Without names: all, but those that are measured, which want a machine that does nothing else.
    """
    results = read_claims()["results"]
    unknown = sorted(set(names) - set(results))
    if unknown:
        problem = f"no result is named {unknown[0]!r}; there are {', '.join(sorted(results))}"
        raise Stale(problem)
    index = json.loads(INDEX.read_text(encoding="utf-8")) if INDEX.exists() else {}
    unmeasured = [name for name, result in results.items() if not result.get("measured")]
    chosen = [name for name in names or unmeasured if not (fast and "takes" in results[name])]
    for number, name in enumerate(chosen, 1):
        result = results[name]
        takes = f"   takes {result['takes']}" if "takes" in result else ""
        print(f"{number}/{len(chosen)}  {result['command']}{takes}", file=sys.stderr, flush=True)
        if result.get("measured"):
            measure(result)
        else:
            (RESULTS / result["file"]).write_text(run_command(result), encoding="utf-8")
        here = "{}.{}.{}".format(*sys.version_info) if result.get("measured") else version_of(recording_python())
        made = {"command": result["command"], "python": here}
        index.update(dict.fromkeys(files_of(result), made))
    files = {file for result in results.values() for file in files_of(result)}
    index = {file: index[file] for file in sorted(index) if file in files}
    INDEX.write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
    SUMS.write_text("".join(f"{_digest(RESULTS / file)}  {file}\n" for file in index), encoding="utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def verify() -> Iterator[str]:
    """Compare the recorded results with their hashes, and the commands with those that made them."""
    index = json.loads(INDEX.read_text(encoding="utf-8"))
    lines = SUMS.read_text(encoding="utf-8").splitlines()
    sums = {file: digest for digest, _, file in (line.partition("  ") for line in lines)}
    results = read_claims()["results"]
    for name, result, file in ((name, each, file) for name, each in results.items() for file in files_of(each)):
        if file not in index or file not in sums or not (RESULTS / file).exists():
            yield f"{file} is not recorded: python paper/draft.py record {name}"
        elif index[file]["command"] != result["command"]:
            made = f"{file} was recorded by `{index[file]['command']}`, not by `{result['command']}`"
            yield f"{made}: python paper/draft.py record {name}"
        elif _digest(RESULTS / file) != sums[file]:
            yield f"{file} is not what was recorded: its hash differs from SHA256SUMS"
    for file in sorted({*sums, *index} - {file for result in results.values() for file in files_of(result)}):
        yield f"{file} is recorded, and no result of claims.toml is in that file"


def render() -> tuple[str, Quotes]:
    """Return the draft, and what it has quoted."""
    quotes = Quotes(read_claims(), RESULTS, HERE / "programs")
    environment = Environment(
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - reStructuredText, not HTML
    )
    try:
        text = environment.get_template(TEMPLATE.name).render(quotes.names())
    except UndefinedError as error:
        problem = f"{TEMPLATE.name} quotes what claims.toml does not have: {error}"
        raise Stale(problem) from None
    except LookupError as error:
        raise Stale(str(error)) from None
    except FileNotFoundError as error:
        problem = f"{error.filename} is not recorded yet: make results"
        raise Stale(problem) from None
    lines = (line.rstrip() for line in text.splitlines())
    blocks = re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines)).split("\n\n")
    return "\n\n".join([blocks[0], *map(_filled, blocks[1:])]) + "\n", quotes


def _register() -> str:
    """Return the README of the results with its register rendered anew."""
    claims = read_claims()
    value_of = Quotes(claims, RESULTS, HERE / "programs").claim
    try:
        return registered(REGISTER.read_text(encoding="utf-8"), claims, value_of)
    except LookupError as error:
        raise Stale(str(error)) from None


def _filled(block: str) -> str:
    """Fill the lines of a paragraph or of list items anew, for a claim may be longer than its name."""
    lines = block.strip("\n").splitlines()
    if any(line.startswith((" " * 3, "..")) for line in lines[:2]) or re.search(r"^(=|-){4,}$", block, re.MULTILINE):
        return block  # a listing, a directive, a definition or a heading
    items = re.split(r"\n(?=\* )", block)
    shape: dict[str, Any] = {"width": _WIDTH, "break_long_words": False, "break_on_hyphens": False}
    texts = [re.sub(r"``[^`]+``", _as_one_word, " ".join(item.split())) for item in items]
    filled = [textwrap.fill(text, subsequent_indent="  " * text.startswith("* "), **shape) for text in texts]
    filled = [each.replace(_NO_BREAK, " ") for each in filled]
    return "\n" * (len(block) - len(block.lstrip("\n"))) + "\n".join(filled)


_NO_BREAK = "\0"


def _as_one_word(literal: re.Match[str]) -> str:
    return literal[0].replace(" ", _NO_BREAK)


def problems(*, run: bool) -> Iterator[str]:
    """Say what is not current, line by line."""
    yield from hand_typed(TEMPLATE.read_text(encoding="utf-8"))
    yield from verify()
    text, quotes = render()
    for name in quotes.unquoted():
        yield f"nobody quotes the claim or result {name!r} of claims.toml"
    if not DRAFT.exists() or DRAFT.read_text(encoding="utf-8") != text:
        yield f"{DRAFT.name} is not what the template renders: python paper/draft.py render"
    if REGISTER.read_text(encoding="utf-8") != _register():
        yield "the register in results/README.md is not that of claims.toml: python paper/draft.py render"
    if run:
        yield from _run_again()


def hand_typed(template: str) -> Iterator[str]:
    """Find numbers in the text that no claim stands behind."""
    body = template.partition("\nAbstract\n")[2] or template
    for line in re.sub(r"\[\[.*?\]\]|\[%.*?%\]", "", body, flags=re.DOTALL).splitlines():
        number = re.search(r"\d+", _NOT_CLAIMS.sub("", line))
        if number:
            yield f"the number {number[0]} is typed by hand in {line.strip()!r}: make it a claim"


def _run_again() -> Iterator[str]:
    for result in read_claims()["results"].values():
        if "takes" not in result and not same_here(result):
            yield f"`{result['command']}` prints something else than {result['file']} holds: make results"


def same_here(result: dict[str, Any]) -> bool:
    """Run a command anew and compare: on 3.15 if it is here, else on this Python, where that must print the same.

    What `differs` between versions is taken for the same where 3.15 is not here.
    """
    recorded = (RESULTS / result["file"]).read_text(encoding="utf-8")
    if interpreters(RECORDED_ON):
        return bool(run_command(result) == recorded)
    if result.get("differs"):
        return True
    here = "Python {}.{}".format(*sys.version_info)
    return bool(run_command(result, sys.executable).replace(here, f"Python {RECORDED_ON}") == recorded)


def main(argv: Sequence[str] | None = None) -> int:
    """Do what is asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="paper/draft.py", description="Render, check, record, publish the PEP draft.")
    does = parser.add_subparsers(dest="what", required=True)
    does.add_parser("render", help="write the draft from its template and the recorded results")
    checks = does.add_parser("check", help="say what is not current")
    checks.add_argument("--run", action="store_true", help="run the fast commands anew and compare")
    records = does.add_parser("record", help="run the commands and record what they print")
    records.add_argument("names", metavar="NAME", nargs="*", help="only these results of claims.toml")
    records.add_argument("--fast", action="store_true", help="leave out those that take minutes")
    does.add_parser("verify", help="compare the results with their hashes")
    does.add_parser("publish", help="write build/pep-9999.html and build/pep-9999.pdf")
    options = parser.parse_args(argv)
    try:
        if options.what == "record":
            record(options.names, fast=options.fast)
        if options.what in ("render", "record"):
            DRAFT.write_text(render()[0], encoding="utf-8")
            REGISTER.write_text(_register(), encoding="utf-8")
        found = {"check": lambda: list(problems(run=options.run)), "verify": lambda: list(verify())}
        wrong = found.get(options.what, list)()
        if options.what == "publish":
            from publish import publish  # noqa: PLC0415 - only this needs the converters

            publish(DRAFT, ROOT / "build")
    except Stale as problem:
        wrong = [str(problem)]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
