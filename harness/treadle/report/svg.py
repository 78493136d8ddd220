"""Draw a picture as SVG, with computed positions. It needs no layout by a browser, so files and notebooks can hold it.

Text does not flow in SVG, so lines are broken here, by the width of a letter in the widest of the usual fonts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from treadle.report.breaking import break_lines
from treadle.report.render import render

if TYPE_CHECKING:
    from treadle.report.picture import Arrow, Box, Picture, Stand

# The width of a letter as a part of the font size: of code, and of other text in the widest usual font, bold.
_CODE = 0.6
_EM = 0.57
_GUTTER = 46
_PAD = 8
_MARGIN = 14
_BOX = 176
_ALONE = 840
_PAIRED = 406
_NARROW = 0.55  # the relative width of a lane without text in the gaps
_SIZES = {"title": 16, "lane": 13, "text": 13, "code": 12, "fact": 11.5, "small": 11.5, "gap": 11.5}
_LEAD = 1.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One line of text with its left end (or its middle) at x and its base line at y."""

    x: float
    y: float
    style: str
    text: str
    middle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A box, a line, or the head of an arrow: an SVG path."""

    path: str
    style: str


@dataclass
class _Drawing:
    """One picture, as it grows downwards from y."""

    picture: Picture
    left: float
    width: float
    y: float = 0
    texts: list[Text] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)

    @cached_property
    def shares(self) -> tuple[float, ...]:
        """The widths of the lanes, as parts of a full one. The first lane has the queue."""
        stands = (self.picture.beginning, *(box.after for box in self.picture.boxes))
        talks = (any(stand.facts[lane] for stand in stands) for lane in range(1, len(self.picture.lanes)))
        return (1.0, *(1.0 if each else _NARROW for each in talks))

    def lane_width(self, lane: int) -> float:
        return (self.width - _GUTTER) * self.shares[lane] / sum(self.shares)

    def lane_left(self, lane: int) -> float:
        return self.left + _GUTTER + (self.width - _GUTTER) * sum(self.shares[:lane]) / sum(self.shares)

    def middle(self, lane: int) -> float:
        return self.lane_left(lane) + self.lane_width(lane) / 2

    def write(self, x: float, y: float, text: str, style: str, *, middle: bool = False) -> None:
        self.texts.append(Text(x=round(x, 1), y=round(y, 1), style=style, text=text, middle=middle))

    def lines(self, x: float, text: str, style: str, width: float) -> float:
        """Write text over several lines from `self.y` downwards; return its height."""
        kind = style.split(maxsplit=1)[0]
        size = _SIZES[kind]
        broken = break_lines(text, max(8, int(width / (size * (_CODE if kind == "code" else _EM)))))
        for number, line in enumerate(broken):
            self.write(x, self.y + size + number * size * _LEAD, line, style)
        return len(broken) * size * _LEAD

    def rectangle(self, x: float, y: float, width: float, height: float, style: str) -> None:
        path = f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}z"
        self.shapes.append(Shape(path=path, style=style))


def draw(*pictures: Picture) -> str:
    """Draw pictures side by side; two are as wide as the column of a notebook."""
    each = _ALONE if len(pictures) == 1 else _PAIRED
    drawings = []
    for number, picture in enumerate(pictures):
        drawing = _Drawing(picture, _MARGIN + number * (each + 2 * _MARGIN), each, _MARGIN)
        _title(drawing)
        drawings.append(drawing)
    below = max(drawing.y for drawing in drawings)  # so that the common part of two schedules is at the same height
    for drawing in drawings:
        drawing.y = below
        _draw(drawing)
    total = len(pictures) * each + 2 * _MARGIN * len(pictures)
    told = [box.told for picture in pictures for box in picture.boxes]
    return render(
        "picture.svg",
        width=total,
        height=round(max(drawing.y for drawing in drawings) + _MARGIN),
        title="; ".join(picture.words.title for picture in pictures),
        description=". ".join(told),
        shapes=[shape for drawing in drawings for shape in drawing.shapes],
        texts=[text for drawing in drawings for text in drawing.texts],
    )


def _title(drawing: _Drawing) -> None:
    words = drawing.picture.words
    if words.title:
        mark = {"violated": "\N{BALLOT X} violated: ", "holds": "\N{CHECK MARK} "}.get(words.verdict, "")
        drawing.y += drawing.lines(drawing.left, f"{mark}{words.title}", f"title {words.verdict}", drawing.width) + 2
    for line in words.subtitle:
        drawing.y += drawing.lines(drawing.left, line, "small", drawing.width)
    drawing.y += 8


def _draw(drawing: _Drawing) -> None:
    picture = drawing.picture
    top = drawing.y
    for number, lane in enumerate(picture.lanes):
        drawing.write(drawing.middle(number), top + 15, lane.name, f"lane k-{lane.kind}", middle=True)
    drawing.y += 24
    place = len(drawing.shapes)  # the life lines go below everything else
    _stand(drawing, picture.beginning)
    for box in picture.boxes:
        _box(drawing, box)
        _wires(drawing, box)
        _stand(drawing, box.after)
    drawing.shapes[place:place] = [
        Shape(path=f"M{drawing.middle(number):.1f} {top + 20:.1f}V{drawing.y:.1f}", style=f"life k-{lane.kind}")
        for number, lane in enumerate(picture.lanes)
    ]
    drawing.y += 6
    for number, line in enumerate(picture.words.closing):
        drawing.y += drawing.lines(drawing.left, line, "small" if number else "small strong", drawing.width)


def _stand(drawing: _Drawing, stand: Stand) -> None:
    """Draw a gap: the queue in the first lane, the facts of each task in its own."""
    top = drawing.y
    place = len(drawing.shapes)
    drawing.y = top + 5
    drawing.write(drawing.left + 4, top + 16, f"gap {stand.number}", "gap")
    height = _queue(drawing, stand)
    for lane, facts in enumerate(stand.facts):
        down = 0.0
        for fact in facts:
            if fact.asked_for and not drawing.picture.words.callbacks:
                continue
            style = f"fact{' news' if fact.news else ''}{' bad' if fact.bad else ''}"
            drawing.y = top + 5 + down
            down += drawing.lines(drawing.lane_left(lane) + _PAD, fact.text, style, drawing.lane_width(lane) - 2 * _PAD)
        height = max(height, down)
    drawing.y = top + height + 10
    band = f"M{drawing.left:.1f} {top:.1f}h{drawing.width:.1f}v{height + 10:.1f}h{-drawing.width:.1f}z"
    drawing.shapes.insert(place, Shape(path=band, style="stand"))


def _queue(drawing: _Drawing, stand: Stand) -> float:
    left = drawing.lane_left(0) + _PAD
    top = drawing.y
    down = drawing.lines(left, "queue:" if stand.queue else "queue: empty", "fact", drawing.lane_width(0))
    for number, lane in enumerate(stand.queue):
        told = f"{number + 1}. {lane.name}"
        width = max(drawing.lane_width(0) - 3 * _PAD, _SIZES["fact"] * _EM * len(told) + 1.5 * _PAD)
        drawing.rectangle(left, top + down + 2, width, 17, f"chip k-{lane.kind}")
        drawing.write(left + 6, top + down + 14.5, told, f"fact k-{lane.kind}")
        down += 20
    drawing.y = top
    return down


def _box(drawing: _Drawing, box: Box) -> None:
    """Draw what happened, in its lane."""
    drawing.y += 7
    top = drawing.y
    # A lane may be narrower than a line of text: a box grows over its neighbours, which are empty in its row.
    width = max(drawing.lane_width(box.lane) - 6, _BOX)
    least, most = drawing.lane_left(0) + 3, drawing.left + drawing.width - 3 - width
    left = max(least, min(most, drawing.middle(box.lane) - width / 2))
    inner = width - 2 * _PAD
    kind = drawing.picture.lanes[box.lane].kind
    place = len(drawing.shapes)
    if box.deviates:
        drawing.write(drawing.left + 18, top + 20, "*", "text strong")
    drawing.y += 5
    if box.decisive:
        drawing.y += drawing.lines(left + _PAD, "\N{BLACK DIAMOND} decisive", "small bad strong", inner)
    for text in box.texts:
        drawing.y += drawing.lines(left + _PAD, text, "text", inner)
    if box.code:
        drawing.y += drawing.lines(left + _PAD, box.code, "code", inner)
    drawing.y += 5
    style = f"box k-{kind}{'' if box.is_callback else ' event'}{' decisive' if box.decisive else ''}"
    height = drawing.y - top
    path = f"M{left:.1f} {top:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}z"
    drawing.shapes.insert(place, Shape(path=path, style=style))
    drawing.y += 7


def _wires(drawing: _Drawing, box: Box) -> None:
    """Draw the arrows of a box; a forwarded one begins where the arrow before it ends."""
    top = drawing.y + 16
    for arrow in box.arrows:
        y = top + arrow.line * 22
        if arrow.continues and arrow.line:  # on the way back it would cover what it continues
            drawing.shapes.append(Shape(path=f"M{drawing.middle(arrow.start):.1f} {y - 22:.1f}v22", style="wire"))
        _wire(drawing, arrow, y)
        drawing.y = y + 12


def _wire(drawing: _Drawing, arrow: Arrow, y: float) -> None:
    start, end = drawing.middle(arrow.start), drawing.middle(arrow.end)
    idle = "" if arrow.effective else " idle"
    told = "forwarded" if arrow.forwarded else "cancel()"
    told = told if arrow.effective else f"{told}, but done"
    if arrow.start == arrow.end:
        drawing.shapes.append(Shape(path=f"M{start:.1f} {y - 8:.1f}h34v8h-28", style=f"wire{idle}"))
        drawing.write(start + 40, y, told, f"note{idle}")
        sign = -1
    else:
        sign = 1 if end > start else -1
        drawing.shapes.append(Shape(path=f"M{start:.1f} {y:.1f}H{end - sign * 6:.1f}", style=f"wire{idle}"))
        drawing.write((start + end) / 2, y - 4, told, f"note{idle}", middle=True)
    drawing.shapes.append(Shape(path=f"M{end:.1f} {y:.1f}l{-9 * sign} -5v10z", style=f"head{idle}"))
    if arrow.forwarded:
        drawing.shapes.append(Shape(path=f"M{start - 4:.1f} {y:.1f}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", style="head"))
