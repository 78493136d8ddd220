"""The functions of asyncio that CPython writes in Python, and the controllers: compiled, never executed.

- `waiting`: `asyncio.wait`, `asyncio.sleep`, `ensure_future`
- `shielding`: `asyncio.shield`
- `gathering`: `asyncio.gather`
- `timeouts`: `asyncio.timeout` and `asyncio.wait_for`
- `taskgroups`: `asyncio.TaskGroup`
- `suppressing`: `contextlib.suppress`; `managing`: `contextlib.asynccontextmanager`
- `stage`: the controllers, their scopes, and the nested dependency
"""
