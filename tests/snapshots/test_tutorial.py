"""The tutorial in the README: its files are written, its commands are run, and its outputs are what they print.

A line `...` stands for any lines. With TREADLE_UPDATE_SNAPSHOTS=1 set, outputs without such a line are written anew.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
_SECTION = re.compile(r"^## Any program of yours\n(.*?)^## ", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"```python\n(# (?P<name>\S+\.py)\n.*?)```", re.DOTALL)
_COMMAND = re.compile(r"```text\n\$ (?P<command>[^\n]*)\n(?P<output>.*?)```", re.DOTALL)


def section() -> str:
    found = _SECTION.search(README.read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def commands() -> list[str]:
    return [found["command"] for found in _COMMAND.finditer(section())]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tutorial")
    (made / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    for found in _FILE.finditer(section()):
        (made / found["name"]).write_text(found[1], encoding="utf-8")
    return made


def run(command: str, folder: Path) -> str:
    tool, *arguments = shlex.split(command)
    here = [sys.executable, "-m", tool]
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "CI")}
    environment |= {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path]), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run([*here, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return "\n".join(line.rstrip() for line in (ran.stdout + ran.stderr).splitlines()) + "\n"


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the README shows CPython 3.11")
@pytest.mark.parametrize("number", range(len(commands())), ids=lambda number: commands()[number])
def test_an_output_in_the_tutorial_is_what_its_command_prints(number: int, folder: Path) -> None:
    shown = list(_COMMAND.finditer(section()))[number]
    told = run(shown["command"], folder)
    if os.environ.get("TREADLE_UPDATE_SNAPSHOTS") and "\n...\n" not in f"\n{shown['output']}":
        text = README.read_text(encoding="utf-8")
        old, new = (f"$ {shown['command']}\n{output}```" for output in (shown["output"], told))
        assert text.count(old) == 1
        README.write_text(text.replace(old, new), encoding="utf-8")
        return
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in shown["output"].splitlines()
    )
    assert re.fullmatch(pattern, told), told


def test_the_tutorial_has_files_and_commands() -> None:
    """Or nothing above would be tested."""
    assert len(_FILE.findall(section())) >= 4
    assert len(commands()) >= 5
