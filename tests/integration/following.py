"""What the tests of followers share: a table of the host's in which a handler writes down what it was given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from account_sanctions.application import Sanctions
from account_sanctions.application.following import Batch
from sqlalchemy import Connection, text

from tests.integration.support import command, rows

__all__ = ["CREATE", "Broken", "Seen", "log_of", "notes", "open_with_notes"]

CREATE = "CREATE TABLE seen (part INTEGER, at INTEGER, account TEXT, version INTEGER)"
_INSERT = text("INSERT INTO seen (part, at, account, version) VALUES (:part, :at, :account, :version)")


class Broken(Exception):
    """What a handler of the tests raises."""


class Seen:
    """A handler, and its table. It fails on the events whose ids are in `poison`."""

    def __init__(self, url: str, poison: Iterable[str] = ()) -> None:
        self._url = url
        self.poison = set(poison)
        self.calls = 0
        rows(url, CREATE)

    def __call__(self, connection: Connection, batch: Batch) -> None:
        self.calls += 1
        for event in batch:
            given = {"part": event.partition, "at": event.position, "account": event.account, "version": event.version}
            connection.execute(_INSERT, given)
            if event.id in self.poison:
                raise Broken(event.id)

    def ids(self) -> list[str]:
        """The events as they were written down, in the order of the log."""
        found = rows(self._url, "SELECT account, version FROM seen ORDER BY part, at")
        return [f"{account}/{version}" for account, version in found]


def notes(count: int, accounts: int = 3, start: int = 0) -> list[dict[str, Any]]:
    """Commands that record one event each, of accounts in turn."""
    return [command("note", f"gh_{number % accounts}", text=f"seen {number}") for number in range(start, start + count)]


def open_with_notes(url: str, count: int, accounts: int = 3, partitions: int | None = None) -> Sanctions:
    """A store with so many events."""
    sanctions = Sanctions.open(url, partitions=partitions)
    assert all(outcome.accepted for outcome in sanctions.execute_many(notes(count, accounts)))
    sanctions.store.settle_log()
    return sanctions


def log_of(url: str) -> list[str]:
    """The ids of all events in the order of the log."""
    found = rows(url, "SELECT account, version FROM sanctions_log ORDER BY partition, position")
    return [f"{account}/{version}" for account, version in found]
