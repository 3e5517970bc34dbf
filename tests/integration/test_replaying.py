"""Replay: one digest wherever it is folded, equal to what the door says, and findings where something does not fit."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.horizon import horizon
from account_sanctions.application.replaying import running
from account_sanctions.application.replaying.canonical import state_bytes
from account_sanctions.application.replaying.engines import Engine
from account_sanctions.application.replaying.multiset import MultisetHash
from account_sanctions.application.replaying.running import replay_database, replay_export
from account_sanctions.application.times import state_at_any_time
from account_sanctions.domain.due import advance
from account_sanctions.infrastructure.tables import sanction_events
from sqlalchemy import insert

from tests.integration.replayed import AT, as_one, copy_of_store, exported
from tests.integration.support import rows

_KNOWN = datetime.fromisoformat("2026-01-20T12:00:00Z")
_TWO = Engine(jobs=2)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return copy_of_store(request.param, tmp_path)


def by_the_door(url: str, valid_at: datetime, known_at: datetime | None) -> tuple[str, dict[str, int], dict[str, int]]:
    """Digest, standings and restrictions as they follow from asking for each account."""
    total, standings, restrictions = MultisetHash(), Counter[str](), Counter[str]()
    with Sanctions.open(url) as sanctions, sanctions.store.database.reading() as cursor:
        for account in list(sanctions.accounts()):
            state, links, known = state_at_any_time(
                sanctions.store, cursor, account, valid_at=valid_at, known=horizon(sanctions.store, cursor, known_at)
            )
            if known:
                total.add(state_bytes(account, advance(state, valid_at, links)))
                shown = sanctions.state(account, valid_at=valid_at, known_at=known_at)
                standings[shown.standing] += 1
                restrictions.update(one.function for one in shown.restrictions)
    return total.hexdigest(), dict(standings), dict(restrictions)


@pytest.mark.parametrize("valid_at", ["2026-01-02T00:00:00Z", "2026-01-21T00:00:00Z", "2026-02-20T00:00:00Z"])
@pytest.mark.parametrize("known_at", [None, _KNOWN])
def test_replay_is_what_the_door_says_of_every_account(store: str, valid_at: str, known_at: datetime | None) -> None:
    at = datetime.fromisoformat(valid_at)
    found = replay_database(store, valid_at=at, known_at=known_at)
    assert (found.digest, found.standings, found.restrictions) == by_the_door(store, at, known_at)
    assert found.findings == ()
    assert found.compared == len(rows(store, "SELECT DISTINCT account FROM sanctions_events"))


def test_it_is_the_same_wherever_and_in_however_many_parts_it_is_folded(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_ACCOUNTS", 1)
    monkeypatch.setattr("account_sanctions.infrastructure.store._CHUNK", 7)
    whole = replay_database(store, valid_at=AT)
    assert as_one(replay_database(store, valid_at=AT, engine=_TWO)) == as_one(whole)
    folders = [exported(store, tmp_path, f"export-{buckets}", buckets=buckets) for buckets in (1, 3, 16)]
    for folder in folders:
        assert as_one(replay_export(folder, valid_at=AT)) == as_one(whole)
    assert as_one(replay_export(folders[-1], valid_at=AT, engine=_TWO)) == as_one(whole)
    assert {"clear", "warned", "rectifying", "restricted", "banned"} == whole.standings.keys()


def test_both_databases_come_to_the_same(tmp_path: Path) -> None:
    """The same events in a store of each kind: only the stores' names differ."""
    server, file = copy_of_store("postgres", tmp_path), f"sqlite:///{tmp_path / 'other.db'}"
    with Sanctions.open(file) as made:
        add = made.store.database.prepare(insert(sanction_events.events))
        found = rows(server, "SELECT account, version, topic, state, hash, mark FROM sanctions_events")
        with made.store.database.writing() as cursor:
            cursor.executemany(add, found)
    one, two = replay_database(server, valid_at=AT), replay_database(file, valid_at=AT, view=False)
    assert as_one(one)[1:] == as_one(two)[1:]


# What does not fit.


