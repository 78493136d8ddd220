"""Bugs of the benchmarks that were found and mended."""

from __future__ import annotations

from depth import exponent


def test_two_bounds_were_too_few_to_fit_and_ended_in_a_traceback() -> None:
    rows = [{"bound": bound, "states": bound**3} for bound in range(1, 6)]
    assert exponent(rows[:2], "states") is None
    assert exponent(rows[:4], "states") is None  # a line goes through any two points
    assert exponent(rows, "states") == 3.0
    assert exponent([{**row, "states": None} for row in rows], "states") is None
