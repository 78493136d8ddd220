"""What the command line says of itself: the help of Treadle and of each command."""

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
  check [TARGET ...]   judge targets in every situation: the verdict table
  explain TARGET       the shortest execution that violates each property, as a diagram
  prove [TARGET ...]   the verdicts without bounds, from a model of asyncio's tasks
  claims [ID ...]      what was claimed in the thread of gh-103486: each claim settled, and what shows it
  explore PROGRAM      any async program, under every schedule
  script TOKEN         such an execution as a script that needs nothing but Python
  replay TOKEN         such an execution once more on real tasks, with the state at every gap
  COMMAND --help       what else a command takes

examples:
  treadle check                                   every candidate, compared with what is recorded
  treadle check osipenko-proposal                 one candidate, in detail
  treadle check tools.py:stop                     your own function, in a file
  treadle check mypackage.tasks:stop --events 2   in a module, with two actions of the environment
  treadle explain tools.py:stop --property lost   how a cancellation gets lost
  treadle explore pool.py:program                 what can go wrong in a program of yours

a target is one of
  NAME                 a candidate of the catalogue:
{candidates}
  FILE.py:FUNCTION     an async function whose only required argument is the task to cancel
  MODULE:FUNCTION      the same, imported; the current folder is searched first

  A function may also be an async context manager factory: it gets a coroutine, makes the task and
  yields it, and cancels it and waits when it is left. Targets run in processes of their own. What
  stands beside a file is imported before what is installed, and after the standard library, also
  where a file has the name of one of its modules.

exit status:
  0  every candidate of the catalogue is as recorded, and every other target keeps each property
     that it was exercised on and is in a mode
  1  that is not so, or a search was cut off before it could tell
  2  misuse: what was asked for cannot be; or nothing is wrong, but something is unsupported: it
     needs real I/O, threads, processes or signals, or a call failed in every schedule, so nothing
     is said of it
"""

_CHECK = """\
Judge targets in every situation and print the verdict table; without a target, every candidate of
the catalogue.

bounds:
  --events N        most actions of the environment in one execution: 0 to {most}, 3 unless given
  --steps N         most steps (runs) of the dependency: 1 to {most}, 3 unless given
  --limit N         most executions for one target in one situation; no limit unless given
  --seconds N       most time for one target in one situation, 600 unless given; an execution that
                    is under way then is cut off as well, a few seconds later. A search that is cut
                    off never says `holds`, and may take as long again to find counterexamples that
                    are minimal
  --any-order       run ready callbacks in every order, too, and not only first in, first out, as
                    asyncio promises. What only such an order shows is labelled so
A call that goes on by itself for more than 32 callbacks, or --events and --steps together timers,
is not disturbed after that. If it then stands where it never stood before, that could have made a
difference, and a search does not say `holds`.

for targets with too many schedules:
{drawing}
what to judge:
  --situation S     only this situation; repeatable; combinations such as cleanup/2+future can be
                    named, too
  --not S[=WHY]     not this situation, nor one that it is part of, because the contract excludes it;
                    repeatable. The result says so: --not 'future=It takes tasks only.'
  --property P      only this property or mode; repeatable
  --reading R       what a cancellation counts for after uncancel() has withdrawn it: weak, strict,
                    net or any; weak unless given
  --python PATH     on this interpreter in place of the one that runs Treadle; repeatable
  --task KIND       C, or Py for asyncio's tasks in pure Python; C unless given

how:
  --jobs N          requests at a time; as many as there are processors unless given. With N from 6
                    on, a search beyond the default bounds that others would wait for is split: the
                    numbers of schedules, verdicts and counterexamples are the same, some states
                    are visited by more than one part, and a note says so. Fewer would take longer
                    so than one does alone
{spread}  --json            print the result document in place of the table
  --report FILE     write all of it to an HTML page as well: each violation as a picture to step
                    through, its script and its token; proofs; twins. It opens offline. Needs
                    jinja2: pip install 'treadle[report]'

