"""The layout of a trace as a picture, before it is drawn: lanes, and down them what happened, from gap to gap.

The environment has the first lane, and every task has one. A callback or an action of the environment is a *box* in its
lane. A cancel request is an *arrow* from the lane that called `cancel()` to the lane of the cancelled task; a forwarded
one begins where the arrow before it ended. Below each box is the gap after it: what is in the queue, and for each task
`cancelling()`, whether it must cancel, what it waits for, and how many done callbacks it has. One box may be marked as
decisive.

Two templates draw it: as an HTML table to step through, and as SVG. Done callbacks are only shown if asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.report.story import callbacks_told, deviates, how_sure, lanes, line_told, what_happened
from treadle.trace import Gap
from treadle_models.situations import describe
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.check import Counterexample
    from treadle.check.nearest import Contrast
    from treadle.trace import CancelRequest, Record, TaskState, Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A column; `kind` decides its colour: environment, controller, dependency or other."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """A cancel request from lane `start` to lane `end`, drawn at the height `line`.

    A `forwarded` one `continues` the arrow before it if that ended where it begins; it goes `onward` on the same line,
    or back on the next line. `effective`: the task accepted it; a task that is done does not.
    """

    start: int
    end: int
    line: int
    continues: bool
    onward: bool
    forwarded: bool
    effective: bool
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact about a task at a gap; `news` if it was different at the gap before, `bad` if it deserves attention.

    `asked_for`: it is only shown if the reader asks for it.
    """

    text: str
    news: bool
    bad: bool = False
    asked_for: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """The state at a gap: the lanes in the queue, the next to run first, and the facts of each lane."""

    number: int
    queue: tuple[Lane, ...]
    facts: tuple[tuple[Fact, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Something that happened in a lane, the arrows that begin at it, and the state after it.

    `code` is the line of the target that ran last, `lines` the numbers of all lines that ran. `decisive` marks the
    moment that decides; `deviates` marks what does not happen in an undisturbed run.
    """

    gap: int
    lane: int
    is_callback: bool
    texts: tuple[str, ...]
    code: str
    file: str
    lines: tuple[int, ...]
    arrows: tuple[Arrow, ...]
    deviates: bool
    decisive: bool
    told: str
    after: Stand


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The text around a picture; `verdict` is violated, holds, or empty.

    `callbacks`: show the number of done callbacks from the beginning.
    """

    title: str = ""
    verdict: str = ""
    subtitle: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    callbacks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The whole picture: the text around it, the lanes, the first gap, and the boxes."""

    words: Words
    lanes: tuple[Lane, ...]
    beginning: Stand
    boxes: tuple[Box, ...]


def picture_of(
    beginning: Gap,
    trace: Trace,
    names: Sequence[str],
    words: Words,
    *,
    decisive: int | None = None,
) -> Picture:
    """Lay out a trace; `names` are those of the lanes, in order, `decisive` is the number of a record."""
    columns = tuple(Lane(name=name, kind=_kind(name)) for name in names)
    one_file = len({line.file for record in trace for line in record.lines}) == 1
    boxes = []
    before = beginning
    for number, record in enumerate(trace):
        after = Gap(tasks=record.tasks, queue=record.queue)
        stand = _stand(columns, after, record.gap + (record.kind == "callback"), before)
        boxes.append(_box(columns, record, stand, one_file=one_file, decisive=number == decisive))
        before = after
    first = _stand(columns, beginning, 0, beginning)
    return Picture(words=words, lanes=columns, beginning=first, boxes=tuple(boxes))


def picture_of_counterexample(
    found: Counterexample,
    contrast: Contrast | None = None,
    *,
    stock: str = "",
    fewer: str = "",
    callbacks: bool = False,
) -> Picture:
    """Lay out a counterexample; the contrast says which moment decides, `fewer` where fewer events suffice.

    `callbacks`: show the number of done callbacks from the beginning.
    """
    token = found.token
    reading = "" if token.reading == "weak" else f", reading {token.reading}"
    sure = [] if not stock else [f"{how_sure(found)} Stock asyncio: {stock}."]
    sure += [f"{fewer[0].upper()}{fewer[1:]}."] if fewer else []
    return picture_of(
        found.beginning,
        found.trace,
        lanes(found),
        Words(
            title=BY_NAME[token.property].sentence,
            verdict="violated",
            subtitle=(f"{token.target}, {token.situation}{reading}: {describe(token.situation)}",),
            closing=(*what_happened(found), *why_decisive(contrast), *_stars(found), *sure),
            callbacks=callbacks,
        ),
        decisive=None if contrast is None else contrast.decisive,
    )


def picture_of_neighbour(found: Counterexample, contrast: Contrast) -> Picture | None:
    """Lay out the nearest schedule that keeps the property, if there is one, with what else fails in it."""
    good = contrast.neighbour
    if good is None:
        return None
    said = "this property is kept" if good.exercised else "here this property does not apply"
    failing = "; ".join(BY_NAME[name].sentence for name in good.fails)
    people = {record.who for record in good.trace} | set(lanes(found))
    names = [*lanes(found), *sorted(people - set(lanes(found)))]
    return picture_of(
        good.beginning,
        good.trace,
        names,
        Words(
            title="the nearest schedule in which this does not happen",
            verdict="" if failing else "holds",
            subtitle=(said, f"violated here: {failing}") if failing else (said,),
        ),
        decisive=contrast.decisive if contrast.decisive < len(good.trace) else None,
    )


def _stars(found: Counterexample) -> tuple[str, ...]:
    return ("* not in an undisturbed run",) if any(map(deviates, found.trace)) else ()


def why_decisive(contrast: Contrast | None) -> tuple[str, ...]:
    """Say why the marked moment is decisive."""
    if contrast is None:
        return ()
    if contrast.neighbour is None:
        if contrast.all_tried and not contrast.tried:
            return ("Entering the call decides it: no other schedule has as few events.",)
        tried = f"{contrast.tried + 1:,}" if contrast.all_tried else f"the first {contrast.tried + 1:,}"
        return (f"Entering the call decides it: all of {tried} schedules with as few events fail in this way.",)
    return ("Decisive: up to here, a schedule that keeps the property is the same.",)


def _kind(name: str) -> str:
    kind = name.split(maxsplit=1)[0]
    return kind if kind in ("environment", "controller", "dependency") else "other"


def _box(columns: tuple[Lane, ...], record: Record, after: Stand, *, one_file: bool, decisive: bool) -> Box:
    lane = _place(columns, record.who)
    texts = tuple(record.text.split("; "))
    arrows = _arrows(columns, record.requests)
    code = line_told(record.lines[-1], one_file=one_file, word="") if record.lines else ""
    if record.raised_elsewhere is not None:
        texts = (*texts, f"raised at {line_told(record.raised_elsewhere, one_file=one_file)}")
    texts = (*texts, *dict.fromkeys(f"{each.scope} cancels {each.of}" for each in record.requests if each.scope))
    told = [f"gap {record.gap}, {record.who}: {record.text}", code, *(arrow.told for arrow in arrows)]
    return Box(
        gap=record.gap,
        lane=lane,
        is_callback=record.kind == "callback",
        texts=texts,
        code=code,
        file=record.lines[-1].file if record.lines else "",
        lines=tuple(dict.fromkeys(line.number for line in record.lines)),
        arrows=arrows,
        deviates=deviates(record),
        decisive=decisive,
        told=". ".join(each for each in told if each),
        after=after,
    )


def _place(columns: tuple[Lane, ...], name: str) -> int:
    """Return the lane of a name; that of the environment if it has none."""
    return next((number for number, lane in enumerate(columns) if lane.name == name), 0)


def _arrows(columns: tuple[Lane, ...], requests: Sequence[CancelRequest]) -> tuple[Arrow, ...]:
    """Lay out the arrows of a box, from the top down."""
    arrows: list[Arrow] = []
    for request in requests:
        start, end = _place(columns, request.by), _place(columns, request.of)
        before = arrows[-1] if arrows else None
        continues = before is not None and request.forwarded and before.end == start != before.start
        onward = before is not None and continues and (end > start) == (before.end > before.start) and start != end
        arrows.append(
            Arrow(
                start=start,
                end=end,
                line=0 if before is None else before.line + (not onward),
                continues=continues,
                onward=onward,
                forwarded=request.forwarded,
                effective=request.effective,
                told=_told(request),
            )
        )
    return tuple(arrows)


def _told(request: CancelRequest) -> str:
    how = "forwards the cancellation to" if request.forwarded else "cancels"
    what = "" if request.effective else ", which is done: no effect"
    return f"{request.scope or request.by} {how} {'itself' if request.by == request.of else request.of}{what}"


def _stand(columns: tuple[Lane, ...], gap: Gap, number: int, before: Gap) -> Stand:
    earlier = {task.name: task for task in before.tasks}
    tasks = {task.name: task for task in gap.tasks}
    facts = tuple(
        _facts(tasks[lane.name], earlier.get(lane.name, tasks[lane.name])) if lane.name in tasks else ()
        for lane in columns
    )
    return Stand(number=number, queue=tuple(Lane(name=each, kind=_kind(each)) for each in gap.queue), facts=facts)


def _facts(task: TaskState, before: TaskState) -> tuple[Fact, ...]:
    """Return the state of a task as facts, in the same order at every gap."""
    facts = [
        Fact(text=f"cancelling {task.cancelling}", news=task.cancelling != before.cancelling, bad=task.cancelling > 0)
    ]
    if task.ended:
        return (*facts, Fact(text=f"done: {task.ended}", news=not before.ended))
    if task.must_cancel:
        facts.append(Fact(text="must cancel", news=not before.must_cancel, bad=True))
    waits = f"waits for {task.waits_for}" if task.waits_for else "waits for nothing"
    facts.append(Fact(text=waits, news=task.waits_for != before.waits_for))
    facts.append(Fact(text=callbacks_told(task), news=task.callbacks != before.callbacks, asked_for=True))
    return tuple(facts)
