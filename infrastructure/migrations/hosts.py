"""What a host uses in its own Alembic: the migration as one call, and a filter that keeps autogenerate away from our tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

from ..tables import SCHEMA_VERSION

__all__ = ["BRANCH", "OUR_TABLES", "PARTITIONS", "leave_out", "upgrade"]

BRANCH: Final = "account_sanctions"
"""The label of the branch of revisions: `alembic upgrade account_sanctions@head`."""

PARTITIONS: Final = "sanctions_partitions"
"""An option of `context.configure`: in how many partitions the log of a new store is written."""

OUR_TABLES: Final = frozenset(
    f"sanctions_{name}"
    for name in (
        "account_keys",
        "checkpoints",
        "commands",
        "deadlines",
        "erasures",
        "events",
        "followers",
        "intervals",
        "key_events",
        "links",
        "log",
        "meta",
        "narratives",
        "nodes",
        "parked",
        "pending",
        "places",
        "policies",
        "snapshots",
        "unfinished",
    )
)
"""Every table that a store of any schema has."""

IncludeName = Callable[[str | None, Any, Any], bool]


def leave_out(include_name: IncludeName | None = None) -> IncludeName:
    """An `include_name` for `context.configure`: everything but the store's tables, and of that what the given one includes.

    Without it, `alembic revision --autogenerate` of the host would propose to drop tables that its metadata does not know.
    """

    def include(name: str | None, kind: Any, parents: Mapping[str, Any]) -> bool:
        if kind == "table" and name in OUR_TABLES:
            return False
        return include_name is None or include_name(name, kind, parents)

    return include


def upgrade(to: int = SCHEMA_VERSION, *, since: int = 0, partitions: int | None = None) -> None:
    """Inside a revision of the host's own: bring the store to a schema, making it where there is none.

    Give the number, and leave it as it is once the revision is out: the next schema gets a revision of its own. A store that
    has come further already stays as it is. `since`: the schema that the host's revisions before have reached, for scripts that
    are only printed (`--sql`). `partitions`: of the log of a store that is made now (1 unless given).
    """
    if not 0 <= since < to <= SCHEMA_VERSION:
        raise ValueError(f"this version of the library knows the schemas 1 to {SCHEMA_VERSION}")
    from alembic import op

    context = op.get_context()
    if partitions is not None:
        context.opts[PARTITIONS] = partitions
    for number in range((since if context.as_sql else 0) + 1, to + 1):
        import_module(f"{__package__}.versions.schema_{number:04}").upgrade()
