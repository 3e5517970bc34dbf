"""Events of older versions are lifted to the newest form; those of newer ones stop the reader with a sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec
import pytest
from account_sanctions.domain import events as e
from account_sanctions.domain.events import EVENT_TYPES, Event
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.vocabulary import Actor
from account_sanctions.infrastructure.chain import event_hash
from account_sanctions.infrastructure.mapper import SanctionMapper
from account_sanctions.infrastructure.upcasting import EventReader, UnreadableEvent, topic_of
from eventsourcing.persistence import JSONTranscoder

T0 = datetime(2026, 1, 1, tzinfo=UTC)
BY = Actor("moderator", "m-7")


class NoticeServed(Event, frozen=True, kw_only=True):
    """A later form: several sanctions at once, and the channel is never absent."""

    VERSION: ClassVar[int] = 3

    sanctions: tuple[str, ...]
    channel: str


def to_2(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "channel": event.get("channel", "unknown")}


def to_3(event: dict[str, Any]) -> dict[str, Any]:
    return {**{name: part for name, part in event.items() if name != "sanction"}, "sanctions": [event["sanction"]]}


LATER: dict[str, type[Event]] = {**EVENT_TYPES, "NoticeServed": NoticeServed}
OLD = SanctionMapper(JSONTranscoder())


def new(upcasters: dict[Any, Any] | None = None) -> SanctionMapper:
    mapper = SanctionMapper(JSONTranscoder())
    chosen = {("NoticeServed", 1): to_2, ("NoticeServed", 2): to_3} if upcasters is None else upcasters
    mapper.reader = EventReader(LATER, chosen)
    return mapper


def stored() -> Any:
    return OLD.to_stored_event(Recorded("gh_1", 4, T0, e.NoticeServed(at=T0, by=BY, sanction="s-1"), "c-1"))


def test_event_of_version_1_is_read_as_the_newest_form() -> None:
    before = stored()
    hashed = event_hash(bytes(32), "gh_1", 4, before.topic, before.state)
    found = new().to_domain_event(before)
    assert found == Recorded("gh_1", 4, T0, NoticeServed(at=T0, by=BY, sanctions=("s-1",), channel="unknown"), "c-1")
    assert event_hash(bytes(32), "gh_1", 4, before.topic, before.state) == hashed, "the stored bytes are what is hashed"


def test_version_between_takes_the_steps_that_are_left() -> None:
    body = stored().state.replace(b'"sanction":', b'"channel":"post","sanction":')
    assert new().decode("account_sanctions.NoticeServed.v2", body).event.channel == "post"


def test_what_is_written_is_of_the_newest_version_and_read_back() -> None:
    mapper = new()
    given = Recorded("gh_1", 1, T0, NoticeServed(at=T0, by=BY, sanctions=("s-1", "s-2"), channel="post"))
    written = mapper.to_stored_event(given)
    assert written.topic == "account_sanctions.NoticeServed.v3"
    assert mapper.to_domain_event(written) == given


def test_old_reader_that_meets_a_newer_event_stops_with_a_sentence() -> None:
    written = new().to_stored_event(
        Recorded("gh_1", 1, T0, NoticeServed(at=T0, by=BY, sanctions=("s-1",), channel="post"))
    )
    with pytest.raises(
        UnreadableEvent, match=r"does not know events of the type .*NoticeServed\.v3.*: upgrade it"
    ) as raised:
        OLD.to_domain_event(written)
    assert (raised.value.code, raised.value.details) == ("unreadable_event", {"topic": written.topic})


@pytest.mark.parametrize(
    "topic",
    ["account_sanctions.NoticeServed.v4", "account_sanctions.Unheard.v1", "other.NoticeServed.v1", "", "x" * 500]
    + [f"account_sanctions.NoticeServed.v{version}" for version in ("0", "01", "-1", "1 ", "9999999", "\u0661")],
)
def test_topic_that_is_none_is_refused(topic: str) -> None:
    with pytest.raises(UnreadableEvent, match="does not know events of the type"):
        new().decode(topic, stored().state)


def test_step_that_is_missing_is_said() -> None:
    with pytest.raises(UnreadableEvent, match="nothing lifts NoticeServed from version 2 to 3"):
        new({("NoticeServed", 1): to_2}).to_domain_event(stored())


def test_damaged_bytes_of_an_older_version_are_a_typed_error() -> None:
    mapper = new()
    for body in (b"", b"[]", b'{"recorded_at":"x","event":{}}', stored().state[:-5], b'{"x":' + b"[" * 5000):
        with pytest.raises(UnreadableEvent, match="cannot be read"):
            mapper.decode("account_sanctions.NoticeServed.v1", body)
    lifted = new({("NoticeServed", 1): lambda _event: {}, ("NoticeServed", 2): dict})
    with pytest.raises(UnreadableEvent, match="cannot be read"):
        lifted.to_domain_event(stored())


def test_periods_are_read_in_lifted_events() -> None:
    class RectificationOrdered(e.RectificationOrdered, frozen=True, kw_only=True):
        VERSION: ClassVar[int] = 2

    reader = EventReader({"RectificationOrdered": RectificationOrdered}, {("RectificationOrdered", 1): dict})
    from tests.golden.examples import EXAMPLES

    record = EXAMPLES["RectificationOrdered"]
    body = OLD.to_stored_event(record).state
    found = reader.read(topic_of(e.RectificationOrdered), body).event
    assert type(found) is RectificationOrdered
    assert msgspec.structs.asdict(found)["on_default"] == record.event.on_default  # type: ignore[attr-defined]
