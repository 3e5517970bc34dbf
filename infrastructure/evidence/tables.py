"""What sealing keeps beside the log: nodes of the tree, places of events, signed checkpoints. They are only ever added to."""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, LargeBinary, PrimaryKeyConstraint, Table, Text, exists

from ..tables import PREFIX, Number, metadata, narratives

__all__ = ["account_keys", "checkpoints", "erased", "erasures", "key_events", "nodes", "places"]

nodes = Table(
    f"{PREFIX}nodes",
    metadata,
    Column("partition", Number, nullable=False),
    Column("level", Number, nullable=False),
    Column("number", Number, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("partition", "level", "number"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Complete subtrees of 256, 65,536, ... entries. They follow from the log, and make proofs quick."""

places = Table(
    f"{PREFIX}places",
    metadata,
    Column("account", Text, nullable=False),
    Column("version", Number, nullable=False),
    Column("position", Number, nullable=False),
    PrimaryKeyConstraint("account", "version"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Where in the log a sealed event stands. Written by the sealer, so that writers pay for no second index; proofs look here."""

checkpoints = Table(
    f"{PREFIX}checkpoints",
    metadata,
    Column("partition", Number, nullable=False),
    Column("size", Number, nullable=False),
    Column("note", Text, nullable=False),
    Column("sealed_at", Number, nullable=False),
    PrimaryKeyConstraint("partition", "size"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Signed notes: the first `size` entries of the partition had this root. `sealed_at` is what the store's clock said."""

account_keys = Table(
    f"{PREFIX}account_keys",
    metadata,
    Column("account", Text, nullable=False),
    Column("generation", Number, nullable=False),
    Column("provider", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    PrimaryKeyConstraint("account", "generation"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""The key of an account's free text, wrapped by a key that is not in the database. Destroying the row destroys the text."""

erasures = Table(
    f"{PREFIX}erasures",
    metadata,
    Column("account", Text, nullable=False),
    Column("version", Number, nullable=False),
    PrimaryKeyConstraint("account", "version"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Erasures that are recorded; what stands before `version` in the account is destroyed, or about to be."""


def erased() -> ColumnElement[bool]:
    """Whether a recorded erasure covers a row of narratives: nobody is told it, even where it is not destroyed yet."""
    recorded, texts = erasures.c, narratives.c
    return exists().where(recorded.account == texts.account, recorded.version > texts.version)


key_events = Table(
    f"{PREFIX}key_events",
    metadata,
    Column("number", Number, nullable=False),
    Column("note", Text, nullable=False),
    Column("recorded_at", Number, nullable=False),
    PrimaryKeyConstraint("number"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Rotations of keys: notes in which the old log key signs the new ones."""
