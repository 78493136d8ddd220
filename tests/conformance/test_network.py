"""Connections in memory are those of the machine's loopback, as both sides see them; see `network`."""

from __future__ import annotations

import sys

import pytest
from network import FAULTS, PROGRAMS
from pythons import drive, every_version, interpreters, sample


@every_version
def test_both_sides_of_a_connection_see_what_they_see_over_the_loopback(version: str) -> None:
    sample(version)
    found = interpreters(version)
    for python in found.values():
        stock, ours = (drive(python, loop, comparison="network.py") for loop in ("stock", "treadle"))
        assert len(stock) == len(PROGRAMS)
        assert not [name for name, logs in stock.items() if "Error:" in logs[0][0]], stock
        assert ours == stock
    if not found:
        pytest.skip(f"no Python {version} here")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_network_with_a_fault_is_told_apart(fault: str) -> None:
    python = next(iter(interpreters("{}.{}".format(*sys.version_info)).values()))
    stock, faulty = (drive(python, *options, comparison="network.py") for options in (("stock",), ("treadle", fault)))
    assert faulty != stock
