"""Proofs of helpers as they ship: they are enough, have reasons, and agree with what the checker has recorded."""

from __future__ import annotations

import json
import re

import pytest
from shipped.entries import ROOT
from shipped.proving import PACKAGES, RECORDED, Recorded

PROOFS: dict[str, Recorded] = json.loads(RECORDED.read_text(encoding="utf-8"))
CHECKED = {
    each["helper"]: each
    for each in json.loads((ROOT / "paper" / "results" / "shipped.json").read_text(encoding="utf-8"))["helpers"]
}


def test_helpers_of_at_least_nine_packages_are_settled_in_every_situation() -> None:
    packages = {each["package"] for each in PROOFS.values()}
    settled = {each["package"] for each in PROOFS.values() if each["settled"]}
    assert settled <= packages <= set(PACKAGES)
    assert len(settled) >= 9


@pytest.mark.parametrize("name", PROOFS)
def test_what_is_not_settled_has_reasons_and_what_is_has_none(name: str) -> None:
    proof = PROOFS[name]
    assert proof["settled"] is not bool(proof["unknown"])
    for reason in proof["unknown"]:
        assert re.search(r":\d+: |Error|Exception|shapes|no answer", reason), reason
    if proof["settled"]:
        assert proof["proved"]
        assert proof["schedules"] > 100, "real tasks went along"


@pytest.mark.parametrize("name", PROOFS)
def test_what_is_proved_of_a_helper_was_never_seen_violated(name: str) -> None:
    for wanted, situations in PROOFS[name]["proved"].items():
        violated = CHECKED[name]["properties"].get(wanted, {}).get("in", [])
        assert not set(situations.split(", ")) & set(violated), wanted
