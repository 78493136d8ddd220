"""The functions of asyncio that CPython writes in Python, and the controllers: compiled, never executed."""