def test_row_of_the_view_that_was_touched_is_a_finding_with_its_account(store: str, tmp_path: Path) -> None:
    folder = exported(store, tmp_path)
    rows(store, "DELETE FROM sanctions_intervals WHERE account = 'cause_0'")
    for found in (
        replay_database(store, valid_at=AT),
        replay_database(store, valid_at=AT, engine=_TWO),
        replay_export(folder, valid_at=AT, view=store),
    ):
        assert [(one.code, one.account, one.version) for one in found.findings] == [("view_diverging", "cause_0", 1)]
        assert found.exit_status == 3
    assert replay_database(store, view=False).findings == ()
    assert replay_export(folder).findings == ()


@pytest.mark.parametrize("name", ["", "zzz", "cause_0a"])
def test_row_of_the_view_of_nobody_is_a_finding(store: str, name: str) -> None:
    rows(store, "INSERT INTO sanctions_deadlines (account, due_at) VALUES (?, 1)", name)
    found = replay_database(store)
    assert [(one.code, one.account) for one in found.findings] == [("view_orphan", name)]


def forget_guards(url: str) -> None:
    """Whoever touches events has rights to drop what guards them."""
    if url.startswith("postgresql"):
        rows(url, "ALTER TABLE sanctions_events DISABLE TRIGGER ALL")
        return
    for (name,) in rows(url, "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'sanctions_events'"):
        rows(url, f"DROP TRIGGER {name}")


@pytest.mark.parametrize(
    ("touch", "code", "version"),
    [
        ("UPDATE sanctions_events SET state = ? WHERE account = 'changed' AND version = 2", "event_unreadable", 2),
        ("DELETE FROM sanctions_events WHERE account = 'changed' AND version = 2", "version_gap", 2),
        ("DELETE FROM sanctions_events WHERE account = 'changed' AND version = 1", "version_gap", 1),
        ("UPDATE sanctions_events SET topic = 'account_sanctions.Nothing.v9' WHERE account = 'changed' AND version = 1",
         "event_unreadable", 1),
    ],
)  # fmt: skip
def test_account_that_cannot_be_folded_is_a_finding_and_stops_no_other(
    store: str, touch: str, code: str, version: int
) -> None:
    before = replay_database(store, valid_at=AT)
    forget_guards(store)
    rows(store, touch, *[b'{"event": {}}'] * touch.count("?"))
    after = replay_database(store, valid_at=AT)
    assert [(one.code, one.account, one.version) for one in after.findings] == [(code, "changed", version)]
    assert after.accounts == before.accounts - 1
    assert after.digest != before.digest


def test_event_that_names_what_was_never_decided_is_a_finding(store: str) -> None:
    forget_guards(store)
    state = rows(store, "SELECT state FROM sanctions_events WHERE account = 'changed' AND version = 2")[0][0]
    other = bytes(state).replace(b'"sanction":"s"', b'"sanction":"q"')
    rows(store, "UPDATE sanctions_events SET state = ? WHERE account = 'changed' AND version = 2", other)
    (finding,) = replay_database(store).findings
    assert (finding.code, finding.account, finding.version) == ("event_unreadable", "changed", 2)
    assert "'q'" in finding.message


def test_dependents_of_an_account_that_cannot_be_folded_are_named_with_it(store: str) -> None:
    forget_guards(store)
    rows(store, "UPDATE sanctions_events SET state = ? WHERE account = 'cause_0'", b"{}")
    found = replay_database(store)
    assert [one.account for one in found.findings] == ["cause_0", "dependent_0", "third_0"]
    assert all("cause_0" in one.message for one in found.findings[1:])


def test_findings_are_bounded_and_counted(store: str) -> None:
    rows(store, "DELETE FROM sanctions_intervals")
    rows(store, "DELETE FROM sanctions_deadlines")
    for number in range(150):
        rows(store, "INSERT INTO sanctions_deadlines (account, due_at) VALUES (?, 1)", f"nobody_{number}")
    for engine in (None, _TWO):
        found = replay_database(store, engine=engine)
        assert len(found.findings) == 100
        assert found.more > 50
