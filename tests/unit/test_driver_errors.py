"""What the drivers say, and the typed error for it; what can be brought about on a real server is tested there."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from account_sanctions.infrastructure.errors import (
    VIEWS,
    Conflict,
    ConnectionLost,
    DiskFailed,
    NotADatabase,
    ServerDown,
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreReplaced,
    StoreUnreachable,
    ViewOutOfStep,
    sqlite_error,
)
from account_sanctions.infrastructure.postgres_errors import connection_refused, postgres_error
from psycopg import errors as pg

_FAILED = 'connection failed: connection to server at "db", port 5432 failed: '


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?", ServerDown),
        ("No such file or directory\n\tIs the server running locally?", ServerDown),
        ("FATAL:  the database system is starting up", ServerDown),
        ("FATAL:  the database system is shutting down", ServerDown),
        ("FATAL:  the database system is in recovery mode", ServerDown),
        ("server closed the connection unexpectedly", ServerDown),
        ("timeout expired", ServerDown),
        ("Network is unreachable", ServerDown),
        ("FATAL:  sorry, too many clients already", StoreBusy),
        ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", StoreBusy),
        ('FATAL:  could not write init file "base/1/pg_internal.init": No space left on device', StoreFull),
        ('FATAL:  database "nonesuch" does not exist', StoreUnreachable),
        ('FATAL:  password authentication failed for user "u"', StoreUnreachable),
        ('FATAL:  no pg_hba.conf entry for host "h"', StoreUnreachable),
        ("something that nobody has seen yet", StoreUnreachable),
    ],
)
def test_connection_that_was_not_made_is_retriable_where_it_may_be_made_later(
    said: str, kind: type[StoreError]
) -> None:
    error = connection_refused(psycopg.OperationalError(_FAILED + said))
    assert type(error) is kind
    assert "\n" not in str(error)
    assert " ".join(said.split()) in str(error)


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (psycopg.OperationalError("the connection is closed"), ConnectionLost),
        (psycopg.OperationalError("consuming input failed: server closed the connection"), ConnectionLost),
        (pg.AdminShutdown("terminating connection due to administrator command"), ConnectionLost),
        (pg.IdleSessionTimeout("terminating connection due to idle-session timeout"), ConnectionLost),
        (pg.SerializationFailure("could not serialize access"), Conflict),
        (pg.OutOfMemory("out of shared memory"), StoreBusy),
        (pg.LockNotAvailable("canceling statement due to lock timeout"), StoreBusy),
        (pg.DiskFull("could not extend file"), StoreFull),
        (pg.IoError("could not read block"), DiskFailed),
        (pg.DataCorrupted("invalid page in block"), StoreCorrupt),
        (pg.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"), StoreReadOnly),
        (pg.UndefinedTable('relation "sanctions_events" does not exist'), StoreReplaced),
        (pg.NotNullViolation("null value in column"), StoreError),
    ],
)
def test_statement_that_failed_on_a_server_has_a_type(raised: psycopg.Error, kind: type[StoreError]) -> None:
    assert type(postgres_error(raised)) is kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SQLITE_BUSY", StoreBusy),
        ("SQLITE_BUSY_SNAPSHOT", StoreBusy),
        ("SQLITE_LOCKED_SHAREDCACHE", StoreBusy),
        ("SQLITE_FULL", StoreFull),
        ("SQLITE_IOERR_WRITE", StoreFull),
        ("SQLITE_IOERR_SHORT_READ", StoreCorrupt),
        ("SQLITE_IOERR_FSYNC", DiskFailed),
        ("SQLITE_IOERR_READ", DiskFailed),
        ("SQLITE_READONLY", StoreReadOnly),
        ("SQLITE_READONLY_DBMOVED", StoreReplaced),
        ("SQLITE_CANTOPEN", StoreUnreachable),
        ("SQLITE_NOTADB", NotADatabase),
        ("SQLITE_CORRUPT_VTAB", StoreCorrupt),
        ("SQLITE_ERROR", StoreError),
    ],
)
def test_error_of_sqlite_has_a_type_by_its_own_name(name: str, kind: type[StoreError]) -> None:
    raised = sqlite3.OperationalError("whatever it says, in whatever language")
    raised.sqlite_errorname = name
    assert type(sqlite_error(raised, sqlite3)) is kind


@pytest.mark.parametrize("table", VIEWS)
def test_key_of_the_view_that_is_there_already_asks_for_a_rebuild(table: str) -> None:
    raised = sqlite3.IntegrityError(f"UNIQUE constraint failed: {table}.account, {table}.sanction")
    assert type(sqlite_error(raised, sqlite3)) is ViewOutOfStep


def test_what_is_no_error_of_the_driver_comes_back_as_it_is() -> None:
    error = ValueError("ours")
    assert postgres_error(error) is connection_refused(error) is sqlite_error(error, sqlite3) is error
