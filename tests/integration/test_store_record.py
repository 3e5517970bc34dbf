"""What the store keeps: durable, chained, append-only, free text apart, policies by digest, times in order."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import Malformed, OutOfOrder
from account_sanctions.domain.presets import DEFAULT, MEDIAWIKI
from account_sanctions.infrastructure.errors import StoreTooNew
from account_sanctions.infrastructure.opening import open_database
from account_sanctions.infrastructure.schema import open_store
from sqlalchemy import event

from tests.integration.support import (
    HOLDER,
    T0,
    MovingClock,
    assert_sound,
    command,
    restrict,
    rows,
    tables,
)


def test_what_was_returned_is_there_after_reopening(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        sanctions.execute(restrict(command_id="c-1", basis={"clause": "4", "facts": "seen"}))
        state, history = sanctions.state("gh_1"), sanctions.history("gh_1")
    with Sanctions.open(url, clock=clock) as sanctions:
        assert (sanctions.state("gh_1"), sanctions.history("gh_1")) == (state, history)
        assert (
            sanctions.execute(restrict(command_id="c-1", basis={"clause": "4", "facts": "seen"})).status == "duplicate"
        )
        assert sanctions.execute(restrict(command_id="c-2")).version == 2


def test_file_is_kept_in_wal_mode_with_full_synchronisation(file_url: str) -> None:
    with Sanctions.open(file_url) as sanctions, sanctions.store.database.reading() as cursor:
        found = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert found == ["wal", 2]


def test_file_gets_its_wal_mode_although_another_process_writes_while_it_is_opened(file_url: str) -> None:
    Sanctions.open(file_url).close()
    rows(file_url, "PRAGMA journal_mode = DELETE")
    said: list[str] = []
    database = open_database(file_url)
    with closing(sqlite3.connect(file_url.removeprefix("sqlite:///"), isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")

        def overheard(statement: str) -> None:
            said.append(statement)
            if statement == "BEGIN IMMEDIATE" and "PRAGMA journal_mode = WAL" in said:
                writer.execute("ROLLBACK")

        event.listen(database.engine, "connect", lambda connection, _: connection.set_trace_callback(overheard))
        open_store(database)
    database.close()
    assert said.count("PRAGMA journal_mode = WAL") == 2
    assert rows(file_url, "PRAGMA journal_mode") == [("wal",)]


def test_hashes_chain_over_the_stored_rows(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        list(sanctions.execute_many(restrict(f"gh_{n % 3}", basis={"clause": "4", "facts": f"{n}"}) for n in range(20)))
    assert_sound(url)  # recomputes every hash
    assert rows(url, "SELECT count(DISTINCT hash) FROM sanctions_events") == [(20,)]


def test_free_text_never_occurs_in_what_is_hashed_and_folded(url: str, clock: MovingClock) -> None:
    private = "PERSONAL-DATA"
    basis = {"clause": "4", "facts": f"{private} 1", "evidence": [f"{private} 2"]}
    ban = {"command": "ban", "sanction": "b-1", "basis": basis, "permanent": True}
    warn = {"command": "warn", "sanction": "w-1", "basis": basis, "permanent": True}
    order: dict[str, Any] = {"basis": basis, "within": "P7D", "on_default": [], "requirements": f"{private} 3"}
    with Sanctions.open(url, clock=clock) as sanctions:
        for given in (
            command("record_violation", clause="4", facts=f"{private} 4", evidence=[f"{private} 5"]),
            restrict(sanction="s-1", basis=basis),
            command("order_rectification", sanction="o-1", **order),
            command(
                "submit_rectification", by=HOLDER, sanction="o-1", statement=f"{private} 6", evidence=[f"{private} 7"]
            ),
            command("reject_rectification", sanction="o-1", reason=f"{private} 8"),
            command("change_sanction", sanction="s-1", for_="P8D", reason=f"{private} 9"),
            command("appeal", by=HOLDER, sanction="s-1", statement=f"{private} 10"),
            command("propose", proposal="p-1", sanction=ban),
            command("dismiss", proposal="p-1", reason=f"{private} 11"),
            command("propose", proposal="p-2", sanction=warn),
            command(
                "propose",
                proposal="p-3",
                sanction={"command": "change_sanction", "sanction": "s-1", "for": "P9D", "reason": f"{private} 12"},
            ),
            command("approve", by={"kind": "reviewer", "id": "r"}, proposal="p-2", reason=f"{private} 13"),
            command("exempt", by={"kind": "reviewer", "id": "r"}, reason=f"{private} 14"),
            command("end_exemption", by={"kind": "reviewer", "id": "r"}, reason=f"{private} 15"),
            command("lift", sanction="s-1", reason=f"{private} 16"),
            command("overturn", sanction="w-1", reason=f"{private} 17"),
            command("note", text=f"{private} 18"),
        ):
            sanctions.execute(given)
        told = json.dumps(sanctions.history("gh_1").document(), default=str)
    assert all(f"{private} {number}" in told for number in range(1, 19))
    for table, columns in tables(url).items():
        if table != "sanctions_narratives":
            assert private not in repr(columns), table


@pytest.mark.parametrize("table", ["sanctions_events", "sanctions_log", "sanctions_policies"])
@pytest.mark.parametrize("attack", ["UPDATE", "DELETE", "REPLACE", "UPSERT"])
def test_append_only_table_refuses_to_be_changed(file_url: str, clock: MovingClock, table: str, attack: str) -> None:
    with Sanctions.open(file_url, clock=clock) as sanctions:
        sanctions.execute(restrict())
    before = tables(file_url)
    ((name,), *_) = rows(file_url, "SELECT name FROM pragma_table_info(?) WHERE pk = 1", table)
    statement = {
        "UPDATE": f"UPDATE {table} SET {name} = {name}",  # noqa: S608
        "DELETE": f"DELETE FROM {table}",  # noqa: S608
        "REPLACE": f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",  # noqa: S608
        "UPSERT": f"INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT DO UPDATE SET {name} = {name}",  # noqa: S608
    }[attack]
    with (
        closing(sqlite3.connect(file_url.removeprefix("sqlite:///"))) as connection,
        pytest.raises(sqlite3.IntegrityError),
    ):
        connection.execute(statement)
    assert tables(file_url) == before


def test_schema_newer_than_the_code_is_refused_and_not_touched(url: str) -> None:
    Sanctions.open(url).close()
    rows(url, "UPDATE sanctions_meta SET value = '2000' WHERE key = 'schema'")
    before = tables(url)
    with pytest.raises(StoreTooNew) as caught:
        Sanctions.open(url)
    assert caught.value.code == "store_too_new"
    assert caught.value.details["found"] == 2000
    assert tables(url) == before


def test_policies_are_stored_by_the_digest_of_their_body(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        sanctions.execute(restrict("gh_1"))
    for _ in range(2):
        with Sanctions.open(url, clock=clock, policy="mediawiki") as sanctions:
            sanctions.execute(restrict("gh_2", functions=["edit"]))
    stored = dict(rows(url, "SELECT digest, body FROM sanctions_policies"))
    assert stored.keys() == {DEFAULT.ref.digest, MEDIAWIKI.ref.digest}
    assert all(hashlib.sha256(body).hexdigest() == digest for digest, body in stored.items())
    cited = {
        json.loads(state)["event"]["policy"]["digest"] for (state,) in rows(url, "SELECT state FROM sanctions_events")
    }
    assert cited == stored.keys()


def test_clock_that_jumps_back_keeps_both_times_in_order(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        sanctions.execute(command("note", text="1"))
        clock.move(days=-3)
        sanctions.execute(command("note", text="2"))
        with pytest.raises(OutOfOrder):
            sanctions.execute(command("note", text="3", at=(T0 - timedelta(days=3)).isoformat()))
        clock.move(days=4)
        sanctions.execute(command("note", text="4"))
        events = sanctions.history("gh_1").events
        assert [each.at for each in events] == [T0, T0, T0 + timedelta(days=1)]
        assert [each.recorded_at for each in events] == [T0, T0, T0 + timedelta(days=1)]
        clock.move(days=-9)
        assert sanctions.state("gh_1").version == 3


def test_malformed_command_raises_and_changes_nothing(url: str) -> None:
    with Sanctions.open(url) as sanctions:
        before = tables(url)
        with pytest.raises(Malformed) as caught:
            sanctions.execute(restrict(colour="red"))
        assert caught.value.details["field"] == "colour"
        assert tables(url) == before
