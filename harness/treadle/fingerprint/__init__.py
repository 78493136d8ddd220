"""The identity of a state of live coroutines: two executions with equal fingerprints go on alike.

A coroutine can neither be copied nor compared, but it can be looked at while it is suspended: where it stands, what
its names are bound to, what its value stack holds. A *fingerprint* is all of that, for everything that can still run
or be looked at, written as one flat tuple. A search that sees a fingerprint for the second time need not go on.

What cannot be fully looked at is *opaque*: `OpaqueError` names it, and the program is explored without fingerprints.

- `encoder`: the tuple, and references within it; `digest`: the same in a few bytes
- `looking`: how an object is looked at without being asked
- `containers`, `tables`: values and containers of the language, and what a set remembers of what it held
- `stack`, `layout`, `samples`: what is in a suspended frame, read from memory, where it stands, and what proves it
- `frames`, `awaitables`, `iterators`: coroutines and generators, what they await, what they go over
- `futures`: tasks, futures, contexts, callbacks
- `library`, `extensions`: objects of C code
- `functions`: functions, methods, partials and their cells
- `objects`: instances of classes written in Python, and exceptions
- `attributes`: what a program has given to an object that has no `__dict__`
- `classes`: classes, those of a module and those that a function has made
- `careful`: which of two equal values it is, where code asks for that
- `scope`: what a program keeps in modules, classes and functions
- `entered`, `naming`: which code has run, and what it can name
- `namespaces`, `origin`: modules and classes as tables of names, and whose they are
- `constant`, `danger`: what never changes, and what reaches further than names that are written down
- `state`: the loop and the roots of a program, together

Three things are left out on purpose: tracebacks, which no code but a debugger looks at; the default names of tasks,
which count up from one execution to the next; and the history of a set or dictionary beyond its order and size. What
else nobody reads a class may leave out of its tasks: see `treadle.situation.roles`.
"""

from treadle.fingerprint.digest import Digests
from treadle.fingerprint.encoder import OpaqueError
from treadle.fingerprint.entered import Account, account, watching_code
from treadle.fingerprint.frames import keeps_nothing, standing
from treadle.fingerprint.origin import Origin, origin
from treadle.fingerprint.scope import Scope
from treadle.fingerprint.state import Fingerprint, Fingerprinter, why_unsupported

__all__ = [
    "Account",
    "Digests",
    "Fingerprint",
    "Fingerprinter",
    "OpaqueError",
    "Origin",
    "Scope",
    "account",
    "keeps_nothing",
    "origin",
    "standing",
    "watching_code",
    "why_unsupported",
]
