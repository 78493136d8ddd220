"""The register as one page that opens offline; behind each cell the picture, the script and what decides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jinja2

from shipped.entries import ALGORITHMS, BUILD, CLASSES, HERE
from shipped.tables import NAMES, judged, lines, mark
from treadle_models.spec import BY_NAME, MODES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Json = dict[str, Any]


def kept_pictures(slug: str) -> dict[str, str]:
    """Return the pictures of a helper by property, as they were kept when it was judged; none where it was not."""
    file = BUILD / "results" / f"{slug}.json"
    if not file.is_file():
        return {}
    pictures: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))["told"].get("pictures", {})
    return pictures


def write(told: Sequence[Json], pictures: Mapping[str, Mapping[str, str]], path: Path) -> None:
    """Write the page; `pictures` are SVG, by helper and property."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rows = [_row(each, number, pictures.get(each["helper"], {})) for number, each in enumerate(judged(told))]
    page = environment.get_template("register.html.jinja").render(
        rows=rows,
        unjudged=[each for each in told if each not in judged(told)],
        names=[*NAMES, *(each.name for each in MODES)],
        sentences={name: each.sentence for name, each in BY_NAME.items()},
        packages=sorted({each["package"] for each in told}, key=str.lower),
        versions=sorted({each["python"] for each in told if "python" in each}),
        summary=" ".join(lines(told)),
        classes=CLASSES,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def _row(told: Json, number: int, pictures: Mapping[str, str]) -> Json:
    names = [*NAMES, *(each.name for each in MODES)]
    cells = [
        {
            "property": name,
            "anchor": f"{number}-{name}",
            "mark": mark(told["properties"].get(name)),
            "picture": pictures.get(name, ""),
            **({"verdict": "not judged", "class": "", "script": ""} | told["properties"].get(name, {})),
        }
        for name in names
    ]
    return {**told, "algorithm": ALGORITHMS[told["algorithm"]].replace("`", ""), "cells": cells}
