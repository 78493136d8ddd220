"""The help texts of Treadle and of each of its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MAIN = """\
Treadle runs real asyncio tasks and tries every order in which cancellations, completions and
callbacks can meet. It says whether a function that cancels a task and waits for it keeps its
promises in all of them. Where one is broken, it shows the shortest execution that breaks it, as a
diagram and as a script for stock Python.

commands:
  check [TARGET ...]   judge targets in every situation, and print the verdict table
  explain TARGET       for each violated property, draw the shortest execution that shows it
  prove [TARGET ...]   verdicts without bounds, from a model of asyncio's tasks
  claims [ID ...]      each technical claim of the thread of gh-103486: whether it is true, and why
  explore PROGRAM      run any async program under every schedule
  script TOKEN         print one execution as a script that needs nothing but Python
  replay TOKEN         run one execution again, on real tasks, and show the state at every gap
  COMMAND --help       the options of a command

examples:
  treadle check                                   every candidate, compared with the recorded verdicts
  treadle check osipenko-proposal                 one candidate, in detail
  treadle check tools.py:stop                     your own function, in a file
  treadle check mypackage.tasks:stop --events 2   in a module, with two actions of the environment
  treadle explain tools.py:stop --property lost   how a cancellation gets lost
  treadle explore pool.py:program                 what can go wrong in your own program

a target is one of
  NAME                 a candidate of the catalogue:
{candidates}
  FILE.py:FUNCTION     an async function whose only required argument is the task to cancel
  MODULE:FUNCTION      the same, imported; the current folder is searched first

  FUNCTION may also make an async context manager: it gets a coroutine, makes the task and yields
  it, and on exit cancels the task and waits for it. Targets run in processes of their own. Modules
  beside a file are imported before installed ones, but never in place of a module of the standard
  library.

exit status:
  0  every candidate of the catalogue has its recorded verdicts, and every other target keeps each
     property that was exercised and has a mode
  1  that is not so, or a search was cut off before it could tell
  2  the command was wrong; or nothing is violated, but a target is unsupported: it needs real I/O,
     threads, processes or signals, or its call failed in every schedule, so it was not judged
"""

_CHECK = """\
Judge targets in every situation and print the verdict table; without a target, judge every candidate
of the catalogue.

bounds:
  --events N        most actions of the environment in one execution: 0 to {most} (default 3)
  --steps N         most steps (runs) of the dependency: 1 to {most} (default 3)
  --limit N         most executions for one target in one situation (default: no limit)
  --seconds N       most time for one target in one situation (default 600); an execution that is
                    running then is cut off as well, a few seconds later. A search that is cut off
                    never says `holds`, and may take as long again to make its counterexamples
                    minimal
  --any-order       also run ready callbacks in other orders than first in, first out, which asyncio
                    promises. What only such an order shows is labelled as that
If a call goes on by itself for more than 32 callbacks, or for more timers than --events and --steps
together, the environment leaves it alone from then on. If the call then reaches a state that it was
never in before, a disturbance there could have made a difference, and the search does not say `holds`.

for targets with too many schedules:
{drawing}
what to judge:
  --situation S     only this situation; repeatable; may be a combination such as cleanup/2+future
  --not S[=WHY]     leave out this situation and each combination with it, because the contract of the
                    function excludes it; repeatable. The result says so: --not 'future=It takes tasks
                    only.'
  --property P      only this property or mode; repeatable
  --reading R       what a cancellation counts for after uncancel() has withdrawn it: weak, strict,
                    net or any (default weak)
  --python PATH     use this interpreter instead of the one that runs Treadle; repeatable
  --task KIND       C, or Py for asyncio's tasks in pure Python (default C)

how:
  --jobs N          requests to run at the same time (default: the number of processors). From N = 6
                    on, a search beyond the default bounds that the others would wait for is split.
                    Verdicts, counterexamples and numbers of schedules stay the same; some states are
                    visited by more than one part, and a note says so. With fewer processes,
                    splitting would take longer than not splitting
{spread}  --json            print the result document instead of the table
  --report FILE     also write an HTML page: each violation as a picture to step through, with its
                    script and its token; proofs; twins. It opens offline. Needs jinja2:
                    pip install 'treadle[report]'

situations, all of which are tried by default:
{situations}
more situations, which --situation names; a number is one from 1 to 99:
{further}
properties:
{properties}
modes, between which a design chooses:
{modes}
a mode of its own, and all that is judged in the situation mutual:
{apart}
A target is unsupported in a situation if it calls something that a deterministic loop cannot provide
(real I/O, threads, processes, signals), or if its call fails in every schedule. It is then not judged
there. The text, and "reason" in --json, name the call or the error and its place.

