"""Writers of different accounts never wait for one another, on PostgreSQL: no lock outlives the rows that are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import StoreBusy
from sqlalchemy import Engine, create_engine, text

from tests.integration.support import assert_sound, command, restrict, rows
from tests.postgres import fresh_store

# What a writer holds on tables and indexes while it changes rows, and on its own transaction. Nobody waits for these but who
# changes the tables themselves.
_HARMLESS = {
    ("relation", "AccessShareLock"),
    ("relation", "RowExclusiveLock"),
    ("virtualxid", "ExclusiveLock"),
    ("transactionid", "ExclusiveLock"),
}


@pytest.fixture
def url() -> str:
    return fresh_store()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = create_engine(url)
    yield made
    made.dispose()


@pytest.fixture
def sanctions(url: str) -> Iterator[Sanctions]:
    """A writer that would rather fail than wait for a lock."""
    with Sanctions.open(f"{url}&options=-c%20lock_timeout%3D500ms") as opened:
        yield opened


def _everything(account: str) -> list[dict[str, Any]]:
    """Commands that write to every table that an account has rows in."""
    order: dict[str, Any] = {
        "basis": {"clause": "4.2"},
        "within": "P7D",
        "on_default": [{"restrict": ["publish"], "for": "P1M"}],
    }
    return [
        restrict(account, sanction="s-1", command_id="one", basis={"clause": "c", "facts": "seen"}),
        command("change_sanction", account, sanction="s-1", functions=["publish"], reason="milder"),
        command("order_rectification", account, **order),
        command("lift", account, sanction="s-1", reason="settled"),
    ]


def test_open_host_transaction_holds_no_lock_across_accounts(engine: Engine, sanctions: Sanctions) -> None:
    with engine.begin() as connection, sanctions.joining(connection) as joined:
        for one in _everything("gh_1"):
            joined.execute(one)
        joined.execute_many(_everything("gh_2"))
        held = {
            (kind, mode)
            for kind, mode in connection.execute(
                text("SELECT locktype, mode FROM pg_locks WHERE pid = pg_backend_pid() AND granted")
            )
        }
    assert ("relation", "RowExclusiveLock") in held
    assert held <= _HARMLESS, held - _HARMLESS


def test_other_accounts_are_written_while_a_host_keeps_its_transaction_open(
    url: str, engine: Engine, sanctions: Sanctions
) -> None:
    # Nothing was ever decided here: the host's transaction is the first to use the policy, too.
    with engine.begin() as connection, sanctions.joining(connection) as joined:
        for one in _everything("gh_1"):
            joined.execute(one)
        with Sanctions.open(sanctions._database.engine) as another:
            for one in _everything("gh_2"):
                assert another.execute(one).status == "accepted"
        assert [outcome.status for outcome in sanctions.execute_many(_everything("gh_3"))] == ["accepted"] * 4
        sanctions.store.settle_log()
        assert rows(url, "SELECT DISTINCT account FROM sanctions_log ORDER BY account") == [("gh_2",), ("gh_3",)]
    assert sanctions.state("gh_1").version == 4
    assert_sound(url)


def test_same_account_waits_for_the_host_that_writes_it(engine: Engine, sanctions: Sanctions) -> None:
    with engine.begin() as connection, sanctions.joining(connection) as joined:
        joined.execute(restrict())
        with pytest.raises(StoreBusy):
            sanctions.execute(restrict())


def test_command_is_read_in_one_statement_and_written_in_another(sanctions: Sanctions) -> None:
    sanctions.execute(restrict())
    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def told(self: Any, query: Any, *given: Any, **options: Any) -> Any:
        assert self.connection.autocommit
        sent.append(query)
        return execute(self, query, *given, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", told)
        for one in _everything("gh_2"):
            sanctions.execute(one)
    assert len(sent) == 2 * len(_everything("gh_2"))
