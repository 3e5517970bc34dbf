"""The command that tries another policy on what is recorded."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

import click

from ...infrastructure.clock import system_clock
from ..simulating import Simulation, simulate
from ..simulating.comparing import DIFFERENCES, ENDINGS
from ..simulating.opening import find_against, reading_only
from ..simulating.tallying import Compared, Ended
from .app import Session, as_instant, example, json_option
from .output import console, moment, plain, print_json, print_table, progress, remark
from .policies import policy
from .reading import check_writable, write_text

__all__ = ["simulate_"]

_MOST: int = 10_000


@example(
    "policy simulate --against stricter.toml",
    "policy simulate --against youtube-2023 --from 2026-01-01T00:00:00Z --html simulation.html --csv simulation.csv",
    "policy simulate --against mine@2 --account gh_1 --account gh_2 --json",
)
@policy.command("simulate")
@click.option("--against", required=True, metavar="NAME[@VERSION]|FILE|DIGEST", help="The policy to try.")
@click.option("--from", "start", type=as_instant, help="Compare violations from then on; earlier ones are history.")
@click.option("--until", type=as_instant, help="Take nothing from then on into account (default: now).")
@click.option("--account", "accounts", multiple=True, metavar="ACCOUNT", help="Only this account; can be repeated.")
@click.option("--include-recorded", is_flag=True, help="Report violations too that were only put on record.")
@click.option("--csv", "csv_", metavar="FILE", help="Write a row for each violation that is decided otherwise.")
@click.option("--accounts-csv", metavar="FILE", help="Write a row for each account that stands otherwise in the end.")
@click.option("--html", metavar="FILE", help="Write a page with the outcomes side by side.")
@click.option(
    "--examples",
    type=click.IntRange(0, _MOST),
    default=5,
    show_default=True,
    metavar="N",
    help="How many examples of each kind of difference, and of accounts banned by one of the two alone.",
)
@json_option
@click.pass_obj
def simulate_(
    session: Session,
    against: str,
    start: datetime | None,
    until: datetime | None,
    accounts: tuple[str, ...],
    include_recorded: bool,  # noqa: FBT001 - click
    csv_: str | None,
    accounts_csv: str | None,
    html: str | None,
    examples: int,
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """What another policy would have made of the violations that were reported. Nothing is written to the database.

    The violations are reported again, in order and at their recorded times, to an account of which nothing is recorded yet;
    what people did (lifts, overturns, answers to proposals, exemptions) is carried over as far as it still makes sense. A file or
    NAME@VERSION decides at any time; of several versions, the one in force at the time. Exit status 0 whatever differs.
    """
    if start is not None and until is not None and start >= until:
        raise click.UsageError("--from must lie before --until")
    for path in (csv_, accounts_csv, html):
        if path is not None:  # A run can take long: what cannot be written in the end is said at the beginning.
            check_writable(path)
    with reading_only(session.database) as store:
        book = find_against(against, store)
        with _rows(csv_) as each, _account_rows(accounts_csv) as each_account, progress("Accounts replayed") as advance:
            found = simulate(
                store,
                book,
                now=system_clock(),
                accounts=accounts or None,
                start=start,
                until=until,
                include_recorded=include_recorded,
                examples=examples,
                each=each,
                each_account=each_account,
                progress=advance,
            )
    for path in (csv_, accounts_csv):
        if path is not None:
            remark(f"wrote {path}")
    if html is not None:
        from ..reports.simulation_page import simulation_page

        write_text(html, simulation_page(found))
        remark(f"wrote {html}")
    if json_:
        print_json(found)
    else:
        _show(found)


@contextmanager
def _rows(path: str | None) -> Generator[Callable[[Compared], None] | None, None, None]:
    if path is None:
        yield None
        return
    from ..reports.simulation_csv import Rows

    with _table(path) as file:
        yield Rows(file).write


@contextmanager
def _account_rows(path: str | None) -> Generator[Callable[[Ended], None] | None, None, None]:
    if path is None:
        yield None
        return
    from ..reports.simulation_csv import AccountRows

    with _table(path) as file:
        yield AccountRows(file).write


def _table(path: str) -> TextIO:
    try:
        return Path(path).open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise click.UsageError(f"{plain(path)}: {error.strerror or error}") from None


def _show(found: Simulation) -> None:
    from ..reports.simulation_words import DIFFERENCE_WORDS, ENDING_WORDS, OUTCOME_WORDS, said_words

    against = ", ".join(one.policy for one in found.against)
    out = console()
    out.print(f"Under {plain(against)}, of {found.violations} violations on {found.accounts} accounts:", soft_wrap=True)
    out.print(
        f"decided the same: {found.same}; the same outcome by another step or for another reason: {found.same_outcome}; "
        f"otherwise: {found.different}",
        soft_wrap=True,
    )
    print_table(
        "Decided otherwise",
        ("how", "violations"),
        [
            (DIFFERENCE_WORDS[name], found.differences[name])
            for name in DIFFERENCES
            if name in found.differences and name != "other_step"
        ],
    )
    print_table(
        "The hardest sanction that follows",
        ("recorded", "simulated", "violations"),
        [
            (
                OUTCOME_WORDS[one.recorded] + _waits(one.recorded_proposed),
                OUTCOME_WORDS[one.other] + _waits(one.other_proposed),
                one.violations,
            )
            for one in found.outcomes
        ],
    )
    print_table(
        "By clause",
        ("clause", "violations", "the same", "same outcome", "otherwise", "harsher", "milder"),
        [(c.clause, c.violations, c.same, c.same_outcome, c.different, c.harsher, c.milder) for c in found.clauses],
    )
    print_table(
        "Where the accounts stand in the end",
        ("standing", "recorded", "simulated"),
        [
            (
                ENDING_WORDS[name],
                sum(one.accounts for one in found.endings if one.recorded == name),
                sum(one.accounts for one in found.endings if one.other == name),
            )
            for name in (ENDINGS if found.endings else ())
        ],
    )
    banned = found.banned
    out.print(
        f"At {moment(found.end)} accounts are banned on record alone: {banned.only_recorded}; in the simulation alone: "
        f"{banned.only_other}",
        soft_wrap=True,
    )
    print_table(
        "Banned by one of the two alone",
        ("account", "recorded", "simulated"),
        [(one.account, ENDING_WORDS[one.recorded], ENDING_WORDS[one.other]) for one in found.account_examples],
    )
    print_table(
        "Examples",
        ("account", "violation", "at", "clause", "recorded", "simulated"),
        [
            (one.account, one.violation, moment(one.at), one.clause, said_words(one.recorded), said_words(one.other))
            for one in found.examples
        ],
    )
    print_table("Not carried over", ("event", "count"), found.left_out.items())
    if found.only_recorded:
        out.print(f"Violations that were only recorded: {found.only_recorded}", soft_wrap=True)


def _waits(proposed: bool) -> str:  # noqa: FBT001 - one word or none
    return " (proposed)" if proposed else ""
