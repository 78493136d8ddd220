"""What is judged: the entries of `helpers.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "shipped"
DATA = HERE / "helpers.toml"

ALGORITHMS = {
    "swallowed": "`await`, the CancelledError swallowed",
    "guarded": "`await` with a guard",
    "gather": "`gather`",
    "wait": "`wait` or a waiter of its own",
    "shield": "`shield`",
    "group": "a group",
    "scope": "a scope or a time-out around `await`",
    "polls": "`sleep(0)` until it is done",
}
"""How helpers wait, in the order of the summary."""

CLASSES = ("bug", "documented limit", "design choice")


class EntryError(Exception):
    """An entry says what cannot be; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What a documentation says, and where: the sentence as it stands there."""

    says: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A situation that the contract of a helper excludes, and the sentence of its documentation."""

    situation: str
    sentence: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Classed:
    """What a violation of a property is: one of `CLASSES`, and the sentence that decides it."""

    kind: str
    sentence: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """One helper: what is installed, how it is called, what it promises and what it excludes.

    `extra` are requirements that the package needs and does not declare. `unjudged` says why it cannot be judged.
    `python` is the minor version on which it is judged.
    `classed` is by property, where it is not as for all helpers. `repair_name` names one of the repairs.
    """

    name: str
    package: str
    version: str
    licence: str
    calls: str
    algorithm: str
    promise: Sentence
    adapter: str
    excludes: tuple[Exclusion, ...]
    classed: dict[str, Classed]
    extra: tuple[str, ...] = ()
    python: str = "3.13"
    unjudged: str = ""
    repair_name: str = "call"

    @property
    def slug(self) -> str:
        """The name as a file has it."""
        return re.sub(r"[^a-z0-9]+", "_", self.name.lower()).strip("_")

    @property
    def requirement(self) -> str:
        """What pip is asked for; empty for what comes with the interpreter."""
        return f"{self.package}=={self.version}" if self.version else ""

    @property
    def environment(self) -> Path:
        """Where its package is installed."""
        return BUILD / "env" / self.package


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """All helpers, what the violation of a property is unless an entry says otherwise, and repairs by their names."""

    helpers: tuple[Helper, ...]
    classed: dict[str, Classed]
    repairs: dict[str, str]


def read(path: Path = DATA) -> Register:
    """Read the entries. Raises `EntryError` for one that lacks something."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    helpers = tuple(_helper(entry) for entry in data["helper"])
    doubled = {each.slug for each in helpers if [one.slug for one in helpers].count(each.slug) > 1}
    if doubled:
        message = f"two helpers have one name: {', '.join(sorted(doubled))}"
        raise EntryError(message)
    return Register(helpers=helpers, classed=_classed(data["class"], "class"), repairs=data["repair"])


def _helper(entry: dict[str, Any]) -> Helper:
    name = str(entry.get("name", "without a name"))
    try:
        helper = Helper(
            name=name,
            package=entry["package"],
            version=entry["version"],
            licence=entry["licence"],
            calls=entry["calls"],
            algorithm=entry["algorithm"],
            promise=Sentence(says=entry["says"], where=entry["where"]),
            adapter=entry["adapter"],
            excludes=tuple(
                Exclusion(situation=each["situation"], sentence=Sentence(says=each["says"], where=each["where"]))
                for each in entry.get("not", [])
            ),
            classed=_classed(entry.get("class", {}), name),
            extra=tuple(entry.get("extra", [])),
            python=entry.get("python", "3.13"),
            unjudged=entry.get("unjudged", ""),
            repair_name="owner" if "contextmanager" in entry["adapter"] else "call",
        )
    except KeyError as error:
        message = f"the helper {name!r} has no {error}"
        raise EntryError(message) from None
    if helper.algorithm not in ALGORITHMS:
        message = f"the helper {name!r} waits by {helper.algorithm!r}; there are: {', '.join(ALGORITHMS)}"
        raise EntryError(message)
    return helper


def _classed(entries: dict[str, Any], name: str) -> dict[str, Classed]:
    for each in entries.values():
        if each["kind"] not in CLASSES:
            message = f"{name}: there is no class {each['kind']!r}; there are: {', '.join(CLASSES)}"
            raise EntryError(message)
    return {
        prop: Classed(kind=each["kind"], sentence=Sentence(says=each["says"], where=each["where"]))
        for prop, each in entries.items()
    }
