"""The register in results/README.md: claim by claim, and listing by listing, what to run and what comes out.

It is rendered from claims.toml and the recorded results, like the draft, so that it can be neither incomplete nor out
of date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_BEGIN, _END = "<!-- register: rendered by draft.py -->\n", "<!-- end of register -->\n"
_AT_ONCE = "a few seconds"


def registered(readme: str, claims: Mapping[str, Any], value_of: Callable[[str], str]) -> str:
    """Return the README with its register rendered anew. Raises `LookupError` where it has no place for one."""
    before, begin, rest = readme.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        problem = f"results/README.md has no lines {_BEGIN.strip()!r} and {_END.strip()!r}"
        raise LookupError(problem)
    return f"{before}{begin}{_register(claims, value_of)}{end}{after}"


def _register(claims: Mapping[str, Any], value_of: Callable[[str], str]) -> str:
    results = claims["results"]
    numbers = (
        (_told(claim, "says", name), value_of(name), *_origin(results[claim["result"]]))
        for name, claim in claims["claims"].items()
    )
    listings = ((_told(result, "shows", name), *_origin(result)) for name, result in results.items())
    return "\n".join(
        [
            *_table(("number", "is", "command", "recorded in", "takes"), numbers),
            "",
            *_table(("text", "command", "recorded in", "takes"), listings),
            "",
        ]
    )


def _told(entry: Mapping[str, Any], key: str, name: str) -> str:
    if key not in entry:
        problem = f"{name!r} of claims.toml has no `{key}`, which the register in results/README.md needs"
        raise LookupError(problem)
    return str(entry[key])


def _origin(result: Mapping[str, Any]) -> tuple[str, str, str]:
    file = result["file"]
    return f"`{result['command']}`", f"[`{file}`]({file})", result.get("takes", _AT_ONCE)


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"
