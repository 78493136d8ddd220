"""The identity of a state of live coroutines: executions with equal fingerprints continue in the same way.

A coroutine can be neither copied nor compared, but it can be inspected while it is suspended: the instruction where it
is, the values bound to its names, its value stack. A *fingerprint* is all of that, for everything that can still run or
be inspected, written as one flat tuple. A search that sees a fingerprint for the second time need not go on.

A state that cannot be inspected completely is *opaque*: `OpaqueError` names the cause, and the program is explored
without fingerprints.

- `encoder`: the tuple, and references within it; `digest`: a short form of it; `portable`: names for other processes
- `looking`: how an object is inspected without running its code
- `containers`, `tables`: values and containers of the language, and traces of former items in sets
- `stack`, `layout`, `samples`: the contents of a suspended frame, read from memory; their layout; the samples that
  prove it
- `frames`, `awaitables`, `iterators`: coroutines and generators, what they await, what they iterate over
- `futures`: tasks, futures, contexts, callbacks
- `library`, `extensions`: objects of C code
- `functions`: functions, methods, partials and their cells
- `objects`: instances of classes written in Python, and exceptions
- `attributes`: attributes that a program has set on an object without a `__dict__`
- `classes`: classes, both of modules and made in functions
- `careful`: the identity of equal values, if code compares it
- `scope`: the objects that a program keeps in modules, classes and functions
- `entered`, `naming`: which code has run, and what it can name
- `namespaces`, `origin`: modules and classes as tables of names, and to whom they belong
- `constant`, `danger`: what never changes, and functions that reach more than the names in the code
- `state`: the loop and the roots of a program, together

Three things are left out on purpose: tracebacks, which only a debugger reads; the default names of tasks, which go on
counting across executions; and the history of a set or dictionary beyond its order and size. A class may leave other
unread values out of its tasks: see `treadle.situation.roles`.
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
