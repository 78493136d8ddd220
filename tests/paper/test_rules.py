"""The rules for the text of a PEP: those that python/peps checks, and PEP 12's template."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import draft
import publish
import pytest

from treadle.check import Catalogue
from treadle.schedule import Bounds, TaskKind
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
    *("Abstract", "Motivation", "Rationale", "Prior Art", "Specification", "Backwards Compatibility"),
    *("Security Implications", "How to Teach This", "Reference Implementation", "Rejected Ideas", "Open Issues"),
    *("Acknowledgements", "Footnotes", "Appendix: Traces and Tokens", "Copyright"),
)
# What the configuration of python/peps has, beside those of Sphinx: it knows `pypi`, and no `gh`.
ROLES = {"pep", "rfc", "pypi", "func", "meth", "class", "exc", "mod", "ref"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DATE = rf"(?:0[1-9]|[12]\d|3[01])-(?:{'|'.join(MONTHS)})-\d{{4}}"
PERSON = r"[^\W\d_][^<>@,\d]*?(?: <[\w.+-]+(?:@| at )[\w-]+(?:\.[\w-]+)+>)?"
TOPIC = r"https://discuss\.python\.org/t/(?:[a-z][\w-]*/)?\d+"
FORMS = {
    "PEP": r"[1-9]\d{0,3}",
    "Title": r".{1,79}",
    "Author": rf"{PERSON}(?:, {PERSON})*",
    "Sponsor": PERSON,
    "PEP-Delegate": PERSON,
    "Discussions-To": TOPIC,
    "Status": "Draft",
    "Type": "Standards Track|Informational|Process",
    "Created": DATE,
    "Python-Version": r"3\.\d+",
    "Post-History": rf"`{DATE} <{TOPIC}(?:/\d+)?>`__(?:, `{DATE} <{TOPIC}(?:/\d+)?>`__)*",
}
"""The forms that python/peps accepts, of the headers that a draft of ours may have."""


def wrong_headers(header: str) -> list[str]:
    """Say what python/peps would not take of a header."""
    fields = [line.partition(":")[::2] for line in header.splitlines()]
    names = [name for name, _ in fields]
    order = [name.rstrip("*") for name in HEADERS]
    wrong = [f"{name} is no header" for name in names if name not in order]
    wrong += [
        f"{name} is missing" for name in (each[:-1] for each in HEADERS if each.endswith("*")) if name not in names
    ]
    known = [name for name in names if name in order]
    wrong += [f"{other} stands after {one}" for one, other in pairwise(known) if order.index(one) >= order.index(other)]
    return wrong + [
        f"{name} has no allowed form: {value}"
        for name, value in fields
        if name in FORMS and not re.fullmatch(FORMS[name], value.removeprefix(" "))
    ]


def test_the_header_is_one_that_python_peps_takes() -> None:
    assert wrong_headers(HEADER) == []


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("Status: Draft", "Discussions-To: Pending\nStatus: Draft"),
        ("Python-Version: 3.16", "Python-Version: 3.16\nPost-History: Pending"),
        ("Python-Version: 3.16", "Python-Version: 3.16\nPost-History: 1-Dec-2026"),
        ("Created: 22-Nov-2026", "Created: 2026-11-22"),
        ("Type: Standards Track\n", ""),
        ("Sponsor: TBD\nStatus: Draft", "Status: Draft\nSponsor: TBD"),
    ],
)
def test_a_header_that_it_does_not_take_is_noticed(line: str, instead: str) -> None:
    assert line in HEADER
    assert wrong_headers(HEADER.replace(line, instead))


def test_the_headers_that_a_discussion_will_bring_are_taken() -> None:
    thread = "https://discuss.python.org/t/pep-9999-safe-synchronous-cancellation/123456"
    header = (
        HEADER.replace("Status:", f"Discussions-To: {thread}\nStatus:") + f"\nPost-History: `02-Dec-2026 <{thread}>`__"
    )
    assert wrong_headers(header) == []


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
    """Traces and tokens stand in the appendix; what is before it can be read in a quarter of an hour."""
    before, _, appendix = TEXT.partition("\nAppendix: Traces and Tokens\n")
    assert appendix
    assert len(before.split()) <= 3500
    assert not re.search(r"treadle (replay|script) |:v1:C\.", before)


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
    """A reader sees what went wrong for whom, and then a complete failing program, before the third page."""
    assert TEXT[: TEXT.index("nothing stops me\n\n")].count("\n") <= 100


def test_the_verdict_table_is_that_of_the_catalogue_for_the_recorded_version() -> None:
    rows = dict(re.findall(r"^ {4}([a-z-]+) +((?:[✗✓\u2013]\d? *){13})$", TEXT, re.MULTILINE))
    cells = Catalogue.load(draft.RECORDED_ON, TaskKind.C, Bounds(events=3, steps=3)).cells
    assert list(rows) == list(cells)
    for candidate, marks in rows.items():
        violated = {
            name
            for situation in cells[candidate].values()
            for name, (_, violating, *_) in situation["counts"].items()
            if violating and "@" not in name
        }
        found = {each.name for each, mark in zip((*PROPERTIES, *MODES), marks.split(), strict=True) if mark[0] == "✗"}
        assert found == violated, candidate


def test_every_candidate_whose_verdicts_differ_between_versions_is_named() -> None:
    shown = TEXT.partition("\nWhat differs from 3.11 on\n")[2]
    names = set(re.findall(r"^ {4}([a-z-]+) +[✗✓\u2013]{13} ", shown, re.MULTILINE))
    differences = tomllib.loads((files("treadle.check") / "data" / "differences.toml").read_text(encoding="utf-8"))
    explained = {name for each in differences["difference"] for name in each["candidates"]}
    assert names >= explained


def test_no_literal_is_broken_between_two_lines() -> None:
    prose = re.sub(r"^(?:\.\. code-block::.*|.*::)\n\n(?: +[^\n]*\n|\n)+", "\n", BODY, flags=re.MULTILINE)
    assert [line for line in prose.splitlines() if line.count("``") % 2] == []


def test_every_token_leads_to_the_checker() -> None:
    linked = re.findall(r"``\S+:v1:C\.\S+``(\s+\(Treadle_\))?", TEXT)
    assert len(linked) > 10
    assert all(linked)
    assert "\n.. _Treadle:\n" in TEXT


def test_docutils_reads_it_without_a_warning() -> None:
    page = publish.to_html(TEXT)
    assert "system-message" not in page
    assert page.count("<h2") == len(SECTIONS)


def test_the_authors_of_the_thread_are_named() -> None:
    thread = ("evgeny-osipenko", "gvanrossum", "fried", "arthur-tacca", "rrevans", "cbornet", "VietThan")
    for name in (*thread, "LukasLendvorsky", "loucadufault"):
        assert name in BODY.partition("\nAcknowledgements\n")[2], name
