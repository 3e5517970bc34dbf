"""Two versions of the code at once: an older process meets what a newer one has written, and stops with a sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import StoreReplaced, StoreTooNew
from account_sanctions.infrastructure.mapper import UnreadableEvent
from account_sanctions.infrastructure.tables import SCHEMA_VERSION

from tests.integration.support import assert_sound, command, database, restrict, rows, tables
from tests.postgres import fresh_database

# The newer code: it records notes in a shape that today's code does not know, and reads both.
_NEWER = """
import sys
from account_sanctions.domain.events import NoteAdded
NoteAdded.VERSION = 2
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.upcasting import UPCASTERS
from tests.integration.support import command, restrict

UPCASTERS["NoteAdded", 1] = lambda fields: fields

with Sanctions.open(sys.argv[1]) as sanctions:
    sanctions.execute(command("note", "new", text="seen"))
    sanctions.execute(restrict("new", sanction="s-1", until="2099-01-01T00:00:00Z"))
    sanctions.execute(restrict("old", sanction="s-2", until="2099-01-01T00:00:00Z"))
    sanctions.store.settle_log()
    print(sanctions.state("new").version, sanctions.state("old").version)
"""

_SCHEMA = "UPDATE sanctions_meta SET value = ? WHERE key = 'schema'"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return database(tmp_path) if request.param == "sqlite" else fresh_database()


def _newer(url: str) -> str:
    done = subprocess.run([sys.executable, "-c", _NEWER, url], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode().strip()


def test_older_process_stops_at_an_account_that_it_cannot_read_and_goes_on_with_the_others(url: str) -> None:
    with Sanctions.open(url) as older:
        older.execute(command("note", "old", text="seen"))
        assert _newer(url) == "2 2"
        older.store.settle_log()
        before = tables(url)
        for call in (
            lambda: older.execute(restrict("new", sanction="mine")),
            lambda: older.execute_many([restrict("new", sanction="mine")]),
            lambda: older.execute_many([restrict("fine"), restrict("new", sanction="mine")]),
            lambda: older.state("new"),
            lambda: older.history("new"),
            lambda: older.explain_account("new"),
        ):
            with pytest.raises(UnreadableEvent, match=r"account_sanctions\.NoteAdded\.v2.*upgrade") as caught:
                call()
            assert (caught.value.code, caught.value.retriable) == ("unreadable_event", False)
        assert tables(url) == before, "and nothing was written"
        assert older.may("new", "mass_send").because == ("s-1",), "the view's rows are what they were, and are read"
        assert older.may("old", "mass_send").because == ("s-2",)
        assert older.execute(restrict("old")).status == "accepted"
        assert older.state("old").version == 3
    assert rows(url, "SELECT count(*) FROM sanctions_events WHERE topic LIKE '%.v2'") == [(1,)]


def test_older_code_is_refused_at_a_store_of_a_newer_schema_and_writes_nothing(url: str) -> None:
    with Sanctions.open(url) as running:
        running.execute(restrict("gh_1", sanction="s-1"))
        rows(url, _SCHEMA, str(SCHEMA_VERSION + 1))
        before = tables(url)
        with pytest.raises(StoreTooNew) as caught:
            Sanctions.open(url)
        assert (caught.value.code, caught.value.retriable) == ("store_too_new", False)
        assert tables(url) == before
        # A process that was running goes on: a schema only adds, or renames what older code would damage.
        assert running.may("gh_1", "mass_send").because == ("s-1",)
    rows(url, _SCHEMA, str(SCHEMA_VERSION))
    assert_sound(url)


def test_older_code_that_writes_what_a_newer_schema_has_renamed_fails_instead_of_half_writing(url: str) -> None:
    with Sanctions.open(url) as running:
        running.execute(restrict("gh_1", sanction="s-1"))
        running.store.settle_log()
        rows(url, "ALTER TABLE sanctions_deadlines RENAME TO sanctions_due_times")
        before = tables(url)
        for call in (
            lambda: running.execute(restrict("gh_2")),
            lambda: running.execute_many([restrict("gh_2")]),
            running.sweep,
        ):
            with pytest.raises(StoreReplaced) as caught:
                call()
            assert not caught.value.retriable
        assert tables(url) == before
        assert running.may("gh_1", "mass_send").because == ("s-1",)
