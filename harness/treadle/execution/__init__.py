"""How one execution is run, whatever is executed.

- `engine`: the one way to run an execution, from its beginning to its end
- `gaps`: what happens in a gap; `acting`: what is done there, counted and remembered
- `world`: what is executed, as the engine asks for it
- `action`: what may be done in a gap
- `repetition`: what two executions have in common
- `standstill`: whether a world that goes on and on stands where it stood before
- `watch`: runs worlds, and notices a step that does not end
"""

from __future__ import annotations

from treadle.execution.action import Action
from treadle.execution.engine import Engine
from treadle.execution.standstill import Standstill
from treadle.execution.watch import Watch
from treadle.execution.world import State, World

__all__ = ["Action", "Engine", "Standstill", "State", "Watch", "World"]
