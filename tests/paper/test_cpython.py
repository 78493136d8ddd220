"""The patches for CPython apply, have its style, and their tests fail without them and pass with them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import documented
import pytest
import trial
from pythons import interpreters, none_here

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "paper" / "cpython"

PATCHES = pytest.mark.parametrize("patch", trial.PATCHES, ids=lambda path: path.stem)
LONGEST = {".py": 79, ".rst": 80}


def files_of(patch: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the path of each file that a patch touches, and the lines of its hunks."""
    for part in patch.read_text(encoding="utf-8").split("\ndiff --git ")[1:]:
        name = re.search(r"^\+\+\+ b/(.+)$", part, re.MULTILINE)
        assert name
        yield name[1], part[part.index("\n@@") :].splitlines()


def added(lines: list[str]) -> list[str]:
    return [line[1:] for line in lines if line.startswith("+")]


# Style: what CPython's patchcheck looks at


@PATCHES
def test_a_patch_has_code_and_tests_and_news(patch: Path) -> None:
    names = [name for name, _ in files_of(patch)]
    assert any(name.startswith("Lib/asyncio/") for name in names)
    assert any(name.startswith("Lib/test/test_asyncio/test_") for name in names)
    (news,) = (name for name in names if name.startswith("Misc/"))
    assert re.fullmatch(r"Misc/NEWS\.d/next/Library/\d{4}(-\d\d){5}\.gh-issue-\d+\.[A-Za-z0-9]{6}\.rst", news)
    assert re.search(r"^Subject: \[PATCH\] gh-\d+: [A-Z]", patch.read_text(encoding="utf-8"), re.MULTILINE)


@PATCHES
def test_added_lines_have_cpythons_white_space(patch: Path) -> None:
    for name, lines in files_of(patch):
        for line in added(lines):
            assert line == line.rstrip(), name
            assert "\t" not in line, name
            assert line.isascii(), name
            assert len(line) <= LONGEST[Path(name).suffix], (name, line)
        assert "\\ No newline at end of file" not in lines


@PATCHES
def test_added_code_is_indented_by_four_and_has_two_lines_between_definitions(patch: Path) -> None:
    for name, lines in files_of(patch):
        for hunk in re.split(r"^@@.*\n", "\n".join(lines), flags=re.MULTILINE) if name.endswith(".py") else ():
            text = "\n".join(added(hunk.splitlines()))
            assert not re.search(r"\n{4,}", text), name
            assert not re.search(r"\S\n\n?(async )?(def|class) ", text), name
            begun = re.findall(r"^( *)(?:def|async|class|if|for|while|try|with|else|except)\b", text, re.MULTILINE)
            assert all(len(indent) % 4 == 0 for indent in begun), name


def test_what_has_the_wrong_white_space_is_noticed(tmp_path: Path) -> None:
    patch = tmp_path / "0001-wrong.patch"
    patch.write_text(trial.PATCHES[0].read_text(encoding="utf-8").replace("+    return True\n", "+    return True \n"))
    with pytest.raises(AssertionError):
        test_added_lines_have_cpythons_white_space(patch)


# To apply them


