"""The metadata of the projections' tables. Every key begins with the account, so that the tables can be sharded by it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, PrimaryKeyConstraint, Table, Text

__all__ = ["Number", "followers", "metadata", "parked"]

metadata: Final = MetaData()
Number: Final = BigInteger().with_variant(Integer(), "sqlite")

followers = Table(
    "sanctions_followers",
    metadata,
    Column("partition", Number, nullable=False),
    Column("follower", Text, nullable=False),
    Column("position", Number, nullable=False),
    Column("holder", Text),
    Column("held_until", Number),
    PrimaryKeyConstraint("partition", "follower"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""How far a process that follows the log has come in each partition: written in the transaction of what it did.

`holder` has the partition to itself until `held_until` (by the database's clock), where that takes longer than a transaction.
"""

parked = Table(
    "sanctions_parked",
    metadata,
    Column("partition", Number, nullable=False),
    Column("follower", Text, nullable=False),
    Column("position", Number, nullable=False),
    Column("account", Text, nullable=False),
    Column("version", Number, nullable=False),
    Column("attempts", Number, nullable=False),
    Column("error", Text, nullable=False),
    Column("parked_at", Number, nullable=False),
    PrimaryKeyConstraint("partition", "follower", "position"),
    Index("sanctions_parked_by_account", "partition", "follower", "account", "position"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Events that a follower could not take in, and the later ones of the same accounts: they wait here, the others go on.

`attempts` is 0 where nobody tried: an earlier event of the account stands before it.
"""