adapters, for a target that is not a function of the task alone; at most five lines each, in a file:

    async def stop(task):                           # more arguments; a collection
        await cancel_all([task], timeout=None)

    async def stop(task):                           # a method of an object that already has the task
        worker = Worker()
        worker._task = task
        await worker.close()

    @contextlib.asynccontextmanager                 # an object that makes the task from a coroutine itself
    async def stop(coroutine):
        job = await Scheduler().spawn(coroutine)
        yield job.task                              # the caller runs here
        await job.close()                           # this is the call that is judged

    owners = weakref.WeakKeyDictionary()            # one owner, closed by two callers, in the situation `shared`
    async def stop(task):
        await owners.setdefault(task, Owner(task)).close()

    async def stop(task):                           # in a cancelled scope of anyio
        with anyio.CancelScope() as scope:
            scope.cancel()
            await cancel_and_wait(task)

    stop.excludes = {{"future": "It takes tasks only."}}  # like --not, with a sentence of the documentation

    treadle check adapter.py:stop

An adapter should only make the call: whatever it catches or leaves out is judged with it. A cancellation
by the call itself, for example of such a scope, does not count as a request of somebody else.

exit status: 0 nothing is wrong, 1 something is, 2 the command was wrong, or a target is unsupported and
nothing else is wrong; `treadle --help` says more.
A worker that gives no sign of life for 20 seconds is ended; set the environment variable
TREADLE_SILENCE to another number of seconds to change that.
"""

_DRAWING = """\
  --random N        draw N schedules at random instead of trying all; the same ones each time
  --sampler NAME    how to draw them (default walk):
{samplers}  --pct             short for --sampler pct
  --seed N          another number draws other schedules (default 0)
"""

_SPREAD = """\
  --memory SIZE     most memory for each process that searches, as 500M or 2G (default 4G). Close to it, a
                    search goes on without keeping new states, and says so; at it, the search is cut off
  --journal FILE    keep each answer in FILE, and do not compute again what is there: after a kill, the
                    same command goes on where it was. An answer is computed again if it was cut off,
                    or if a file that was loaded, the interpreter or Treadle has changed; standard
                    error says how many answers were dropped, and why
  --backend NAME    run requests with joblib (pip install 'treadle[jobs]') and this backend of it:
                    loky, threading, dask, ray, or joblib for the one it is configured with
  --cluster ADDRESS with --backend dask: the scheduler of a Dask cluster (pip install
                    'treadle[cluster]'); with --backend ray: the head of a Ray cluster (pip install
                    'treadle[ray]'). Counts do not depend on where they were computed
"""

_EXPLAIN = """\
For each property that a target violates, print the shortest execution that shows it, in the plainest
situation that does, and say so if fewer events are enough in another situation. The diagram has one
column for each task. The actions of the environment are marked with a star, and below each step is the
line of the target at which it stopped. Each execution was also run on stock asyncio; the diagram says
whether the failure showed there.

  --property P      only this property; repeatable. Modes are explained only if they are named
  --situation S     only in this situation; repeatable
  --states          also show the state of every task at every gap: how often it is being cancelled,
                    whether a cancellation is pending, what it waits for, and what is in the queue
  --callbacks       the same, and how many done callbacks each task has, a task that awaits it included
  --events N --steps N --limit N --seconds N --any-order --reading R --python PATH --task KIND
  --jobs N --memory SIZE --journal FILE --backend NAME --cluster ADDRESS
                    as for `treadle check`

exit status: 0; or 2 if the command was wrong, or if the target is unsupported in some situation and
violates nothing in the others.
"""

_PROVE = """\
For each property of a target, say whether it holds without bounds: *proved* for any number of events
and steps, *refuted* by a schedule, or *unknown* with the reason. Without a target, do so for every
candidate of the catalogue. The target is compiled into a model of asyncio's tasks. A verdict that comes
from the model alone is only given after the model and real tasks have gone through the target side by
side, callback by callback; a schedule that refutes a property is replayed on real tasks. Code that the
model does not know is reported with its line. Needs Z3: pip install 'treadle[proofs]'

  --situation S         only in this situation; repeatable (default: all that `treadle check` tries).
                        In cleanup/N and uncancel/N the controller's count at entry is a symbol: what
                        is proved there holds for every number
  --jobs N              number of processes (default: the number of processors)
  --certificate FILE    write the proofs to an SMT-LIB file: every state and action of the model, the
                        invariant, and the questions; any solver must answer unsat to each of them
  --horn FILE           write the same without the invariant, so that a solver of Horn clauses can
                        find one
  --verify FILE         takes no target: check that a certificate is complete, and that cvc5, which had
                        no part in it, confirms each clause

