"""A claim, its verdict, and the commands that show it, read from the package data.

For each command the data says what its output must contain, and its exit status. If versions of Python differ, there
are `shows_before_3_13` and `shows_from_3_13` beside `shows`: `uncancel()` and task groups changed in 3.13. Line breaks
are ignored in comparisons.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Required, TypedDict

from treadle.errors import MisuseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FILES = ("2023.toml", "2024.toml", "2025.toml")
_CHANGE = (3, 13)


class Settled(StrEnum):
    """The verdict on a claim. *Conditional*: true under a condition that it does not state, and false without it."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    CONDITIONAL = "conditional"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A command, its exit status, and texts in its output; `needs` names an extra, or is empty."""

    command: str
    status: int
    shows: tuple[str, ...]
    needs: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim, in our own words: who made it and when, the verdict, one sentence why, and the evidence."""

    id: str
    who: str
    when: str
    claim: str
    verdict: Settled
    why: str
    evidence: tuple[Evidence, ...]

    @property
    def command(self) -> str:
        """The command that shows it; other evidence supports it."""
        return self.evidence[0].command


class _ClaimData(TypedDict):
    """A claim as it is written in the data."""

    id: str
    who: str
    when: str
    claim: str
    verdict: str
    why: str
    evidence: list[_EvidenceData]


class _EvidenceData(TypedDict, total=False):
    """Evidence as it is written in the data."""

    command: Required[str]
    status: int
    shows: list[str]
    shows_before_3_13: list[str]
    shows_from_3_13: list[str]
    needs: str


def load_claims(version: tuple[int, int] = sys.version_info[:2]) -> tuple[Claim, ...]:
    """Read all claims, with what their commands show on this version of Python."""
    folder = Path(__file__).with_name("data")
    return tuple(
        _claim(each, version)
        for name in _FILES
        for each in tomllib.loads((folder / name).read_text(encoding="utf-8"))["claim"]
    )


def _claim(data: _ClaimData, version: tuple[int, int]) -> Claim:
    return Claim(
        id=data["id"],
        who=data["who"],
        when=data["when"],
        claim=data["claim"],
        verdict=Settled(data["verdict"]),
        why=data["why"],
        evidence=tuple(_evidence(each, version) for each in data["evidence"]),
    )


def _evidence(data: _EvidenceData, version: tuple[int, int]) -> Evidence:
    key: Literal["shows_before_3_13", "shows_from_3_13"]
    key = "shows_before_3_13" if version < _CHANGE else "shows_from_3_13"
    special = data.get(key, ())
    return Evidence(
        command=data["command"],
        status=data.get("status", 0),
        shows=(*data.get("shows", ()), *special),
        needs=data.get("needs", ""),
    )


def find_claims(claims: Iterable[Claim], ids: Sequence[str]) -> tuple[Claim, ...]:
    """Return the claims with these ids, in the ledger's order; all without ids. Raise `MisuseError` for unknown ids."""
    known = {each.id: each for each in claims}
    wanted = [each.upper() for each in ids]
    for name in wanted:
        if name not in known:
            message = f"there is no claim {name!r}. There are: {next(iter(known))} to {list(known)[-1]}"
            raise MisuseError(message)
    return tuple(each for each in known.values() if not wanted or each.id in wanted)
