"""The register of helpers as they ship: its entries are whole, what is recorded is theirs, and is told as it is."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from shipped import entries, reports, tables
from shipped.classing import bugs_of, classify
from shipped.entries import CLASSES, EntryError, Helper, read
from shipped.judging import confirm, judge
from shipped.quoting import unfounded

from treadle.situation import parse_situation
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
REGISTER = read()
RECORDED = json.loads((ROOT / "paper" / "results" / "shipped.json").read_text(encoding="utf-8"))
TOLD = [classify(each, helper, REGISTER) for each, helper in zip(RECORDED["helpers"], REGISTER.helpers, strict=True)]

LONGER = 0.3
"""So many of the scripts, as a part of them, may have more than forty lines: what they show takes several steps."""


def violations() -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    for told in TOLD:
        for name, each in told["properties"].items():
            if each["verdict"] == "violated" and not BY_NAME[name].is_mode:
                yield told, name, each


@pytest.mark.parametrize("helper", [each for each in REGISTER.helpers if not each.unjudged], ids=lambda each: each.slug)
def test_an_adapter_has_at_most_five_lines_and_an_exclusion_the_sentence_that_says_it(helper: Helper) -> None:
    (stop,) = (each for each in ast.parse(helper.adapter).body if getattr(each, "name", "") == "stop")
    body = stop.body  # type: ignore[attr-defined]
    assert body[-1].end_lineno - body[0].lineno < 5
    assert helper.promise.says
    assert helper.promise.where
    for each in helper.excludes:
        parse_situation(each.situation)
        assert each.sentence.says
        assert each.sentence.where


def test_what_is_recorded_is_of_these_entries_and_at_least_thirty_five_are_judged() -> None:
    named = [(each["helper"], each["package"]) for each in RECORDED["helpers"]]
    assert named == [(each.name, each.package) for each in REGISTER.helpers]
    versions = {each.name: each.version for each in REGISTER.helpers if each.version}
    assert versions == {each["helper"]: each["version"] for each in RECORDED["helpers"] if each["helper"] in versions}
    assert len(tables.judged(TOLD)) >= 35
    assert all(each["reason"] for each in TOLD if each not in tables.judged(TOLD))


def test_each_violation_has_a_class_and_the_sentence_that_decides_it() -> None:
    for told, name, each in violations():
        assert each["class"] in CLASSES, (told["helper"], name)
        assert each["decides"], (told["helper"], name)
        assert each["decided by"], (told["helper"], name)


def test_what_is_counted_as_a_bug_has_been_seen_on_stock_asyncio() -> None:
    for told in TOLD:
        for name in bugs_of(told):
            assert told["properties"][name]["output"].rstrip().endswith("the failure shows")


def test_scripts_are_short_name_no_path_and_leave_nothing_unused(tmp_path: Path) -> None:
    scripts = [each["script"] for *_, each in violations() if each["stock"] == "reproduced"]
    assert len(scripts) > 100
    longer = [each for each in scripts if len(each.splitlines()) > 40]
    assert len(longer) <= LONGER * len(scripts)
    for number, each in enumerate(scripts):
        assert "/build/" not in each
        assert "sys.path" not in each
        if len(each.splitlines()) <= 40:
            # A name that is deleted at the end counts as never bound there; a task must be held on to.
            told = each.replace("    del caller, task\n", "")
            (tmp_path / f"script_{number}.py").write_text(told, encoding="utf-8")
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or pytest.skip("there is no ruff here")
    command = [str(ruff), "check", "--isolated", "--select", "F", "--ignore", "F841", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_helper_with_a_bug_has_a_report_and_no_other_has() -> None:
    wanted = {f"{helper.slug}.md" for told, helper in zip(TOLD, REGISTER.helpers, strict=True) if bugs_of(told)}
    by_hand = {each.name for each in reports.FOLDER.glob(reports.BY_HAND)}
    assert {each.name for each in reports.FOLDER.glob("*.md")} == wanted | by_hand | {"README.md"}


def test_what_people_read_is_what_is_recorded() -> None:
    document = tables.document(TOLD, RECORDED["events"], RECORDED["steps"])
    assert (ROOT / "paper" / "shipped.md").read_text(encoding="utf-8") == document
    assert tables.summary(TOLD) in (ROOT / "README.md").read_text(encoding="utf-8")
    for told, helper in zip(TOLD, REGISTER.helpers, strict=True):
        if bugs_of(told):
            repair = RECORDED["repairs"][helper.repair_name]
            text = reports.report(told, bugs_of(told), REGISTER.repairs[helper.repair_name], repair)
            assert (reports.FOLDER / f"{helper.slug}.md").read_text(encoding="utf-8") == text


def test_every_repair_was_judged_clean() -> None:
    assert {name: each["clean"] for name, each in RECORDED["repairs"].items()} == dict.fromkeys(REGISTER.repairs, True)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('algorithm = "polls"', 'algorithm = "prays"', "'prays'"),
        ('package = "kopf"', 'packet = "kopf"', "'package'"),
        ('kind = "bug"', 'kind = "oddity"', "'oddity'"),
        ('name = "later.cancel"', 'name = "aiojobs.Job.close"', "two helpers have one name"),
    ],
)
def test_an_entry_that_lacks_something_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = entries.DATA.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "helpers.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(EntryError, match=told):
        read(tmp_path / "helpers.toml")


SWALLOWS = """
import asyncio


