"""A report for each helper with a bug, one screen each: what happens, script, output, why it matters, a repair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shipped.classing import bugs_of
from shipped.entries import ROOT
from shipped.tables import quoted
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shipped.entries import Register

Json = dict[str, Any]

FOLDER = ROOT / "paper" / "reports"
BY_HAND = "residue_*.md"
"""Reports in the same folder that are not rendered."""

_MATTERS = {
    "lost": "The caller goes on as if it had not been cancelled. A time-out, a task group or a server that cancelled "
    "it waits for it in vain.",
    "phantom": "The caller ends as cancelled although nobody cancelled it: its work stops without an error, and a task "
    "group around it treats it as cancelled.",
    "joined": "What comes next relies on the task being done: it closes a connection that the task still uses.",
    "requested": "The caller waits for a task that was never asked to stop.",
    "balanced": "`cancelling()` is wrong from then on, so that a time-out or a task group further out misjudges who "
    "was cancelled.",
    "ends": "The caller waits for ever for a task that is done.",
    "scope-kept": "A time-out or a task group around the call no longer does what it is for.",
    "accepts-done": "If the task has already ended by itself, the clean-up of the caller fails.",
    "failure-kept": "An exception of the task is lost: neither the caller nor the log gets it.",
    "no-self-hang": "A task that calls the helper on itself never ends.",
    "undisturbed": "A second cancellation interrupts the clean-up that the first one began.",
}


def write(told: Sequence[Json], register: Register, repairs: Mapping[str, Json]) -> None:
    """Write the reports, and remove those of bugs that are there no more; those by hand are left alone.

    `repairs`: what was judged of each repair.
    """
    FOLDER.mkdir(exist_ok=True)
    by_hand = sorted(FOLDER.glob(BY_HAND))
    wanted = {"README.md", *(path.name for path in by_hand)}
    index = ["# Reports\n", "One for each helper with a bug; rendered by `make shipped`, do not edit.\n"]
    for each, helper in zip(told, register.helpers, strict=True):
        bugs = bugs_of(each)
        if not bugs:
            continue
        name = f"{helper.slug}.md"
        wanted.add(name)
        repair = helper.repair_name
        text = report(each, bugs, register.repairs[repair], repairs.get(repair, {}))
        (FOLDER / name).write_text(text, encoding="utf-8")
        index.append(f"- [{each['helper']} {each['version']}]({name}): {', '.join(f'`{bug}`' for bug in bugs)}")
    index.append("\nWritten by hand, one for each bug that [a fix has left behind](../results/residue.md):\n")
    for path in by_hand:
        title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        index.append(f"- [{title}]({path.name})")
    (FOLDER / "README.md").write_text("\n".join(index) + "\n", encoding="utf-8")
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()


def report(told: Json, bugs: Sequence[str], repair: str, judged: Json) -> str:
    """Return the report of a helper."""
    bug, *others = bugs
    found = told["properties"][bug]
    script = found["script"] or ""
    also = [
        f"- Expected: {BY_NAME[each].sentence}. What happens: {told['properties'][each]['happens']}. Script: "
        f"`treadle script {told['properties'][each]['token']}`"
        for each in others
    ]
    return "\n".join(
        [
            f"# {told['helper']} {told['version']}: {_headline(bug)}\n",
            (
                f"`{told['calls']}`, Python {told['python']}. Expected: {BY_NAME[bug].sentence}. "
                f"What happens: {found['happens']}.\n"
            ),
            (f"The documentation says: {quoted(found['decides'])} ({found['decided by']}).\n"),
            "```python",
            script.rstrip(),
            "```\n",
            "It prints, and exits with 1:\n",
            "```text",
            found.get("output", "").rstrip(),
            "```\n",
            f"**Why it matters.** {_MATTERS[bug]}\n",
            *(["**Also**\n", *also, ""] if also else []),
            (
                "**The smallest repair** is to wait with `asyncio.wait` instead. It does not raise the task's "
                "`CancelledError`, so one that comes out of it is the caller's:\n"
            ),
            "```python",
            repair.strip(),
            "```\n",
            f"{judged.get('says', 'The repair was not judged.')}\n",
            f"Found by `{told['command']}`.",
            "",
        ]
    )


def _headline(bug: str) -> str:
    return {
        "lost": "a cancellation of the caller is lost",
        "phantom": "the caller is cancelled although nobody asked for it",
        "joined": "it returns while the task is still running",
        "scope-kept": "a time-out or a task group around it does not work",
        "ends": "it waits for a task that is done",
        "failure-kept": "a failure is lost",
    }.get(bug, f"violated: {BY_NAME[bug].sentence}")
