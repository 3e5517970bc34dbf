"""Reading an account in one statement: what is recorded of it, its snapshot, and the earlier use of a command's id."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import LargeBinary, Text, bindparam, func, literal_column, null, select, type_coerce, union_all

from ..domain.builder import Builder
from ..domain.state import NOTHING, State
from .database import Cursor, Database
from .mapper import SanctionMapper
from .snapshots import shape, thaw
from .tables import Number, commands, sanction_events, snapshots

__all__ = ["Reading", "Remembered", "Stream"]

# What a row of the one statement is: events come by version, what is not an event before all of them.
_SNAPSHOT: Final = -2
_COMMAND: Final = -1


class Stream(Struct, frozen=True):
    """An account as loaded: its state as recorded, when its newest event became known, and that event's hash.

    `kept`: the version of its snapshot, 0 where there is none that can be used.
    """

    account: str
    state: State = NOTHING
    recorded_at: datetime | None = None
    head: bytes | None = None
    kept: int = 0


class Remembered(Struct, frozen=True):
    """An accepted command: the digest of its content, and its outcome as first given."""

    digest: bytes
    outcome: bytes


class Reading:
    """The statements that load an account, made once."""

    def __init__(self, database: Database, mapper: SanctionMapper) -> None:
        self._mapper = mapper
        events, kept, used = sanction_events.events.c, snapshots.c, commands.c
        account = bindparam("account", type_=Text())
        short_cut = (kept.account == account, kept.shape == bindparam("shape", type_=Text()))
        # The event of the snapshot itself is read too: its hash says whether the snapshot is of this history.
        since = func.coalesce(select(kept.version).where(*short_cut).scalar_subquery(), literal_column("0"))
        behind = bindparam("behind", type_=events.version.type)
        nothing = type_coerce(null(), LargeBinary)

        def recorded(condition: Any) -> Any:
            return select(events.version, events.topic, events.state, events.hash).where(
                events.account == account, condition
            )

        snapshot = select(literal_column(str(_SNAPSHOT), Number), kept.shape, kept.body, nothing).where(*short_cut)
        earlier = select(literal_column(str(_COMMAND), Number), used.command_id, used.digest, used.outcome).where(
            used.account == account, used.command_id == bindparam("command_id", type_=Text())
        )
        prepare = database.prepare
        self._since = prepare(recorded(events.version > behind))
        self._since_and_command = prepare(union_all(recorded(events.version > behind), earlier))
        self._all = prepare(union_all(recorded(events.version >= since), snapshot))
        self._all_and_command = prepare(union_all(recorded(events.version >= since), snapshot, earlier))
        self._command = prepare(earlier)

    def read(
        self, cursor: Cursor, account: str, command_id: str | None, known: Stream | None
    ) -> tuple[Stream, Remembered | None]:
        """The account as recorded, beginning with what is known of it, and the earlier command of this id."""
        named: tuple[str, ...] = () if command_id is None else (account, command_id)
        if known is not None and known.state.version:
            sql = self._since if command_id is None else self._since_and_command
            cursor.execute(sql, (account, known.state.version, *named))
        else:
            sql = self._all if command_id is None else self._all_and_command
            cursor.execute(sql, (account, account, shape(), account, shape(), *named))
        # In order of version already, but for what is not an event; no server promises it.
        rows = sorted(cursor.fetchall(), key=itemgetter(0))
        snapshot = remembered = None
        first = 0
        for row in rows[:2]:
            if row[0] == _SNAPSHOT:
                snapshot, first = bytes(row[2]), first + 1
            elif row[0] == _COMMAND:
                remembered, first = Remembered(bytes(row[2]), bytes(row[3])), first + 1
        start = Stream(account) if known is None else known
        if snapshot is None:
            return self._fold(start, rows[first:]), remembered
        kept = _kept(account, snapshot, rows[first]) if rows[first:] else None
        return (self.replay(cursor, start) if kept is None else self._fold(kept, rows[first + 1 :])), remembered

    def replay(self, cursor: Cursor, start: Stream) -> Stream:
        """The account from a stream on by its events alone."""
        cursor.execute(self._since, (start.account, start.state.version))
        return self._fold(start, sorted(cursor.fetchall(), key=itemgetter(0)))

    def remembered(self, cursor: Cursor, account: str, command_id: str) -> Remembered | None:
        """The accepted command of this id, if there is one."""
        cursor.execute(self._command, (account, command_id))
        row = cursor.fetchone()
        return None if row is None else Remembered(bytes(row[2]), bytes(row[3]))

    def _fold(self, start: Stream, rows: Iterable[Any]) -> Stream:
        builder, recorded_at, head = Builder(start.state), None, None
        decode = self._mapper.decode
        for _, topic, state, head in rows:  # noqa: B007 - the last one's is needed
            envelope = decode(topic, state)
            recorded_at = envelope.recorded_at
            builder.apply(envelope.event)
        return start if head is None else Stream(start.account, builder.freeze(), recorded_at, bytes(head), start.kept)


def _kept(account: str, body: bytes, row: Any) -> Stream | None:
    """The account as its snapshot says, None unless that is the state at this event of it."""
    found = thaw(account, body)
    if found is None or found.state.version != row[0] or found.head != bytes(row[3]):
        return None
    return Stream(account, found.state, found.recorded_at, found.head, found.state.version)