exit status
  0  every candidate of the catalogue is as recorded, and every other target has all its properties
     and one mode proved
  1  that is not so, or a certificate is rejected
  2  the command was wrong, there is no solver, or the model does not cover the target
"""

_SCRIPT = """\
Print a counterexample as a script that uses only public asyncio API and needs nothing but Python.
Treadle runs the script before it prints it, and says on standard error whether the failure showed. The
script exits with 1 if the failure shows and with 0 if it does not.

  --python PATH    use this interpreter instead of the one that runs Treadle, also to run the script.
                   The line `script:` of a counterexample says on which one it was found

You find a token in the line `replay:` of a counterexample, and in the output of `treadle check --json`.
The file or module that it names is imported; `treadle replay TOKEN --show` says which that is, and runs
nothing.
"""

_REPLAY = """\
Run a counterexample again on real tasks and print it with the state of every task at every gap: how
often it is being cancelled, whether a cancellation is pending, what it waits for, and what is in the
queue.

  --svg FILE       also write it as a picture, with the decisive moment marked. Needs jinja2:
                   pip install 'treadle[report]'
  --callbacks      also show how many done callbacks each task has, a task that awaits it included
  --python PATH    use this interpreter instead of the one that runs Treadle. The line `replay:` of a
                   counterexample says on which one it was found
  --show           say what would be run, and run nothing

The file or module that a token names is imported, which runs its code; the first line of the output
says which file before that happens. So treat a token that somebody has sent you like a script: look at
it with --show first.

You find a token in the line `replay:` of a counterexample, and in the output of `treadle check --json`.
The token of a program runs that schedule once more, as `treadle explore PROGRAM --token TOKEN` does.
"""

_EXPLORE = """\
Run an async program under every schedule and say what can go wrong in it. A program is an async
function, FILE.py:PROGRAM or MODULE:PROGRAM, that declares what may happen around it:

    async def program(env):
        reply = env.future("reply", error=OSError)          # completes or fails, at any time
        worker = env.cancellable(asyncio.create_task(work(reply)))    # may be cancelled, once
        await asyncio.wait([worker])
        assert connections.free == connections.size         # what must hold

  env.cancellable(task, times=1, may_swallow=False, message=None, when=None)
                                                      may be cancelled, so many times, while when() is true
  env.every_task(may_swallow=function, forgives=False)
                                                      each task made from now on may be cancelled
  env.future(name, result=None, error=None, cancels=False, never=False)
                                                      a future that is completed in each of these ways
  env.may(function, name="", times=1)                 this function may be called, so many times
  env.choose(options), env.branch()                   every option is tried; False and True are tried
  env.always(predicate, sentence)                     must hold in every gap
  env.background(task)                                may still run when the program has ended
  env.complete(name, function)                        is called once, at the latest when nothing else
                                                      can run
  env.arrives(name, async function)                   becomes a task at some later moment
  env.network(resets=0, refuses=0, drops=0, splits=False, slow=False)
  env.executor(fails=exception, times=1)
  env.signal(number, times=1)                         what may go wrong outside; each takes an event

Streams, servers, non-blocking sockets, datagrams, name look-ups and executors are simulated: nothing
leaves the process. Whatever is under way (a connection, a chunk, a thread) arrives when the environment
says so. That is free if nothing else can run, and costs an event otherwise. Time waits for it, too.

Found without any assertion:
{found}
bounds:
  --events N        most actions of the environment in one execution: 0 to {most} (default 2). When
                    nothing else can run, completions and timers are free
  --callbacks N     a program must end within so many callbacks after the environment's last action
                    (default 5,000)
  --patience N      after the environment's last action, it may act again within so many callbacks, or a
                    fifth as many timers (default 100). If a program goes on for longer, later actions of
                    the environment are not tried, and the search does not say `holds`
  --limit N         most executions (default: no limit)
  --seconds N       most time (default 600). A search that is cut off never says `holds`
  --any-order       also run ready callbacks in other orders than first in, first out, which asyncio
                    promises. What only such an order shows is labelled as that

