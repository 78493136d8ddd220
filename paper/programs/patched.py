"""The text of the proposed functions, as the patch adds it to Lib/asyncio/tasks.py."""

from pathlib import Path

PATCH = Path(__file__).resolve().parents[1] / "cpython" / "0001-cancel-and-wait.patch"


def text_of(*names):
    """Return these functions as they stand in the patch, in its order; all of them if none is named."""
    file = PATCH.read_text(encoding="utf-8").partition("+++ b/Lib/asyncio/tasks.py\n")[2].partition("\ndiff --git")[0]
    added = [line[1:] for line in file.splitlines() if line.startswith("+")]
    first = next(number for number, line in enumerate(added) if line.startswith("def "))
    functions = [each.strip("\n") for each in "\n".join(added[first:]).split("\n\n\n")]
    return (
        "\n\n\n".join(each for each in functions if not names or any(f"def {name}(" in each for name in names)) + "\n"
    )
