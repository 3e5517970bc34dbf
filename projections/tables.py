"""The metadata of the projections' tables. Every key begins with the account, so that the tables can be sharded by it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, MetaData, PrimaryKeyConstraint, Table, Text

__all__ = ["Number", "followers", "metadata"]

metadata: Final = MetaData()
Number: Final = BigInteger().with_variant(Integer(), "sqlite")

followers = Table(
    "sanctions_followers",
    metadata,
    Column("follower", Text, nullable=False),
    Column("position", Number, nullable=False),
    PrimaryKeyConstraint("follower"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""How far a process that follows the log has come: written in the transaction of what it did."""
