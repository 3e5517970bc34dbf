"""Somebody who owns the database, and perhaps the keys: changes rows past the guards, and puts the guards back afterwards."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from account_sanctions.application.outcomes import accepted, remembered_form
from account_sanctions.domain.events import Event
from account_sanctions.domain.record import Recorded
from account_sanctions.infrastructure.chain import event_hash, genesis
from account_sanctions.infrastructure.evidence.keys import Keys
from account_sanctions.infrastructure.evidence.sealing import Sealer
from account_sanctions.infrastructure.guards import GUARDS, restore_guards
from account_sanctions.infrastructure.opening import open_database
from account_sanctions.infrastructure.store import CommandRow
from msgspec.structs import replace

from tests.integration.support import MovingClock, rows

from .stage import END, Stage, connected

__all__ = ["Attacker", "Document"]

Document = dict[str, Any]


class Attacker:
    """What can be done to a store from below. `keys`: those that were stolen, None where he has none."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.on_postgres = stage.url.startswith("postgresql")
        self._guarded = True

    # Rows.

    @property
    def url(self) -> str:
        """Where the store is."""
        return self.stage.url

    def sql(self, sql: str, *parameters: Any) -> None:
        """A statement with the guards out of the way."""
        self.many(sql, [parameters])

    def many(self, sql: str, given: Iterable[tuple[Any, ...]]) -> None:
        """A statement for each of these."""
        if self._guarded:
            self.drop_guards()
        self._run([(sql, list(given))])

    def _run(self, statements: Iterable[tuple[str, list[tuple[Any, ...]]]]) -> None:
        if self.on_postgres:
            with connected(self.url) as server:
                for sql, given in statements:
                    server.cursor().executemany(sql.replace("?", "%s").encode(), given)
            return
        with closing(sqlite3.connect(self.path)) as file:
            # What is on the disk does not matter here.
            file.execute("PRAGMA synchronous = OFF")
            with file:
                for sql, given in statements:
                    file.executemany(sql, given)

    def ask(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What a statement gives."""
        return rows(self.url, sql, *parameters)

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.url.removeprefix("sqlite:///"))

    def drop_guards(self) -> None:
        """Take every trigger away."""
        self._guarded = False
        if self.on_postgres:
            self._run((f"ALTER TABLE {guard.table} DISABLE TRIGGER ALL", [()]) for guard in GUARDS)
            return
        names = rows(self.url, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
        self._run((f"DROP TRIGGER {name}", [()]) for (name,) in names)

    def cover_tracks(self) -> None:
        """Put the guards back as the library makes them, where they were in the way of something else."""
        if not self._guarded:
            database = open_database(self.url)
            restore_guards(database)
            database.close()
            self._guarded = True

    # Events.

    def state(self, account: str, version: int) -> Document:
        """The header of an event with its envelope."""
        ((state,),) = self.ask("SELECT state FROM sanctions_events WHERE account = ? AND version = ?", account, version)
        found: Document = json.loads(bytes(state))
        return found

    def write(self, account: str, version: int, document: Document) -> None:
        """Write an event over, its hash as it was."""
        where = "WHERE account = ? AND version = ?"
        self.sql(f"UPDATE sanctions_events SET state = ? {where}", _encoded(document), account, version)  # noqa: S608

    def edit(self, account: str, version: int, change: Callable[[Document], object]) -> None:
        """Change an event's document, its hash as it was."""
        document = self.state(account, version)
        change(document)
        self.write(account, version, document)

    def rechain(self, account: str, keys: Keys | None = None) -> None:
        """Make every hash of an account right again; with keys, every mark too."""
        previous = genesis(self.store_id, account)
        found: list[tuple[Any, ...]] = []
        events = self.ask(
            "SELECT version, topic, state, mark FROM sanctions_events WHERE account = ? ORDER BY version", account
        )
        for version, topic, state, mark in events:
            previous = event_hash(previous, account, version, topic, bytes(state))
            found.append((previous, mark if keys is None else keys.writer.mark(previous), account, version))
        self.many("UPDATE sanctions_events SET hash = ?, mark = ? WHERE account = ? AND version = ?", found)

    @property
    def store_id(self) -> str:
        """The store's name, as it says."""
        ((found,),) = self.ask("SELECT value FROM sanctions_meta WHERE key = 'store_id'")
        return str(found)

    # Seals.

    def reseal(self, keys: Keys) -> None:
        """Forget every checkpoint and what is kept of the tree, and seal the log as it is now."""
        for table in ("checkpoints", "nodes", "places"):
            self.sql(f"DELETE FROM sanctions_{table}")  # noqa: S608
        self.seal(keys)

    def relog(self) -> None:
        """Number the log anew, so that no position is missing."""
        entries = self.ask("SELECT partition, account, version FROM sanctions_log ORDER BY partition, position")
        numbers: dict[int, int] = {}
        found: list[tuple[int, int, str, int]] = []
        for partition, account, version in entries:
            numbers[partition] = numbers.get(partition, 0) + 1
            found.append((partition, numbers[partition], account, version))
        self.sql("DELETE FROM sanctions_log")
        self.many("INSERT INTO sanctions_log VALUES (?, ?, ?, ?)", found)

    def seal(self, keys: Keys) -> None:
        """Seal what has come since the last checkpoint."""
        database = open_database(self.url)
        ((partitions,),) = self.ask("SELECT value FROM sanctions_meta WHERE key = 'partitions'")
        sealer = Sealer(database, self.store_id, keys.log, MovingClock(END))
        for partition in range(int(partitions)):
            sealer.seal(partition)
        database.close()

    # Acts.

    def act(
        self,
        account: str,
        like: tuple[str, int],
        change: Callable[[Document], object],
        *,
        recorded_at: datetime = END,
        command_id: str | None = "forged",
        keys: bool = True,
        remember: bool = True,
        more: Iterable[tuple[tuple[str, int], Callable[[Document], object]]] = (),
    ) -> None:
        """Record what no rule allows, everything that belongs to it beside it: made like an event that is there.

        With the keys it is marked, and sealed; the view is made to fit, and the guards stand.
        """
        with self.stage.opened(recorded_at, keys=keys) as sanctions:
            store = sanctions.store
            events = [self._like(*one, change) for one, change in ((like, change), *more)]
            with store.database.writing() as cursor:
                stream = store.replay(cursor, account)
                version = stream.state.version
                records = [
                    Recorded(account, version + number, recorded_at, event, command_id)
                    for number, event in enumerate(events, 1)
                ]
                remembered: list[CommandRow] = []
                if command_id is not None and remember:
                    outcome = accepted(account, command_id, version + len(events), events, ())
                    remembered.append(CommandRow(account, command_id, b"\0" * 32, remembered_form(outcome)))
                heads = {} if stream.head is None else {account: stream.head}
                store.append(cursor, records, heads, remembered, lambda _: None)
            sanctions.rebuild()
            if keys:
                sanctions.seal()
            else:
                store.settle_log()

    def _like(self, account: str, version: int, change: Callable[[Document], object]) -> Event:
        with self.stage.opened() as sanctions, sanctions.store.database.reading() as cursor:
            cursor.execute(
                f"SELECT topic FROM sanctions_events WHERE account = {sanctions.store.database.mark} "  # noqa: S608
                f"AND version = {sanctions.store.database.mark}",
                (account, version),
            )
            (topic,) = cursor.fetchone()
            document = self.state(account, version)
            document.pop("narrative", None)
            document["event"].pop("narrative", None)
            change(document["event"])
            event: Event = sanctions.store.mapper.decode(topic, _encoded(document)).event
            return replace(event, narrative=None)


def _encoded(document: Document) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode()
