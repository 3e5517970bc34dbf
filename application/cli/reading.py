"""Commands that read: state, check, history."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

import click
import msgspec
from msgspec import UNSET, Struct

from ...domain.commands import malformed
from ...domain.errors import Malformed, SanctionsError, UnknownFunction
from ...domain.instants import Instant, as_utc
from ...domain.period import period_to_text
from ...domain.terms import Consequence
from ...domain.vocabulary import Id
from ...projections.history import AccountHistory
from ..documents import AccountState
from ..outcomes import OutcomeError
from ..sanctions import Sanctions
from .app import DENIED, USAGE, Session, as_instant, example, json_option, root
from .knowing import at_option, known_at_options
from .knowing import known_at as known
from .lines import Line, lines, open_lines
from .output import console, moment, plain, print_json, print_table, remark

__all__ = ["check_writable", "short", "show_state", "write_page", "write_text"]

_LIVE: Final = ("scheduled", "in_force")
_LATEST: Final = 10
_TABLE_WIDTH: Final = 140


class _Query(Struct, frozen=True, forbid_unknown_fields=True):
    account: Id
    at: Instant | None = None
    known_at: Instant | None = None


_QUERIES: Final = msgspec.json.Decoder(_Query)


@example(
    "state gh_1",
    "state gh_1 --at 2026-01-31T12:00:00Z --known-at 2026-02-10T00:00:00Z",
    "state gh_1 --known-at 0:1200",
    "state gh_1 --known-at checkpoint.txt --trust trust.json",
    "state --queries queries.jsonl",
)
@root.command("state")
@click.argument("account", required=False)
@at_option
@known_at_options
@click.option("--queries", metavar="FILE", help='Lines {"account", "at"?, "known_at"?}; one state line each.')
@json_option
@click.pass_obj
def state(
    session: Session,
    account: str | None,
    at: datetime | None,
    known_at: Any,
    trust: str | None,
    queries: str | None,
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """What is in force for ACCOUNT, and everything that was decided by then."""
    if (account is None) == (queries is None):
        raise click.UsageError("give either ACCOUNT or --queries FILE")
    if queries is not None:
        _answer(session, queries)
        return
    with session.open_to_read() as sanctions:
        found = sanctions.state(account or "", valid_at=at, known_at=known(sanctions, known_at, trust))
    if json_:
        print_json(found)
    else:
        show_state(found)


def _answer(session: Session, path: str) -> None:
    clean = True
    with open_lines(path) as source, session.open_to_read() as sanctions:
        for line in lines(source):
            try:
                print_json(_ask(sanctions, line))
            except SanctionsError as error:
                if error.code != "malformed":
                    raise
                clean = False
                print_json({"line": line.number, "status": "malformed", "error": OutcomeError.of(error)})
    if not clean:
        sys.exit(DENIED)


def _ask(sanctions: Sanctions, line: Line) -> AccountState:
    if isinstance(line.text, Malformed):
        raise line.text
    try:
        query = _QUERIES.decode(line.text)
        at = None if query.at is None else as_utc(query.at)
        known_at = None if query.known_at is None else as_utc(query.known_at)
    except (ValueError, RecursionError) as error:
        raise malformed(str(error)) from None
    return sanctions.state(query.account, valid_at=at, known_at=known_at)


def show_state(found: AccountState) -> None:
    """The state for people."""
    out = console()
    colours = {"clear": "green", "warned": "yellow", "rectifying": "yellow", "restricted": "red", "banned": "bold red"}
    out.print(f"{plain(found.account)}: ", end="")
    out.print(found.standing, style=colours[found.standing], end="")
    as_known = "" if found.known_position is UNSET else f", as known at position {found.known_position} of the log"
    exempt = " (exempt)" if found.exempt else ""
    out.print(f"{exempt} at {moment(found.valid_at)}{as_known}, version {found.version}", soft_wrap=True)
    print_table(
        "Restrictions in force",
        ("function", "until", "because of"),
        [(r.function, moment(r.until, none="no end"), ", ".join(r.because)) for r in found.restrictions],
    )
    ended = [s for s in found.sanctions if s.status not in _LIVE]
    shown = [s for s in found.sanctions if s.status in _LIVE] + ended[-_LATEST:]
    print_table(
        f"Sanctions (the latest {_LATEST} of {len(ended)} ended ones)" if len(ended) > _LATEST else "Sanctions",
        ("id", "kind", "status", "from", "until", "functions", "clause", "by"),
        [
            (
                s.id,
                s.kind,
                s.status,
                moment(s.from_),
                moment(s.until, none="no end"),
                ", ".join(s.functions),
                s.clause,
                s.by.id,
            )
            for s in shown
        ],
    )
    print_table(
        "Orders to rectify",
        ("sanction", "status", "deadline", "announced"),
        [(r.sanction, r.status, moment(r.deadline), _announced(r.on_default)) for r in found.rectifications],
    )
    print_table("Appeals", ("id", "sanction", "status"), [(a.id, a.sanction, a.status) for a in found.appeals])
    print_table(
        "Proposals",
        ("id", "sanction", "status", "by", "lapses at"),
        [(p.id, p.sanction, p.status, p.by.id, moment(p.lapses_at)) for p in found.proposals],
    )
    if found.violations:
        out.print(f"Strikes: {found.strikes.active} active, {found.strikes.total} in all")


def _announced(consequences: tuple[Consequence, ...]) -> str:
    """What follows a missed deadline, in the words of the command that announced it."""
    return "; ".join(short(msgspec.to_builtins(one, enc_hook=period_to_text)) for one in consequences) or "nothing"


@example("check gh_1 mass_send", "check gh_1 mass_send --at 2026-01-31T12:00:00Z && send-it")
@root.command("check")
@click.argument("account")
@click.argument("function")
@click.option("--at", type=as_instant, help="Then instead of now, as known now.")
@json_option
@click.pass_obj
def check(session: Session, account: str, function: str, at: datetime | None, json_: bool) -> None:  # noqa: FBT001 - click
    """May ACCOUNT use FUNCTION? Exit status 0: allowed, 1: denied, 2: no such function."""
    with session.open_to_read() as sanctions:
        try:
            verdict = sanctions.may(account, function, at)
        except UnknownFunction as error:
            if json_:
                print_json({"error": OutcomeError.of(error)})
            click.echo(f"error: {error.code}: {plain(error.message)}", err=True)
            sys.exit(USAGE)
    if json_:
        print_json({"account": account, "function": function, "at": at, **msgspec.structs.asdict(verdict)})
    elif verdict:
        click.echo(f"allowed: {plain(account)} may use {plain(function)}")
    else:
        until = "with no end" if verdict.until is None else f"until {moment(verdict.until)}"
        click.echo(
            f"denied: {plain(account)}, {plain(function)}, {until}, because of {plain(', '.join(verdict.because))}"
        )
    if not verdict:
        sys.exit(DENIED)


@example("history gh_1", "history gh_1 --known-at 0:1200 --json", "history gh_1 --html gh_1.html")
@root.command("history")
@click.argument("account")
@click.option("--at", type=as_instant, help="Only what was decided or fell due by then.")
@known_at_options
@click.option("--html", metavar="FILE", help="Write a page with a timeline instead.")
@json_option
@click.pass_obj
def history(
    session: Session,
    account: str,
    at: datetime | None,
    known_at: Any,
    trust: str | None,
    html: str | None,
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """Every event of ACCOUNT, oldest first: what happened, when, when it became known, who did it and why."""
    with session.open_to_read() as sanctions:
        as_known = known(sanctions, known_at, trust)
        found = sanctions.history(account, valid_at=at, known_at=as_known)
        current = sanctions.state(account, valid_at=at, known_at=as_known)
    if html is not None:
        write_page(html, found, current)
    if json_:
        print_json(found.document())
    elif html is None:
        _show_history(found)


def write_page(path: str, found: AccountHistory, current: AccountState) -> None:
    """Write the history of an account as a self-contained page."""
    from ..reports.history_page import history_page

    write_text(path, history_page(found, current))
    remark(f"wrote {path}")


def write_text(path: str, text: str) -> None:
    """Write a file. Raises a usage error that names it."""
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{plain(path)}: {error.strerror or error}") from None


def check_writable(path: str) -> None:
    """Raises a usage error that names the file where it cannot be written; leaves it as it is."""
    file = Path(path)
    try:
        new = not file.exists()
        if not (new or file.is_file() or file.is_dir()):
            return  # Whoever reads from a pipe would take this for the end.
        with file.open("ab"):
            pass
        if new:
            file.unlink()
    except OSError as error:
        raise click.UsageError(f"{plain(path)}: {error.strerror or error}") from None


def _show_history(found: AccountHistory) -> None:
    if not found.events:
        click.echo(f"nothing is recorded of {plain(found.account)}")
        return
    if console().width < _TABLE_WIDTH:
        for entry in found.events:
            click.secho(f"{entry.version}. {entry.type}", bold=True)
            click.echo(f"   at {moment(entry.at)}, recorded {moment(entry.recorded_at)}")
            click.echo(f"   by {entry.by.kind} {plain(entry.by.id)}")
            for line in _told(entry.fields).split("; "):
                click.echo(f"   {plain(line)}")
        return
    rows: Iterator[tuple[Any, ...]] = (
        (
            entry.version,
            moment(entry.at),
            moment(entry.recorded_at),
            entry.type,
            f"{entry.by.kind} {entry.by.id}",
            _told(entry.fields),
        )
        for entry in found.events
    )
    print_table(f"History of {plain(found.account)}", ("#", "at", "recorded at", "event", "by", "what"), rows)


def _told(fields: dict[str, Any]) -> str:
    hidden = {"policy", "appealable", "standing"}
    return "; ".join(f"{name}: {short(value)}" for name, value in fields.items() if name not in hidden)


def short(value: Any) -> str:
    """A value of a document as people read it in one cell."""
    if isinstance(value, dict):
        named = cast("dict[str, Any]", value)
        return ", ".join(f"{name} {short(inner)}" for name, inner in named.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(short, cast("list[Any]", value)))
    if value is None:
        return "no end"
    return moment(value) if isinstance(value, datetime) else str(value)
