"""The options of an exploration, and the checks that refuse wrong ones."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from treadle.errors import MisuseError
from treadle.explorer import SAMPLERS, Draw, PctSampler, RandomWalk
from treadle.programs.bounds import CALLBACKS, PATIENCE, ProgramBounds
from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of `explore`. `random`: draw so many schedules instead of trying all, by a `sampler`, from `seed`.

    `pct` is short for `sampler="pct"`.
    """

    events: int = 2
    any_order: bool = False
    callbacks: int = CALLBACKS
    patience: int = PATIENCE
    task: TaskKind = TaskKind.C
    limit: int | None = None
    seconds: float | None = 60.0
    random: int | None = None
    sampler: str = RandomWalk.key
    pct: bool = False
    seed: int = 0

    @property
    def draw(self) -> Draw | None:
        """How to draw schedules; None to try all."""
        if self.random is None:
            return None
        return Draw(executions=self.random, sampler=PctSampler.key if self.pct else self.sampler, seed=self.seed)

    def bounds(self, events: int | None = None) -> ProgramBounds:
        """Return the bounds of one execution, with another bound on events if one is given."""
        most = self.events if events is None else events
        return ProgramBounds(events=most, callbacks=self.callbacks, patience=self.patience, any_order=self.any_order)


_LEAST = {"events": 0, "callbacks": 1, "patience": 1, "limit": 1, "random": 1, "seed": 0, "seconds": 0}
_MAY_BE_NONE = ("limit", "random", "seconds")


def _check_number(option: str, value: object) -> None:
    """Raise `MisuseError` if a number is not allowed for this option."""
    if option not in _LEAST or (value is None and option in _MAY_BE_NONE):
        return
    kinds = (int, float) if option == "seconds" else (int,)
    if not isinstance(value, kinds) or isinstance(value, bool) or value < _LEAST[option]:
        what = "a number" if option == "seconds" else "a whole number"
        none = ", or None" if option in _MAY_BE_NONE else ""
        message = f"{option}={value!r}: pass {what}, at least {_LEAST[option]}{none}"
        raise MisuseError(message)


def make_settings(options: Mapping[str, Any]) -> Settings:
    """Make settings from options by name; raise `MisuseError` for unknown names and wrong values."""
    known = {each.name for each in dataclasses.fields(Settings)}
    for option in options:
        if option not in known:
            message = f"explore() has no option {option!r}; there are: {', '.join(sorted(known))}"
            raise MisuseError(message)
        _check_number(option, options[option])
    task = options.get("task", TaskKind.C)
    if task not in tuple(TaskKind):
        message = f"there is no task kind {task!r}; there are: {', '.join(TaskKind)}"
        raise MisuseError(message)
    settings = Settings(**{**options, "task": TaskKind(task)})
    if settings.sampler not in SAMPLERS:
        message = f"there is no sampler {settings.sampler!r}; there are: {', '.join(SAMPLERS)}"
        raise MisuseError(message)
    if settings.random is None and settings.sampler != RandomWalk.key:
        message = f"sampler={settings.sampler!r} says how to draw schedules at random; say also how many: random=10000"
        raise MisuseError(message)
    if settings.random is None and settings.pct:
        message = "pct says how to draw schedules at random; say also how many: random=10000, pct=True"
        raise MisuseError(message)
    if settings.random is None and settings.seed:
        message = f"seed={settings.seed} is for schedules drawn at random; say also how many: random=10000"
        raise MisuseError(message)
    if settings.random is not None and settings.limit is not None:
        message = f"random={settings.random} limits the number of executions already; leave limit={settings.limit} out"
        raise MisuseError(message)
    return settings
