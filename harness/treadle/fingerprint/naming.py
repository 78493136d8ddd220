"""The names in a code object: the globals and attributes that it reads, those that it binds, and its imports.

All of them are in the code object. A name that is computed while the code runs is not. If a function that takes such
names (`getattr`, `setattr`) is called with a constant, the name is known; otherwise the code can name anything. Text in
a string that is not a name is ignored.
"""

from __future__ import annotations

import dis
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import CodeType

_STORES = ("STORE_GLOBAL", "STORE_NAME", "STORE_ATTR", "DELETE_GLOBAL", "DELETE_NAME", "DELETE_ATTR")
_LOADS = ("LOAD_GLOBAL", "LOAD_NAME")
_ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD")

_FIELD = re.compile(r"\{([^{}:!]*[.\[][^{}:!]*)")
_NAME = re.compile(r"[^\W\d]\w*")

READERS = frozenset(("getattr", "hasattr"))
WRITERS = frozenset(("setattr", "delattr"))


@dataclass(frozen=True, slots=True)
class Naming:
    """The names in one code object.

    `reads`: names that it may read, of globals and attributes. `stores`: names that it may bind or delete. `globals`:
    names that it looks up in its module. `imports`: modules with the level of the import. `computed`: the functions of
    `READERS` and `WRITERS` that it may call with a name that is not a constant. `chains`: globals with the attributes
    that are read directly from them, such as `os.path.join`. `compared`: those that are compared with `is`; an empty
    entry for an operand without such a name.
    """

    reads: frozenset[str]
    stores: frozenset[str]
    globals: frozenset[str]
    imports: tuple[tuple[str, int], ...]
    computed: frozenset[str]
    chains: frozenset[tuple[str, ...]]
    compared: frozenset[tuple[str, ...]]


@functools.lru_cache(maxsize=10_000)
def naming(code: CodeType) -> Naming:
    """Return the names in a code object; nested functions have code objects of their own."""
    instructions = list(dis.get_instructions(code))
    stores = {each.argval for each in instructions if each.opname in _STORES}
    computed = set()
    for place, each in enumerate(instructions):
        if each.opname in _LOADS and each.argval in (READERS | WRITERS):
            name = _written_name(instructions, place)
            if name is None:
                computed.add(each.argval)
            elif each.argval in WRITERS:
                stores.add(name)
    return Naming(
        reads=frozenset((*code.co_names, *_names_in(code.co_consts))),
        stores=frozenset(stores),
        globals=frozenset(each.argval for each in instructions if each.opname in _LOADS),
        imports=tuple(_imports(instructions)),
        computed=frozenset(computed),
        chains=frozenset(_chains(instructions)),
        compared=frozenset(_compared(instructions)),
    )


def _compared(instructions: Sequence[dis.Instruction]) -> Iterator[tuple[str, ...]]:
    seen: list[dis.Instruction] = []
    for each in instructions:
        if each.opname in _NO_EFFECT:
            continue
        if each.opname == "IS_OP" and not (seen[-1].opname == "LOAD_CONST" and _is_singleton(seen[-1].argval)):
            chain: list[str] = []
            place = len(seen) - 1
            while seen[place].opname in _ATTRIBUTES:
                chain.insert(0, seen[place].argval)
                place -= 1
            yield (seen[place].argval, *chain) if seen[place].opname in _LOADS else ()
        seen.append(each)


def _is_singleton(value: object) -> bool:
    return value is None or isinstance(value, (bool, type(...)))


def _chains(instructions: Sequence[dis.Instruction]) -> Iterator[tuple[str, ...]]:
    chain: tuple[str, ...] = ()
    for each in instructions:
        if chain and each.opname in _ATTRIBUTES:
            chain += (each.argval,)
        elif each.opname not in _NO_EFFECT:
            if chain:
                yield chain
            chain = (each.argval,) if each.opname in _LOADS else ()


def _names_in(constants: Iterable[object]) -> Iterator[str]:
    for each in constants:
        if isinstance(each, str):
            yield from (part for part in each.split(".") if part.isidentifier())
            for field in _FIELD.findall(each):  # of a format string
                yield from _NAME.findall(field)
        elif isinstance(each, (tuple, frozenset)):
            yield from _names_in(each)


def _imports(instructions: Sequence[dis.Instruction]) -> Iterator[tuple[str, int]]:
    for place, each in enumerate(instructions):
        if each.opname != "IMPORT_NAME":
            continue
        level = instructions[place - 2].argval
        level = level if isinstance(level, int) else 0
        yield each.argval, level
        listed = instructions[place - 1].argval
        if isinstance(listed, tuple):
            yield from ((f"{each.argval}.{name}" if each.argval else name, level) for name in listed)


def _written_name(instructions: Sequence[dis.Instruction], place: int) -> str | None:
    """Return the second argument in the call of the function that is loaded here, if it is a constant.

    The depth of the stack is tracked from the function to its call. An instruction that leaves the stack with two
    arguments or fewer may have replaced the second one.
    """
    depth = 0
    found = None
    for each in instructions[place + 1 :]:
        if each.opname in _NO_EFFECT:
            continue
        if each.opname in ("PRECALL", "CALL") and each.arg == depth:
            return found if isinstance(found, str) else None
        if each.opcode in _JUMPS or each.opname.startswith(("RETURN", "YIELD", "RAISE", "SEND", "CALL_FUNCTION")):
            return None
        before = depth
        depth += dis.stack_effect(each.opcode, each.arg if each.opcode >= dis.HAVE_ARGUMENT else None, jump=False)
        if depth < 0:
            return None
        if each.opname == "LOAD_CONST" and before == 1:
            found = each.argval
        elif depth <= 2:  # noqa: PLR2004 - see above
            found = None
    return None


_NO_EFFECT = frozenset(("PUSH_NULL", "NOP", "CACHE", "EXTENDED_ARG", "NOT_TAKEN", "RESUME"))
_JUMPS = frozenset((*dis.hasjrel, *dis.hasjabs))
