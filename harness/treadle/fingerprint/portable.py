"""Name the tokens of fingerprints so that another process finds the same ones under these names.

Within a process, a token that is not a plain value is compared by identity. Two processes that run the same interpreter
on the same files make such tokens for the same classes and code, but at other addresses. A class is named by its module
and its place there, code by everything in it, a reference by its number. What cannot be named so has no name, and
fingerprints with it mean nothing elsewhere.
"""

from __future__ import annotations

import hashlib
import marshal

from treadle.fingerprint.classes import ClassToken, is_lasting
from treadle.fingerprint.encoder import CodeToken, Reference
from treadle.fingerprint.looking import is_kind_of, module_name, name_of

_VERSION = 2  # see `digest`


def portable_name(token: object) -> str:
    """Return the name of a token, equal in all processes with the same code; empty if there is none."""
    if isinstance(token, Reference):
        return f"reference {token.number}" if type(token) is Reference else f"constant {token!r}"
    if isinstance(token, ClassToken):
        return f"class {token.module}.{token.name} {token.role}"
    if isinstance(token, CodeToken):
        told = hashlib.sha256(marshal.dumps(token.code, _VERSION)).hexdigest()
        return f"code {told} of {token.code.co_filename}"
    if is_kind_of(token, type):
        return f"type {module_name(token)}.{name_of(token)}" if is_lasting(token) else ""
    if isinstance(token, tuple):
        parts = [_part(each) for each in token]
        return f"({', '.join(parts)})" if all(parts) else ""
    return ""


def _part(token: object) -> str:
    try:
        return marshal.dumps([token], _VERSION).hex()
    except ValueError:
        return portable_name(token)
