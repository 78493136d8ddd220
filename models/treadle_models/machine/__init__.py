"""asyncio's Task cancellation protocol as one transition system, on numbers and on linear terms alike.

From the bottom up:

- `code`: what runs: the control-flow automaton of a function, as data
- `things`: futures, tasks, frames, exceptions; `world`: the root of a state
- `freeze`: a state written as one tuple, counters apart, and built again
- `futures`, `tasks`: the protocol, after `futures.py` and `tasks.py` of CPython
- `actor`: the most general dependency
- `frames`: how a call fills one, and where the program stands; `interpreter`: coroutines, frame by frame
- `stage`: who takes part, and what is observed of a call
- `tidy`: what makes no difference any more
- `play`: the actions of environment, dependency and loop
"""
