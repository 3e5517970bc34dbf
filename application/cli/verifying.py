"""The command `verify`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from .app import Session, example, json_option, root
from .output import plain, print_json, print_table, progress, remark

if TYPE_CHECKING:
    from ..verifying import Finding, Verification

__all__: list[str] = []

_COLOURS = {"verified": "green", "unsealed": "cyan", "incomplete": "yellow", "inconsistent": "red", "tampered": "red"}


@example(
    "verify --trust trust.json --anchor anchors/2026-01-31",
    "verify --trust trust.json --anchor anchors/2026-01-31 --account gh_1",
    "verify --trust trust.json --anchor anchors/2026-01-31 --export export-2026-01",
    "verify --trust trust.json --since anchors/2026-01-31 --anchor anchors/2026-01-31 --json",
)
@root.command("verify")
@click.option("--trust", metavar="FILE", help="The trust file (`trust.json`): which keys are believed.")
@click.option("--anchor", "anchors", metavar="FILE", multiple=True, help="A checkpoint that somebody else has kept.")
@click.option("--account", metavar="ACCOUNT", help="Only this account's events, marks and replay; not the log.")
@click.option("--since", metavar="FILE", multiple=True, help="The checkpoint up to which it was verified before.")
@click.option(
    "--export", "exports", metavar="PATH", multiple=True, help="An export of this store, to be checked with it."
)
@click.option("--max-findings", type=click.IntRange(1), default=100, show_default=True, help="How many to list.")
@click.option(
    "--jobs", type=click.IntRange(0), default=0, help="Processes at work (default: one a processor, 8 at most)."
)
@json_option
@click.pass_obj
def verify(
    session: Session,
    trust: str | None,
    anchors: tuple[str, ...],
    account: str | None,
    since: tuple[str, ...],
    exports: tuple[str, ...],
    max_findings: int,
    jobs: int,
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """Find out whether the record was touched, and whether what is in it could have come about. Nothing is written.

    Exit status 0: verified; 1: tampered; 3: inconsistent (replay, views, policies, guards); 4: incomplete (no trust file, no
    anchor, missing keys); 5: only entries that are not sealed yet; 10: the database could not be read. The gravest wins.
    """
    from ..verifying.files import verify_store

    with progress("verifying") as advance:
        found = verify_store(
            session.database,
            trust=trust,
            anchors=anchors,
            since=since,
            exports=exports,
            account=account,
            max_findings=max_findings,
            jobs=jobs,
            progress=lambda _what, count: advance(count),
        )
    if json_:
        print_json(found)
    else:
        _show(found)
    sys.exit(found.exit_status)


def _show(found: Verification) -> None:
    click.echo(f"verdict: {click.style(found.verdict, fg=_COLOURS[found.verdict], bold=True)}")
    click.echo(f"events: {found.events}; accounts: {found.accounts}; entries under a checkpoint: {found.sealed}")
    print_table(
        "Findings",
        ("code", "layer", "where", "between", "what"),
        [(one.code, one.layer, _where(one), _between(one), one.message) for one in found.findings],
    )
    for sentence in found.skipped:
        remark(f"not looked at: {plain(sentence)}")
    if found.more:
        remark(f"{found.more} more findings are not listed: --max-findings")


def _where(one: Finding) -> str:
    places = [
        ("", None if one.account is None else plain(one.account)),
        ("version ", one.version),
        ("partition ", one.partition if one.position is not None else None),
        ("position ", one.position),
    ]
    return ", ".join(f"{name}{value}" for name, value in places if value is not None) or "-"


def _between(one: Finding) -> str:
    if one.between is None:
        return "-"
    after, before = one.between
    return f"{after or '...'} and {before or '...'}"
