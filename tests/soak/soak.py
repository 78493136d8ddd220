"""Faults, again and again: kills, flipped bits, cut files, lost workers, interrupts. Nothing may be lost or let in.

    python tests/soak/soak.py [NAME ...] [--seconds N] [--trials N] [--seed N] [--write FILE]

Each trial runs a search that meets one fault at a random moment, and then the same command without any; what that
prints must be the document of a run that met none, byte for byte but for what is measured. `dask` and `ray` need those
libraries and are left out without them; there, a sentence and exit status 2 are a clear end as well. The seconds, 600
unless given, are shared out evenly; with --trials each kind of fault is tried at least that often, however long that
takes. The figures are printed and, with --write, recorded beside those of the kinds that were not tried now; exit
status 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import itertools
import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SEARCH = ["check", "docs-example", "rrevans-wait", "--events", "2", "--steps", "2", "--json"]
SEARCH += [word for each in ("plain", "shared", "timeout", "future") for word in ("--situation", each)]
LONG = ["check", "rrevans-wait", "--events", "5", "--steps", "4", "--situation", "third-party", "--json"]
_PATIENCE = 300

SAME, CLEAR = "the same", "a clear end"
"""How a trial may end; whatever else a trial returns says what was wrong."""


def start(*arguments: str, search: Sequence[str] = SEARCH, **options: object) -> subprocess.Popen[str]:
    """Start Treadle in a session of its own."""
    command = [sys.executable, "-m", "treadle", *search, *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    return subprocess.Popen(command, **{**pipes, **options})  # type: ignore[call-overload, no-any-return]


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for it; return its exit status, the document without what is measured, and what it said."""
    try:
        out, said = process.communicate(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return -1, "", f"it did not end within {_PATIENCE} s"
    return process.returncode, out.partition('"measured"')[0], said


def compared(ended: tuple[int, str, str], *, clear: bool = False, search: Sequence[str] = SEARCH) -> str:
    """Say how a run ended; `clear`: a sentence will do as well as the document."""
    status, document, said = ended
    if "Traceback" in said:
        return f"a traceback: {said[-400:]}"
    if (status, document) == undisturbed(search):
        return SAME
    if clear and status in {2, 130} and said.startswith("treadle: "):
        return CLEAR
    return f"another document, exit status {status}, {_difference(undisturbed(search)[1], document)}: {said[-400:]}"


def _difference(expected: str, found: str) -> str:
    """Say where a document departs from the one that was expected."""
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(expected, found, strict=False))
    place = sum(1 for _ in same)
    start, end = max(0, place - 150), place + 150
    return f"{found[start:end]!r} in place of {expected[start:end]!r}"


_known: dict[str, tuple[int, str]] = {}
_lasts: dict[str, float] = {}


def undisturbed(search: Sequence[str] = SEARCH) -> tuple[int, str]:
    """Return the exit status and the document of a run that meets no fault."""
    key = " ".join(search)
    if key not in _known:
        began = time.monotonic()
        status, document, said = finish(start("--jobs", "2", search=search))
        _lasts[key] = time.monotonic() - began
        if not document:
            sys.exit(f"the search does not run at all: {said}")
        _known[key] = status, document
    return _known[key]


def a_moment(chance: random.Random, search: Sequence[str] = SEARCH) -> None:
    undisturbed(search)
    time.sleep(chance.uniform(0, _lasts[" ".join(search)]))


