"""The command line.

- `arguments`, `help`: the arguments of the commands, and their help texts
- `check`, `explain`, `explore`, `prove`, `claims`, `tokens`: the commands; `said`: says what a token runs
- `search`, `parts`: turn options into requests, and answers into results; the work is done by `treadle.workers`
- `screen`, `meter`, `streams`: the console for tables; the progress bar; the standard streams
- `report`: the page of `check --report`
- `record`, `record_proofs`: record the catalogue and the proofs again (`make results`)
- `matrix`: the verdicts on every version of Python (`make matrix`)
- `coq`: proofs that Coq checks (`make proofs`)

Only the command that runs is imported, because imports take half of the time of a short command.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

INTERRUPTED = 130
MISUSE = 2

_COMMANDS = {
    **{name: (name, name, "add_arguments") for name in ("check", "explain", "prove", "claims", "explore")},
    "script": ("tokens", "script", "add_script"),
    "replay": ("tokens", "replay", "add_replay"),
}
"""Maps the name of a command to its module, the function that runs it, and the function that adds its arguments."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    return guarded(lambda: _run(sys.argv[1:] if argv is None else argv))


def _run(argv: Sequence[str]) -> int:
    from treadle.cli.arguments import parse  # noqa: PLC0415 - see above

    name = argv[0] if argv else ""
    if name not in _COMMANDS:
        parse(argv, None)
        return 0
    module, run, add = _COMMANDS[name]
    command = import_module(f"treadle.cli.{module}")
    status: int = getattr(command, run)(parse(argv, getattr(command, add)))
    return status


def guarded(run: Callable[[], int]) -> int:
    """Run a command, and return its exit status; an error outside of targets becomes one line on standard error."""
    try:
        from treadle.cli.streams import complain, give_up_output, see_to_streams  # noqa: PLC0415 - see above
        from treadle.errors import TreadleError  # noqa: PLC0415 - see above
        from treadle.workers.interrupts import ending  # noqa: PLC0415 - see above
    except KeyboardInterrupt:
        return INTERRUPTED
    said = False

    def last_words(error: BaseException | None) -> None:
        nonlocal said
        if not said:
            said = True
            complain("; ".join(["interrupted", *getattr(error, "__notes__", ())]))

    try:
        see_to_streams()
        with ending(last_words, INTERRUPTED):
            status = run()
        sys.stdout.flush()
    except TreadleError as error:
        complain(str(error))
        return MISUSE
    except KeyboardInterrupt as error:
        last_words(error)
        give_up_output()
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has closed it
        give_up_output()
        return 1
    except OSError as error:
        about = f" ({error.filename!r})" if error.filename else ""
        complain(f"a result could not be written, or a file could not be read: {error.strerror}{about}")
        give_up_output()
        return MISUSE
    return status
