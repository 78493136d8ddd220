"""Pieces of Python source from which scripts are put together."""

from __future__ import annotations


def function(name: str, sentence: str, body: list[str]) -> str:
    """Return an async function; `name` may have parameters in parentheses."""
    signature = name if name.endswith(")") else f"{name}()"
    return f'\nasync def {signature}:\n    """{sentence}"""\n{block(body)}'


def block(lines: list[str]) -> str:
    """Return statements as the body of a function."""
    return "".join(f"    {line}\n" if line else "\n" for line in lines)


def indented(lines: list[str]) -> list[str]:
    """Return statements one level deeper."""
    return [f"    {line}" if line else "" for line in lines]
