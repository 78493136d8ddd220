"""The asyncio event loop that stops at every gap.

- `loop`: the loop itself: ready queue, virtual time, a hook before each callback
- `handles`: callbacks that wait for their turn or their time
- `tasks`: tasks that sets iterate in one order, and the switch to pure-Python tasks
- `internals`: what asyncio keeps private and a checker must touch
- `unsupported`: what a deterministic loop cannot offer, and the error that says so
"""

from treadle.loop.handles import Handle, TimerHandle
from treadle.loop.internals import abandon
from treadle.loop.loop import Loop
from treadle.loop.tasks import base_task, ordered_task_class, task_kind

__all__ = ["Handle", "Loop", "TimerHandle", "abandon", "base_task", "ordered_task_class", "task_kind"]
