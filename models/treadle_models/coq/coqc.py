"""The border to Coq: the files of this folder are compiled, and a proof is accepted or not."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

LIBRARY = ("System", "Spec", "Checker", "Task")
"""The files that a proof rests on, each after those that it needs; `Task` stands for itself."""
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
}
"""What is shown there; none of it assumes anything."""
HOW_TO_INSTALL = "it takes Coq, whose command is coqc; on Debian and Ubuntu: apt install coq"

_HERE = Path(__file__).parent
_CLOSED = "Closed under the global context"


class NoCoqError(RuntimeError):
    """Coq is not installed."""


class RejectedError(ValueError):
    """Coq does not accept a file, or a theorem in it assumes something; the message is Coq's."""


class Coq:
    """Coq, at work in a folder, which is made if it is not there. Raise `NoCoqError` where Coq is missing."""

    def __init__(self, folder: Path) -> None:
        """Look for `coqc` on the path; do nothing yet."""
        found = shutil.which("coqc")
        if found is None:
            raise NoCoqError(HOW_TO_INSTALL)
        self._coqc = found
        self.folder = folder.resolve()

    def version(self) -> str:
        """Return the version of Coq."""
        said = subprocess.run([self._coqc, "-print-version"], capture_output=True, text=True, check=True)  # noqa: S603 - coqc
        return said.stdout.split()[0]

    def prepare(self, library: tuple[str, ...] = LIBRARY) -> float:
        """Compile the library, and see that its theorems assume nothing; return how many seconds that took."""
        self.folder.mkdir(parents=True, exist_ok=True)
        begun = time.perf_counter()
        for name in library:
            self._compile(name, (_HERE / f"{name}.v").read_text(encoding="utf-8"))
        lines = [f"From Treadle Require {name}." for name in library]
        names = [f"{name}.{theorem}" for name in library for theorem in THEOREMS.get(name, ())]
        self.check(
            "Assumptions", "\n".join([*lines, *(f"Print Assumptions {name}." for name in names), ""]), len(names)
        )
        return time.perf_counter() - begun

    def check(self, name: str, text: str, theorems: int = 1) -> float:
        """Compile a file; return how many seconds that took.

        Raise `RejectedError` where Coq does not accept it, or does not say of so many theorems that none assumes
        anything.
        """
        begun = time.perf_counter()
        said = self._compile(name, text)
        if said.split("\n") != [_CLOSED] * theorems:
            message = f"{name}.v: a theorem assumes something: {said}"
            raise RejectedError(message)
        return time.perf_counter() - begun

    def evaluated(self, name: str, text: str) -> str:
        """Compile a file; return what it prints. Raise `RejectedError`."""
        return self._compile(name, text)

    def recheck(self, names: list[str]) -> float:
        """Have `coqchk`, Coq's own second checker, go through compiled files; return how many seconds that took."""
        begun = time.perf_counter()
        modules = [f"Treadle.{name}" for name in names]
        command = [
            str(Path(self._coqc).with_name("coqchk")),
            "-silent",
            "-o",
            "-R",
            str(self.folder),
            "Treadle",
            *modules,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - coqchk
        if done.returncode or "* Axioms: <none>" not in done.stdout + done.stderr:
            message = f"coqchk does not accept the files: {(done.stdout + done.stderr).strip()}"
            raise RejectedError(message)
        return time.perf_counter() - begun

    def _compile(self, name: str, text: str) -> str:
        file = self.folder / f"{name}.v"
        file.write_text(text, encoding="utf-8")
        command = [self._coqc, "-q", "-R", str(self.folder), "Treadle", str(file)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)  # noqa: S603 - coqc, on our own text; it leaves caches where it runs
        if done.returncode:
            message = f"{file.name}: {done.stderr.strip()}"
            raise RejectedError(message)
        return done.stdout.strip()
