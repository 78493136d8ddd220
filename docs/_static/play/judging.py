"""What runs in the page to play with: judges the last async function of a source, and tells it as JSON."""

import ast
import itertools
import json
import sys
from pathlib import Path

sys.path.insert(0, "/treadle")

from treadle.errors import TreadleError
from treadle.study import verdicts
from treadle_models.spec import BY_NAME

SITUATIONS = ("plain", "cleanup/1", "pending", "done/result", "done/cancelled", "third-party", "self", "timeout")
_numbers = itertools.count(1)


def judge(source: str, events: int) -> str:
    """Return the table and the counterexamples as HTML, or what is wrong with the source."""
    try:
        told = _judge(source, events)
    except SyntaxError as error:
        told = {"problem": f"line {error.lineno}: {error.msg}"}
    except TreadleError as error:
        told = {"problem": str(error)}
    return json.dumps(told)


def _judge(source: str, events: int) -> dict[str, object]:
    functions = [each.name for each in ast.parse(source).body if isinstance(each, ast.AsyncFunctionDef)]
    if not functions:
        return {"problem": "there is no async function: write one that takes the task to cancel"}
    file = Path(f"/tmp/play_{next(_numbers)}.py")  # noqa: S108 - in the memory of the page; a module is imported once
    file.write_text(source, encoding="utf-8")
    target = f"{file}:{functions[-1]}"
    table = verdicts(target, events=events, steps=2, situations=SITUATIONS)
    violated = table.violated(target)
    return {
        "told": f"{table.schedules:,} schedules; " + (f"violated: {', '.join(violated)}" if violated else "it holds"),
        "table": table._repr_html_(),
        "cases": [
            {"property": name, "sentence": BY_NAME[name].sentence, "page": table[target, name].steps().html}
            for name in violated
        ],
    }
