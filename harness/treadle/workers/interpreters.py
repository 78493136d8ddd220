"""Find the interpreters to judge on, and start workers on them.

A worker needs only our two packages. The interpreter that runs Treadle has them. Another one gets a folder with links
to these two alone, because the folder in which they are installed may hold the whole environment of this interpreter,
and another one must not import that.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

import treadle
import treadle_models
from treadle.errors import MisuseError
from treadle.telling import quoted

_OLDEST = (3, 11)
_PROBE = "import json, platform, sys; print(json.dumps([sys.version_info[:2], platform.python_implementation(), \
platform.python_version(), sys.version]))"
_SECONDS_TO_START = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """An interpreter to judge on: its path, minor version ("3.13"), full version, and build (`sys.version`)."""

    path: str
    minor: str
    version: str
    build: str = ""

    @property
    def is_ours(self) -> bool:
        """Say whether it is the one that runs this process."""
        return self.path == sys.executable

    @property
    def option(self) -> str:
        """The option that makes a command use it, quoted for a shell; empty if it is ours."""
        return "" if self.is_ours else f" --python {quoted(self.path)}"


def find_interpreter(name: str) -> Interpreter:
    """Ask the interpreter `name`, a path or a command, for its version; raise `MisuseError` if it is not usable."""
    if name == sys.executable:
        version = f"{platform.python_implementation()} {platform.python_version()}"
        return Interpreter(path=name, minor="{}.{}".format(*sys.version_info), version=version, build=sys.version)
    path = shutil.which(name)
    if path is None:
        what = "cannot be executed" if Path(name).is_file() else "is not there"
        message = f"--python {name!r} {what}; name an interpreter by its path, or by a command such as python3.13"
        raise MisuseError(message)
    path = str(Path(path).absolute())
    try:
        told = subprocess.run(  # noqa: S603 - the user's own interpreter
            [path, "-c", _PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS_TO_START,
            check=True,
        )
        version, implementation, full, *build = json.loads(told.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        message = f"--python {name!r} is not a Python interpreter that starts ({_why(error)}); name another one"
        raise MisuseError(message) from None
    minor = "{}.{}".format(*version)
    if tuple(version) < _OLDEST:
        message = f"--python {name!r} is Python {minor}, and Treadle needs 3.11 or newer; name another one"
        raise MisuseError(message)
    return Interpreter(path=path, minor=minor, version=f"{implementation} {full}", build="".join(build))


def _why(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        lines = (error.stderr or error.stdout or "").strip().splitlines()
        return textwrap.shorten(lines[0], 60, placeholder=" ...") if lines else f"exit status {error.returncode}"
    if isinstance(error, subprocess.TimeoutExpired):
        return f"it took more than {_SECONDS_TO_START} seconds"
    return "it does not answer as Python does" if isinstance(error, ValueError) else str(error)


def find_interpreters(names: list[str]) -> list[Interpreter]:
    """Return the interpreters of these names, or the one that runs this process; refuse two of one minor version."""
    found: dict[str, Interpreter] = {}
    for name in names or [sys.executable]:
        interpreter = find_interpreter(name)
        other = found.setdefault(interpreter.minor, interpreter)
        if other.path != interpreter.path:
            message = (
                f"--python was given {other.path} ({other.version}) and {interpreter.path} ({interpreter.version}): "
                "results are named by the minor version, so judge one after the other"
            )
            raise MisuseError(message)
    return list(found.values())


def environment_for(interpreter: Interpreter) -> dict[str, str]:
    """Return the environment in which a worker starts; the worker undoes these changes as soon as it runs."""
    changed = {"PYTHONPATH": os.environ.get("PYTHONPATH"), "PYTHONHASHSEED": os.environ.get("PYTHONHASHSEED")}
    path = [*_folders(ours=interpreter.is_ours), *filter(None, [changed["PYTHONPATH"]])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONHASHSEED": "0",  # so that sets of strings iterate in one order
        "TREADLE_ENVIRONMENT": json.dumps(changed),
    }


@functools.cache
def _folders(*, ours: bool) -> tuple[str, ...]:
    packages = [Path(package.__path__[0]) for package in (treadle, treadle_models)]
    if ours:
        return tuple(dict.fromkeys(str(each.parent) for each in packages))
    folder = tempfile.mkdtemp(prefix="treadle-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    try:
        for package in packages:
            (Path(folder) / package.name).symlink_to(package, target_is_directory=True)
    except OSError:  # a platform without links
        return tuple(dict.fromkeys(str(each.parent) for each in packages))
    return (folder,)