situations:
{situations}
properties:
{properties}
modes, between which a design chooses:
{modes}
a target is unsupported in a situation, and nothing is said of it there, where it calls what a
deterministic loop cannot give (real I/O, threads, processes, signals), or where its call fails in
every schedule: the text and "reason" in --json name the call or the error and its place.

adapters, for what is not a function of the task alone; at most five lines each, in a file:

    async def stop(task):                           # more arguments; a collection
        await cancel_all([task], timeout=None)

    async def stop(task):                           # a method of an object that has the task already
        worker = Worker()
        worker._task = task
        await worker.close()

    @contextlib.asynccontextmanager                 # an object that makes the task of a coroutine itself
    async def stop(coroutine):
        job = await Scheduler().spawn(coroutine)
        yield job.task                              # whoever calls does so now
        await job.close()                           # this is the call that is judged

    owners = weakref.WeakKeyDictionary()            # one owner, closed by two, in the situation `shared`
    async def stop(task):
        await owners.setdefault(task, Owner(task)).close()

    async def stop(task):                           # in a cancelled scope of anyio
        with anyio.CancelScope() as scope:
            scope.cancel()
            await cancel_and_wait(task)

    stop.excludes = {{"future": "It takes tasks only."}}  # as --not does: the sentence of its documentation

    treadle check adapter.py:stop

An adapter only says how the call is made: what it catches or leaves out is judged with it. Whatever is
cancelled by the call itself, such a scope say, is no request of others.

exit status: 0 all is well, 1 it is not, 2 misuse, or all that is not well is unsupported; `treadle
--help` says more.
A worker that gives no sign of life for 20 seconds is ended; the environment variable
TREADLE_SILENCE sets another number.
"""

_DRAWING = """\
  --random N        draw N schedules at random, in place of trying all: the same each time
  --sampler NAME    how they are drawn; walk unless given:
{samplers}  --pct             short for --sampler pct
  --seed N          draw others; 0 unless given
"""

_SPREAD = """\
  --memory SIZE     most memory for each process that searches, as 500M or 2G; 4G unless given. Near to it, a
                    search goes on without keeping new states, and says so; at it, it is cut off
  --journal FILE    keep what is answered in FILE, and do not ask again what stands there: after a
                    kill, the same command goes on where it was. What was cut off is asked again,
                    and so is what has another answer now: an answer counts as long as every file
                    that was loaded, the interpreter and Treadle are the same; how many do not count
                    any more, and why, is said on standard error
  --backend NAME    have requests answered by joblib (pip install 'treadle[jobs]') and this backend
                    of it: loky, threading, dask, ray, or joblib for the one it is configured with
  --cluster ADDRESS with --backend dask: the scheduler of a Dask cluster (pip install
                    'treadle[cluster]'); with --backend ray: the head of a Ray cluster (pip install
                    'treadle[ray]'). Counts are the same wherever they were counted
"""

_EXPLAIN = """\
Print the shortest execution that violates each property of a target, over all situations: one
column a task, the actions of the environment marked with a star, and each line with the line of the
target that ran. Each was executed on stock asyncio as well, and says whether the failure showed.

  --property P      only this property; repeatable. Modes are explained only if they are named
  --situation S     only in this situation; repeatable
  --events N --steps N --limit N --seconds N --any-order --reading R --python PATH --task KIND
  --jobs N --memory SIZE --journal FILE --backend NAME --cluster ADDRESS
                    as for `treadle check`

exit status: 0, or 2 for misuse, or where the target is unsupported and nothing is violated elsewhere.
"""

_PROVE = """\
Say of each property of a target whether it holds without bounds: *proved* for any number of events
and steps, *refuted* by a schedule, or *unknown* with the reason; without a target, of every candidate
of the catalogue. The target is compiled into a model of asyncio's tasks. Before anything is said that only
the model has seen, model and real tasks go side by side through the target, callback by callback, and
what refutes a property is replayed. What is not modelled is named, with its line. Needs Z3:
pip install 'treadle[proofs]'

  --situation S         only in this situation; repeatable. All unless given
  --jobs N              processes; as many as there are processors unless given
  --certificate FILE    write what is proved to an SMT-LIB file: every state and action of the model,
                        the invariant, and what follows; any solver must answer unsat to each question
  --horn FILE           write the same without the invariant, for a solver of Horn clauses to find one
  --verify FILE         in place of targets: see that a certificate is whole, and that cvc5, which had
                        no part in it, confirms each clause

