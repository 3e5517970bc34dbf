"""Importing WeChat's penalty pushes: each becomes one command, whose id follows from the push's own.

The penalties are independent of one another, as they are here. What a push cannot say (a lift, an appeal) is not imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from msgspec import UNSET, Struct, UnsetType

from ...domain.commands import Command, read_command
from ...domain.errors import Malformed, SanctionsError
from ...domain.instants import from_micros, text
from ..outcomes import Outcome
from ..sanctions import Sanctions
from .mediawiki import Rejected
from .wechat_push import (
    FUNCTION,
    LISTING,
    PAGE,
    AccountBan,
    Delisting,
    Detail,
    FunctionBan,
    PageBan,
    Push,
    Warned,
    read_push,
)

__all__ = ["PREFIX", "PushReport", "import_pushes"]

PREFIX: Final = "wechat-"
"""What stands before the `punish_id` in the ids of commands and sanctions."""
_BY: Final = {"kind": "reviewer", "id": "wechat"}
_CLAUSE: Final = "wechat"
_CHUNK: Final = 1000


class PushReport(Struct, kw_only=True):
    """What became of the pushes. Every one is in exactly one of `applied`, `duplicates` and `rejected`."""

    pushes: int = 0
    applied: int = 0
    duplicates: int = 0
    events: int = 0
    rejected: list[Rejected] = []


def import_pushes(
    sanctions: Sanctions,
    lines: Iterable[tuple[int, bytes | Malformed]],
    *,
    progress: Callable[[int], None] = lambda _advance: None,
) -> PushReport:
    """Import pushes (a JSON object a line) in their order, in transactions of 1,000.

    `sanctions` must have been opened with the policy `wechat-mini-programs`. A push that cannot be read, or whose penalty makes
    no sense (a deadline before its own penalty), is reported with its line and the reason, and the rest goes on. The same
    pushes again add nothing. Raises a `StoreError`; then the transactions before it are kept.
    """
    report = PushReport()
    numbers: list[int] = []

    def commands() -> Iterator[Command | SanctionsError]:
        for number, line in lines:
            numbers.append(number)
            try:
                yield _command(*_read(line))
            except Malformed as error:
                yield error

    for outcome in sanctions.execute_stream(commands(), trusted_times=True, chunk=_CHUNK, checked=True):
        report.pushes += 1
        _account_for(report, numbers.pop(0), outcome)
        progress(1)
    return report


def _account_for(report: PushReport, line: int, outcome: Outcome) -> None:
    if outcome.status == "accepted":
        report.applied += 1
        report.events += _length(outcome.events) + _length(outcome.due)
    elif outcome.status == "duplicate":
        report.duplicates += 1
    elif outcome.error is not UNSET:
        report.rejected.append(Rejected(line, outcome.error.code, outcome.error.message))


def _length(events: tuple[object, ...] | UnsetType) -> int:
    return 0 if events is UNSET else len(events)


def _read(line: bytes | Malformed) -> tuple[Push, Detail]:
    if isinstance(line, Malformed):
        raise line
    return read_push(line)


def _command(push: Push, detail: Detail) -> Command:
    """The command that a push stands for. Raises Malformed."""
    if push.account is None:
        raise Malformed("appid: the push does not say whose penalty this is", field="appid")
    basis: dict[str, Any] = {"clause": push.rule_name or _CLAUSE}
    if push.illegal_reason:
        basis["facts"] = push.illegal_reason
    if push.contents:
        basis["evidence"] = push.contents
    name = f"{PREFIX}{push.punish_id}"
    return read_command(
        {
            "account": push.account,
            "by": _BY,
            "at": _instant("punish_time", push.punish_time),
            "command_id": name,
            "sanction": name,
            "basis": basis,
            **_act(detail),
        }
    )


def _act(detail: Detail) -> dict[str, Any]:
    match detail:
        case Warned():
            return {
                "command": "order_rectification",
                "deadline": _instant("rectify_deadline", detail.rectify_deadline),
                "on_default": [_consequence(detail)],
            }
        case FunctionBan():
            return {"command": "restrict", "functions": _functions(detail.banned_function_names, detail.banned_days)}
        case Delisting():
            return {"command": "restrict", "functions": [LISTING], **_end(detail.suspended_days)}
        case AccountBan():
            return {"command": "ban", **_end(detail.banned_days)}
        case PageBan():
            return {"command": "restrict", "functions": [f"{PAGE}{detail.path}"], "permanent": True}


def _consequence(warned: Warned) -> dict[str, Any]:
    match warned.warned_type:
        case 1:
            return {"ban": _end(warned.warned_ban_days[0])}
        case 2:
            return {"restrict": _functions(warned.warned_function_names, warned.warned_ban_days)}
        case 3:
            return {"restrict": [LISTING], **_end(warned.warned_ban_days[0])}


def _functions(names: tuple[str, ...], days: tuple[int, ...]) -> list[dict[str, Any]]:
    return [{"function": f"{FUNCTION}{name}", **_end(one)} for name, one in zip(names, days, strict=True)]


def _end(days: int) -> dict[str, Any]:
    """0 days is how the push says that there is no end."""
    return {"for": f"P{days}D"} if days else {"permanent": True}


def _instant(field: str, seconds: int) -> str:
    try:
        return text(from_micros(seconds * 1_000_000))
    except OverflowError:
        raise Malformed(f"{field}: this time lies outside the calendar", field=field) from None
