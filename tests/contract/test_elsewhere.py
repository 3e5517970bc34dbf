"""The same domain on other event stores: eventsourcing's in-memory, SQLite and PostgreSQL recorders, and our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, Final

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.elsewhere import EventStoreSanctions
from account_sanctions.domain.policies.policy import policy_bytes
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.infrastructure.elsewhere import NO_CURSOR
from account_sanctions.infrastructure.errors import StoreUnreachable
from account_sanctions.infrastructure.mapper import UnreadableEvent
from account_sanctions.testing import FrozenClock
from account_sanctions.testing.doors import DoorCases
from eventsourcing.persistence import InfrastructureFactory, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder
from eventsourcing.utils import Environment
from sqlalchemy.engine import make_url

from tests.integration.support import MODERATOR, REVIEWER, MovingClock, command, restrict
from tests.postgres import fresh_database

Opened = Callable[..., EventStoreSanctions]
_KINDS: Final = ("popo", "sqlite", "postgres", "ours")
_BESIDE: Final = "\x1f"


def _settings(kind: str, folder: Path) -> dict[str, str]:
    if kind == "popo":
        return {"PERSISTENCE_MODULE": "eventsourcing.popo"}
    if kind == "sqlite":
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "events.db")}
    if kind == "ours":
        file = f"sqlite:///{folder / 'ours.db'}"
        return {"PERSISTENCE_MODULE": "account_sanctions.infrastructure", "ACCOUNT_SANCTIONS_DB": file}
    url = make_url(fresh_database())
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": url.database or "",
        "POSTGRES_HOST": str(url.query.get("host", url.host)),
        "POSTGRES_PORT": str(url.port or ""),
        "POSTGRES_USER": url.username or "",
        "POSTGRES_PASSWORD": url.password or "-",
    }


@pytest.fixture(params=_KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    return _settings(request.param, tmp_path)


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def opened(settings: dict[str, str], clock: MovingClock) -> Iterator[Opened]:
    """Opens the event store, any number of times, with this clock."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(
            EventStoreSanctions.open(options.pop("env", settings), **{"clock": clock, **options})
        )


class TestAsInOurOwnStore(DoorCases):
    """The kit's cases, on each of the event stores."""

    @pytest.fixture(autouse=True)
    def _on(self, settings: dict[str, str]) -> None:
        self.settings = settings

    def open(self, clock: FrozenClock) -> AbstractContextManager[EventStoreSanctions]:
        return EventStoreSanctions.open(self.settings, clock=clock)


def test_what_was_written_is_read_by_the_next_who_opens(opened: Opened, settings: dict[str, str]) -> None:
    first = opened()
    first.execute(restrict(sanction="s-1", command_id="c-1", basis={"clause": "4.2", "facts": "seen"}))
    if settings["PERSISTENCE_MODULE"] == "eventsourcing.popo":
        pytest.skip("what is in memory ends with it")
    second = opened()
    assert second.may("gh_1", "mass_send").because == ("s-1",)
    assert second.history("gh_1") == first.history("gh_1")
    again = restrict(sanction="s-1", command_id="c-1", basis={"clause": "4.2", "facts": "seen"})
    assert second.execute(again).status == "duplicate"
    second.execute(command("lift", by=MODERATOR, sanction="s-1", reason="Settled."))
    assert first.may("gh_1", "mass_send"), "what was folded is brought up to date at each question"


@pytest.mark.parametrize("cached", [0, 1, 100])
def test_what_is_kept_in_memory_changes_no_answer(opened: Opened, clock: MovingClock, cached: int) -> None:
    door = opened(cached=cached)
    for number in range(3):
        door.execute(restrict(f"gh_{number}", sanction="s"))
    clock.move(days=1)
    for number in range(3):
        assert door.may(f"gh_{number}", "mass_send").because == ("s",)
        door.execute(command("lift", f"gh_{number}", sanction="s", reason="So."))
        assert door.may(f"gh_{number}", "mass_send")


def test_writers_that_meet_are_decided_one_after_the_other(opened: Opened, settings: dict[str, str]) -> None:
    doors = [opened() for _ in range(1 if settings["PERSISTENCE_MODULE"] == "eventsourcing.popo" else 3)]

    def write(number: int) -> str:
        door = doors[number % len(doors)]
        return door.execute(command("note", f"gh_{number % 2}", text="Seen.", command_id=f"c-{number // 2}")).status

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(write, [number for number in range(24) for _ in range(2)]))
    assert sorted(said) == ["accepted"] * 24 + ["duplicate"] * 24
    for account in ("gh_0", "gh_1"):
        history = doors[0].history(account).events
        assert [entry.version for entry in history] == list(range(1, 13))
        assert {entry.command_id for entry in history} == {f"c-{number}" for number in range(12)}


def test_policy_is_kept_word_by_word(opened: Opened) -> None:
    door = opened()
    for number in range(2):
        door.execute(restrict(f"gh_{number}"))
    (kept,) = door.store._recorder.select_events(f"{_BESIDE}policy{_BESIDE}{DEFAULT.ref.digest}")
    assert kept.state == policy_bytes(DEFAULT)


