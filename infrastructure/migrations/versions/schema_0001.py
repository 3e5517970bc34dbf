"""Schema 1: events, their log, narratives, commands, policies, and the view of current restrictions."""

# Alembic loads this file by its path, as no part of a package: hence the absolute imports.
from __future__ import annotations

from typing import Final
from uuid import uuid4

from account_sanctions.infrastructure import postgres_guards, sqlite_guards
from account_sanctions.infrastructure.guards import Guard
from account_sanctions.infrastructure.migrations.hosts import BRANCH, PARTITIONS
from account_sanctions.infrastructure.migrations.stepping import downgrade, moving_to, on_postgres, run_statements
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, PrimaryKeyConstraint, Text

__all__ = ["branch_labels", "depends_on", "down_revision", "downgrade", "revision", "upgrade"]

revision: Final = "sanctions_0001"
down_revision: Final = None
branch_labels: Final = (BRANCH,)
depends_on: Final = None

_NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")
_MADE: Final = ("events", "log", "narratives", "commands", "policies", "meta", "intervals", "deadlines")
_GUARDED: Final = (
    Guard(table="sanctions_events", key=("account", "version")),
    Guard(table="sanctions_log", key=("partition", "position")),
    Guard(table="sanctions_policies", key=("digest",)),
)


@moving_to(1, makes=tuple(f"sanctions_{name}" for name in _MADE))
def upgrade() -> None:
    """Make the store."""
    op.create_table(
        "sanctions_events",
        Column("account", Text, nullable=False),
        Column("version", _NUMBER, nullable=False),
        Column("topic", Text, nullable=False),
        Column("state", LargeBinary, nullable=False),
        Column("hash", LargeBinary),
        PrimaryKeyConstraint("account", "version"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sanctions_log",
        Column("partition", _NUMBER, nullable=False),
        Column("position", _NUMBER, nullable=False),
        Column("account", Text, nullable=False),
        Column("version", _NUMBER, nullable=False),
        PrimaryKeyConstraint("partition", "position"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sanctions_narratives",
        Column("account", Text, nullable=False),
        Column("version", _NUMBER, nullable=False),
        Column("salt", LargeBinary, nullable=False),
        Column("body", LargeBinary, nullable=False),
        PrimaryKeyConstraint("account", "version"),
        sqlite_strict=True,
    )
    op.create_table(
        "sanctions_commands",
        Column("account", Text, nullable=False),
        Column("command_id", Text, nullable=False),
        Column("digest", LargeBinary, nullable=False),
        Column("outcome", LargeBinary, nullable=False),
        PrimaryKeyConstraint("account", "command_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sanctions_policies",
        Column("digest", Text, nullable=False),
        Column("id", Text, nullable=False),
        Column("version", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("recorded_at", _NUMBER, nullable=False),
        PrimaryKeyConstraint("digest"),
        sqlite_strict=True,
    )
    op.create_table(
        "sanctions_intervals",
        Column("account", Text, nullable=False),
        Column("sanction", Text, nullable=False),
        Column("function", Text, nullable=False),
        Column("starts", _NUMBER, nullable=False),
        Column("ends", _NUMBER),
        PrimaryKeyConstraint("account", "sanction", "function", "starts"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sanctions_deadlines",
        Column("account", Text, nullable=False),
        Column("due_at", _NUMBER, nullable=False),
        PrimaryKeyConstraint("account"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("sanctions_deadlines_by_time", "sanctions_deadlines", ["due_at"])
    meta = op.create_table(
        "sanctions_meta",
        Column("key", Text, nullable=False),
        Column("value", Text, nullable=False),
        PrimaryKeyConstraint("key"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    partitions = int(op.get_context().opts.get(PARTITIONS, 1))
    said = {"schema": "1", "store_id": uuid4().hex, "partitions": str(partitions)}
    op.bulk_insert(meta, [{"key": key, "value": value} for key, value in said.items()], multiinsert=False)
    statements = postgres_guards.guard_statements if on_postgres() else sqlite_guards.guard_statements
    for guard in _GUARDED:
        run_statements(statements(guard))
