"""Explore any async program under every schedule, and judge it by built-in properties.

- `env`, `declarations`: what a program declares of the world around it
- `source`: make a program from a name or a function
- `loop`, `refusing`: the loop, which knows all tasks, and the lines that ask it for what it does not offer
- `outside`, `places`: what a program starts without the loop, and from which line
- `environment`, `actions`, `bounds`: what the environment may do in a gap, and how far an execution goes
- `ending`, `world`, `record`: when an execution is over; the world that an engine runs; one that records its trace
- `problems`, `judge`, `raised`, `waits`, `telling`: find what is wrong with an execution, and put it into words
- `primitives`, `reported`: locks and pools that may be left taken; reports to the loop's exception handler
- `doubt`, `chance`, `moved`: whether a program does the same when it is run again, and if not, why
- `kept`, `changed`: what a program keeps from one execution to the next; how to set that back
- `insides`, `reached`, `process`: where that is searched: in the program's modules, and in the standard library's
- `contents`, `advanced`, `holders`: containers, iterators, and the objects that hold a value under a name
- `settings`, `explore`, `findings`, `watch`, `replay`: search a program, and replay one schedule
- `found`, `result`, `text`, `document`: the result as data, as users get it, as text and as JSON
"""

from treadle.programs.document import as_json, from_json
from treadle.programs.env import Env
from treadle.programs.explore import conclude, explore, explore_part, explore_source, find_parts
from treadle.programs.problems import ProgramProperty
from treadle.programs.replay import replay_program
from treadle.programs.result import Explored, Violation
from treadle.programs.settings import Settings
from treadle.programs.source import ProgramSource, find_program, make_source
from treadle.programs.text import describe
from treadle.tokens import ProgramToken

__all__ = [
    "Env",
    "Explored",
    "ProgramProperty",
    "ProgramSource",
    "ProgramToken",
    "Settings",
    "Violation",
    "as_json",
    "conclude",
    "describe",
    "explore",
    "explore_part",
    "explore_source",
    "find_parts",
    "find_program",
    "from_json",
    "make_source",
    "replay_program",
]
