"""The command that folds every account anew and says what it comes to."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .app import Session, as_instant, example, json_option, root
from .output import moment, plain, print_json, print_table, progress, remark

if TYPE_CHECKING:
    from ..replaying.engines import Engine
    from ..replaying.results import Replayed

__all__ = ["replay"]


@example(
    "replay",
    "replay export-2026-01 --duckdb",
    "replay export-2026-01 --at 2026-01-31T00:00:00Z --jobs 4 --json",
    "replay export-2026-01 --engine dask --scheduler tcp://10.0.0.7:8786",
    "--db postgresql+psycopg:///sanctions replay export-2026-01 --view",
)
@root.command("replay")
@click.argument("export", metavar="[EXPORT]", required=False)
@click.option("--at", type=as_instant, help="States at that instant.  [default: now; of an export: when it was made]")
@click.option("--known-at", type=as_instant, help="As known then.  [default: by everything that is recorded]")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="How many processes fold.")
@click.option("--engine", type=click.Choice(["dask"]), help="Fold on a Dask cluster.")
@click.option(
    "--scheduler", metavar="ADDRESS", help="Of the Dask cluster; without one, a cluster of --jobs processes is made."
)
@click.option("--duckdb", is_flag=True, help="Count an export once more by SQL, with DuckDB.")
@click.option(
    "--view/--no-view",
    default=None,
    help="Compare with the live view of the store.  [default: where the store itself is replayed]",
)
@json_option
@click.pass_obj
def replay(
    session: Session,
    export: str | None,
    at: datetime | None,
    known_at: datetime | None,
    jobs: int,
    engine: str | None,
    scheduler: str | None,
    duckdb: bool,  # noqa: FBT001 - click
    view: bool | None,  # noqa: FBT001 - click
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """Fold every account anew from its events: of the store, or of a whole EXPORT as Parquet. Nothing is written.

    The digest is one of all states: the same wherever and in however many parts they were folded, out of the store or out of an
    export of it. Exit status 3: something does not fit, and the accounts are named.
    """
    from ..replaying.running import replay_database, replay_export

    if scheduler is not None and engine is None:
        raise click.UsageError("--scheduler is the address of a Dask cluster: give --engine dask too")
    if duckdb and export is None:
        raise click.UsageError("--duckdb reads an export: export the store as Parquet, and name the folder")
    chosen = _engine(jobs, engine, scheduler)
    with progress("Events folded") as advance:
        if export is None:
            compared = view is None or view
            found = replay_database(
                session.database, valid_at=at, known_at=known_at, view=compared, engine=chosen, progress=advance
            )
        else:
            found = replay_export(
                Path(export),
                valid_at=at,
                known_at=known_at,
                view=session.database if view else None,
                sql=duckdb,
                engine=chosen,
                progress=advance,
            )
    if json_:
        print_json(found)
    else:
        _show(found)
    sys.exit(found.exit_status)


def _engine(jobs: int, engine: str | None, scheduler: str | None) -> Engine | None:
    from ..replaying.engines import Engine

    if engine is not None:
        return Engine(kind="dask", jobs=jobs, scheduler=scheduler)
    return None if jobs == 1 else Engine(jobs=jobs)


def _show(found: Replayed) -> None:
    known = "all that is recorded" if found.known_at is None else f"what was known at {moment(found.known_at)}"
    click.echo(f"folded {found.events} events of {found.accounts} accounts, at {moment(found.valid_at)} by {known}")
    click.echo(f"digest of all states: {found.digest}")
    print_table("Accounts by standing", ("standing", "accounts"), list(found.standings.items()))
    print_table("Sanctions in force", ("kind", "sanctions"), list(found.kinds.items()))
    print_table("Functions taken away", ("function", "from accounts"), list(found.restrictions.items()))
    print_table("Events", ("type", "events"), list(found.types.items()))
    if found.compared is not None:
        click.echo(f"compared with the live view: {found.compared} accounts")
    if found.moved_on:
        remark(f"{found.moved_on} accounts have newer events in the store, and were not compared")
    if found.judged_by_sql is not None:
        click.echo(f"standing found by SQL alone: of {found.judged_by_sql} accounts")
    rows = [(one.code, plain(one.account or ""), one.version or "", one.message) for one in found.findings]
    print_table("Findings", ("code", "account", "version", "what"), rows)
    if found.more:
        remark(f"and {found.more} findings more")