@pytest.mark.parametrize("version", trial.VERSIONS)
@PATCHES
def test_a_patch_applies_to_the_library_of_every_python_found(version: str, patch: Path, tmp_path: Path) -> None:
    found = interpreters(version)
    if not found:
        pytest.skip(none_here(version))
    for full, python in found.items():
        lib = tmp_path / full / "Lib"
        lib.mkdir(parents=True)
        where = subprocess.run(
            [python, "-c", "import asyncio, os; print(os.path.dirname(asyncio.__file__))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        shutil.copytree(where, lib / "asyncio", ignore=shutil.ignore_patterns("__pycache__"))
        exact = trial.apply(patch, tmp_path / full, "Lib/asyncio/*")
        assert exact or version != trial.MADE_FOR


def test_a_patch_that_does_not_apply_is_told(tmp_path: Path) -> None:
    (tmp_path / "Lib" / "asyncio").mkdir(parents=True)
    (tmp_path / "Lib" / "asyncio" / "tasks.py").write_text("nothing\n")
    with pytest.raises(trial.TrialError, match=r"0001-cancel-and-wait\.patch does not apply"):
        trial.apply(trial.PATCHES[0], tmp_path, "Lib/asyncio/*")


def documentation(patch: Path, *, filler: str, of: str = "Doc/library/asyncio-task.rst") -> str:
    """Return a file that has what the hunks of the documentation expect, far apart."""
    (lines,) = (lines for name, lines in files_of(patch) if name == of)
    hunks = "\n".join(lines).split("\n@@ ")[1:]
    before = [[line[1:] for line in hunk.splitlines()[1:] if line[:1] in (" ", "-", "")] for hunk in hunks]
    return filler + "\n" + f"\n{filler}\n".join("\n".join(each) for each in before) + f"\n{filler}\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source tree of CPython, as far as the patches touch it: the library is one that is found, with its tests."""
    found = interpreters(trial.MADE_FOR)
    if not found:
        pytest.skip(none_here(trial.MADE_FOR))
    (tmp_path / "tree" / "Lib").mkdir(parents=True)
    where = subprocess.run(
        [next(iter(found.values())), "-c", "import asyncio; print(asyncio.__path__[0])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    shutil.copytree(where, tmp_path / "tree" / "Lib" / "asyncio", ignore=shutil.ignore_patterns("__pycache__"))
    (tests,) = (lines for name, lines in files_of(trial.PATCHES[1]) if name.endswith("test_taskgroups.py"))
    context = [
        [line[1:] for line in hunk.split("\n")[1:] if line[:1] == " "] for hunk in "\n".join(tests).split("\n@@ ")
    ]
    file = tmp_path / "tree" / "Lib" / "test" / "test_asyncio" / "test_taskgroups.py"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join("\n".join(each) for each in context) + "\n", encoding="utf-8")
    file = tmp_path / "tree" / "Doc" / "library" / "asyncio-task.rst"
    file.parent.mkdir(parents=True)
    filler = "\n".join(f"Line {number} of something else." for number in range(400))
    file.write_text(documentation(trial.PATCHES[0], filler=filler), encoding="utf-8")
    index = "Doc/library/asyncio-api-index.rst"
    (tmp_path / "tree" / index).write_text(documentation(trial.PATCHES[0], filler=filler, of=index), encoding="utf-8")
    return tmp_path / "tree"


def test_the_documentation_is_patched_wherever_its_lines_stand(tmp_path: Path) -> None:
    """The hunks were made apart from the rest of the file; git finds their context by itself."""
    filler = "\n".join(f"Line {number} of something else." for number in range(400))
    file = tmp_path / "Doc" / "library" / "asyncio-task.rst"
    file.parent.mkdir(parents=True)
    file.write_text(documentation(trial.PATCHES[0], filler=filler), encoding="utf-8")
    assert trial.apply(trial.PATCHES[0], tmp_path, "Doc/library/asyncio-task.rst")
    text = file.read_text()
    assert ".. function:: cancel_and_wait(task, *, msg=None)" in text
    assert "await asyncio.cancel_and_wait(task)" in text
    assert "except asyncio.CancelledError:\n                  print(" not in text


def test_sphinx_reads_what_is_added_to_the_documentation(tmp_path: Path) -> None:
    (lines,) = (lines for name, lines in files_of(trial.PATCHES[0]) if name == "Doc/library/asyncio-task.rst")
    _, section, _, examples = "\n".join(lines).split("\n@@ ")
    example = "\n".join(added(examples.splitlines()))
    text = ".. currentmodule:: asyncio\n\n====\nPage\n====\n\nTask cancellation\n=================\n\n"
    text += "\n".join(added(section.splitlines())) + f"\n\nExample::\n\n{example}\n"
    (tmp_path / "index.rst").write_text(text.replace(".. _taskgroups:", ""), encoding="utf-8")
    (tmp_path / "conf.py").write_text("suppress_warnings = ['ref.keyword']\n", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", str(tmp_path), str(tmp_path / "to")]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (run.returncode, run.stderr) == (0, ""), run.stderr
    page = (tmp_path / "to" / "index.html").read_text(encoding="utf-8")
    for name in ("cancel_and_wait", "cancel_and_join"):
        assert f'id="asyncio.{name}"' in page


def test_all_of_the_patches_applies_to_a_source_tree(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trial.main(["--tree", str(tree)]) == 0
    assert "all of it applies, in either order" in capsys.readouterr().out


def test_a_source_tree_with_another_line_is_told(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tree / "Doc" / "library" / "asyncio-task.rst"
    file.write_text(file.read_text().replace("await asyncio.sleep(1)", "await asyncio.sleep(2)"))
    assert trial.main(["--tree", str(tree)]) == 1
    assert "0001-cancel-and-wait.patch applies to" in (told := capsys.readouterr().out)
    assert "with less context only" in told


def test_what_is_no_source_tree_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trial.main(["--tree", str(tmp_path)]) == 2
    assert "it has no Doc/library/asyncio-task.rst" in capsys.readouterr().out


PAGE = """\
<p>However, in cases when suppressing <code>asyncio.CancelledError</code> is
truly desired, it is necessary to also call <code>uncancel()</code> to completely
remove the cancellation state.</p>
<h2>Task groups<a href="#task-groups">\N{PILCROW SIGN}</a></h2>
<p>If the Task being cancelled is currently awaiting on a future-like
object, that awaited object will also be cancelled. This cancellation
propagates down the entire chain of awaited objects.</p>
<p><span>Changed in version 3.9: </span>Added the <em>msg</em> parameter.</p>
<pre>        <span># Wait for 1 second</span>
        await asyncio.sleep(1)

        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            print(&quot;main(): cancel_me is cancelled now&quot;)

    asyncio.run(main())
</pre>
"""


FIRST = "truly desired, it is necessary to also call uncancel() to completely"
INDEX = """\
<td><p><code>await</code> <code>wait()</code></p></td>
<td><p>Monitor for completion.</p></td>
<td><p><code>timeout()</code></p></td>
<td><p>Run with a timeout. Useful in cases when <code>wait_for</code> is not suitable.</p></td>
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", []),
        ("sleep(1)", "sleep(2)", ["# Wait for 1 second"]),
        (
            "necessary to also",
            "also necessary to",
            [FIRST],
        ),
        ("is\ntruly", "is truly", [FIRST]),
        ("Monitor", "Wait", ["await wait()"]),
    ],
)
def test_what_the_documentation_has_not_is_told(old: str, new: str, told: list[str], tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    for name, page in (("asyncio-task", PAGE), ("asyncio-api-index", INDEX)):
        (tmp_path / "library" / f"{name}.html").write_text(page.replace(old, new), encoding="utf-8")
    assert documented.missing(trial.PATCHES[0], tmp_path) == told
    assert documented.missing(trial.PATCHES[1], tmp_path) == []


# To run them


@pytest.fixture(scope="module")
def newest() -> str:
    for version in reversed(trial.VERSIONS):
        found = interpreters(version)
        if found:
            return next(iter(found.values()))
    pytest.skip(none_here(f"from {trial.VERSIONS[0]} on"))


def run_new_tests(python: str, folder: Path, *, patched: bool, tmp_path: Path) -> str:
    """Run the tests of the functions, with asyncio as it is or patched; return what unittest says at its end."""
    where = "import asyncio, os; print(os.path.dirname(asyncio.__file__))"
    own = subprocess.run([python, "-c", where], capture_output=True, text=True, check=True).stdout.strip()
    (folder / "Lib" / "test" / "test_asyncio").mkdir(parents=True)
    shutil.copytree(own, folder / "Lib" / "asyncio", ignore=shutil.ignore_patterns("__pycache__"))
    trial.apply(trial.PATCHES[0], folder, *(["Lib/*"] if patched else ["Lib/test/*"]))
    run = subprocess.run(
        [python, str(folder / "Lib" / "test" / "test_asyncio" / "test_cancel_and_wait.py")],
        env={**os.environ, "PYTHONPATH": str(folder / "Lib"), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    found = re.findall(r"^(OK|FAILED \(.+\))$", run.stderr, re.MULTILINE)
    return str(found[-1]) if found else run.stderr


def test_the_new_tests_pass_with_the_patch_and_fail_without(newest: str, tmp_path: Path) -> None:
    assert run_new_tests(newest, tmp_path / "with", patched=True, tmp_path=tmp_path) == "OK"
    assert run_new_tests(newest, tmp_path / "without", patched=False, tmp_path=tmp_path).startswith("FAILED")


# The trial and what it recorded


@pytest.mark.parametrize(
    ("old", "now", "first", "wrong"),
    [
        ({"m.t.a": "passed"}, {"m.t.a": "failed"}, {}, "m.t.a passed before"),
        ({}, {"m.t.new": "error"}, {"m.t.new": "error"}, "m.t.new error with the patches"),
        ({}, {"m.t.new": "passed"}, {"m.t.new": "passed"}, "m.t.new passes without the patches"),
        ({"m.t.a": "failed"}, {"m.t.a": "failed", "m.t.new": "passed"}, {"m.t.new": "failed"}, ""),
        ({}, {f"m.t.{trial.GUARDS[0]}": "passed"}, {f"m.t.{trial.GUARDS[0]}": "passed"}, ""),
    ],
)
def test_a_trial_says_what_is_not_as_it_must_be(  # noqa: PLR0913, PLR0917 - a table of cases
    old: dict[str, str],
    now: dict[str, str],
    first: dict[str, str],
    wrong: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    before, after, alone = (tmp_path / name for name in ("before", "after", "tests"))
    given = {before: old, after: now, alone: first}
    monkeypatch.setattr(trial, "ends", lambda _python, folder, _modules: dict(given[folder]))
    tried = trial.Tried()
    trial._run_tests(tried, "python", "3.15.2", (before, after, alone), quick=True)
    assert tried.wrong == ([wrong] if wrong else [])


def test_what_was_tried_is_these_very_patches() -> None:
    """Whoever changes a patch tries it anew: what it has for the documentation, and for the library everywhere."""
    recorded = json.loads((ROOT / "paper" / "results" / "cpython.json").read_text(encoding="utf-8"))
    for full, tried in recorded.items():
        assert tried["patches"] == {patch.name: trial.digest(patch, "Lib/") for patch in trial.PATCHES}, full
        if full.startswith(f"{trial.MADE_FOR}."):
            about = [patch for patch in trial.PATCHES if documented.hunks(patch)]
            assert tried["documentation"] == {patch.name: trial.digest(patch, "Doc/") for patch in about} != {}


def test_a_patch_that_was_changed_has_another_digest(tmp_path: Path) -> None:
    patch = tmp_path / trial.PATCHES[0].name
    text = trial.PATCHES[0].read_text(encoding="utf-8")
    patch.write_text(text.replace("How to stop a task", "How to end a task"), encoding="utf-8")
    assert trial.digest(patch) != trial.digest(trial.PATCHES[0])
    assert trial.digest(patch, "Lib/") == trial.digest(trial.PATCHES[0], "Lib/")


def test_it_was_tried_on_every_version_and_nothing_was_wrong() -> None:
    recorded = json.loads((ROOT / "paper" / "results" / "cpython.json").read_text(encoding="utf-8"))
    assert {".".join(full.split(".")[:2]) for full in recorded} == set(trial.VERSIONS)
    assert not any(tried.get("quick") for tried in recorded.values())
    for full, tried in recorded.items():
        assert tried["wrong"] == tried["broken"] == [], full
        assert tried["old"]["passed"] > 2_000
        assert tried["new"] - tried["failing_first"] <= 2 * len(trial.GUARDS)
        for kind, good in (("checked", "holds"), ("proved", "proved")):
            for function, mode in (("cancel_and_wait", "prompt"), ("cancel_and_join", "joined-always")):
                verdicts = tried[kind][function]
                other = {"prompt": "joined-always", "joined-always": "prompt"}[mode]
                assert {name for name, said in verdicts.items() if said != good} == {other}, (full, kind, function)
        for name, (before, after) in tried["groups"].items():
            assert before["wrong"] > after["wrong"] == 0, (full, name)