async def stop(task):
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
"""


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder for what is built, and in it an environment, which is this one."""
    monkeypatch.setattr("shipped.judging.BUILD", tmp_path)
    monkeypatch.setattr("shipped.entries.BUILD", tmp_path)
    monkeypatch.setattr("shipped.judging.ROOT", tmp_path)
    (tmp_path / "env" / "asyncio" / "bin").mkdir(parents=True)
    (tmp_path / "env" / "asyncio" / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("here")
def test_a_helper_is_judged_shown_and_confirmed() -> None:
    """The one that swallows loses a cancellation, on stock asyncio too; its repair keeps every property."""
    helper = replace(REGISTER.helpers[-1], name="made up", adapter=SWALLOWS, excludes=(), unjudged="")
    told = confirm(judge(helper, sys.executable, events=1, steps=1, seconds=60), helper)
    lost = told["properties"]["lost"]
    assert (lost["verdict"], lost["stock"], lost["shown in"]) == ("violated", "reproduced", "plain")
    assert len(lost["script"].splitlines()) <= 40
    assert lost["output"].rstrip().endswith("the failure shows")
    assert told["pictures"]["lost"].lstrip().startswith("<svg")
    repaired = replace(helper, name="repaired", adapter=REGISTER.repairs["call"])
    told = judge(repaired, sys.executable, events=1, steps=1, seconds=60)
    assert (told["verdict"], told["mode"]) == ("holds", ["prompt"])


@pytest.mark.usefixtures("here")
def test_a_helper_that_cannot_be_loaded_is_not_judged_and_says_why() -> None:
    helper = replace(REGISTER.helpers[-1], name="broken", adapter="import nowhere\n", excludes=(), unjudged="")
    told = judge(helper, sys.executable, events=0, steps=1, seconds=60)
    assert told["verdict"] == "not judged"
    assert "nowhere" in told["reason"]


def test_a_sentence_that_a_package_does_not_have_is_told(here: Path) -> None:
    site = here / "env" / "asyncio" / "lib" / "python3" / "site-packages"
    (site / "made_up-1.dist-info").mkdir(parents=True)
    (site / "made_up-1.dist-info" / "METADATA").write_text("Name: asyncio\nVersion: 1\n", encoding="utf-8")
    (site / "made_up-1.dist-info" / "RECORD").write_text("made_up.py,,\n", encoding="utf-8")
    (site / "made_up.py").write_text('"""Cancel a task,\n    and wait\n# for it."""\n', encoding="utf-8")
    helper = replace(REGISTER.helpers[-1], version="1", excludes=(), classed={})
    said = [entries.Sentence(says=each, where="its docstring") for each in ("Cancel a task, and wait for it.", "Wait.")]
    assert unfounded(replace(helper, promise=said[0])) == []
    assert unfounded(replace(helper, promise=said[1])) == ["Wait."]


def test_the_summary_fits_where_the_draft_quotes_it() -> None:
    """A line that is wider would be broken there, and the table with it."""
    lines = (ROOT / "paper" / "results" / "shipped.txt").read_text(encoding="utf-8").splitlines()
    assert max(map(len, lines)) <= 75
    draft = (ROOT / "paper" / "pep-9999.rst").read_text(encoding="utf-8")
    assert all(f"    {line}\n" in draft for line in lines if line)
