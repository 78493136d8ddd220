"""The rules for the text of a PEP: those that python/peps checks, and PEP 12's template."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import publish
import pytest

from treadle_models.candidates import CANDIDATES
from treadle_models.spec import MODES, PROPERTIES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "paper" / "pep-9999.rst").read_text(encoding="utf-8")
HEADER, _, BODY = TEXT.partition("\n\n")

# In the order of PEP 12. Those with a star must be there.
HEADERS = (
    *("PEP*", "Title*", "Author*", "Sponsor", "PEP-Delegate", "Discussions-To", "Status*", "Type*", "Topic"),
    *("Requires", "Created*", "Python-Version", "Post-History", "Replaces", "Superseded-By", "Resolution"),
)
SECTIONS = (
    *("Abstract", "Motivation", "Rationale", "Specification", "Backwards Compatibility", "Security Implications"),
    *("How to Teach This", "Reference Implementation", "Rejected Ideas", "Open Issues", "Acknowledgements"),
    *("Footnotes", "Copyright"),
)
ROLES = {"gh", "pep", "func", "meth", "class", "exc", "mod", "ref"}


def test_the_header_has_what_it_must_and_in_order() -> None:
    fields = [line.split(": ", 1)[0] for line in HEADER.splitlines()]
    order = [name.rstrip("*") for name in HEADERS]
    assert set(fields) <= set(order)
    assert {name[:-1] for name in HEADERS if name.endswith("*")} <= set(fields)
    assert all(order.index(one) < order.index(other) for one, other in pairwise(fields))


def test_the_header_s_values_have_their_form() -> None:
    fields = dict(line.split(": ", 1) for line in HEADER.splitlines())
    assert re.fullmatch(r"\d{1,4}", fields["PEP"])
    assert len(fields["Title"]) < 80
    assert re.fullmatch(r"[^<>]+ <[^<>@ ]+@[^<>@ ]+>", fields["Author"])
    assert fields["Status"] == "Draft"
    assert fields["Type"] in ("Standards Track", "Informational", "Process")
    assert re.fullmatch(r"\d\d-[A-Z][a-z]{2}-\d{4}", fields["Created"])
    assert re.fullmatch(r"3\.\d+", fields["Python-Version"])


def test_the_sections_stand_in_the_order_of_pep_12() -> None:
    assert tuple(re.findall(r"^(\w[^\n]*)\n=+$", BODY, re.MULTILINE)) == SECTIONS


def test_an_underline_is_as_long_as_its_heading() -> None:
    lines = BODY.splitlines()
    wrong = [
        heading
        for heading, rule in pairwise(lines)
        if re.fullmatch(r"={4,}|-{4,}", rule) and heading and len(heading) != len(rule)
    ]
    assert wrong == []


@pytest.mark.parametrize("limit", [79])
def test_no_line_is_longer_than_a_pep_allows(limit: int) -> None:
    assert [line for line in TEXT.splitlines() if len(line) > limit] == []


def test_it_has_neither_tabs_nor_blanks_at_ends_of_lines_and_ends_in_one_newline() -> None:
    assert "\t" not in TEXT
    assert not re.search(r"[ \t]+$", TEXT, re.MULTILINE)
    assert TEXT.endswith("\n")
    assert not TEXT.endswith("\n\n")


def test_it_is_as_long_as_a_reader_bears() -> None:
    assert 600 <= len(TEXT.splitlines()) <= 900
    assert len(TEXT.split()) < 4700


def test_roles_are_those_that_the_peps_know() -> None:
    assert set(re.findall(r"(?<![\w`]):(\w+):`", BODY)) <= ROLES


def test_issues_and_peps_are_named_by_their_roles() -> None:
    prose = re.sub(r"^\.\. code-block::.*\n\n(?: +[^\n]*\n|\n)+", "", BODY, flags=re.MULTILINE)
    assert not re.search(r"(?<!`)\b(gh-\d+|PEP \d+|bpo-\d+)", prose)


def test_the_specification_has_the_sentences_of_the_spec() -> None:
    specification = BODY.partition("\nSpecification\n")[2].partition("\nBackwards Compatibility\n")[0]
    for each in (*PROPERTIES, *MODES):
        sentence = each.sentence[0].upper() + each.sentence[1:]
        assert f"``{each.name}``\n    {sentence}.\n" in specification, each.name


def test_the_first_program_and_its_output_stand_within_two_screens() -> None:
    """A reader sees a complete failing program before the second page."""
    assert TEXT[: TEXT.index("nothing stops me\n\n")].count("\n") <= 100


def test_the_verdict_table_is_what_was_recorded() -> None:
    rows = re.compile(r"^ *([a-z-]+ +(?:[✗✓\u2013]\d? *){13})(?:as recorded)?$", re.MULTILINE)
    recorded = (ROOT / "paper" / "results" / "verdicts.txt").read_text(encoding="utf-8")
    assert [row.rstrip() for row in rows.findall(TEXT)] == [row.rstrip() for row in rows.findall(recorded)]
    assert len(rows.findall(TEXT)) == len(CANDIDATES)


def test_docutils_reads_it_without_a_warning() -> None:
    page = publish.to_html(TEXT)
    assert "system-message" not in page
    assert page.count("<h2") == len(SECTIONS)


def test_the_authors_of_the_thread_are_named() -> None:
    thread = ("evgeny-osipenko", "gvanrossum", "fried", "arthur-tacca", "rrevans", "cbornet", "VietThan")
    for name in (*thread, "LukasLendvorsky", "loucadufault"):
        assert name in BODY.partition("\nAcknowledgements\n")[2], name
