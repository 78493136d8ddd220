"""Who said what in the discussion is said as it was said: a sentence that names somebody has been looked up."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOOKED_UP = tomllib.loads(Path(__file__).with_name("attributions.toml").read_text(encoding="utf-8"))
SAID = LOOKED_UP["said"]
REPORT = r"https://github\.com/(?!python/)[^>\s`]+/(?:pull|issues)/\d+"
NAMES = (
    *("evgeny-osipenko", "gvanrossum", "achimnol", "fried", "xitop", "arthur-tacca", "rrevans", "cbornet", "VietThan"),
    *("LukasLendvorsky", "loucadufault"),
)


def unchecked(text: str) -> list[str]:
    """Return where a text names somebody, outside the sentences that were looked up, and not a candidate."""
    for each in SAID:
        text = text.replace(each["sentence"], "")
    return [
        text[max(0, name.start() - 60) : name.end() + 60]
        for name in re.finditer(rf"(?<![\w-])({'|'.join(NAMES)})(?![\w-])", text)
    ]


def texts() -> list[str]:
    files = (ROOT / "paper" / "pep-9999.rst", ROOT / "paper" / "letter.md")
    return [" ".join(file.read_text(encoding="utf-8").split()) for file in files]


def test_each_sentence_that_names_somebody_was_looked_up() -> None:
    assert [place for text in texts() for place in unchecked(text)] == []


def test_each_sentence_that_was_looked_up_is_there() -> None:
    assert [each["sentence"] for each in SAID if not any(each["sentence"] in text for text in texts())] == []


def test_a_sentence_that_nobody_has_looked_up_is_noticed() -> None:
    assert unchecked("Nothing is to be done, as gvanrossum said.")
    assert not unchecked(SAID[0]["sentence"])


def test_each_report_of_others_was_looked_up() -> None:
    """What happened in production is told from a report, and the draft says of a repair only what became of it."""
    linked = set(re.findall(REPORT, texts()[0]))
    assert linked == {each["link"] for each in LOOKED_UP["reported"]}
    assert len(linked) > 4
    assert all(each["state"] and each["there"] for each in LOOKED_UP["reported"])
