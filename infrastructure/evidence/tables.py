"""What sealing keeps beside the log: nodes of the tree, places of events, signed checkpoints. They are only ever added to."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, PrimaryKeyConstraint, Table, Text

from ..tables import PREFIX, Number, metadata

__all__ = ["checkpoints", "nodes", "places"]

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
