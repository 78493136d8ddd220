"""Programs and targets that keep something in every place there is, and the comparison of searches over them.

What a program keeps decides what it does next. A search that visits each state once is right only if it sees every
place where something may be kept, so the tests need programs that keep something in each of them. A *place* is a few
lines of Python text: how it begins, how "a" or "b" is stored there, how one reads which it was.

- `place`: what a place is, and how a root, an object and a value are put together to one
- `roots`: where a name is bound: modules, classes, functions, closures, the loop, tasks, contexts, builtins
- `spellings`: the same with a spelling that does not show the name: `setattr`, `globals()`, `exec`
- `values`: to what a name is bound: functions, classes, partials, subclasses of `str`, ...
- `objects`: what changes without being bound anew: containers, instances, caches, iterators
- `awaited`: the same for objects of asyncio
- `process`: what the standard library and the process keep
- `hidden`: what objects have in common, and what they remember out of sight
- `frames`: what a suspended frame is the only one to know
- `catalogue`: every place, once, by its name
- `programs`, `targets`: one place as a minimal program; random ones, from a number
- `searching`: both searches of a program or a target, and what they found

Standard library and Treadle only: it runs under whatever interpreter there is.
"""
