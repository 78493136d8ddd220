"""A candidate's own source, as an automaton for the machine.

- `flow`: statements, one node each; `expressions`: what a node evaluates; `scope`: what names mean
- `builtins`: methods of futures and tasks, and the seams for `sources`
- `sources/`: the functions of asyncio that CPython writes in Python, and the controllers, compiled like a candidate
- `intrinsics`: names for the seams of the machine, which `sources` import
- `library`: the modelled asyncio, and `compile_candidate`
"""
