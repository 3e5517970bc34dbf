"""Schema 3: evidence. Writers' marks, keys of accounts for their free text, the sealed log, erasures, rotations of keys."""

# Alembic loads this file by its path, as no part of a package: hence the absolute imports.
from __future__ import annotations

from typing import Final

from account_sanctions.infrastructure import postgres_guards, sqlite_guards
from account_sanctions.infrastructure.guards import Guard
from account_sanctions.infrastructure.migrations.stepping import downgrade, moving_to, on_postgres, run_statements
from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, PrimaryKeyConstraint, Text

__all__ = ["branch_labels", "depends_on", "down_revision", "downgrade", "revision", "upgrade"]

revision: Final = "sanctions_0003"
down_revision: Final = "sanctions_0002"
branch_labels: Final = None
depends_on: Final = None

_NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")
_MADE: Final = ("nodes", "places", "checkpoints", "account_keys", "erasures", "key_events")
_GUARDED: Final = (
    # What a command was compared by can be emptied: after an erasure it must not tell of the text.
    Guard(
        table="sanctions_commands",
        key=("account", "command_id"),
        emptied="digest",
        kept=("account", "command_id", "outcome"),
    ),
    Guard(table="sanctions_nodes", key=("partition", "level", "number")),
    Guard(table="sanctions_places", key=("account", "version")),
    Guard(table="sanctions_checkpoints", key=("partition", "size")),
    Guard(table="sanctions_account_keys", key=("account", "generation"), deletable=True),
    Guard(table="sanctions_erasures", key=("account", "version")),
    Guard(table="sanctions_key_events", key=("number",)),
)


@moving_to(3, makes=tuple(f"sanctions_{name}" for name in _MADE))
def upgrade() -> None:
    """Add columns and tables, and put the guards in place. What was written before carries no mark."""
    op.add_column("sanctions_events", Column("mark", LargeBinary))
    op.add_column("sanctions_narratives", Column("generation", _NUMBER))
    op.create_table(
        "sanctions_nodes",
        Column("partition", _NUMBER, nullable=False),
        Column("level", _NUMBER, nullable=False),
        Column("number", _NUMBER, nullable=False),
        Column("hash", LargeBinary, nullable=False),
        PrimaryKeyConstraint("partition", "level", "number"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sanctions_places",
        Column("account", Text, nullable=False),
        Column("version", _NUMBER, nullable=False),
        Column("position", _NUMBER, nullable=False),
        PrimaryKeyConstraint("account", "version"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sanctions_checkpoints",
        Column("partition", _NUMBER, nullable=False),
        Column("size", _NUMBER, nullable=False),
        Column("note", Text, nullable=False),
        Column("sealed_at", _NUMBER, nullable=False),
        PrimaryKeyConstraint("partition", "size"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sanctions_account_keys",
        Column("account", Text, nullable=False),
        Column("generation", _NUMBER, nullable=False),
        Column("provider", Text, nullable=False),
        Column("wrapped", LargeBinary, nullable=False),
        PrimaryKeyConstraint("account", "generation"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sanctions_erasures",
        Column("account", Text, nullable=False),
        Column("version", _NUMBER, nullable=False),
        PrimaryKeyConstraint("account", "version"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sanctions_key_events",
        Column("number", _NUMBER, nullable=False),
        Column("note", Text, nullable=False),
        Column("recorded_at", _NUMBER, nullable=False),
        PrimaryKeyConstraint("number"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    statements = postgres_guards.guard_statements if on_postgres() else sqlite_guards.guard_statements
    for guard in _GUARDED:
        run_statements(statements(guard))
