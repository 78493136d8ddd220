"""The interface to Coq: compile the files of this folder, and have a proof accepted or rejected."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

LIBRARY = ("System", "Spec", "Checker", "Task", "Follows")
"""The files on which a proof is based, each after those that it needs."""
THEOREMS = {
    "Checker": (
        "keeps_sound",
        "never_applies_sound",
        "witnessed_sound",
        "unreached_sound",
        "moving_sound",
        "falling_sound",
    ),
    "Task": ("counted", "delivered", "delivered_anyway", "next_suspension"),
    "Follows": ("follows_sound", "settled"),
}
"""The theorems in these files; none of them uses an assumption."""
HOW_TO_INSTALL = "it takes Coq, whose command is coqc; on Debian and Ubuntu: apt install coq"

_HERE = Path(__file__).parent
_CLOSED = "Closed under the global context"


class NoCoqError(RuntimeError):
    """Coq is not installed."""


class RejectedError(ValueError):
    """Coq does not accept a file, or a theorem in it uses an assumption; the message is Coq's."""


class _Said(NamedTuple):
    """The exit status of a command, its output, and its seconds of processor time."""

    status: int
    text: str
    seconds: float


class Coq:
    """Coq, running in a folder, which is made if needed. Raises `NoCoqError` if Coq is missing."""

    def __init__(self, folder: Path) -> None:
        """Look for `coqc` on the path; do nothing yet."""
        found = shutil.which("coqc")
        if found is None:
            raise NoCoqError(HOW_TO_INSTALL)
        self._coqc = found
        self.folder = folder.resolve()

    def version(self) -> str:
        """Return the version of Coq."""
        return self._run([self._coqc, "-print-version"]).text.split()[0]

    def prepare(self, library: tuple[str, ...] = LIBRARY) -> float:
        """Compile the library, and check that its theorems use no assumptions; return seconds of processor time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        seconds = [self._compile(name, (_HERE / f"{name}.v").read_text(encoding="utf-8")).seconds for name in library]
        names = [f"{name}.{theorem}" for name in library for theorem in THEOREMS.get(name, ())]
        lines = [f"From Treadle Require {name}." for name in library]
        lines += [f"Print Assumptions {name}." for name in names]
        return sum(seconds) + self.check("Assumptions", "\n".join([*lines, ""]), len(names))

    def check(self, name: str, text: str, theorems: int = 1) -> float:
        """Compile a file; return seconds of processor time.

        Raises `RejectedError` if Coq does not accept it, or does not confirm for so many theorems that they use no
        assumptions.
        """
        said = self._compile(name, text)
        if said.text.split("\n") != [_CLOSED] * theorems:
            message = f"{name}.v: a theorem assumes something: {said.text}"
            raise RejectedError(message)
        return said.seconds

    def evaluated(self, name: str, text: str) -> str:
        """Compile a file; return its output. Raises `RejectedError` if Coq does not accept it."""
        return self._compile(name, text).text

    def recheck(self, names: list[str]) -> float:
        """Have `coqchk`, Coq's own second checker, check compiled files; return seconds of processor time.

        Raises `RejectedError` if it does not accept them.
        """
        coqchk = str(Path(self._coqc).with_name("coqchk"))
        modules = [f"Treadle.{name}" for name in names]
        said = self._run([coqchk, "-silent", "-o", "-R", str(self.folder), "Treadle", *modules])
        if said.status or "* Axioms: <none>" not in said.text:
            message = f"coqchk does not accept the files: {said.text}"
            raise RejectedError(message)
        return said.seconds

    def _compile(self, name: str, text: str) -> _Said:
        file = self.folder / f"{name}.v"
        file.write_text(text, encoding="utf-8")
        said = self._run([self._coqc, "-q", "-R", str(self.folder), "Treadle", str(file)])
        if said.status:
            message = f"{file.name}: {said.text}"
            raise RejectedError(message)
        return said

    def _run(self, command: list[str]) -> _Said:
        """Run a command in the folder, where Coq leaves its caches."""
        with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
            process = subprocess.Popen(command, cwd=self.folder, stdout=told, stderr=subprocess.STDOUT)  # noqa: S603 - Coq
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            told.seek(0)
            return _Said(process.returncode, told.read().strip(), used.ru_utime + used.ru_stime)