def test_stored_bytes_are_those_of_our_own_store_and_text_stands_apart(opened: Opened) -> None:
    door = opened()
    door.execute(restrict(sanction="s", basis={"clause": "4.2", "facts": "a secret"}))
    (event,) = door.store._recorder.select_events("gh_1")
    assert event.topic == "account_sanctions.FunctionsRestricted.v1"
    assert b"a secret" not in event.state
    (text,) = door.store._recorder.select_events(f"gh_1{_BESIDE}narratives")
    assert b"a secret" in text.state
    ours = Sanctions.open("sqlite://")
    mapper = ours.store._mapper
    assert mapper.decode(event.topic, event.state).event.sanction == "s"
    ours.close()


def test_text_is_not_told_once_its_erasure_is_recorded(opened: Opened) -> None:
    door = opened()
    door.execute(restrict(sanction="s-1", basis={"clause": "4", "facts": "telephone 555-0100"}))
    assert door.history("gh_1").events[0].fields["facts"] == "telephone 555-0100"
    door.execute(command("erase_personal_data", by=REVIEWER, reason="asked for"))
    door.execute(command("note", text="written later"))
    told = door.history("gh_1").events
    assert told[0].fields["untold"] == "erased"
    assert "facts" not in told[0].fields
    assert [one.fields.get("reason") or one.fields.get("text") for one in told[1:]] == ["asked for", "written later"]


def test_narrative_that_was_destroyed_is_absent_and_one_that_was_changed_is_refused() -> None:
    with EventStoreSanctions.open({"PERSISTENCE_MODULE": "eventsourcing.popo"}) as door:
        door.execute(restrict(sanction="s", basis={"clause": "4.2", "facts": "a secret"}))
        recorder = door.store._recorder
        assert isinstance(recorder, POPOApplicationRecorder)
        place = recorder._stored_events_index[f"gh_1{_BESIDE}narratives"][1]
        whole = recorder._stored_events[place]
        recorder._stored_events[place] = StoredEvent(whole.originator_id, 1, whole.topic, whole.state[:-2] + b'x"')
        with pytest.raises(UnreadableEvent, match="not the one that the event commits to"):
            door.history("gh_1")
        del recorder._stored_events_index[f"gh_1{_BESIDE}narratives"]
        assert "facts" not in door.history("gh_1").events[0].fields
        assert not door.may("gh_1", "mass_send")


def test_everything_is_encrypted_where_the_environment_says_so(opened: Opened, settings: dict[str, str]) -> None:
    from eventsourcing.cipher import AESCipher

    secret = {"CIPHER_KEY": AESCipher.create_key(16), "COMPRESSOR_TOPIC": "eventsourcing.compressor:ZlibCompressor"}
    door = opened(env={**settings, **secret})
    given = restrict("gh_1", sanction="s", basis={"clause": "4.2", "facts": "a secret"}, command_id="c-1")
    door.execute(given)
    assert door.execute(given).status == "duplicate"
    assert door.history("gh_1").events[0].fields["facts"] == "a secret"
    stored = [
        entry.state
        for name in ("gh_1", f"gh_1{_BESIDE}narratives", f"gh_1{_BESIDE}command{_BESIDE}c-1")
        for entry in door.store._recorder.select_events(name)
    ]
    assert len(stored) == 3
    assert not any(b"mass_send" in state or b"secret" in state or b"accepted" in state for state in stored)


def test_followers_find_the_events_by_their_topics(opened: Opened) -> None:
    door = opened()
    for number in range(3):
        door.execute(restrict(f"gh_{number}", command_id="c", basis={"clause": "4.2", "facts": "seen"}))
    found = door.store._recorder.select_notifications(
        start=1, limit=100, topics=["account_sanctions.FunctionsRestricted.v1"]
    )
    assert [entry.originator_id for entry in found] == ["gh_0", "gh_1", "gh_2"]


@pytest.mark.parametrize(
    "unusable",
    [
        {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": "/nowhere/at/all/events.db"},
        {"PERSISTENCE_MODULE": "eventsourcing.sqlite"},
        {"PERSISTENCE_MODULE": "no.such.module"},
        {"PERSISTENCE_MODULE": "json"},
        {"PERSISTENCE_MODULE": "eventsourcing.postgres"},
    ],
)
def test_event_store_that_cannot_be_used_is_a_typed_error(unusable: dict[str, str]) -> None:
    with pytest.raises(StoreUnreachable):
        EventStoreSanctions.open(unusable)


def test_recorder_of_ids_of_another_kind_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORIGINATOR_ID_TYPE", "uuid")
    monkeypatch.setenv("PERSISTENCE_MODULE", "eventsourcing.sqlite")
    monkeypatch.setenv("SQLITE_DBNAME", str(tmp_path / "events.db"))
    with EventStoreSanctions.open() as door:
        door.execute(restrict())
        assert door.store.load(NO_CURSOR, "gh_1").state.version == 1
    text = {
        "PERSISTENCE_MODULE": "eventsourcing.sqlite",
        "SQLITE_DBNAME": str(tmp_path / "events.db"),
        "ORIGINATOR_ID_TYPE": "text",
    }
    factory: InfrastructureFactory[Any] = InfrastructureFactory.construct(Environment("sanctions", text))
    assert len(factory.application_recorder().select_events("gh_1")) == 1
    factory.close()
