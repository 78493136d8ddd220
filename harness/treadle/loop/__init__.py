"""The asyncio event loop that stops at every gap.

- `loop`: the loop itself, with a hook before each callback
- `queues`: its ready queue, its timers, and virtual time
- `turns`: how it runs as an ordinary loop, without a gap hook
- `handles`: callbacks in the ready queue, and timers
- `tasks`: tasks that sets iterate in a fixed order, and the switch to pure-Python tasks
- `clock`, `dates`, `chance`: clocks, dates and random numbers for programs, under the control of the loop
- `swap`: replaces objects that modules have by name
- `aside`: puts the running loop of this thread aside, so that another can run inside it
- `surroundings`: all of these replacements together, while a program is explored
- `ending`: how the tasks of an execution that is over are released
- `internals`: the private parts of asyncio that a checker needs
- `unsupported`: the calls that a deterministic loop refuses, and the error for them; `starters`: functions that start
  threads, processes and sockets
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
from treadle.loop.tasks import ROLES, base_task, ordered_task_class, shown_as, takes_options, task_kind
from treadle.loop.unsupported import SENDERS, SENDS

__all__ = [
    "FUTURES",
    "PROCESSES",
    "ROLES",
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
