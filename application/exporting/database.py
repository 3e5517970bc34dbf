"""The record as a SQLite database to be browsed: tables and views, times as text, no triggers, opened by any tool."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from ...domain.events import Narrative
from ...domain.instants import text
from ...domain.policies.policy import policy_bytes
from ...domain.state import Proposal, Sanction, State
from ...domain.vocabulary import Actor
from ..documents import AccountState, as_json
from .database_tables import INDEXES, TABLES, VIEWS, descriptions
from .documents import event_documents, state_document
from .errors import ExportUnwritable
from .source import Selection, Snapshot, StoredAccount

__all__ = ["SqliteExport", "write_metadata"]

_ABOVE: Final = frozenset(
    {"account", "version", "type", "at", "recorded_at", "by", "command_id", "standing", "sanction", "violation"}
    | {"appeal", "proposal", "clause", "partition", "position", "hash", "mark"}
)
_NARRATIVE: Final = ("reason", "facts", "evidence", "requirements", "statement", "text")
# Rows of a table that are inserted together.
_TOGETHER: Final = 1_000


class SqliteExport:
    """Writes accounts into a new database file, which nobody reads before it is whole."""

    def __init__(self, path: Path, selection: Selection, *, narratives: bool) -> None:
        self._selection = selection
        self._narratives = narratives
        self._path = path
        self._connection = sqlite3.connect(path, isolation_level=None)
        wanted = {name: columns for name, columns in TABLES.items() if narratives or name != "narratives"}
        self._waiting: dict[str, list[tuple[Any, ...]]] = {name: [] for name in wanted}
        with self._writing():
            # A file that a crash leaves half written never gets its name, so nothing has to survive one.
            for pragma in ("journal_mode = OFF", "synchronous = OFF", "page_size = 4096", "encoding = 'UTF-8'"):
                self._connection.execute(f"PRAGMA {pragma}").fetchall()
            for name, columns in wanted.items():
                self._connection.execute(f"CREATE TABLE {name} ({columns})")
            self._insert = {name: _insert(self._connection, name) for name in wanted}
            self._connection.execute("BEGIN")

    def begin(self, snapshot: Snapshot) -> None:
        """What belongs to the store as a whole."""
        self._add("policies", [
            (kept.digest, kept.policy.id, kept.policy.version, text(kept.since), policy_bytes(kept.policy).decode())
            for kept in snapshot.policies()
        ])  # fmt: skip
        chosen = msgspec.to_builtins(self._selection, builtin_types=(datetime,))
        about = {
            "store": snapshot.store.identity.store_id,
            "taken_at": text(snapshot.taken_at),
            "positions": as_json({str(one): at for one, at in snapshot.positions.items()}).decode(),
            **{name: _cell(value) for name, value in chosen.items()},
        }
        self._add("about", list(about.items()))

    def add(self, account: StoredAccount) -> int:
        """Write an account; returns how many of its events were wanted."""
        found = list(event_documents(account, self._selection, narratives=False))
        if not found and account.name != self._selection.account:
            return 0
        view, state = state_document(account), account.state
        self._add("accounts", [_account(view, state, account)])
        self._add("events", [_event(document) for _, _, document in found])
        if self._narratives:
            wanted = {stored.version for stored, _, _ in found}
            self._add("narratives", [
                (account.name, one.version, *_told(one.event.narrative), one.untold)
                for one in account.narrated
                if (one.event.narrative is not None or one.untold is not None) and one.version in wanted
            ])  # fmt: skip
        sanctions = list(state.sanctions())
        name = account.name
        self._add("sanctions", [_sanction(name, one) for one in sanctions])
        self._add("sanction_functions", [
            (name, one.id, function, _cell(end)) for one in sanctions for function, end in one.functions.items()
        ])  # fmt: skip
        self._add("restrictions", [
            (name, one.function, _cell(one.until), _cell(one.because)) for one in view.restrictions
        ])  # fmt: skip
        self._add("violations", [
            (name, v.id, v.clause, state.violations[v.id].category, state.violations[v.id].severity, text(v.at), v.weight,
             v.counts)
            for v in view.violations
        ])  # fmt: skip
        self._add("appeals", [(name, a.id, a.sanction, a.status, text(a.at)) for a in view.appeals])
        proposals = (*state.settled_proposals.values(), *state.open_proposals.values())
        self._add("proposals", [_proposal(name, one) for one in proposals])
        return len(found)

    def finish(self) -> None:
        """Indexes, views and figures for the planner; the file is whole then."""
        for table in self._waiting:
            self._flush(table)
        with self._writing():
            self._connection.execute("COMMIT")
            for on in INDEXES:
                name = on.replace(" (", "_by_").replace(", ", "_").rstrip(")")
                self._connection.execute(f"CREATE INDEX {name} ON {on}")
            for name, query in VIEWS.items():
                self._connection.execute(f"CREATE VIEW {name} AS {query}")
            self._connection.execute("ANALYZE")

    def close(self) -> None:
        """Let the file go, whole or not."""
        self._connection.close()

    def _add(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        waiting = self._waiting[table]
        waiting += rows
        if len(waiting) >= _TOGETHER:
            self._flush(table)

    def _flush(self, table: str) -> None:
        with self._writing():
            self._connection.executemany(self._insert[table], self._waiting[table])
        self._waiting[table].clear()

    @contextmanager
    def _writing(self) -> Generator[None, None, None]:
        try:
            yield
        except sqlite3.Error as error:
            raise ExportUnwritable(f"{self._path.name}: {error}", file=self._path.name) from None


def write_metadata(folder: Path, name: str, taken_at: datetime) -> None:
    """Beside the database, the metadata that datasette takes with `--metadata`."""
    database = name.rpartition(".")[0] or name
    body = msgspec.json.format(msgspec.json.encode(descriptions(database, text(taken_at))), indent=2)
    (folder / f"{name}.metadata.json").write_bytes(body + b"\n")


def _insert(connection: sqlite3.Connection, table: str) -> str:
    marks = ", ".join("?" for _ in connection.execute(f"PRAGMA table_info({table})").fetchall())
    return f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608 - names of our own tables


def _told(narrative: Narrative | None) -> Iterator[str | None]:
    return (None if narrative is None else _cell(getattr(narrative, name) or None) for name in _NARRATIVE)


def _account(view: AccountState, state: State, account: StoredAccount) -> tuple[Any, ...]:
    events = [record.event.at for record in account.records]
    return (
        view.account,
        view.standing,
        view.exempt,
        view.version,
        text(min(events)),
        text(max(events)),
        len(view.sanctions),
        sum(one.status == "in_force" for one in view.sanctions),
        sum(one.status == "open" for one in view.appeals),
        len(state.open_proposals),
        view.strikes.active,
        view.strikes.total,
    )


def _event(document: Mapping[str, Any]) -> tuple[Any, ...]:
    get = document.get
    by: Actor = document["by"]
    clause = get("clause") or get("basis", {}).get("clause")
    others = {name: value for name, value in document.items() if name not in _ABOVE}
    return (
        *(document["account"], document["version"], document["type"], text(document["at"])),
        *(text(document["recorded_at"]), by.kind, by.id, document["standing"], get("command_id")),
        *(get("sanction"), get("violation"), get("appeal"), get("proposal"), clause, as_json(others).decode()),
        *(document["partition"], document["position"], document["hash"], document["mark"]),
    )


def _sanction(account: str, one: Sanction) -> tuple[Any, ...]:
    second, link, order = one.approved_by, one.because_of, one.order
    return (
        *(account, one.id, one.kind, one.status, text(one.at), text(one.from_), _cell(one.until), _cell(one.ended_at)),
        *(_cell(one.overturned_at), one.basis.clause, one.step, one.policy.digest, one.by.kind, one.by.id),
        *((None, None) if second is None else (second.kind, second.id)),
        one.caused_by,
        *((None, None) if link is None else (link.account, link.sanction)),
        _cell(one.notice_at),
        *((None, None) if order is None else (text(order.deadline), order.status)),
    )


def _proposal(account: str, one: Proposal) -> tuple[Any, ...]:
    return (account, one.id, one.sanction, one.status, one.by.kind, one.by.id, text(one.at), text(one.lapses_at))


def _cell(value: str | datetime | Iterable[Any] | None) -> str | None:
    match value:
        case None | str():
            return value
        case datetime():
            return text(value)
        case _:
            return as_json(value).decode()
