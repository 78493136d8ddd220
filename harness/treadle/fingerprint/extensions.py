"""Objects of C modules that are loaded only if a program uses them, so that other programs need not wait for them.

Each type is recognized by its place in its module, once that is loaded.
"""

from __future__ import annotations

import gc
import sys
import threading
import types
from typing import TYPE_CHECKING, Protocol

from treadle.fingerprint.classes import write_kind
from treadle.fingerprint.encoder import LEARNERS, OpaqueError
from treadle.fingerprint.looking import is_kind_of, is_written, module_dict, module_name, mro, name_of, namespace

if TYPE_CHECKING:
    from _hashlib import HASH, HASHXOF, HMAC
    from array import array

    from treadle.fingerprint.encoder import Encoder, Rule


class _Zone(Protocol):
    """A time zone."""

    key: str | None


def _by_members(encoder: Encoder, item: object) -> None:
    """Write an object whose members show all its state.

    The scanner of `json` also has a table up to 3.12, which is empty after each call.
    """
    encoder.number(item)
    kind = type(item)
    encoder.tokens.append(name_of(kind))
    held = namespace(kind)
    encoder.add_all(held[name].__get__(item) for name in sorted(held) if _is_member(held[name]))


def _is_member(value: object) -> bool:
    """Say whether this descriptor reads a part of a C object."""
    return type(value) is types.MemberDescriptorType


def _array(encoder: Encoder, item: array[int] | array[float] | array[str]) -> None:
    encoder.number(item)
    encoder.tokens += ("array", item.typecode, item.tobytes())


def _digest(encoder: Encoder, item: HASH | HMAC) -> None:
    """Write the data hashed so far by its digest: different data have different digests."""
    encoder.number(item)
    encoder.tokens += ("digest", item.name, item.digest())


def _long_digest(encoder: Encoder, item: HASHXOF) -> None:
    """Do the same for a hash with a digest of any length."""
    encoder.number(item)
    encoder.tokens += ("digest", item.name, item.digest(64))


def _key(encoder: Encoder, item: object) -> None:
    """Write the comparison function and the object to compare, which the garbage collector returns in this order."""
    encoder.number(item)
    held = [each for each in gc.get_referents(item) if each is not type(item)]
    encoder.tokens += ("key", len(held))
    encoder.add_all(held)


def _zone(encoder: Encoder, item: _Zone) -> None:
    """Write a zone by its key: there is only one table for each key, and it cannot change."""
    if item.key is None:
        message = "a time zone without a key, whose state cannot be seen from outside"
        raise OpaqueError(message)
    encoder.number(item)
    encoder.tokens.append("zone")
    encoder.add(item.key)


def _of_thread(encoder: Encoder, item: threading.local) -> None:
    """Write the contents of a `threading.local` for the loop's thread; those of other threads cannot be attributed."""
    encoder.number(item)
    encoder.tokens.append("local")
    write_kind(encoder, type(item))
    own: object = _LOCAL.__getattribute__(item, "__dict__")
    if any(held is not own and held for held in _of_all_threads(item, own)):
        message = "a threading.local in which another thread keeps something"
        raise OpaqueError(message)
    encoder.add(own)


def _of_all_threads(item: threading.local, own: object) -> list[object]:
    """Return the contents of a `threading.local` for each thread, including this one."""
    for each in gc.get_referents(item):
        if type(each) is dict and any(held is own for held in each.values()):
            return [*each.values()]
    message = "a threading.local, of which this interpreter does not tell what other threads keep there"
    raise OpaqueError(message)


_LOCAL = threading.local


_KINDS: dict[tuple[str, str], Rule] = {
    ("_json", "make_scanner"): _by_members,
    ("array", "array"): _array,
    ("_hashlib", "HASH"): _digest,
    ("_hashlib", "HMAC"): _digest,
    ("_hashlib", "HASHXOF"): _long_digest,
    ("_blake2", "blake2b"): _digest,
    ("_blake2", "blake2s"): _digest,
    ("_zoneinfo", "ZoneInfo"): _zone,
}


def _learn_extension(kind: type) -> Rule | None:
    if kind is _KEY:
        return _key
    if module_name(kind) == "string.templatelib" and not is_written(kind):  # from 3.14 on
        return _by_members
    if issubclass(kind, _LOCAL) and not any(_holds_more(each) for each in mro(kind)):
        return _of_thread
    for (place, name), found in _KINDS.items():
        module = sys.modules.get(place)
        if is_kind_of(module, types.ModuleType) and module_dict(module).get(name) is kind:
            return found
    return None


def _holds_more(kind: type) -> bool:
    """Say whether a subclass of `threading.local` may run code when it is inspected, or has slots."""
    held = namespace(kind)
    return is_written(kind) and ("__init__" in held or any(map(_is_member, held.values())))


def _key_type() -> type | None:
    made = module_dict(sys.modules["functools"])["cmp_to_key"]
    kind = type(made(max))
    return None if issubclass(kind, types.FunctionType) else kind


_KEY = _key_type()

LEARNERS.insert(0, _learn_extension)
