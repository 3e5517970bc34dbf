"""The tables of the store.

Every primary key begins with the account or the partition and nothing refers across accounts, so that a distributed database
can shard them as they stand. Times are integers: microseconds since 1970 in UTC.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

__all__ = [
    "PREFIX",
    "SCHEMA_VERSION",
    "EventTables",
    "commands",
    "event_tables",
    "meta",
    "metadata",
    "narratives",
    "pending",
    "pending_table",
    "policies",
    "sanction_events",
    "snapshots",
    "tracking_table",
    "unfinished",
]

SCHEMA_VERSION: Final = 3
PREFIX: Final = "sanctions_"

Number = BigInteger().with_variant(Integer(), "sqlite")
_STRICT: Final[dict[str, Any]] = {"sqlite_strict": True}
_BY_KEY: Final[dict[str, Any]] = {"sqlite_strict": True, "sqlite_with_rowid": False}

metadata = MetaData()


class EventTables(NamedTuple):
    """The streams, the one order in which followers read them, and what has no place in it yet (None: all has, at once)."""

    events: Table
    log: Table
    pending: Table | None = None


def event_tables(into: MetaData, prefix: str) -> EventTables:
    """Streams of events and their log.

    `state` is what is hashed, to the byte; `hash` chains the events of one account, `mark` is the writer's on it (both null for
    streams of other applications, the mark also where the writer had no key).
    """
    events = Table(
        f"{prefix}events",
        into,
        Column("account", Text, nullable=False),
        Column("version", Number, nullable=False),
        Column("topic", Text, nullable=False),
        Column("state", LargeBinary, nullable=False),
        Column("hash", LargeBinary),
        Column("mark", LargeBinary),
        PrimaryKeyConstraint("account", "version"),
        **_BY_KEY,
    )
    log = Table(
        f"{prefix}log",
        into,
        Column("partition", Number, nullable=False),
        Column("position", Number, nullable=False),
        Column("account", Text, nullable=False),
        Column("version", Number, nullable=False),
        PrimaryKeyConstraint("partition", "position"),
        **_BY_KEY,
    )
    return EventTables(events, log)


def pending_table(into: MetaData, prefix: str) -> Table:
    """Events that were committed and have no place in the log yet. SQLite gives the place at once and has no such table."""
    return Table(
        f"{prefix}pending",
        into,
        Column("partition", Number, nullable=False),
        Column("seq", Number, Identity(cache=1), nullable=False),
        Column("account", Text, nullable=False),
        Column("version", Number, nullable=False),
        PrimaryKeyConstraint("partition", "seq"),
        # It is emptied as quickly as it is filled: without this its dead rows would slow the sequencer down.
        postgresql_with={"autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 1000},
        info={"only": "postgresql"},
    )


def tracking_table(into: MetaData, prefix: str) -> Table:
    """How far a follower has read: one row per application that it follows."""
    return Table(
        f"{prefix}tracking",
        into,
        Column("application", Text, nullable=False),
        Column("position", Number, nullable=False),
        PrimaryKeyConstraint("application"),
        **_BY_KEY,
    )


sanction_events = event_tables(metadata, PREFIX)

pending = pending_table(metadata, PREFIX)

narratives = Table(
    f"{PREFIX}narratives",
    metadata,
    Column("account", Text, nullable=False),
    Column("version", Number, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("generation", Number),
    PrimaryKeyConstraint("account", "version"),
    **_STRICT,
)
"""Free text and evidence, apart from the events: the event holds a salted commitment, so these rows can be destroyed.

`generation`: which of the account's keys encrypts the body, null where it is not encrypted.
"""

commands = Table(
    f"{PREFIX}commands",
    metadata,
    Column("account", Text, nullable=False),
    Column("command_id", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("outcome", LargeBinary, nullable=False),
    PrimaryKeyConstraint("account", "command_id"),
    **_BY_KEY,
)
"""Accepted commands: what a second use of the same id is answered with."""

policies = Table(
    f"{PREFIX}policies",
    metadata,
    Column("digest", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("recorded_at", Number, nullable=False),
    PrimaryKeyConstraint("digest"),
    **_STRICT,
)
"""Every policy that has ever decided here, word by word."""

snapshots = Table(
    f"{PREFIX}snapshots",
    metadata,
    Column("account", Text, nullable=False),
    Column("version", Number, nullable=False),
    Column("shape", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("account"),
    **_STRICT,
)
"""The newest snapshot of an account with a long history: a short cut, never evidence. `shape` says which code reads it."""

unfinished = Table(
    f"{PREFIX}unfinished",
    metadata,
    Column("work", Text, nullable=False),
    Column("reached", Text, nullable=False),
    PrimaryKeyConstraint("work"),
    **_BY_KEY,
)
"""How far long work has come that was stopped and can be gone on with: one row for each kind of work."""

meta = Table(
    f"{PREFIX}meta",
    metadata,
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    PrimaryKeyConstraint("key"),
    **_BY_KEY,
)
"""What the store is: its schema's version, its own id, its number of partitions."""
