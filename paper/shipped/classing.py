"""What is violated is a bug, a documented limit or a design choice: the class, and the sentence that decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.report.stock import REPRODUCED
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from shipped.entries import Helper, Register

Json = dict[str, Any]

VIOLATED = "violated"
UNTOLD = "no violation found"


def classify(told: Json, helper: Helper, register: Register) -> Json:
    """Return what is told of a helper with the class of each property that it violates; the entry's own comes first.

    Raises `LookupError` for a property of which nobody has said what its violation is.
    """
    properties = {}
    for name, each in told["properties"].items():
        properties[name] = dict(each)
        if each["verdict"] != VIOLATED or BY_NAME[name].is_mode:
            continue
        if "shown in" not in each:  # the search was cut off, and no counterexample replays: nothing is said
            properties[name]["verdict"] = UNTOLD
            continue
        variant = f"{name} raised" if name == "lost" and "raised" in each["happens"] else f"{name} {helper.algorithm}"
        classed = helper.classed.get(name) or register.classed.get(variant) or register.classed.get(name)
        if classed is None:
            message = f"{helper.name} violates `{name}`, and helpers.toml does not say what that is"
            raise LookupError(message)
        if each["stock"] != REPRODUCED:  # a script that was not seen to fail is not shown
            properties[name] = {key: value for key, value in each.items() if key not in {"script", "output"}}
        properties[name] |= {
            "class": classed.kind,
            "decides": classed.sentence.says or helper.promise.says,
            "decided by": classed.sentence.where or helper.promise.where,
        }
    return {**told, "verdict": _verdict(told["verdict"], properties), "properties": properties}


def _verdict(verdict: str, properties: Json) -> str:
    """Return what is said of a helper: violated only where a violation is shown."""
    duties = {each["verdict"] for name, each in properties.items() if not BY_NAME[name].is_mode}
    return next((each for each in (VIOLATED, UNTOLD) if each in duties), verdict)


def bugs_of(told: Json) -> list[str]:
    """Return the properties whose violation is a bug and shows on stock asyncio."""
    return [
        name
        for name, each in told["properties"].items()
        if each.get("class") == "bug" and each.get("stock") == "reproduced"
    ]
