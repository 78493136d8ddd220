"""What gets CPythons that are not installed says why it cannot, and leaves the system alone."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import newer
import pytest

if TYPE_CHECKING:
    from pathlib import Path


def test_the_mirror_is_the_one_that_apt_has(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("# deb http://old.example/debian stable main\n")
    (tmp_path / "sources.list.d" / "debian.sources").write_text("Types: deb\nURIs: http://mirror.example/debian\n")
    assert newer.mirror(tmp_path) == "http://mirror.example/debian"


def test_without_a_mirror_it_says_what_else_helps(tmp_path: Path) -> None:
    with pytest.raises(newer.UnavailableError, match="uv python install"):
        newer.mirror(tmp_path)


def test_elsewhere_than_on_debian_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert newer.main([str(tmp_path / "pythons")]) == 1
    assert "this is no Debian system" in capsys.readouterr().err
    assert not (tmp_path / "pythons").exists()


def test_nothing_is_fetched_if_nothing_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newer, "interpreters", lambda version: {version: "python"})
    monkeypatch.setattr(newer, "download", lambda *_: pytest.fail("it was about to fetch"))
    assert newer.main([str(tmp_path), "--missing"]) == 0


def test_a_starter_runs_the_interpreter_under_the_loader_beside_it(tmp_path: Path) -> None:
    for name in ("usr/bin", "usr/lib/x86_64-linux-gnu", "usr/lib64"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "usr/bin/python3.14").write_text("binary")
    (tmp_path / "usr/lib64/ld-linux-x86-64.so.2").write_text("loader")
    script = newer.starter(tmp_path, "3.14")
    assert script == tmp_path / "usr/bin/python3.14"
    assert script.with_name("python3.14.binary").read_text() == "binary"
    words = script.read_text().split()
    assert words[2].endswith("ld-linux-x86-64.so.2")
    assert words[-2].endswith("python3.14.binary")
    with pytest.raises(newer.UnavailableError, match=r"no Python 3\.15"):
        newer.starter(tmp_path, "3.15")


def test_tests_of_another_version_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CPython's own tests come as a package apart, which may have moved on."""
    package = tmp_path / "libpython3.15-testsuite_3.15.3-1_all.deb"
    monkeypatch.setattr(newer, "version_of", lambda _: "3.15.2")
    monkeypatch.setattr(newer, "download", lambda *_, **__: [package])
    with pytest.raises(newer.UnavailableError, match=r"another version than 3\.15\.2"):
        newer.suite(tmp_path, "python3.15")


def test_documentation_of_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newer, "download", lambda *_, **__: [tmp_path / "python3.15-doc_3.15.3-1_all.deb"])
    with pytest.raises(newer.UnavailableError, match=r"python3\.15-doc for another version than 3\.15\.2"):
        newer.documentation(tmp_path, "3.15.2")
