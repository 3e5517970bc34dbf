"""The command `migrate`."""

from __future__ import annotations

import sys

import click

from ...infrastructure.opening import is_there
from ...infrastructure.tables import SCHEMA_VERSION
from ..migrating import Migration, examine, planned_sql
from ..migrating import migrate as carry_out
from .app import DENIED, USAGE, Session, example, json_option, root
from .output import print_json, remark

__all__: list[str] = []


@example("migrate", "migrate --check", "migrate --sql > review.sql")
@root.command("migrate")
@click.option("--check", is_flag=True, help="Change nothing; exit status 1 when there is something to do.")
@click.option("--sql", is_flag=True, help="Change nothing; print the SQL that would be run.")
@click.option("--beside", is_flag=True, help="A new store may be made beside the tables of another application.")
@click.option("--partitions", type=click.IntRange(1), help="In how many parts the log of a new store is written.")
@json_option
@click.pass_obj
def migrate(
    session: Session,
    check: bool,  # noqa: FBT001 - click
    sql: bool,  # noqa: FBT001 - click
    beside: bool,  # noqa: FBT001 - click
    partitions: int | None,
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """Bring the store to the schema of this version: make it, migrate it, put missing guards back. Twice does no harm.

    One transaction: it is done or nothing has changed. Run it once, with the rights of the tables' owner, before the new version
    starts.
    """
    if check and sql:
        remark("--check and --sql exclude each other")
        sys.exit(USAGE)
    if sql:
        click.echo(planned_sql(session.database), nl=False)
        return
    if not check:
        found = carry_out(session.database, beside=beside, partitions=partitions)
    elif is_there(session.database):
        found = examine(session.database)
    else:
        found = Migration(found=None, schema=None)
    if json_:
        print_json({**_document(found)})
    else:
        _tell(found)
    if not found.is_current:
        sys.exit(DENIED)


def _document(found: Migration) -> dict[str, object]:
    return {
        "found": found.found,
        "schema": found.schema,
        "target": found.target,
        "current": found.is_current,
        "guards_missing": found.guards_missing,
        "guards_restored": found.guards_restored,
    }


def _tell(found: Migration) -> None:
    if found.found == found.schema == SCHEMA_VERSION:
        click.echo(f"schema {found.schema}: current")
    elif found.schema == SCHEMA_VERSION:
        done = "a new store was made" if found.found is None else f"migrated from schema {found.found}"
        click.echo(f"schema {found.schema}: {done}")
    elif found.schema is None:
        click.echo(f"there is no store; `migrate` makes one of schema {found.target}")
    else:
        click.echo(f"schema {found.schema}; this version needs {found.target}: run `account-sanctions migrate`")
    done = "is in place again" if found.guards_restored else "is missing"
    for guard in found.guards_missing:
        click.echo(f"the guard of {guard.table} against {guard.against} {done}: {guard.found}")
