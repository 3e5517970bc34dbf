"""The command that exports the record, and the one that checks an export."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from ...domain.commands import read_account
from ...infrastructure.clock import system_clock
from ..keyring import keys_of
from .app import Session, as_instant, example, json_option, keys_option, root
from .output import plain, print_json, print_table, progress, remark

if TYPE_CHECKING:
    from ...infrastructure.evidence.notes import NoteSigner
    from ..exporting.documents import Subject
    from ..exporting.manifest import FileFormat, Manifest

__all__ = ["INCOMPLETE", "export"]

TAMPERED: Final = 1
INCOMPLETE: Final = 4
_STANDARD_OUTPUT: Final = "-"


@root.group("export", invoke_without_command=True)
@click.option(
    "--format", "file_format", type=click.Choice(["jsonl", "csv", "parquet", "sqlite"]), help="What to write."
)
@click.option(
    "--out", metavar="PATH", help="The file (Parquet: the folder) to make; `-` is standard output (JSON lines and CSV)."
)
@click.option(
    "--of",
    type=click.Choice(["events", "states", "sanctions"]),
    default="events",
    show_default=True,
    help="Lines of what: events as recorded, accounts as they stand, or sanctions (JSON lines and CSV).",
)
@click.option("--account", metavar="ACCOUNT", help="Of one account only.")
@click.option("--since", type=as_instant, help="Only what happened from then on, by its `at`.")
@click.option("--until", type=as_instant, help="Only what happened before then.")
@click.option("--with-narratives", is_flag=True, help="With free text and evidence, which are personal data.")
@click.option("--buckets", type=int, default=16, show_default=True, help="Parquet: into how many parts, 1 to 256.")
@keys_option
@click.option("--replace", is_flag=True, help="Put the export in the place of an older one, once it is whole.")
@json_option
@click.pass_context
def export(
    ctx: click.Context,
    file_format: str | None,
    out: str | None,
    of: str,
    account: str | None,
    since: datetime | None,
    until: datetime | None,
    with_narratives: bool,  # noqa: FBT001 - click
    buckets: int,
    replace: bool,  # noqa: FBT001 - click
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """Write the record, or a part of it, for other programs: JSON lines, CSV, Parquet, or SQLite for datasette.

    The store is read in one consistent view and not changed. An export has its name only when it is whole, and a manifest beside
    it (in it, for Parquet) says what is in it, how far into the log it goes, and the hash of each file.
    """
    if ctx.invoked_subcommand is not None:
        return
    if file_format is None or out is None:
        raise click.UsageError(f"give {'--format' if file_format is None else '--out'} (or one of the commands below)")
    from ..exporting.running import export_store, print_lines
    from ..exporting.source import Selection
    from ..simulating.opening import reading_only

    session = cast("Session", ctx.obj)
    chosen: dict[str, Any] = {
        "now": system_clock(),
        "file_format": cast("FileFormat", file_format),
        "of": cast("Subject", of),
        "selection": Selection(account=None if account is None else read_account(account), since=since, until=until),
        "narratives": with_narratives,
    }
    found = keys_of(session.keys)
    signer = None if found is None else found.log
    if out == _STANDARD_OUTPUT:
        if file_format not in ("jsonl", "csv"):
            raise click.UsageError(f"{file_format} needs a name to write to: --out PATH")
        with reading_only(session.database, found) as store:
            # JSON reads escapes alike; a table is left as it is unless somebody looks at it.
            print_lines(store, **chosen, escape=plain if file_format == "jsonl" or sys.stdout.isatty() else None)
        return
    with reading_only(session.database, found) as store, progress("Events exported") as advance:
        made = export_store(
            store, Path(out), **chosen, buckets=buckets, signer=signer, replace=replace, progress=advance
        )
    if json_:
        print_json(made)
    else:
        _show(out, made, signer)


example(
    "export --format jsonl --out events.jsonl.gz",
    "export --format csv --of sanctions --out sanctions.csv",
    "export --format parquet --buckets 16 --keys keys --out export-2026-01",
    "export --format sqlite --out sanctions-export.db && datasette sanctions-export.db",
)(export)


def _show(out: str, made: Manifest, signer: NoteSigner | None) -> None:
    signed = f"signed by {signer.verifier.name}" if signer is not None else "not signed (give --keys to sign it)"
    click.echo(f"wrote {plain(out)}: {made.rows} {made.of} of {made.accounts} accounts")
    last = ", ".join(f"{position} of partition {partition}" for partition, position in made.positions.items())
    click.echo(f"up to position {last} of the log; the manifest is {plain(signed)}")
    if not made.rows:
        remark("nothing is recorded of what was asked for")
    if made.unsequenced:
        remark(f"{made.unsequenced} events have no place in the log yet: run `seal`, then export again for proofs")


@example("export check export-2026-01 --trust trust.json", "export check events.jsonl")
@export.command("check")
@click.argument("path", metavar="PATH")
@click.option("--trust", metavar="FILE", help="The trust file: whose signatures count.")
@click.option("--manifest-only", is_flag=True, help="Parquet: do not look at each event.")
@json_option
def check(path: str, trust: str | None, manifest_only: bool, json_: bool) -> None:  # noqa: FBT001 - click
    """Check an export without the database: PATH is its folder, or a single file with its manifest beside it.

    Exit status 0: all is as it was signed; 1: something was changed; 4: something is missing to say so (no signature, no trust
    file).
    """
    from ..exporting.checking import check_manifest

    known = None
    if trust is not None:
        from ...infrastructure.evidence.keys import read_trust

        known = read_trust(Path(trust))
    findings = check_manifest(Path(path), known, contents=not manifest_only)
    tampered = any(one.grade == "tampered" for one in findings)
    if json_:
        verdict = "tampered" if tampered else "incomplete" if findings else "verified"
        print_json({"verdict": verdict, "findings": findings})
    elif findings:
        rows = [(one.grade, one.code, one.file or "", one.account or "", one.message) for one in findings]
        print_table("Findings", ("grade", "code", "file", "account", "what"), rows)
    else:
        click.echo(f"{plain(path)}: as it was signed")
    if findings:
        sys.exit(TAMPERED if tampered else INCOMPLETE)