exit status
  0  every candidate of the catalogue is as recorded, and of every other target each property is
     proved, and one mode
  1  not so; or a certificate is rejected
  2  misuse, no solver, or a target that is outside of what is modelled
"""

_SCRIPT = """\
Print a counterexample as a script that uses public asyncio API alone and needs nothing but Python.
It has been executed before it is printed; what came of that is said on standard error. The script
exits with 1 when the failure shows and with 0 when it does not.

  --python PATH    on this interpreter, and the script executed by it, in place of the one that runs
                   Treadle. The line `script:` of a counterexample says which one it was found on

A token stands in the line `replay:` of a counterexample, and in what `treadle check --json` prints. The
file or module that it names is imported; `treadle replay TOKEN --show` says which that is, and runs nothing.
"""

_REPLAY = """\
Run a counterexample again on real tasks and print it with the state of every task at every gap: how
often it is being cancelled, whether a cancellation is pending, what it waits for, and what is in the
queue.

  --svg FILE       write it to a picture as well, the moment that decides marked. Needs jinja2:
                   pip install 'treadle[report]'
  --python PATH    on this interpreter in place of the one that runs Treadle. The line `replay:` of a
                   counterexample says which one it was found on
  --show           say what would be run, and run nothing

The file or module that a token names is imported, and what it holds runs: that is said in the first line
before it happens. So look at a token that somebody has sent you as you would at a script: with --show.

A token stands in the line `replay:` of a counterexample, and in what `treadle check --json` prints. That
of a schedule of a program runs it once more, as `treadle explore PROGRAM --token TOKEN` does.
"""

_EXPLORE = """\
Run an async program under every schedule and say what can go wrong in it. A program is an async
function, FILE.py:PROGRAM or MODULE:PROGRAM, that declares what the world around it may do:

    async def program(env):
        reply = env.future("reply", error=OSError)          # completes or fails, at any time
        worker = env.cancellable(asyncio.create_task(work(reply)))    # may be cancelled, once
        await asyncio.wait([worker])
        assert connections.free == connections.size         # what must hold

  env.cancellable(task, times=1, may_swallow=False, message=None, when=None)
                                                      others may cancel it so often, when that says so
  env.every_task(may_swallow=function, forgives=False)
                                                      others may cancel each task made from now on
  env.future(name, result=None, error=None, cancels=False, never=False)
                                                      others complete it, in each of these ways
  env.may(function, name="", times=1)                 others may call a function
  env.choose(options), env.branch()                   every option is tried; False and True are
  env.always(predicate, sentence)                     must hold in every gap
  env.background(task)                                may be running when the program has ended
  env.complete(name, function)                        others call it once, at the latest when nothing
                                                      else can run
  env.arrives(name, async function)                   somebody comes late: a task is made of it
  env.network(resets=0, refuses=0, drops=0, splits=False, slow=False)
  env.executor(fails=exception, times=1)
  env.signal(number, times=1)                         what may go wrong outside; each takes an event

Streams, servers, sockets that do not block, datagrams, look-ups and executors are simulated: nothing
leaves the process. What is under way (a connection, a chunk, a thread) arrives when the environment
says so, free of charge when nothing else can run, else for an event. Time waits for it, too.

Found without being asked for:
{found}
bounds:
  --events N        most actions of the environment in one execution: 0 to {most}, 2 unless given.
                    When nothing else can run, completions and timers are free
  --callbacks N     callbacks after the environment's last action within which a program must end;
                    5,000 unless given
  --patience N      callbacks after the environment's last action within which it may act again, or a fifth
                    as many timers; 100 unless given. Where a program goes on for longer, so that what the
                    environment may do then is not tried, a search does not say `holds`
  --limit N         most executions; no limit unless given
  --seconds N       most time, 600 unless given. A search that is cut off never says `holds`
  --any-order       run ready callbacks in every order, too, and not only first in, first out, as
                    asyncio promises. What only such an order shows is labelled so

