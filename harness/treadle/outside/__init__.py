"""The outside of a program, simulated, under code that does not know: a network, threads, look-ups.

- `underway`: what is under way, and arrives when the environment says so
- `pipes`, `ways`: what is on its way to sockets: streams; connections and datagrams
- `network`: addresses, who listens there, and connections
- `sockets`, `described`: sockets of that network, in the place of those of the system
- `selector`: who waits until one can be read or written
- `signals`: what is called when the environment sends one
- `faults`: what may go wrong, where a program says so
- `threads`: what is given to an executor; `workers`: threads that run one at a time, and pause
- `loop`: asyncio's own loop for selectors on top of these
- `surroundings`: what is put in place while programs are executed
"""

from treadle.outside.faults import FAULTS, Allowed
from treadle.outside.loop import SimulatedOutside, WithoutSelector
from treadle.outside.surroundings import simulated_surroundings
from treadle.outside.threads import BESIDE
from treadle.outside.underway import OUTSIDE, WayAction

__all__ = [
    "BESIDE",
    "FAULTS",
    "OUTSIDE",
    "Allowed",
    "SimulatedOutside",
    "WayAction",
    "WithoutSelector",
    "simulated_surroundings",
]
