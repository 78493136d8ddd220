"""Say what a token runs, before it runs: the file that it names is imported, no matter who sent the token."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from treadle.telling import printable
from treadle.tokens import ProgramToken, Token
from treadle_models.candidates import CANDIDATES
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from treadle.workers.interpreters import Interpreter


def runs(name: str) -> str:
    """Return a line that says which code is run for a target or program of this name."""
    if name in CANDIDATES:
        return f"runs {name}, a candidate of the catalogue"
    place, _, attribute = name.rpartition(":")
    where = f"the file {Path(place).absolute()}" if place.endswith(".py") else f"the module {place}"
    return printable(f"runs {attribute}, and for that imports {where}, as the token says")


def shown(token: Token | ProgramToken, interpreter: Interpreter) -> str:
    """Return all that a token says, line by line, without opening any file that it names."""
    bounds = f"at most {token.bounds.events} events and {token.bounds.steps} steps" if isinstance(token, Token) else ""
    lines = [
        f"with --show nothing is run; without, this {runs(token.target if isinstance(token, Token) else token.name)}"
    ]
    if isinstance(token, Token):
        known = BY_NAME.get(token.property)
        sentence = f": {known.sentence}" if known is not None else ", which this version of Treadle does not have"
        lines += [f"situation    {token.situation}", f"property     {token.property}{sentence}"]
        lines.append(f"reading      {token.reading}")
    else:
        bounds = f"at most {token.events} events"
    any_order = token.bounds.any_order if isinstance(token, Token) else token.any_order
    lines += [
        f"bounds       {bounds}{'; ready callbacks in any order' if any_order else ''}",
        f"interpreter  {printable(interpreter.path)}, {interpreter.version}; {token.task} tasks",
        f"schedule     {len(token.choices):,} choices",
    ]
    return "\n".join(lines) + "\n"
