"""The pages of the site and the README, taken apart: their files, their programs, their commands, and what these print.

- A block whose first line is a comment with the name of a file (`# pool.py`) is that file.
- Another block of Python is a program of its own; what it prints is the next block of text, where that has no command.
- A block of text that begins with `$ ` is a command with what it prints. A line `...` stands for any lines.
- In a block of the console or of the shell each line is a command that is not run here: it is read by the parsers.
- `<!-- with: PAGE -->` says that the files of another page lie beside, `<!-- slow -->` that a command is left to
  `TREADLE_TESTS=all`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *(file for file in sorted(DOCS.rglob("*.md")) if file.name != "README.md")]

_BLOCK = re.compile(r"^(?P<before><!-- slow -->\n)?```(?P<kind>[a-z]+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_WITH = re.compile(r"^<!-- with: (?P<page>\S+) -->$", re.MULTILINE)
_NAMED = re.compile(r"# (?P<name>[\w./-]+\.(?:py|toml|ini|yml|yaml))\n")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    kind: str
    text: str
    slow: bool

    @property
    def file(self) -> str:
        """The name of the file that it is, or an empty string."""
        named = _NAMED.match(self.text)
        return named["name"] if named else ""

    @property
    def command(self) -> str:
        """The command that it shows, or an empty string."""
        return self.text.partition("\n")[0][2:] if self.kind == "text" and self.text.startswith("$ ") else ""

    @property
    def output(self) -> str:
        """What the command prints, as the page shows it."""
        return self.text.partition("\n")[2]


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, from the top down."""
    text = page.read_text(encoding="utf-8")
    return [Block(found["kind"], found["text"], bool(found["before"])) for found in _BLOCK.finditer(text)]


def files(page: Path) -> dict[str, str]:
    """Return the files of a page by their names, those of pages that it names included."""
    made: dict[str, str] = {}
    for found in _WITH.finditer(page.read_text(encoding="utf-8")):
        made |= files(DOCS / found["page"])
    return made | {each.file: each.text for each in blocks(page) if each.file}


def programs(page: Path) -> list[tuple[str, str]]:
    """Return the programs of a page, each with what it prints; each goes on where the one before has ended."""
    told = blocks(page)
    pairs = zip(told, [*told, Block("", "", slow=False)][1:], strict=True)
    return [
        (one.text, after.text if after.kind == "text" and not after.command else "")
        for one, after in pairs
        if one.kind == "python" and not one.file
    ]


def lines_of_the_shell(page: Path) -> list[str]:
    """Return the commands that a page shows without what they print."""
    shown = [each for each in blocks(page) if each.kind in ("console", "sh")]
    told = [line.removeprefix("$ ").partition("  #")[0].strip() for each in shown for line in each.text.splitlines()]
    return [line for line in told if line and not line.startswith("#")]


def write(page: Path, folder: Path) -> Path:
    """Write the files of a page, and what keeps pytest from looking further up."""
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    for name, text in files(page).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def run(arguments: list[str], folder: Path) -> str:
    """Run Python with these arguments; return all that it prints."""
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "CI")}
    environment |= {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PYTHONPATH": os.pathsep.join([str(folder), *sys.path]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, *arguments]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return "\n".join(line.rstrip() for line in (ran.stdout + ran.stderr).splitlines()) + "\n"


def run_command(command: str, folder: Path) -> str:
    """Run `treadle`, `pytest` or `python` as a page shows it; with `| head -N`, only the first lines count."""
    tool, *arguments = shlex.split(command)
    return run(arguments if tool in ("python", "python3") else ["-m", tool, *arguments], folder)


def agrees(shown: str, printed: str) -> bool:
    """Say whether this is what was printed, where `...` stands for any lines."""
    lines = (r"(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in shown.splitlines())
    return re.fullmatch("".join(lines), printed) is not None
