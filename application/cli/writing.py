"""Commands that write: apply, sweep, rebuild, import."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import click
from msgspec import UNSET
from msgspec.structs import replace

from ...domain.commands import is_object, read_json
from ...domain.errors import Malformed, SanctionsError
from ..importing.mediawiki import ImportReport, import_block_log
from ..outcomes import Outcome, OutcomeEvent
from ..rebuilding import Rebuilt
from ..sanctions import Sanctions
from .app import DENIED, Session, as_instant, example, json_option, keys_option, root
from .lines import Line, batches, lines, open_lines
from .output import plain, print_json, print_table, progress, remark
from .resuming import Run

__all__: list[str] = []


@example(
    "apply commands.jsonl",
    "apply --trusted-times history.jsonl",
    "apply --resume nightly-2026-01-31 reports.jsonl",
    "apply - < commands.jsonl",
)
@root.command("apply")
@click.argument("file", metavar="FILE")
@click.option(
    "--trusted-times", is_flag=True, help="Take `at` from the file as it stands: for history that is true elsewhere."
)
@click.option(
    "--resume",
    metavar="NAME",
    help="Names this run: lines without a command_id get one from it and from what they say, so that the same file again, "
    "added to or reordered, does only what is left.",
)
@keys_option
@json_option
@click.pass_obj
def apply(
    session: Session,
    file: str,
    trusted_times: bool,  # noqa: FBT001 - click
    resume: str | None,
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """Carry out the commands in FILE (one JSON object per line, `-` for standard input); one outcome line each, in order.

    Exit status 0 when every command was accepted (or is the duplicate of one that was), 1 when one was refused or malformed.
    """
    as_lines = json_ or not sys.stdout.isatty()
    clean = True
    # On a terminal the outcomes show how far the work has come; a bar would only get between them.
    run = None if resume is None else Run(resume)
    bar = progress("applying", wanted=not sys.stdout.isatty())
    with open_lines(file) as source, session.open() as sanctions, bar as advance:
        for group in batches(source):
            for outcome in _carried_out(sanctions, group, run, trusted_times=trusted_times):
                clean = clean and outcome.accepted
                if as_lines:
                    print_json(outcome)
                else:
                    click.echo(_sentence(outcome))
            advance(len(group))
    if not clean:
        sys.exit(DENIED)


def _carried_out(sanctions: Sanctions, group: list[Line], run: Run | None, *, trusted_times: bool) -> Iterator[Outcome]:
    commands = [_read(line) if run is None else run.identified(_read(line)) for line in group]
    outcomes = sanctions.execute_stream(commands, trusted_times=trusted_times)
    for line, outcome in zip(group, outcomes, strict=True):
        yield replace(outcome, line=line.number)


def _read(line: Line) -> Mapping[str, Any] | SanctionsError:
    if isinstance(line.text, Malformed):
        return line.text
    try:
        value = read_json(line.text)
    except SanctionsError as error:
        return error
    return value if is_object(value) else Malformed("a command is a JSON object", field=None)


def _sentence(outcome: Outcome) -> str:
    colour = {"accepted": "green", "duplicate": "cyan", "refused": "red", "malformed": "red"}[outcome.status]
    head = click.style(f"{outcome.status:9}", fg=colour)
    where = f"line {outcome.line}: {head} {plain(outcome.account or '')}"
    if outcome.error is not UNSET:
        return f"{where} {outcome.error.code}: {plain(outcome.error.message)}"
    events = () if outcome.events is UNSET else outcome.events
    return f"{where} {', '.join(map(_named, events)) or 'already so'}"


def _named(event: OutcomeEvent) -> str:
    ids = (event.sanction, event.violation, event.appeal, event.proposal)
    return " ".join([event.type, *(plain(name) for name in ids if name is not UNSET)])


@example("sweep", "sweep --until 2026-01-31T00:00:00Z")
@root.command("sweep")
@click.option("--until", type=as_instant, help="Record only what fell due by then (default: now).")
@keys_option
@json_option
@click.pass_obj
def sweep(session: Session, until: datetime | None, json_: bool) -> None:  # noqa: FBT001 - click
    """Record what fell due by the mere passing of time. No answer depends on it; the record is complete sooner."""
    with session.open() as sanctions:
        swept = sanctions.sweep(until)
    if json_:
        print_json(swept)
    else:
        click.echo(f"events recorded: {swept.events}; accounts: {swept.accounts}")


@example("rebuild", "rebuild --afresh")
@root.command("rebuild")
@click.option("--afresh", is_flag=True, help="Begin anew, where an earlier run was stopped.")
@json_option
@click.pass_obj
def rebuild(session: Session, afresh: bool, json_: bool) -> None:  # noqa: FBT001 - click
    """Compare the view of current restrictions with the events, and write anew what is wrong.

    Others read and write meanwhile. A run that was stopped goes on where it was.
    """
    with session.open() as sanctions, progress("rebuilding") as advance:
        shown = 0

        def show(done: Rebuilt) -> None:
            nonlocal shown
            advance(done.events - shown, total=done.of_events)
            shown = done.events

        rebuilt = sanctions.rebuild(show, afresh=afresh)
    if json_:
        print_json(rebuilt)
    else:
        went_on = ", going on where it was stopped" if rebuilt.resumed else ""
        click.echo(f"rebuilt the view of {rebuilt.accounts} accounts{went_on}; corrected: {rebuilt.corrected}")


@root.group("import")
def import_() -> None:
    """Bring in the records of other systems."""


@example("import mediawiki blocks.jsonl.gz")
@import_.command("mediawiki")
@click.argument("file", metavar="FILE")
@keys_option
@json_option
@click.pass_obj
def mediawiki(session: Session, file: str, json_: bool) -> None:  # noqa: FBT001 - click
    """Import a MediaWiki block log (JSON lines, `.gz` unpacked). The same file again adds nothing.

    Exit status 1 when rows were rejected; what contradicted the recorded state is applied as far as it makes sense.
    """
    with open_lines(file) as source, session.open(policy="mediawiki") as sanctions, progress("importing") as advance:
        report = import_block_log(sanctions, ((line.number, line.text) for line in lines(source)), progress=advance)
    if json_:
        print_json(report)
    else:
        _show(report)
    if report.rejected:
        sys.exit(DENIED)


def _show(report: ImportReport) -> None:
    rows = [
        ("rows", report.rows),
        ("applied", report.applied),
        ("without effect (already so)", report.without_effect),
        ("imported before", report.duplicates),
        ("rejected", len(report.rejected)),
        ("events recorded", report.events),
        ("accounts", report.accounts),
    ]
    rows += [(f"contradicts the state: {kind}", count) for kind, count in sorted(report.contradictions.items())]
    rows += [(f"remark: {kind}", count) for kind, count in sorted(report.remarks.items())]
    rows += [
        ("verb agrees with the state (since 2015)", report.verb_agrees),
        ("verb differs", len(report.verb_differs)),
    ]
    print_table("MediaWiki block log", ("what", "count"), rows)
    for rejected in report.rejected[:20]:
        remark(f"line {rejected.line}: {rejected.code}: {rejected.message}")
