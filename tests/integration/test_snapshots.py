"""Accounts with long histories load through snapshots: the same state, whatever the snapshot is worth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.state import State
from account_sanctions.infrastructure import snapshots
from account_sanctions.infrastructure.store import Store
from sqlalchemy import create_engine

from tests.integration.support import MovingClock, assert_sound, command, restrict, rows

_FIRST = 6
_TAKEN = "SELECT account, version FROM sanctions_snapshots ORDER BY account"


@pytest.fixture
def sanctions(url: str, clock: MovingClock) -> Iterator[Sanctions]:
    with Sanctions.open(url, clock=clock) as opened:
        opened.store.first_snapshot = _FIRST
        yield opened


def _lengthen(sanctions: Sanctions, clock: MovingClock, count: int, account: str = "gh_1") -> None:
    """Restrictions that overlap and expire, one violation and one proposal among them."""
    sanctions.execute(command("record_violation", account, clause="4.2"))
    sanctions.execute(command("propose", account, sanction={k: v for k, v in restrict().items() if k in _OWN}))
    for _ in range(count):
        sanctions.execute(restrict(account))
        clock.move(days=2)


_OWN = ("command", "basis", "functions", "for")


def _loaded(sanctions: Sanctions, account: str = "gh_1") -> State:
    with sanctions.store.database.reading() as cursor:
        found, replayed = sanctions.store.load(cursor, account), sanctions.store.replay(cursor, account)
    assert (found.state, found.head, found.recorded_at) == (replayed.state, replayed.head, replayed.recorded_at)
    return found.state


def test_long_history_is_kept_and_loads_to_the_same_state(url: str, sanctions: Sanctions, clock: MovingClock) -> None:
    _lengthen(sanctions, clock, 3)
    assert rows(url, _TAKEN) == []
    _lengthen(sanctions, clock, 20)
    ((_, version),) = rows(url, _TAKEN)
    state = _loaded(sanctions)
    assert version >= _FIRST
    assert state.version - version < max(_FIRST // 2, version // 4)
    assert_sound(url)


def test_batch_and_sweep_keep_snapshots_too(url: str, sanctions: Sanctions, clock: MovingClock) -> None:
    sanctions.execute_many(restrict(account) for account in ("gh_1", "gh_2") for _ in range(_FIRST))
    assert rows(url, _TAKEN) == [("gh_1", _FIRST), ("gh_2", _FIRST)]
    clock.move(days=30)
    sanctions.sweep()
    assert rows(url, _TAKEN) == [("gh_1", 2 * _FIRST), ("gh_2", 2 * _FIRST)]
    assert _loaded(sanctions, "gh_2").standing == "clear"
    assert_sound(url)


def test_later_events_are_folded_onto_the_snapshot(
    sanctions: Sanctions, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lengthen(sanctions, clock, 20)
    decoded: list[str] = []
    decode = sanctions.store._mapper.decode

    def told(topic: str, state: bytes) -> Any:
        decoded.append(topic)
        return decode(topic, state)

    monkeypatch.setattr(sanctions.store._mapper, "decode", told)
    with sanctions.store.database.reading() as cursor:
        stream = sanctions.store.load(cursor, "gh_1")
    assert len(decoded) == stream.state.version - stream.kept < _FIRST


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE sanctions_snapshots SET shape = 'of another version of the code'",
        "UPDATE sanctions_snapshots SET version = version - 1",
        "UPDATE sanctions_snapshots SET version = version + 1000",
        "UPDATE sanctions_snapshots SET body = ?",
        "DELETE FROM sanctions_snapshots",
    ],
)
def test_snapshot_that_cannot_be_used_is_left_aside(
    url: str, sanctions: Sanctions, clock: MovingClock, damage: str
) -> None:
    _lengthen(sanctions, clock, 20)
    expected = _loaded(sanctions)
    rows(url, damage, *([b"\x93garbage"] if "?" in damage else []))
    assert _loaded(sanctions) == expected
    # The next snapshot mends it.
    for _ in range(_FIRST):
        sanctions.execute(restrict())
    with sanctions.store.database.reading() as cursor:
        assert sanctions.store.load(cursor, "gh_1").kept > expected.version
    assert_sound(url)


def test_bit_that_flipped_is_noticed(url: str, sanctions: Sanctions, clock: MovingClock) -> None:
    _lengthen(sanctions, clock, 20)
    ((body,),) = rows(url, "SELECT body FROM sanctions_snapshots")
    for place in range(0, len(body), 97):
        assert snapshots.thaw("gh_1", body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]) is None


def test_snapshot_of_another_account_is_left_aside(url: str, sanctions: Sanctions, clock: MovingClock) -> None:
    _lengthen(sanctions, clock, 20, "gh_1")
    _lengthen(sanctions, clock, 20, "gh_2")
    rows(url, "UPDATE sanctions_snapshots SET body = (SELECT body FROM sanctions_snapshots WHERE account = 'gh_2')")
    for account in ("gh_1", "gh_2"):
        _loaded(sanctions, account)


def test_snapshot_of_a_history_that_was_restored_otherwise_is_left_aside(
    url: str, sanctions: Sanctions, clock: MovingClock
) -> None:
    _lengthen(sanctions, clock, 20)
    snapshot = rows(url, "SELECT version, body FROM sanctions_snapshots")[0]
    other = url.replace("store", "other") if url.startswith("sqlite") else None
    if other is None:
        pytest.skip("one database of each kind is enough")
    with Sanctions.open(other, clock=MovingClock()) as restored:
        restored.store.first_snapshot = _FIRST
        _lengthen(restored, MovingClock(), 40)
    rows(other, "UPDATE sanctions_snapshots SET version = ?, body = ?", *snapshot)
    with Sanctions.open(other) as restored:
        _loaded(restored)


def test_snapshot_inside_the_hosts_transaction_goes_with_it(url: str, sanctions: Sanctions) -> None:
    engine = create_engine(url)
    with engine.connect() as connection, sanctions.joining(connection) as joined:
        for _ in range(_FIRST + 2):
            joined.execute(restrict())
        assert joined.state("gh_1").version == _FIRST + 2
        connection.rollback()
    engine.dispose()
    assert rows(url, _TAKEN) == []
    assert sanctions.state("gh_1").version == 0


def test_rebuild_replays_and_forgets_snapshots(url: str, sanctions: Sanctions, clock: MovingClock) -> None:
    _lengthen(sanctions, clock, 20)
    sanctions.rebuild()
    assert rows(url, _TAKEN) == []
    assert_sound(url)


def test_dropped_snapshot_is_gone_and_nothing_else(url: str, sanctions: Sanctions, clock: MovingClock) -> None:
    _lengthen(sanctions, clock, 20)
    expected = _loaded(sanctions)
    with sanctions.store.database.writing() as cursor:
        sanctions.store.drop_snapshot(cursor, "gh_1")
    assert rows(url, _TAKEN) == []
    assert _loaded(sanctions) == expected


def test_history_and_the_past_are_read_from_the_events(
    url: str, sanctions: Sanctions, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lengthen(sanctions, clock, 20)

    def never(*_: Any) -> Any:
        raise AssertionError("a snapshot was read")

    monkeypatch.setattr("account_sanctions.infrastructure.reading.thaw", never)
    assert sanctions.history("gh_1").events[-1].version == rows(url, "SELECT max(version) FROM sanctions_events")[0][0]
    sanctions.state("gh_1", valid_at=clock.now, known_at=clock.now)
    with pytest.raises(AssertionError, match="snapshot"):
        sanctions.state("gh_1")


@pytest.mark.parametrize(
    ("version", "kept", "due"), [(199, 0, False), (200, 0, True), (299, 200, False), (300, 200, True)]
)
def test_snapshots_come_at_growing_distances(version: int, kept: int, due: bool) -> None:
    assert snapshots.is_due(version, kept) is due
    assert Store.first_snapshot == 200


def test_distance_between_snapshots_grows_with_the_history() -> None:
    taken, last = 0, 0
    for version in range(1, 100_001):
        if snapshots.is_due(version, last):
            taken, last = taken + 1, version
    assert taken < 40
