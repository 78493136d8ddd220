"""The columns of a diagram: what was done has room beside its column, and states keep to theirs."""

from __future__ import annotations

from treadle.report.columns import set_in_columns

NAMES = ["environment", "controller 1", "controller 2", "dependency"]
CODE = "line 20: await asyncio.wait({task}, return_when=FIRST)"


def table(rows: list[tuple[str, dict[str, list[tuple[str, str]]]]], width: int = 80) -> list[str]:
    return [text.plain for text in set_in_columns(" gap", NAMES, rows, width)]


def test_code_is_not_broken_where_the_columns_to_its_right_have_nothing() -> None:
    """Four columns of equal width would leave each 17 characters."""
    rows = [("0 ", {name: [("enters the call", ""), (CODE, "dim")]}) for name in NAMES[1:3]]
    rows.append(("1 ", {"dependency": [("lets the CancelledError out", "")]}))
    lines = table(rows)
    assert sum(CODE in line for line in lines) == 1
    assert sum(CODE[:34] in line for line in lines) == 2
    assert max(map(len, lines)) <= 80


def test_states_keep_to_their_columns() -> None:
    state = "[cancelling 1; waits for dependency]"
    lines = table([("", {name: [(state, "cyan")] for name in NAMES})])
    start = lines[0].index("controller 1")
    beside = lines[0].index("controller 2")
    assert " ".join(line[start:beside].strip() for line in lines[1:]).strip() == state
    assert max(map(len, lines)) <= 80


def test_what_fits_is_set_at_full_width() -> None:
    lines = table([("2*", {"environment": [("controller 1.cancel()", "yellow")]})])
    assert lines[0] == " gap  environment            controller 1  controller 2  dependency"
    assert lines[1] == "  2*  controller 1.cancel()"


def test_a_name_wider_than_the_terminal_does_no_harm() -> None:
    assert table([("0 ", {"dependency": [("ends", "")]})], width=20)
