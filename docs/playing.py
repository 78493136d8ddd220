"""Puts beside the built site what its page to play with loads: Pyodide, from npm, and Treadle with what it imports.

    python docs/playing.py build/docs

npm fetches the package `pyodide` at the version below. Where it cannot be had, that is said, and the rest of the site
stays as it was.
"""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PYODIDE = "314.0.7"
PACKAGES = ("treadle", "treadle_models", "rich", "markdown_it", "mdurl", "pygments", "jinja2", "markupsafe")
"""What the page imports; all of it can do without code in C."""
_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")


def pack(packages: tuple[str, ...], archive: Path) -> None:
    """Write the Python files and templates of packages into an archive."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in packages:
            folder = Path(importlib.import_module(name).__file__ or "").parent
            for file in sorted(folder.rglob("*")):
                if file.is_file() and "__pycache__" not in file.parts and file.suffix not in (".so", ".pyd"):
                    packed.write(file, f"{name}/{file.relative_to(folder)}")


def fetch(folder: Path) -> None:
    """Have npm fetch Pyodide, and put the files that a page loads into a folder."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is missing, which fetches Pyodide: install Node.js")
    with tempfile.TemporaryDirectory() as there:
        command = [npm, "pack", "--silent", f"pyodide@{PYODIDE}"]
        packed = subprocess.run(command, cwd=there, capture_output=True, text=True, check=False)  # noqa: S603 - see above
        if packed.returncode:
            sys.exit(f"npm cannot fetch pyodide {PYODIDE}: {packed.stderr.strip()[-300:]}")
        with tarfile.open(Path(there) / packed.stdout.split()[-1]) as archive:
            for name in _FILES:
                content = archive.extractfile(f"package/{name}")
                assert content is not None  # noqa: S101 - a file of that name is a file
                (folder / name).write_bytes(content.read())


def main(site: Path) -> None:
    """Put all of it beside a site that was built."""
    if not (site / "play.html").exists():
        sys.exit(f"there is no {site / 'play.html'}: build the site first, with `make docs`")
    folder = site / "pyodide"
    folder.mkdir(exist_ok=True)
    fetch(folder)
    pack(PACKAGES, folder / "treadle.zip")
    print(f"python3 -m http.server --directory {site}   # then open http://localhost:8000/play.html")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
