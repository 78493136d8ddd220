"""What `make release-check` looks at is looked at, as far as that is quick."""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

import pytest
import release

ROOT = Path(__file__).parents[2]


def test_the_version_is_the_same_everywhere() -> None:
    said = release.versions(ROOT)
    assert len(said) == 5
    assert set(said.values()) == {said["pyproject.toml"]}


@pytest.mark.parametrize("forgotten", ["CITATION.cff", "CHANGELOG.md", "paper/treadle.bib"])
def test_a_place_that_was_forgotten_is_seen(forgotten: str, tmp_path: Path) -> None:
    for each in release.versions(ROOT):
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / each, tmp_path / each)
    version = release.versions(ROOT)["pyproject.toml"]
    text = (tmp_path / forgotten).read_text(encoding="utf-8")
    (tmp_path / forgotten).write_text(text.replace(version, "9.9.9"), encoding="utf-8")
    assert release.versions(tmp_path)[forgotten] == "9.9.9"


def test_the_wheel_gets_an_environment_of_its_own_or_a_folder(tmp_path: Path) -> None:
    real = release.empty_place(sys.executable, "3.11", tmp_path)
    assert not real.path
    assert release.run(real.python, "-c", "import pytest", cwd=tmp_path).returncode == 1, "it is not empty"
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")  # as that of an unpacked Python
    script.chmod(0o700)
    unlike = tmp_path / "unlike"
    (unlike / "env").mkdir(parents=True)
    (unlike / "env" / "bin").write_text("a file, so that no environment can be made here", encoding="utf-8")
    other = release.empty_place(script, "3.15", unlike)
    assert other.install[-5:] == ("--target", unlike / "site", "--python-version", "3.15", "--only-binary=:all:")
    assert other.path == str(unlike / "site")


def test_a_file_that_the_wheel_has_not_is_seen(tmp_path: Path) -> None:
    wheel = tmp_path / "treadle.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("treadle/__init__.py", "")
    missing = release.missing_from(wheel, ROOT)
    assert "treadle/cli/help.py" in missing
    assert "treadle_models/spec.py" in missing
    assert "treadle/__init__.py" not in missing