for programs with too many schedules:
{drawing}
how:
  --jobs N          search in {parts} or more parts, N at a time; unless given, in one piece. The numbers
                    of schedules are the same; states are visited once in each part. With --limit or
                    --random there is one piece
{spread}  --token TOKEN     run one schedule again, that of the line `replay:`, which has all that is
                    needed: copy it whole
  --python PATH     on this interpreter;  --task KIND  C, or Py for tasks in pure Python
  --json            print the result document, which is the same from run to run but for what stands
                    under "measured": {{"format": 1, "treadle", "name", "verdict", "python", "task",
                    "events", "kinds", "search", "ended", "stopped", "executions", "schedules",
                    "states": null or n, "opaque", "violations": [{{"property", "sentence", "text",
                    "schedules", "token", "minimal", "events", "callbacks", "kinds", "beyond_stock",
                    "trace": [{{"gap", "who", "kind", "text", "lines", "requests", "tasks", "queue"}}]}}],
                    "unsupported", "measured"}}

exit status: 0 nothing is wrong in any schedule within the bounds, 1 something is, or the search was
cut off, 2 misuse, or the program is unsupported: it needs threads or processes of its own, real
file descriptors, or real signals.
"""

_CLAIMS = """\
Print the claims ledger: each technical claim of the thread of CPython's gh-103486, whether it is
confirmed, refuted or conditional (true under a condition that it does not state), why, and the
command that shows it. With the IDs of claims (C01 ...), only these, in full.

A topic in place of an ID prints what is impossible after `await task`, and what suffices, as the
model answers it now:
{topics}
  --run            run the commands, and say of each whether it shows what the ledger says
  --script NAME    print one of a pair of twins as a script for stock Python; `treadle claims twins`
                   names them
  --json           print the ledger as a document

exit status: 0 all is well, 1 a command does not show what the ledger says, 2 misuse
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
    "replay": "treadle replay TOKEN [--show] [--svg FILE] [--python PATH]",
}


def main_text() -> str:
    """Return what Treadle is, its commands and what a target is."""
    from treadle_models.candidates import CANDIDATES  # noqa: PLC0415 - see below

    return _MAIN.format(candidates=_columns(CANDIDATES))


def command_text(name: str, *, most: int) -> str:
    """Return the help of a command, which must be one of `USAGES`; `most` is the largest bound."""
    from treadle.explorer import PARTS, SAMPLERS  # noqa: PLC0415
    from treadle.ledger import TOPICS  # noqa: PLC0415 - no command needs all of these but to be explained
    from treadle.programs.problems import OF_TESTS, ProgramProperty  # noqa: PLC0415
    from treadle.situation import ALL_SITUATIONS  # noqa: PLC0415
    from treadle_models.spec import MODES, PROPERTIES  # noqa: PLC0415

    return _TEXTS[name].format(
        most=most,
        parts=2 * PARTS,
        spread=_SPREAD,
        drawing=_DRAWING.format(samplers="".join(f"{key:>24}: {each.about}\n" for key, each in SAMPLERS.items())),
        situations=_columns(ALL_SITUATIONS),
        properties=_sentences({each.name: each.sentence for each in PROPERTIES}),
        modes=_sentences({each.name: each.sentence for each in MODES}),
        found=_sentences({str(each): each.sentence for each in ProgramProperty if each not in OF_TESTS}),
        topics=_sentences(TOPICS),
    )


def _sentences(names: Mapping[str, str]) -> str:
    return "".join(f"  {name:<15} {sentence}\n" for name, sentence in names.items())


def _columns(names: Iterable[str]) -> str:
    """Return names in a few lines."""
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) > 92:  # noqa: PLR2004 - the width of the text around it
            lines.append("")
        lines[-1] += f"{name}, "
    return "".join(f"    {line.strip()}\n" for line in lines).rstrip(",\n ") + "\n"
