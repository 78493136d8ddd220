"""A simulation of what is outside of a program: network, threads, look-ups. The program's code need not know it.

- `underway`: what is under way, and arrives when the environment decides
- `pipes`, `ways`: what is under way to sockets: streams; connections and datagrams
- `network`: addresses, listeners, and connections
- `sockets`, `described`: sockets of that network, in place of real ones
- `selector`: which callbacks wait until a socket can be read or written
- `signals`: the handlers of signals that the environment sends
- `faults`: what may go wrong, if a program declares it
- `threads`: the functions that executors run; `workers`: threads that run one at a time, and pause
- `loop`: asyncio's own selector loop on top of these
- `surroundings`: what is replaced while programs are executed
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
