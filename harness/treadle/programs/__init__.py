"""Any async program: explored under every schedule, and judged without being asked.

- `env`, `declarations`: what a program declares of the world around it
- `source`: from a name or a function to a program
- `loop`, `refusing`: the loop, which knows all tasks that were made, and where it was asked for what it has not
- `outside`, `places`: what a program starts past the loop, and from which line
- `environment`, `actions`, `bounds`: what may be done in a gap, how it is found again, and how far it goes
- `ending`, `world`, `record`: when an execution is over; what an engine runs; the same, written down
- `problems`, `judge`, `raised`, `waits`, `telling`: what is wrong with it, if anything, and how to say so
- `primitives`, `reported`: what may be left taken, and what is reported to the loop
- `doubt`, `chance`, `moved`: whether it does the same when it is run again, and if not, why
- `kept`, `changed`: what it keeps from one execution to the next; that set back to what it was
- `insides`, `reached`, `process`: where that is looked for: in its modules, and in the library's
- `contents`, `advanced`, `holders`: what is there: containers, iterators, and what has a value under a name
- `settings`, `explore`, `findings`, `watch`, `replay`: from a program to a result; one schedule of it again
- `found`, `result`, `text`, `document`: the result as data, as it is shown, as text and as JSON; `folding`: what is
  repeated in a trace, told once
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
