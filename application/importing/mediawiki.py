"""Importing MediaWiki's block log.

MediaWiki has one block per account and replaces it as a whole; here a row is one decision that supersedes whatever has not
ended. Each row becomes one command whose id and content derive from the row alone, so that the same file again adds nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from ...domain import acts
from ...domain.commands import Command
from ...domain.due import advance
from ...domain.errors import Malformed, SanctionsError
from ...domain.instants import Instant, as_utc
from ...domain.state import State
from ...domain.terms import Basis
from ...domain.vocabulary import Actor, Code, Id
from ..outcomes import Outcome
from ..sanctions import Sanctions

__all__ = ["ImportReport", "Rejected", "import_block_log"]

# Before this instant the verb says less: older servers wrote `block` over a block.
_VERB_IS_AN_ORACLE: Final = datetime(2015, 1, 1, tzinfo=UTC)
_CHUNK: Final = 1000
_INFINITE: Final = frozenset({"infinite", "infinity", "indefinite", "never"})
_SUPPRESSED: Final = "(suppressed)"
_FLAGS: Final = {"nocreate": "create_account", "noemail": "send_email", "nousertalk": "edit_own_talk"}
_PageId = Annotated[str, Meta(min_length=1, max_length=180)]


class _Scope(Struct, frozen=True):
    pages: tuple[_PageId, ...] | None = None
    namespaces: tuple[str | int, ...] | None = None


class _Row(Struct, frozen=True):
    seq: int
    ts: Instant
    action: Literal["block", "reblock", "unblock"]
    account: Id
    actor: Id | None = None
    duration: str | None = None
    expiry: str | None = None
    flags: tuple[str, ...] | None = None
    sitewide: bool | None = None
    restrictions: _Scope | None = None
    reason_codes: tuple[str, ...] | None = None


_ROWS: Final = msgspec.json.Decoder(_Row)


class Rejected(Struct, frozen=True):
    """A row that could not be applied, and why."""

    line: int
    code: str
    message: str


class ImportReport(Struct, kw_only=True):
    """What became of the rows. Every row is in exactly one of `applied`, `duplicates`, `without_effect` and `rejected`.

    `contradictions` counts by kind the rows that do not fit the state before them (`unblock` with nothing in force, ...), and
    `verb_differs` names those since 2015 by their `seq`; `remarks` counts what had to be read loosely.
    """

    rows: int = 0
    applied: int = 0
    duplicates: int = 0
    without_effect: int = 0
    events: int = 0
    accounts: int = 0
    rejected: list[Rejected] = []
    contradictions: dict[str, int] = {}
    remarks: dict[str, int] = {}
    verb_agrees: int = 0
    verb_differs: list[int] = []


class _Pending(Struct, frozen=True):
    line: int
    row: _Row | None
    remarks: tuple[str, ...] = ()


def import_block_log(
    sanctions: Sanctions,
    lines: Iterable[tuple[int, bytes | Malformed]],
    *,
    progress: Callable[[int], None] = lambda _advance: None,
) -> ImportReport:
    """Import the rows of a block log in their order, in transactions of 1,000 rows.

    `sanctions` must have been opened with the policy `mediawiki`. Rows that cannot be read are reported, and the rest goes on.
    """
    report = ImportReport()
    pending: list[_Pending] = []
    in_force_before: dict[str, bool] = {}
    accounts: set[str] = set()
    remarks, contradictions = Counter[str](), Counter[str]()

    def commands() -> Iterator[Command | SanctionsError]:
        for number, text in lines:
            try:
                row = _read(text)
                command, said = _command(row)
            except Malformed as error:
                pending.append(_Pending(number, None))
                yield error
            else:
                pending.append(_Pending(number, row, said))
                yield command

    def look(command: Command, state: State) -> None:
        assert command.at is not None
        assert command.command_id is not None
        in_force_before[command.command_id] = advance(state, command.at).standing != "clear"

    outcomes = sanctions.execute_stream(commands(), trusted_times=True, chunk=_CHUNK, before=look, checked=True)
    for outcome in outcomes:
        note = pending.pop(0)
        report.rows += 1
        _account_for(report, note, outcome)
        if note.row is not None and outcome.status in ("accepted", "refused"):
            accounts.add(note.row.account)
            remarks.update(note.remarks)
            active = in_force_before.pop(outcome.command_id or "", None)
            if active is not None:
                _compare(report, contradictions, note.row, active=active)
        if report.rows % _CHUNK == 0:
            progress(_CHUNK)
    progress(report.rows % _CHUNK)
    report.accounts = len(accounts)
    report.remarks, report.contradictions = dict(remarks), dict(contradictions)
    return report


def _account_for(report: ImportReport, note: _Pending, outcome: Outcome) -> None:
    if outcome.status == "accepted":
        own = _length(outcome.events)
        report.events += own + _length(outcome.due)
        if own:
            report.applied += 1
        else:
            report.without_effect += 1
    elif outcome.status == "duplicate":
        report.duplicates += 1
    elif outcome.error is not UNSET:
        report.rejected.append(Rejected(note.line, outcome.error.code, outcome.error.message))


def _length(events: tuple[object, ...] | UnsetType) -> int:
    return 0 if events is UNSET else len(events)


def _compare(report: ImportReport, contradictions: Counter[str], row: _Row, *, active: bool) -> None:
    agrees = active == (row.action != "block")
    if not agrees:
        contradictions[f"{row.action}_{'over_a_block' if active else 'without_a_block'}"] += 1
    if row.ts >= _VERB_IS_AN_ORACLE:
        if agrees:
            report.verb_agrees += 1
        else:
            report.verb_differs.append(row.seq)


def _read(text: bytes | Malformed) -> _Row:
    if isinstance(text, Malformed):
        raise text
    try:
        row = _ROWS.decode(text)
        as_utc(row.ts)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"this is not a row of a block log: {error}", field=None) from None
    return row


def _command(row: _Row) -> tuple[Command, tuple[str, ...]]:
    """The command that a row stands for, and what had to be read loosely."""
    name = hashlib.sha256(msgspec.json.encode(row)).hexdigest()[:24]
    at = as_utc(row.ts)
    remarks: list[str] = []
    act: acts.Act = acts.LiftAll(reason="unblock")
    if row.action != "unblock":
        until = _expiry(row, remarks)
        if until is not UNSET and until <= at:
            remarks.append("ends_before_it_starts")
            act = acts.LiftAll(reason=f"{row.action} that ends at once")
        else:
            act = acts.Impose(sanctions=_sanctions(row, name, until, remarks), supersede_all=True)
    if row.actor is None:
        remarks.append("actor_suppressed")
    command = Command(
        account=row.account,
        by=Actor("reviewer", row.actor or _SUPPRESSED),
        act=act,
        at=at,
        command_id=f"mediawiki-{name}",
    )
    return command, tuple(remarks)


def _expiry(row: _Row, remarks: list[str]) -> datetime | UnsetType:
    """The end that the server worked out; UNSET for none. Raises Malformed for what is no time."""
    if row.expiry is None or row.expiry in _INFINITE:
        if row.expiry is None and row.duration is not None and row.duration not in _INFINITE:
            remarks.append("duration_without_expiry_kept_as_permanent")
        return UNSET
    year = row.expiry.partition("-")[0]
    if year.isdecimal() and len(year) > 4:
        remarks.append("end_beyond_the_calendar_kept_as_permanent")
        return UNSET
    try:
        expiry = datetime.fromisoformat(row.expiry)
    except ValueError as error:
        raise Malformed(f"expiry {row.expiry!r} is not a time: {error}", field="expiry") from None
    if expiry.tzinfo is None:
        raise Malformed(f"expiry {row.expiry!r} has no offset", field="expiry")
    try:
        return as_utc(expiry)
    except ValueError:
        remarks.append("end_beyond_the_calendar_kept_as_permanent")
        return UNSET


def _sanctions(row: _Row, name: str, until: datetime | UnsetType, remarks: list[str]) -> tuple[acts.Imposition, ...]:
    codes = ",".join(row.reason_codes or ())[:200]
    basis = Basis(clause="block", category=_code(codes) if codes else UNSET)
    permanent = True if until is UNSET else UNSET
    functions = _functions(row.restrictions)
    main: acts.Imposition
    if functions:
        main = acts.Restrict(sanction=name, basis=basis, functions=functions, until=until, permanent=permanent)
    else:
        if row.sitewide is False:
            remarks.append("partial_block_without_scope_kept_as_ban")
        main = acts.Ban(sanction=name, basis=basis, until=until, permanent=permanent)
    beside = tuple(sorted({_FLAGS[flag] for flag in row.flags or () if flag in _FLAGS}))
    if not beside:
        return (main,)
    flags = acts.Restrict(sanction=f"{name}-flags", basis=basis, functions=beside, until=until, permanent=permanent)
    return (main, flags)


def _functions(scope: _Scope | None) -> tuple[str, ...]:
    if scope is None:
        return ()
    pages = [_code(f"edit:page:{page}") for page in scope.pages or ()]
    namespaces = [_code(f"edit:namespace:{number}") for number in scope.namespaces or ()]
    return tuple(dict.fromkeys([*pages, *namespaces]))


def _code(text: str) -> str:
    try:
        return msgspec.convert(text, Code)
    except msgspec.ValidationError as error:
        raise Malformed(f"{text[:60]!r} cannot be kept: {error}", field="restrictions") from None
