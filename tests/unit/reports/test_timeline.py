"""The drawing of a history stays inside its frame and shows each fate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from account_sanctions.application.reports.axis import scale_of, ticks
from account_sanctions.application.reports.fitting import shortened, spread, text_width
from account_sanctions.application.reports.timeline import Chronicle, Moment, Picture, Span, Track, draw
from account_sanctions.application.reports.tracks import chronicle_of
from account_sanctions.application.reports.wording import (
    SIGNS,
)

from .platforms import HOLDER, LONG, START, Platform


def picture_of(platform: Platform, width: float = 1000) -> Picture:
    return draw(chronicle_of(platform.history, platform.state()), width)


def assert_inside(picture: Picture) -> None:
    for row in (*picture.bands, *picture.lanes):
        for box in row.boxes:
            assert box.width >= 2
            assert box.x >= 0
            assert box.x + box.width <= picture.width
        assert all(0 < mark.x < picture.width for mark in row.marks)
        assert row.bar < picture.height
    for tick in picture.ticks:
        assert 0 <= tick.x <= picture.width
        if tick.label is not None:
            half = text_width(tick.label.text)
            start = tick.label.x - {"start": 0, "middle": half / 2, "end": half}[tick.label.anchor]
            assert -0.1 <= start <= start + half <= picture.width + 0.1


def chronicle(first: datetime, last: datetime, *tracks: Track, now: datetime | None = None) -> Chronicle:
    return Chronicle(now=now or last, first=first, last=last, open_ended=False, bands=(), tracks=tracks)


@pytest.mark.parametrize("width", [1000, 350])
def test_picture_stays_inside_its_frame(eventful: Platform, width: float) -> None:
    picture = picture_of(eventful, width)
    assert_inside(picture)
    assert {mark.sign for lane in picture.lanes for mark in lane.marks} <= SIGNS.keys()


def test_lanes_show_each_fate(eventful: Platform) -> None:
    lanes = {lane.name: lane for lane in picture_of(eventful).lanes}
    assert list(lanes) == ["", "w-1", "o-1", "o-1/1", "s-1", "b-1"]
    assert [box.shape for box in lanes["s-1"].boxes] == ["void"]
    assert [box.shape for box in lanes["b-1"].boxes] == ["past", "ahead"]
    assert lanes["b-1"].boxes[-1].arrow
    assert not lanes["o-1/1"].boxes[0].arrow
    assert "deadline" in {mark.sign for mark in lanes["o-1"].marks}
    assert {"appeal", "appeal-decided", "overturned"} <= {mark.sign for mark in lanes["s-1"].marks}


def test_announced_consequence_is_shown_until_the_clock_stops(platform: Platform) -> None:
    platform.do(
        0,
        "order_rectification",
        sanction="o-1",
        basis={"clause": "c"},
        within="P10D",
        clock="submission_stops_clock",
        on_default=[{"restrict": ["publish"], "for": "P30D"}, {"warn": {"permanent": True}}],
    )
    assert [lane.name for lane in picture_of(platform).lanes] == ["o-1", "o-1/1", "o-1/2"]
    assert platform.page()
    platform.do(9, "submit_rectification", HOLDER, sanction="o-1")
    platform.now += timedelta(days=30)
    picture = picture_of(platform)
    assert [lane.name for lane in picture.lanes] == ["o-1"]
    assert picture.lanes[0].boxes[-1].arrow
    assert_inside(picture)


def test_scheduled_sanction_waits_then_is_hatched(platform: Platform) -> None:
    start = (START + timedelta(days=5)).isoformat()
    terms = {"functions": ["publish"], "from": start, "for": "P5D"}
    platform.do(0, "restrict", sanction="s-1", basis={"clause": "c"}, **terms)
    shapes = [box.shape for box in picture_of(platform).lanes[0].boxes]
    assert shapes == ["waiting", "ahead"]
    platform.do(1, "lift", sanction="s-1", reason="no")
    assert [box.shape for box in picture_of(platform).lanes[0].boxes] == ["waiting"]


def test_standing_band_ends_in_the_standing_of_the_state(eventful: Platform) -> None:
    for day in range(53):
        when = START + timedelta(days=day, hours=1)
        state = eventful.state(valid_at=when)
        known = chronicle_of(eventful.history, state).bands[0]
        past = [span for span in known.spans if span.shape == "past"]
        assert past[-1].tone == state.standing
        assert past[-1].end == when
        for one, other in pairwise(known.spans):
            assert one.end == other.start


def test_far_end_does_not_squeeze_the_past(platform: Platform) -> None:
    platform.do(0, "warn", sanction="w-1", basis={"clause": "c"}, until="9999-12-31T23:59:59.999999Z")
    platform.do(30, "warn", sanction="w-2", basis={"clause": "c"}, **{"for": "P9D"})
    picture = picture_of(platform)
    assert picture.lanes[0].boxes[-1].arrow
    assert picture.now > 50
    assert_inside(picture)


def test_same_instant_does_not_divide_by_zero() -> None:
    track = Track("s", "t", "", (Span(START, START, "past", "banned"),), (Moment(START, "decision", "now"),) * 3)
    picture = draw(chronicle(START, START, track), 400)
    assert_inside(picture)
    assert len({mark.x for mark in picture.lanes[0].marks}) == 3


@pytest.mark.parametrize("edge", [datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_edges_of_the_calendar_are_drawn(edge: datetime) -> None:
    for other in (edge, START):
        assert_inside(draw(chronicle(edge, other), 1000))


@pytest.mark.parametrize(
    "span",
    [
        *(timedelta(microseconds=10**power) for power in range(18)),
        *(timedelta(days=days) for days in (1, 3, 10, 40, 100, 400, 3_000, 36_500, 400_000, 2_000_000)),
    ],
    ids=str,
)
@pytest.mark.parametrize("most", [3, 4, 11])
def test_ticks_are_few_round_and_in_order(span: timedelta, most: int) -> None:
    scale = scale_of(START, START + span, left=10, right=990)
    found = ticks(scale, most)
    assert 1 <= len(found) <= most + 1
    places = [scale.x(tick.at) for tick in found]
    assert places == sorted(places)
    assert len({tick.at for tick in found}) == len(found)
    assert all(scale.shows(tick.at) for tick in found)
    assert all(tick.label for tick in found)


def test_ticks_speak_in_units_of_the_span() -> None:
    def labels(span: timedelta) -> list[str]:
        return [tick.label for tick in ticks(scale_of(START, START + span, left=0, right=1000), 9)]

    assert ".000010 s" in labels(timedelta(microseconds=40))
    assert "09:00:30" in labels(timedelta(minutes=1))
    assert "12:00" in labels(timedelta(hours=12))
    assert "12 Jan" in labels(timedelta(days=30))
    assert "Apr" in labels(timedelta(days=200))
    assert "2030" in labels(timedelta(days=8_000))


def test_many_moments_are_gathered_and_many_lanes_cut(platform: Platform) -> None:
    moments = tuple(Moment(START + timedelta(hours=hour), "notice", "n") for hour in range(400))
    picture = draw(chronicle(START, START + timedelta(hours=400), Track("s", "t", "", (), moments)), 1000)
    assert_inside(picture)
    assert sum(mark.count for mark in picture.lanes[0].marks) == 400
    for number in range(70):
        platform.do(number, "warn", sanction=f"w-{number}", basis={"clause": "c"}, **{"for": "P1D"})
    page = platform.page()
    assert "The 10 earliest sanctions are left out" in page
    assert page.count('id="account-sanction-') == 70


@pytest.mark.parametrize("places", [[], [5.0], [50, 50, 50], [90, 95, 99], [0, 0, 99, 99]])
def test_marks_are_moved_apart_and_stay(places: list[float]) -> None:
    moved = spread(places, 10, 0, 100)
    assert all(later - earlier >= 10 for earlier, later in pairwise(moved))
    assert all(0 <= place <= 100 for place in moved)


def test_labels_are_cut_to_their_room() -> None:
    assert shortened("short", 100) == "short"
    for text in (LONG, "\u6f22" * 300):
        cut = shortened(text, 120)
        assert cut.endswith("\u2026")
        assert text_width(cut) <= 120
