"""A file of lines: whatever happens to one of them, the others stay, and nothing that was changed is believed."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pythons import ALL

from treadle.errors import MisuseError
from treadle.workers.lines import Lines

if TYPE_CHECKING:
    from treadle.workers.lines import Line

HEADER: Line = {"journal": 0}
SOME: list[Line] = [
    {"key": "a", "result": {"schedules": 7}},
    {"key": "b", "result": 'a text with {"sum": "in it", "line": and\na newline'},
    {"key": "c", "result": None},
    {"key": "ü", "result": [1, 2, 3]},
]


def written(path: Path, lines: list[Line] = SOME) -> bytes:
    path.unlink(missing_ok=True)
    file = Lines(path, HEADER, "--journal")
    for line in lines:
        file.write(line)
    file.close()
    return path.read_bytes()


def read(path: Path) -> tuple[list[Line], int]:
    file = Lines(path, HEADER, "--journal")
    file.close()
    return file.known, file.damaged


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path)
    assert read(path) == (SOME, 0)
    assert read(path) == (SOME, 0), "to read changes nothing"


def test_a_flipped_bit_costs_no_line_but_its_own_and_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    whole = written(path)
    for place in range(len(whole)):
        for bit in range(8) if ALL else (place % 8, (place + 3) % 8):
            flipped = bytearray(whole)
            flipped[place] ^= 1 << bit
            path.write_bytes(flipped)
            known, damaged = read(path)
            assert all(line in SOME for line in known), (place, bit)
            assert len(known) >= len(SOME) - 1, (place, bit)
            assert damaged or flipped[place : place + 1].isspace(), (place, bit)
            assert read(path) == (known, 0), "what was dropped is told once"


def test_where_a_file_is_cut_off_the_lines_before_stay_and_others_can_follow(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    whole = written(path)
    ends = [place + 1 for place, byte in enumerate(whole) if byte == ord("\n")]
    for place in range(len(whole)):
        path.write_bytes(whole[:place])
        file = Lines(path, HEADER, "--journal")
        # The end of a line may be missing alone: its checksum tells that the line is whole.
        assert len(file.known) in {sum(end <= place for end in ends[1:]), sum(end <= place + 1 for end in ends[1:])}
        file.write({"key": "new"})
        file.close()
        assert read(path)[0][-1] == {"key": "new"}, place
        assert read(path)[0][:-1] == file.known, place


def test_what_a_disk_leaves_after_a_loss_of_power_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    whole = written(path)
    chance = random.Random(0)  # noqa: S311 - no secrets here
    for _ in range(50):
        lines = whole.splitlines(keepends=True)
        at = chance.randrange(1, len(lines))
        lines[at] = b"\0" * len(lines[at])
        path.write_bytes(b"".join(lines))
        known, damaged = read(path)
        assert known == SOME[: at - 1] + SOME[at:]
        assert damaged == 1


@pytest.mark.parametrize("text", [b"import asyncio\n", b'{"journal": 3}\n', b"\0" * 100, b"no line", b"{}\n" * 3])
def test_a_file_of_somebody_elses_is_left_as_it_was(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(text)
    with pytest.raises(MisuseError, match="is not a journal"):
        read(path)
    assert path.read_bytes() == text


def test_what_is_no_file_is_told_and_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (Path("/dev/full"), Path("/dev/zero"), Path("/dev/null"), tmp_path, pipe, Path("/dev/stdin")):
        with pytest.raises(MisuseError, match=r"a folder|a device or a pipe"):
            Lines(path, HEADER, "--journal").close()


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "where", tmp_path / ("long" * 100), Path("nul\0"), Path("/proc/new")):
        with pytest.raises(MisuseError, match="name a file that can be written"):
            Lines(path, HEADER, "--journal").close()


def test_a_second_user_of_the_file_is_told(tmp_path: Path) -> None:
    first = Lines(tmp_path / "journal", HEADER, "--journal")
    with pytest.raises(MisuseError, match="another process is writing to it"):
        Lines(tmp_path / "journal", HEADER, "--journal")
    first.write(SOME[0])
    first.close()
    assert read(tmp_path / "journal") == (SOME[:1], 0)


FILLS = """\
import sys
from pathlib import Path
from treadle.errors import MisuseError
from treadle.workers.lines import Lines
file = Lines(Path(sys.argv[1]), {"journal": 0}, "--journal")
for number in range(100):
    try:
        file.write({"key": number, "result": "x" * 100})
    except MisuseError as error:
        print(number, error)
        break
"""


def test_a_line_that_does_not_fit_is_told_and_what_was_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "journal"

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", FILLS, str(path)],
        env=environment,
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=True,
    )
    number, _, told = done.stdout.partition(" ")
    assert "stays usable: make room" in told
    assert int(number) > 2
    known, damaged = read(path)
    assert [line["key"] for line in known] == [*range(int(number))]
    assert not damaged, "no part of a line is left"
    assert json.loads(path.read_text("utf-8").splitlines()[0])["line"] == HEADER
