"""asyncio's Task cancellation protocol as one transition system, on numbers and on linear terms alike.

From the bottom up:

- `code`: the control-flow automaton of a function, as data
- `things`: futures, tasks, frames, exceptions; `world`: the root of a state
- `freeze`: converts a state to a tuple, with separate counters, and back
- `futures`, `tasks`: the protocol, after `futures.py` and `tasks.py` of CPython
- `actor`: the most general dependency
- `frames`: how a call fills one, and the place of the program; `interpreter`: runs coroutines, frame by frame
- `stage`: the tasks of a situation, and the observation of a call
- `tidy`: forgets what makes no difference any more
- `play`: the actions of environment, dependency and loop
"""
