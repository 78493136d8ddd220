"""Compile a candidate's own source to an automaton for the machine.

- `managers`, `flow`: statements, one node each; `expressions`, `comprehensions`, `variables`: what a node evaluates;
  `dead`: variables that no node reads any more; `names`: to which function a variable belongs
- `scope`: what names of a module mean; `classes`: its classes; `loaded`: checks that against the imported module
- `builtins`: the built-in functions, and the intrinsics of `sources`; `methods`, `operations`, `values`: what values
  can do
- `sources/`: the functions of asyncio that CPython writes in Python, and the controllers, compiled like a candidate
- `intrinsics`: names for functions of the machine, which `sources` import
- `library`: the modelled asyncio, and `compile_candidate`
"""
