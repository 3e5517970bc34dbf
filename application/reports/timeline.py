"""The geometry of the timeline: from spans and moments in time to boxes, marks and labels in pixels. No templates here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from .axis import Scale, scale_of, ticks
from .fitting import shortened, spread, text_width

__all__ = [
    "Band",
    "Box",
    "Chronicle",
    "Label",
    "Mark",
    "Moment",
    "Picture",
    "PlacedTick",
    "Row",
    "Shape",
    "Span",
    "Track",
    "draw",
]

Shape = Literal["past", "ahead", "void", "waiting"]
"""In force until now; decided for the future; overturned; announced and not yet begun."""

_MARGIN: Final = 10.0
_ARROW: Final = 9.0
_BAR: Final = 16.0
_BAND: Final = 20.0
_LINE: Final = 16.0
_GAP: Final = 17.0
_TALL: Final = 620.0


class Span(Struct, frozen=True):
    """A stretch of time; `end` None: it goes on."""

    start: datetime
    end: datetime | None
    shape: Shape
    tone: str
    text: str = ""


class Moment(Struct, frozen=True):
    """Something that happened, or will, at one instant. `sign` names its mark."""

    at: datetime
    sign: str
    text: str


class Track(Struct, frozen=True):
    """What one lane tells: its name (somebody else's text), what it is, its spans and moments."""

    name: str
    title: str
    about: str
    spans: tuple[Span, ...]
    moments: tuple[Moment, ...]


class Band(Struct, frozen=True):
    """A row of spans that touch one another, under a heading."""

    title: str
    spans: tuple[Span, ...]


class Chronicle(Struct, frozen=True, kw_only=True):
    """Everything that a picture shows, in time. `first` and `last` bound the axis; `now` is the valid time of the state."""

    now: datetime
    first: datetime
    last: datetime
    open_ended: bool
    bands: tuple[Band, ...]
    tracks: tuple[Track, ...]
    omitted: int = 0


class Label(Struct, frozen=True):
    """Text at a place."""

    x: float
    text: str
    anchor: Literal["start", "middle", "end"] = "start"


class PlacedTick(Struct, frozen=True):
    """A grid line, with or without words."""

    x: float
    label: Label | None
    context: Label | None


class Box(Struct, frozen=True):
    """A bar. `arrow`: it goes on beyond the picture. `text` fits into it, or is empty."""

    x: float
    width: float
    shape: Shape
    tone: str
    arrow: bool
    text: str
    hint: str


class Mark(Struct, frozen=True):
    """A sign at `x`, for what happened at `foot` on the bar; `count` says how many it stands for."""

    x: float
    foot: float
    sign: str
    hint: str
    count: int = 1


class Row(Struct, frozen=True, kw_only=True):
    """A lane or band at its height: where the words, the bar and the marks stand."""

    top: float
    name: str
    title: str
    about: str
    about_below: bool
    bar: float
    boxes: tuple[Box, ...]
    marks: tuple[Mark, ...]


class Picture(Struct, frozen=True, kw_only=True):
    """The whole drawing."""

    width: float
    height: float
    now: float
    now_label: Label
    axis: float
    foot_axis: float | None
    grid_end: float
    ticks: tuple[PlacedTick, ...]
    bands: tuple[Row, ...]
    lanes: tuple[Row, ...]
    bar_height: float = _BAR
    band_height: float = _BAND


def draw(chronicle: Chronicle, width: float) -> Picture:
    """The chronicle as a picture of this width; its height follows from what there is to show."""
    room = 0.14 if chronicle.open_ended else 0.03
    scale = scale_of(chronicle.first, chronicle.last, left=_MARGIN, right=width - _MARGIN, room=room)
    now = scale.x(chronicle.now)
    top = 22.0
    bands: list[Row] = []
    for band in chronicle.bands:
        boxes = tuple(_box(scale, span, _BAND) for span in band.spans)
        bands.append(_row(top, width, ("", band.title, ""), boxes, ()))
        top += _LINE + _BAND + 10
    axis = top + 4
    top = axis + 40
    lanes: list[Row] = []
    for track in chronicle.tracks:
        lane = _lane(scale, track, top, width)
        lanes.append(lane)
        top = lane.bar + (_BAR if lane.boxes else 0) + (_LINE + 8 if lane.marks else 0) + 16
    tall = top > _TALL
    return Picture(
        width=width,
        height=top + (36 if tall else 0),
        now=now,
        now_label=_inside(now, f"as of {_as_of(chronicle)}", width),
        axis=axis,
        foot_axis=top if tall else None,
        grid_end=top - 6,
        ticks=tuple(_ticks(scale, width)),
        bands=tuple(bands),
        lanes=tuple(lanes),
    )


def _as_of(chronicle: Chronicle) -> str:
    return f"{chronicle.now.date().isoformat()} {chronicle.now:%H:%M} UTC"


def _lane(scale: Scale, track: Track, top: float, width: float) -> Row:
    boxes = tuple(_box(scale, span, _BAR) for span in track.spans)
    marks = tuple(_marks(scale, track.moments))
    return _row(top, width, (track.name, track.title, track.about), boxes, marks)


def _row(top: float, width: float, words: tuple[str, str, str], boxes: tuple[Box, ...], marks: tuple[Mark, ...]) -> Row:
    name, title, about = words
    free = width - 2 * _MARGIN
    name = shortened(name, free * 0.45)
    head = text_width(name) * 1.12 + 14 + text_width(title)
    below = bool(about) and head + 14 + text_width(about) > free
    return Row(
        top=top,
        name=name,
        title=shortened(title, free - text_width(name) * 1.12 - 14),
        about=shortened(about, free if below else free - head - 14),
        about_below=below,
        bar=top + _LINE * (2 if below else 1) + 4,
        boxes=boxes,
        marks=marks,
    )


def _box(scale: Scale, span: Span, height: float) -> Box:
    left = scale.x(span.start)
    beyond = span.end is None or not scale.shows(span.end)
    right = scale.right if span.end is None else scale.x(span.end)
    size = max(right - left, 2.0)
    left = min(left, scale.right - size)
    wanted = text_width(span.text) + 12
    return Box(
        x=round(left, 1),
        width=round(size, 1),
        shape=span.shape,
        tone=span.tone,
        arrow=beyond and size > _ARROW + 2,
        text=span.text if height == _BAND and wanted <= size - (_ARROW if beyond else 0) else "",
        hint=span.text,
    )


def _marks(scale: Scale, moments: Sequence[Moment]) -> list[Mark]:
    shown = sorted((moment for moment in moments if scale.shows(moment.at)), key=lambda moment: moment.at)
    low, high = scale.left + 6, scale.right - 6
    if len(shown) * _GAP > high - low:
        return _clusters(scale, shown)
    places = spread([scale.x(moment.at) for moment in shown], _GAP, low, high)
    return [
        Mark(place, scale.x(moment.at), moment.sign, moment.text) for place, moment in zip(places, shown, strict=True)
    ]


def _clusters(scale: Scale, moments: Sequence[Moment]) -> list[Mark]:
    """One mark for all the moments of each stretch of the axis, where there is no room for every one."""
    cells: dict[int, list[Moment]] = {}
    for moment in moments:
        cells.setdefault(int((scale.x(moment.at) - scale.left) // (2 * _GAP)), []).append(moment)
    marks: list[Mark] = []
    for cell, found in cells.items():
        x = round(min(scale.left + (cell + 0.5) * 2 * _GAP, scale.right - _GAP), 1)
        single = len(found) == 1
        hint = found[0].text if single else f"{len(found)} events, the first: {found[0].text}"
        marks.append(Mark(x, x, found[0].sign if single else "several", hint, len(found)))
    return marks


def _ticks(scale: Scale, width: float) -> Iterable[PlacedTick]:
    most = max(int(width // 84), 3)
    label_end = context_end = 0.0
    for tick in ticks(scale, most):
        x = scale.x(tick.at)
        label, context = _inside(x, tick.label, width), _inside(x, tick.context, width)
        starts, ends = _extent(label)
        shown = starts >= label_end
        label_end = ends + 8 if shown else label_end
        starts, ends = _extent(context)
        told = bool(tick.context) and starts >= context_end
        context_end = ends + 8 if told else context_end
        yield PlacedTick(x, label if shown else None, context if told else None)


def _inside(x: float, text: str, width: float) -> Label:
    """A label centred on `x`, or leaning on the edge that it would cross."""
    half = text_width(text) / 2
    if x - half < 0:
        return Label(0.0, text, "start")
    if x + half > width:
        return Label(width, text, "end")
    return Label(x, text, "middle")


def _extent(label: Label) -> tuple[float, float]:
    size = text_width(label.text)
    start = label.x - {"start": 0.0, "middle": size / 2, "end": size}[label.anchor]
    return start, start + size
