"""The history page: nothing is left out, nothing is trusted, and the drawing stays inside its frame."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.documents import AccountState
from account_sanctions.application.reports.axis import scale_of, ticks
from account_sanctions.application.reports.fitting import shortened, spread, text_width
from account_sanctions.application.reports.history_page import Chapter, history_page, story_page
from account_sanctions.application.reports.timeline import Chronicle, Moment, Picture, Span, Track, draw
from account_sanctions.application.reports.tracks import chronicle_of
from account_sanctions.application.reports.wording import (
    SIGNS,
    consequence_words,
    event_words,
    period_words,
    visible,
)
from account_sanctions.projections.history import AccountHistory

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
MODERATOR = {"kind": "moderator", "id": "m-7"}
REVIEWER = {"kind": "reviewer", "id": "r-2"}
HOLDER = {"kind": "holder", "id": "owner"}
HOSTILE = '</title></style><script>alert(\'"1"\')</script><img src="https://evil.test/x" onerror=go()> & \u202eevil'
LONG = "w" * 10_000


class Platform:
    """A store in memory with a clock that the test sets, and one account."""

    def __init__(self, account: str = "gh_1") -> None:
        self.account = account
        self.now = START
        self.sanctions = Sanctions.open("sqlite://", clock=lambda: self.now)

    def do(self, day: float, command: str, by: Any = MODERATOR, **fields: Any) -> None:
        self.now = START + timedelta(days=day)
        self.sanctions.execute({"command": command, "account": self.account, "by": by, **fields})

    @property
    def history(self) -> AccountHistory:
        return self.sanctions.history(self.account)

    def state(self, **when: datetime) -> AccountState:
        return self.sanctions.state(self.account, **when)

    def page(self) -> str:
        return history_page(self.history, self.state())


@pytest.fixture
def platform() -> Iterator[Platform]:
    platform = Platform()
    with platform.sanctions:
        yield platform


@pytest.fixture
def eventful(platform: Platform) -> Platform:
    basis = {"clause": "4.2"}
    platform.do(0, "record_violation", violation="v-1", clause="4.2", facts="A cure is promised.", evidence=["a-1"])
    platform.do(1, "warn", sanction="w-1", basis={"clause": "4.2", "violations": ["v-1"]}, **{"for": "P6M"})
    platform.do(
        3,
        "order_rectification",
        sanction="o-1",
        basis=basis,
        within="P10D",
        requirements="Remove it.",
        on_default=[{"restrict": ["mass_send", "publish"], "for": "P30D"}],
    )
    platform.do(8, "submit_rectification", HOLDER, sanction="o-1", statement="It is gone.")
    platform.do(9, "reject_rectification", sanction="o-1", reason="It is not.")
    platform.do(
        20,
        "restrict",
        sanction="s-1",
        basis=basis,
        functions=[{"function": "mass_send", "for": "P5D"}, {"function": "publish", "for": "P45D"}],
    )
    platform.do(22, "appeal", HOLDER, appeal="a-1", sanction="s-1", statement="It was somebody else.")
    platform.do(30, "decide_appeal", REVIEWER, appeal="a-1", outcome="granted", reason="It was.")
    platform.do(
        50, "propose", proposal="p-1", sanction={"command": "ban", "sanction": "b-1", "basis": basis, "permanent": True}
    )
    platform.do(51, "approve", REVIEWER, proposal="p-1")
    platform.do(52, "note", text="The file was asked for.")
    return platform


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text of the document."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


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


# The page


def test_page_shows_every_event_in_order_with_its_text(eventful: Platform) -> None:
    page = eventful.page()
    found = re.findall(r'<tr role="row" id="account-event-(\d+)"', page)
    assert found == [str(entry.version) for entry in eventful.history.events]
    words = Elements(page).text
    for entry in eventful.history.events:
        assert event_words(entry.type) in words
        assert entry.command_id is None or entry.command_id in words
    for text in (
        "A cure is promised.",
        "a-1",
        "Remove it.",
        "It is not.",
        "It was somebody else.",
        "The file was asked",
    ):
        assert text in words
    assert "restriction of mass_send, publish for 30 days" in words
    assert "7 d later" in words  # the default was recorded with the next command


def test_page_says_what_is_restricted_and_why(eventful: Platform) -> None:
    words = Elements(eventful.page()).text
    assert "Every function no end b-1 ban" in words
    restricted = eventful.state(valid_at=START + timedelta(days=14))
    words = Elements(history_page(eventful.history, restricted)).text
    assert "mass_send 2026-02-17 09:00:00 UTC o-1/1 restriction" in words


def test_page_of_the_past_marks_what_was_not_known(eventful: Platform) -> None:
    then = START + timedelta(days=2)
    page = history_page(eventful.history, eventful.state(valid_at=then, known_at=then))
    assert page.count('class="unknown"') == len(eventful.history.events) - 2
    assert "2 of " in Elements(page).text


def test_page_needs_nothing_but_itself(eventful: Platform) -> None:
    tags = Elements(eventful.page()).tags
    assert not {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    for _, attributes in tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert not re.search(r"url\((?!#)|@import|@font-face", eventful.page())


def test_page_links_and_labels_point_at_what_exists(eventful: Platform) -> None:
    chapter = Chapter("One", "Text.", eventful.history, eventful.state())
    for page in (eventful.page(), story_page([chapter, chapter])):
        tags = [attributes for _, attributes in Elements(page).tags]
        ids = [attributes["id"] for attributes in tags if "id" in attributes]
        assert len(ids) == len(set(ids))
        for attributes in tags:
            target = attributes.get("href")
            assert target is None or target.removeprefix("#") in ids
            assert set((attributes.get("aria-labelledby") or "").split()) <= set(ids)
        for name in re.findall(r"url\(#([^)]+)\)", page):
            assert name in ids


def test_page_is_made_for_screen_readers(eventful: Platform) -> None:
    tags = Elements(eventful.page()).tags
    names = [tag for tag, _ in tags]
    assert names.count("h1") == names.count("main") == 1
    assert names.count("caption") == names.count("table")
    assert all("scope" in attributes for tag, attributes in tags if tag == "th")
    charts = [attributes for tag, attributes in tags if tag == "svg" and attributes.get("role") == "img"]
    assert len(charts) == 2
    assert all(attributes.get("aria-labelledby") for attributes in charts)


@pytest.mark.parametrize("account", [HOSTILE[:200], "\u05d0\u05d1" * 50, "a" * 200, "'\"><svg onload=x>{{ 7*7 }}"])
def test_hostile_account_is_escaped(account: str) -> None:
    platform = Platform(account)
    with platform.sanctions:
        platform.do(0, "warn", sanction="<b>w", basis={"clause": "</script><b>"}, permanent=True)
        page = platform.page()
    tags = {tag for tag, _ in Elements(page).tags}
    assert not tags & {"script", "img", "b"}
    assert visible(account) in "".join(Elements(page).words)
    assert "\u202e" not in page


@pytest.mark.parametrize("text", [HOSTILE, LONG, "\u2066\u202ano end", "{% raw %}{{ x }}", "line\nline\tand tab"])
def test_hostile_text_is_escaped_and_whole(platform: Platform, text: str) -> None:
    platform.do(0, "record_violation", clause="c", violation="v-1", facts=text, evidence=[text])
    platform.do(1, "warn", sanction="w-1", basis={"clause": "c", "facts": text}, permanent=True)
    platform.do(2, "lift", sanction="w-1", reason=text)
    platform.do(3, "note", text=text)
    page = platform.page()
    elements = Elements(page)
    assert not {tag for tag, _ in elements.tags} & {"script", "img"}
    assert "".join(elements.words).count(visible(text)) == 5
    assert not re.search("[\u202a-\u202e]", page)
    assert page.encode()


def test_hostile_title_and_intro_are_escaped(eventful: Platform) -> None:
    page = history_page(eventful.history, eventful.state(), title=HOSTILE, intro=HOSTILE)
    story = story_page([Chapter(HOSTILE, HOSTILE, eventful.history, eventful.state())], title=HOSTILE, intro=HOSTILE)
    for found in (page, story):
        assert not {tag for tag, _ in Elements(found).tags} & {"script", "img"}


def test_empty_account_renders(platform: Platform) -> None:
    words = Elements(platform.page()).text
    assert "Nothing is restricted" in words
    assert "Nothing is recorded of this account" in words


def test_story_has_a_chapter_per_account(eventful: Platform) -> None:
    chapters = [Chapter(f"Part {number}", "Told.", eventful.history, eventful.state()) for number in range(4)]
    page = story_page(chapters)
    assert page.count('<article class="chapter"') == 4
    assert page.count("<h1") == 1
    assert story_page([])


def test_same_account_gives_the_same_page(eventful: Platform) -> None:
    assert eventful.page() == eventful.page()


def test_module_imports_without_the_template_engine() -> None:
    program = "import sys, account_sanctions.application.reports.history_page; sys.exit('jinja2' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


# The geometry


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


# The words


def test_words_are_for_people() -> None:
    assert event_words("RectificationOrdered") == "Rectification ordered"
    assert period_words("P1Y2M3DT4H5M6S") == "1 year, 2 months, 3 days, 4 hours, 5 minutes, 6 seconds"
    assert period_words("nonsense") == "nonsense"
    assert consequence_words({"ban": {"permanent": True}}) == "ban without end"
    assert consequence_words({"warn": {"until": START}}) == "warning until 2026-01-05 09:00:00 UTC"
    own = {"restrict": ["a", {"function": "b", "for": "P1D"}], "permanent": True}
    assert consequence_words(own) == "restriction of a, b for 1 day without end"


def test_tricks_are_written_out() -> None:
    assert visible("a\u202eb\x00\ud800") == "a[U+202E]b[U+0000][U+D800]"
    assert visible("two\nlines\tand \u0627\u200f") == "two\nlines\tand \u0627\u200f"