def killed(folder: Path, chance: random.Random) -> str:
    """Kill the command up to three times; it goes on each time."""
    journal = ["--jobs", "2", "--journal", str(folder / "journal")]
    for _ in range(chance.randint(1, 3)):
        process = start(*journal, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        a_moment(chance)
        process.kill()
        process.wait()
    return compared(finish(start(*journal)))


def killed_in_a_long_one(folder: Path, chance: random.Random) -> str:
    """Kill the command up to three times in one search that leaves marks; it goes on from there."""
    journal = ["--jobs", "2", "--journal", str(folder / "journal")]
    environment = {**os.environ, "TREADLE_MARKS": "0.5"}
    for _ in range(chance.randint(1, 3)):
        process = start(*journal, search=LONG, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        a_moment(chance, LONG)
        process.kill()
        process.wait()
    return compared(finish(start(*journal, search=LONG, env=environment)), search=LONG)


def _with_journal(folder: Path, chance: random.Random, damage: Callable[[bytearray, random.Random], bytes]) -> str:
    kept, file = folder.parent / "whole", folder / "journal"
    if not kept.exists():
        wrong = compared(finish(start("--jobs", "2", "--journal", str(kept))))
        if wrong != SAME:
            return wrong
    whole = kept.read_bytes()
    file.write_bytes(damage(bytearray(whole), chance))
    return compared(finish(start("--jobs", "2", "--journal", str(file))), clear=not file.read_bytes().startswith(b"{"))


def flipped(folder: Path, chance: random.Random) -> str:
    """Flip up to five bits of a journal behind its first line."""

    def damage(text: bytearray, chance: random.Random) -> bytes:
        for _ in range(chance.randint(1, 5)):
            text[chance.randrange(text.index(b"\n") + 1, len(text))] ^= 1 << chance.randrange(8)
        return bytes(text)

    return _with_journal(folder, chance, damage)


def cut(folder: Path, chance: random.Random) -> str:
    """Cut a journal off anywhere."""
    return _with_journal(folder, chance, lambda text, chance: bytes(text[: chance.randrange(len(text))]))


def workers_killed(_folder: Path, chance: random.Random) -> str:
    """Kill a worker of the command, or what it has forked, up to twice."""
    process = start("--jobs", "2")
    for _ in range(chance.randint(1, 2)):
        a_moment(chance)
        below = [*descendants(process.pid)]
        if below:
            with contextlib.suppress(OSError):
                os.kill(chance.choice(below), signal.SIGKILL)
    ended = finish(process)
    # Two of two that are asked one after the other may be hit: then it says so, and not that anything holds.
    return CLEAR if ended[0] == 1 and "so was the next one that was asked" in ended[1] else compared(ended)


def descendants(process: int) -> Iterator[int]:
    """Yield the processes that a process has started, and what those have."""
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, file.read_text(encoding="ascii").split()):
                yield child
                yield from descendants(child)


def interrupted(_folder: Path, chance: random.Random) -> str:
    """Interrupt the command; it must end within two seconds (one, on a machine with nothing else to do)."""
    process = start("--jobs", "2")
    time.sleep(0.6)  # until then it is Python's own to end
    a_moment(chance)
    began = time.monotonic()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    ended = finish(process)
    took = time.monotonic() - began
    return compared(ended, clear=True) if took < 2 else f"it took {took:.1f} s"


def on_dask(folder: Path, chance: random.Random) -> str:
    """Kill workers of a Dask cluster while others join it, and now and then the scheduler."""
    file = folder / "scheduler.json"
    with contextlib.ExitStack() as stack:
        scheduler = _part_of_dask(stack, "dask_scheduler", f"--scheduler-file={file}", "--port=0", "--no-dashboard")
        deadline = time.monotonic() + 60
        while not (file.exists() and file.read_text(encoding="utf-8").endswith("}")) and time.monotonic() < deadline:
            time.sleep(0.1)  # it is written in pieces
        address = json.loads(file.read_text(encoding="utf-8"))["address"]

        def join() -> subprocess.Popen[bytes]:
            options = ["--nthreads=1", "--no-dashboard", "--no-nanny", "--host=127.0.0.1"]
            return _part_of_dask(stack, "dask_worker", address, *options)

        workers = [join(), join()]
        process = start("--backend", "dask", "--cluster", address, "--journal", str(folder / "journal"))
        time.sleep(2)
        for _ in range(2):
            a_moment(chance)
            workers.pop(0).kill()
            workers.append(join())
        if chance.random() < 1 / 4:
            scheduler.kill()
        wrong = compared(finish(process), clear=True)
    if wrong not in {SAME, CLEAR}:
        return wrong
    after = compared(finish(start("--jobs", "2", "--journal", str(folder / "journal"))))
    return wrong if after == SAME else after


def _part_of_dask(stack: contextlib.ExitStack, what: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.{what}", *arguments]
    command += ["--host=127.0.0.1"] * (what == "dask_scheduler")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


def on_ray(_folder: Path, chance: random.Random) -> str:
    """Kill a process that works for a Ray cluster on this machine."""
    process = start("--backend", "ray", "--jobs", "2")
    time.sleep(8)
    a_moment(chance)
    working = [each for each in descendants(process.pid) if b"answer_there" in _command_of(each)]
    if working:
        with contextlib.suppress(OSError):
            os.kill(chance.choice(working), signal.SIGKILL)
    return compared(finish(process), clear=True)


def _command_of(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


TRIALS: dict[str, Callable[[Path, random.Random], str]] = {
    "kills": killed,
    "marks": killed_in_a_long_one,
    "flips": flipped,
    "cuts": cut,
    "workers": workers_killed,
    "interrupts": interrupted,
    "dask": on_dask,
    "ray": on_ray,
}
NEEDS = {"dask": "distributed", "ray": "ray"}


def soak(
    names: Sequence[str], seconds: float, seed: int, trials: int = 1
) -> tuple[dict[str, dict[str, int]], list[str]]:
    """Return how often each trial ended how, and what was wrong; try each at least `trials` times."""
    figures: dict[str, dict[str, int]] = {}
    wrong = []
    undisturbed()
    for name in names:
        if importlib.util.find_spec(NEEDS.get(name, "os")) is None:
            sys.stderr.write(f"{name}: left out, as {NEEDS[name]} is not installed\n")
            continue
        chance = random.Random(f"{name} {seed}")  # noqa: S311 - no secrets here
        ends: Counter[str] = Counter()
        deadline = time.monotonic() + seconds / len(names)
        with tempfile.TemporaryDirectory() as folder:
            while ends.total() < trials or time.monotonic() < deadline:
                room = Path(folder) / str(ends.total())
                room.mkdir()
                ended = TRIALS[name](room, chance)
                ends[ended if ended in {SAME, CLEAR} else "lost"] += 1
                wrong += [f"{name}, trial {ends.total()} of seed {seed}: {ended}"] * (ended not in {SAME, CLEAR})
        figures[name] = {"trials": ends.total(), **{each: ends[each] for each in (SAME, CLEAR, "lost")}}
        sys.stdout.write(f"{name}: {', '.join(f'{number} {what}' for what, number in figures[name].items())}\n")
        sys.stdout.flush()
    return figures, wrong


def main() -> int:
    """Run the trials; return 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", choices=[[], *TRIALS], default=[], metavar="NAME")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--trials", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    began = time.monotonic()
    figures, wrong = soak(options.names or list(TRIALS), options.seconds, options.seed, options.trials)
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    if options.write:
        about = {"seconds": round(time.monotonic() - began), "python": platform.python_version(), "seed": options.seed}
        before = json.loads(options.write.read_text(encoding="utf-8"))["figures"] if options.write.exists() else {}
        every = {name: {**before, **figures}[name] for name in TRIALS if name in before or name in figures}
        told = {"figures": every, "wrong": wrong, "measured": about}
        options.write.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
