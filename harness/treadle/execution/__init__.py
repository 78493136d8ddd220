"""The engine that runs executions, and its interface to worlds.

- `engine`: runs one execution from beginning to end
- `gaps`: what happens in a gap; `acting`: doing actions, counting them, and repeating them
- `world`: what the engine asks of the thing that it executes
- `action`: what can be done in a gap
- `repetition`: the gaps that two executions have in common
- `standstill`: whether a world that never comes to rest is in a state in which it was before
- `watch`: runs worlds, and notices a step that does not end
"""

from __future__ import annotations

from treadle.execution.action import Action
from treadle.execution.engine import Engine
from treadle.execution.standstill import Standstill
from treadle.execution.watch import Watch
from treadle.execution.world import State, World

__all__ = ["Action", "Engine", "Standstill", "State", "Watch", "World"]
