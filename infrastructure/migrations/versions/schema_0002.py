"""Schema 2: linked sanctions, followers of the log, snapshots, the log behind a sequencer, and guards on more tables."""

# Alembic loads this file by its path, as no part of a package: hence the absolute imports.
from __future__ import annotations

from typing import Final

from account_sanctions.infrastructure import postgres_guards, sqlite_guards
from account_sanctions.infrastructure.guards import Guard
from account_sanctions.infrastructure.migrations.filling import fill_links
from account_sanctions.infrastructure.migrations.stepping import downgrade, moving_to, on_postgres, run_statements
from alembic import op
from sqlalchemy import BigInteger, Column, Identity, Integer, LargeBinary, PrimaryKeyConstraint, Text

__all__ = ["branch_labels", "depends_on", "down_revision", "downgrade", "revision", "upgrade"]

revision: Final = "sanctions_0002"
down_revision: Final = "sanctions_0001"
branch_labels: Final = None
depends_on: Final = None

_NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")
_MADE: Final = ("pending", "snapshots", "links", "followers", "parked", "unfinished")
_GUARDED: Final = (
    Guard(table="sanctions_events", key=("account", "version")),
    Guard(table="sanctions_log", key=("partition", "position")),
    Guard(table="sanctions_policies", key=("digest",), numbered=True),
    Guard(table="sanctions_commands", key=("account", "command_id")),
    Guard(table="sanctions_narratives", key=("account", "version"), deletable=True, numbered=True),
    Guard(table="sanctions_meta", key=("key",), fixed=("store_id", "partitions")),
)


@moving_to(2, makes=tuple(f"sanctions_{name}" for name in _MADE))
def upgrade() -> None:
    """Add the tables, fill the view of links from the events, and put the guards in place."""
    if on_postgres():
        op.create_table(
            "sanctions_pending",
            Column("partition", _NUMBER, nullable=False),
            Column("seq", _NUMBER, Identity(cache=1), nullable=False),
            Column("account", Text, nullable=False),
            Column("version", _NUMBER, nullable=False),
            PrimaryKeyConstraint("partition", "seq"),
            postgresql_with={"autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 1000},
        )
    op.create_table(
        "sanctions_snapshots",
        Column("account", Text, nullable=False),
        Column("version", _NUMBER, nullable=False),
        Column("shape", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        PrimaryKeyConstraint("account"),
        sqlite_strict=True,
    )
    op.create_table(
        "sanctions_links",
        Column("account", Text, nullable=False),
        Column("sanction", Text, nullable=False),
        Column("because_account", Text, nullable=False),
        Column("because_sanction", Text, nullable=False),
        Column("ends", _NUMBER),
        PrimaryKeyConstraint("account", "sanction"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("sanctions_links_by_cause", "sanctions_links", ["because_account"])
    op.create_table(
        "sanctions_followers",
        Column("partition", _NUMBER, nullable=False),
        Column("follower", Text, nullable=False),
        Column("position", _NUMBER, nullable=False),
        Column("holder", Text),
        Column("held_until", _NUMBER),
        PrimaryKeyConstraint("partition", "follower"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sanctions_parked",
        Column("partition", _NUMBER, nullable=False),
        Column("follower", Text, nullable=False),
        Column("position", _NUMBER, nullable=False),
        Column("account", Text, nullable=False),
        Column("version", _NUMBER, nullable=False),
        Column("attempts", _NUMBER, nullable=False),
        Column("error", Text, nullable=False),
        Column("parked_at", _NUMBER, nullable=False),
        PrimaryKeyConstraint("partition", "follower", "position"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("sanctions_parked_by_account", "sanctions_parked", ["partition", "follower", "account", "position"])
    op.create_table(
        "sanctions_unfinished",
        Column("work", Text, nullable=False),
        Column("reached", Text, nullable=False),
        PrimaryKeyConstraint("work"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    fill_links()
    statements = postgres_guards.guard_statements if on_postgres() else sqlite_guards.guard_statements
    for guard in _GUARDED:
        run_statements(statements(guard))
