"""The draft as people read it: HTML by docutils' PEP reader, and PDF from that HTML by WeasyPrint."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from docutils.core import publish_string
from docutils.parsers.rst import roles

HERE = Path(__file__).parent


_Made = tuple[list[nodes.Node], list[nodes.system_message]]


def _literal(_name: str, raw: str, text: str, *_: object, **__: object) -> _Made:
    """Make of :func:`name` and its like what it says; peps.python.org links them."""
    return [nodes.literal(raw, text)], []


def publish(draft: Path, folder: Path) -> None:
    """Write the draft as HTML and PDF into a folder. A warning of docutils is an error."""
    import weasyprint  # noqa: PLC0415 - it needs libraries of the system, and the HTML does not

    folder.mkdir(exist_ok=True)
    page = to_html(draft.read_text(encoding="utf-8"))
    (folder / f"{draft.stem}.html").write_text(page, encoding="utf-8")
    weasyprint.HTML(string=page).write_pdf(folder / f"{draft.stem}.pdf")


def to_html(text: str) -> str:
    """Return the draft as one page of HTML with its style in it."""
    roles.register_local_role("func", _literal)
    settings = {
        "halt_level": 2,
        "report_level": 2,
        "embed_stylesheet": True,
        "stylesheet_path": str(HERE / "pep.css"),
        "syntax_highlight": "short",
        "toc_backlinks": False,
        "section_self_link": True,
        "pep_references": True,
    }
    page: str = publish_string(_with_title(text), writer="html5", settings_overrides=settings).decode()
    return page


def _with_title(text: str) -> str:
    """Return the draft with its header, which is that of a mail, as a title and a list of fields."""
    header, _, body = text.partition("\n\n")
    fields = dict(line.split(": ", 1) for line in header.splitlines())
    title = f"PEP {fields.pop('PEP')} \N{EN DASH} {fields.pop('Title')}"
    rule = "#" * len(title)  # above and below: a style that the sections do not use
    listed = (f":{name}: {value}" for name, value in fields.items())
    return "\n".join([rule, title, rule, "", *listed, "", ".. contents::", "   :depth: 1", "", body])
