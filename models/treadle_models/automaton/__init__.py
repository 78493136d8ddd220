"""A candidate's own source, as an automaton for the machine.

- `managers`, `flow`: statements, one node each; `expressions`, `comprehensions`, `variables`: what a node evaluates;
  `dead`: what no node reads any more; `names`: whose variable a name is
- `scope`: what names of a module mean; `classes`: its classes; `loaded`: that it means the same where it was imported
- `builtins`: the built-in functions, and the seams for `sources`; `methods`, `operations`, `values`: what values can do
- `sources/`: the functions of asyncio that CPython writes in Python, and the controllers, compiled like a candidate
- `intrinsics`: names for the seams of the machine, which `sources` import
- `library`: the modelled asyncio, and `compile_candidate`
"""