for programs with too many schedules:
{drawing}
how:
  --jobs N          search in {parts} or more parts, N at a time (default: in one piece). The numbers of
                    schedules are the same; states are visited once in each part. With --limit or
                    --random the search stays in one piece
{spread}  --token TOKEN     run one schedule again. Copy the whole command from the line `replay:`
  --python PATH     use this interpreter;  --task KIND  C, or Py for tasks in pure Python
  --json            print the result document, which is the same from run to run except under
                    "measured": {{"format": 1, "treadle", "name", "verdict", "python", "task",
                    "events", "kinds", "search", "ended", "stopped", "executions", "schedules",
                    "states": null or n, "opaque", "violations": [{{"property", "sentence", "text",
                    "schedules", "token", "minimal", "events", "callbacks", "kinds", "beyond_stock",
                    "trace": [{{"gap", "who", "kind", "text", "lines", "raised", "requests", "tasks", "queue"}}]}}],
                    "unsupported", "measured"}}

exit status: 0 nothing is wrong in any schedule within the bounds; 1 something is, or the search was
cut off; 2 the command was wrong, or the program is unsupported: it needs threads or processes of its
own, real file descriptors, or real signals.
"""

_CLAIMS = """\
Print the claims ledger: for each technical claim of the thread of CPython's gh-103486, whether it is
confirmed, refuted or conditional (true under a condition that it does not state), why, and the
command that shows it. With IDs of claims (C01 ...), print only these, in full.

A topic instead of an ID prints what is impossible after `await task`, and what is enough, computed
from the model on the spot:
{topics}
  --run            run the commands, and say for each whether it shows what the ledger says
  --script NAME    print one of a pair of twins as a script for stock Python; `treadle claims twins`
                   lists the names
  --json           print the ledger as a document

exit status: 0 all is well, 1 a command does not show what the ledger says, 2 the command was wrong
"""

_TEXTS = {
    "check": _CHECK,
    "explain": _EXPLAIN,
    "prove": _PROVE,
    "claims": _CLAIMS,
    "explore": _EXPLORE,
    "script": _SCRIPT,
    "replay": _REPLAY,
}

USAGES = {
    "check": "treadle check [TARGET ...] [options]",
    "explain": "treadle explain TARGET [options]",
    "prove": "treadle prove [TARGET ...] [--situation S ...] [--jobs N] [--certificate FILE.smt2] [--verify FILE.smt2]",
    "claims": "treadle claims [ID ... | TOPIC ...] [--run] [--json] | --script NAME",
    "explore": "treadle explore FILE.py:PROGRAM [options]",
    "script": "treadle script TOKEN [--python PATH]",
    "replay": "treadle replay TOKEN [--show] [--svg FILE] [--callbacks] [--python PATH]",
}


def main_text() -> str:
    """Return the help of `treadle` itself: what it does, its commands, and what a target is."""
    from treadle_models.candidates import CANDIDATES  # noqa: PLC0415 - see below

    return _MAIN.format(candidates=_columns(CANDIDATES))


def command_text(name: str, *, most: int) -> str:
    """Return the help of a command, which must be one of `USAGES`; `most` is the largest bound."""
    from treadle.explorer import PARTS, SAMPLERS  # noqa: PLC0415
    from treadle.ledger import TOPICS  # noqa: PLC0415 - needed only for help texts
    from treadle.programs.problems import OF_TESTS, ProgramProperty  # noqa: PLC0415
    from treadle.situation import ALL_SITUATIONS  # noqa: PLC0415
    from treadle_models.situations import FURTHER_SITUATIONS, situation_of  # noqa: PLC0415
    from treadle_models.spec import CIRCLE_ENDS, MODES, PROPERTIES  # noqa: PLC0415

    return _TEXTS[name].format(
        most=most,
        parts=2 * PARTS,
        spread=_SPREAD,
        drawing=_DRAWING.format(samplers="".join(f"{key:>24}: {each.about}\n" for key, each in SAMPLERS.items())),
        situations=_columns(ALL_SITUATIONS),
        further=_columns(name for name in FURTHER_SITUATIONS if not situation_of(name).any_count),
        properties=_sentences({each.name: each.sentence for each in PROPERTIES}),
        modes=_sentences({each.name: each.sentence for each in MODES}),
        apart=_sentences({CIRCLE_ENDS.name: CIRCLE_ENDS.sentence}),
        found=_sentences({str(each): each.sentence for each in ProgramProperty if each not in OF_TESTS}),
        topics=_sentences(TOPICS),
    )


def _sentences(names: Mapping[str, str]) -> str:
    return "".join(f"  {name:<15} {sentence}\n" for name, sentence in names.items())


def _columns(names: Iterable[str]) -> str:
    """Return names, separated by commas, in lines of limited width."""
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) > 92:  # noqa: PLR2004 - the width of the text around it
            lines.append("")
        lines[-1] += f"{name}, "
    return "".join(f"    {line.strip()}\n" for line in lines).rstrip(",\n ") + "\n"
