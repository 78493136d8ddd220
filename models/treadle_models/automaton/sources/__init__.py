"""The functions of asyncio that CPython writes in Python, and the controllers: compiled, never executed.

- `waiting`: `asyncio.wait` and `asyncio.sleep`
- `shielding`: `asyncio.shield` and `asyncio.gather`
- `timeouts`: `asyncio.timeout` and `asyncio.wait_for`
- `taskgroups`: `asyncio.TaskGroup`
- `stage`: the controllers, their scopes, and the nested dependency
"""
