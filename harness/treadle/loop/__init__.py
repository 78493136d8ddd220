"""The asyncio event loop that stops at every gap.

- `loop`: the loop itself, with a hook before each callback
- `queues`: its ready queue, its timers, and virtual time
- `turns`: how it works where nobody drives it
- `handles`: callbacks that wait for their turn or their time
- `tasks`: tasks that sets iterate in one order, and the switch to pure-Python tasks
- `clock`, `dates`, `chance`: what else a program finds as the loop wants it: clocks, days, and random numbers
- `swap`: how something is put in the place of what modules have by name
- `aside`: how the loop of this thread is put aside, so that another can run inside of it
- `surroundings`: all of that together, while a program is explored
- `ending`: how the tasks of an execution that is over are let go
- `internals`: what asyncio keeps private and a checker must touch
- `unsupported`: what a deterministic loop cannot offer, and the error that says so; `starters`: what starts such things
"""

from treadle.loop.chance import begin_alike
from treadle.loop.clock import SLEEP, ThreadTime
from treadle.loop.ending import abandon, close_down, wind_up
from treadle.loop.handles import Handle, TimerHandle
from treadle.loop.internals import FUTURES, loop_of, silence, task_stepped
from treadle.loop.loop import SLOW, Loop
from treadle.loop.starters import PROCESSES, SOCKETS, THREADS
from treadle.loop.surroundings import surroundings
from treadle.loop.swap import swapped
from treadle.loop.tasks import base_task, ordered_task_class, shown_as, takes_options, task_kind
from treadle.loop.unsupported import SENDERS, SENDS

__all__ = [
    "FUTURES",
    "PROCESSES",
    "SENDERS",
    "SENDS",
    "SLEEP",
    "SLOW",
    "SOCKETS",
    "THREADS",
    "Handle",
    "Loop",
    "ThreadTime",
    "TimerHandle",
    "abandon",
    "base_task",
    "begin_alike",
    "close_down",
    "loop_of",
    "ordered_task_class",
    "shown_as",
    "silence",
    "surroundings",
    "swapped",
    "takes_options",
    "task_kind",
    "task_stepped",
    "wind_up",
]
