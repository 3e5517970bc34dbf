"""The command that counts: what was decided over all accounts, and how it fared."""

from __future__ import annotations

from datetime import datetime

import click

from ...projections.statistics import Statistics
from .app import Session, as_instant, example, json_option, root
from .output import console, moment, print_json, print_table, progress

__all__ = ["statistics"]


@example("statistics", "statistics --from 2026-01-01T00:00:00Z --until 2026-02-01T00:00:00Z --json")
@root.command("statistics")
@click.option("--from", "since", type=as_instant, help="Only what happened from then on.")
@click.option("--until", type=as_instant, help="Only what happened before then.")
@json_option
@click.pass_obj
def statistics(session: Session, since: datetime | None, until: datetime | None, json_: bool) -> None:  # noqa: FBT001 - click
    """Figures over all accounts: decisions, deviations from the policy, proposals, appeals, what was overturned."""
    if since is not None and until is not None and since >= until:
        raise click.UsageError("--from must lie before --until")
    with session.open_to_read() as sanctions, progress("Accounts read") as advance:
        found = sanctions.statistics(since, until, lambda _account: advance())
    if json_:
        print_json(found)
    else:
        _show(found)


def _show(found: Statistics) -> None:
    since = "the beginning" if found.since is None else moment(found.since)
    until = "now" if found.until is None else moment(found.until)
    out = console()
    out.print(f"From {since} until {until}: {found.accounts} accounts, {found.violations} violations recorded, of which "
              f"{found.reports} were reported to a policy", soft_wrap=True)  # fmt: skip
    print_table(
        "Sanctions",
        ("decided by", "count"),
        [
            ("a policy or a rules engine alone", found.automatic),
            ("one person", found.by_persons),
            ("two persons (proposed and confirmed)", found.confirmed),
            ("nobody anew (a deadline was missed)", found.consequences),
            ("overturned", found.overturned),
        ],
    )
    print_table(
        "By clause, policy and step",
        ("clause", "policy", "step", "kind", "decided", "count"),
        [(d.clause, d.policy, d.step or "-", d.kind, d.how.replace("_", " "), d.count) for d in found.decisions],
    )
    print_table(
        "Persons who chose otherwise than the policy said",
        ("clause", "harsher", "milder", "neither"),
        [(d.clause, d.harsher, d.milder, d.other) for d in found.deviations],
    )
    print_table(
        "Reports from which nothing followed",
        ("reason", "count"),
        [(w.reason.replace("_", " "), w.count) for w in found.withheld],
    )
    p, a = found.proposals, found.appeals
    print_table(
        "Proposals",
        ("made", "confirmed", "dismissed", "lapsed", "closed", "open"),
        [(p.made, p.confirmed, p.dismissed, p.lapsed, p.closed, p.open)],
    )
    print_table(
        "Appeals",
        ("filed", "granted", "granted in part", "denied", "withdrawn", "moot", "open"),
        [(a.filed, a.granted, a.granted_in_part, a.denied, a.withdrawn, a.moot, a.open)],
    )
