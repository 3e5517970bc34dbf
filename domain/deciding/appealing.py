"""Appeals: who may object, how long and how often; who may decide, and what follows."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from msgspec import UNSET

from .. import acts
from .. import events as e
from ..errors import (
    AlreadyDecided,
    AppealLimit,
    AppealWindowClosed,
    IdInUse,
    NotAppealable,
    SamePerson,
    UnknownAppeal,
)
from ..period import Period
from ..state import Appeal, Sanction
from .case import Case
from .changing import change_in_part
from .ending import overturn_with_dependents

__all__ = ["appeal", "decide_appeal", "withdraw_appeal"]


def appeal(case: Case, act: acts.Appeal) -> None:
    """File an appeal against any sanction that is not overturned; it stays in force meanwhile."""
    case.require("appeal")
    sanction = case.sanction(act.sanction)
    if act.appeal is UNSET:
        raise ValueError("an appeal needs its id before it is decided")
    if case.builder.appeal(act.appeal) is not None:
        raise IdInUse(f"the id {act.appeal!r} is taken; choose another", id=act.appeal)
    terms = sanction.appeal_terms
    if sanction.overturned_at is not None:
        raise NotAppealable("this sanction was overturned", sanction=sanction.id)
    if terms is None:
        raise NotAppealable("the policy gives no appeal against this sanction", sanction=sanction.id)
    if not _may_ask_again(case, sanction, terms):
        _check_window(case, sanction, terms)
    case.emit(
        e.AppealFiled(
            at=case.at,
            by=case.by,
            appeal=act.appeal,
            sanction=sanction.id,
            narrative=e.Narrative(statement=act.statement),
        )
    )


def _check_window(case: Case, sanction: Sanction, terms: e.AppealTerms) -> None:
    closes = _window_end(sanction, terms.window)
    if closes is not None and case.at >= closes:
        raise AppealWindowClosed(
            f"the window closed at {closes.isoformat()}", sanction=sanction.id, closed=closes.isoformat()
        )
    if sanction.appeals_left <= 0:
        raise AppealLimit("no further appeal is allowed", sanction=sanction.id, limit=terms.limit)


def _may_ask_again(case: Case, sanction: Sanction, terms: e.AppealTerms) -> bool:
    """Whether the time has come to ask for reinstatement: the sanction still stands, and nothing is being decided."""
    if terms.reinstatement_after is None or sanction.id not in case.builder.live:
        return False
    if any(one.sanction == sanction.id and one.status == "open" for one in case.builder.appeals()):
        return False
    since = max(sanction.window_from, sanction.last_appeal_at or sanction.window_from)
    try:
        return case.at >= Period(terms.reinstatement_after).after(since)
    except OverflowError:
        return False


def _window_end(sanction: Sanction, window: str | None) -> datetime | None:
    if window is None:
        return None
    try:
        return Period(window).after(sanction.notice_at or sanction.window_from)
    except OverflowError:
        return None


def withdraw_appeal(case: Case, act: acts.WithdrawAppeal) -> None:
    """The holder takes an open appeal back; it counts all the same."""
    case.require("appeal")
    found = _open_appeal(case, act.appeal)
    case.emit(e.AppealWithdrawn(at=case.at, by=case.by, appeal=found.id, sanction=found.sanction))


def decide_appeal(case: Case, act: acts.DecideAppeal) -> None:
    """Granted: overturned. In part: milder terms. Denied: nothing changes. Decided by somebody who took no part before."""
    case.require("decide_appeal")
    found = _open_appeal(case, act.appeal)
    sanction = case.sanction(found.sanction)
    if case.policy.separate_reviewer and case.by.id in sanction.touched_by:
        raise SamePerson(
            "an appeal is decided by somebody who neither imposed, proposed, approved nor changed the sanction",
            actor=case.by.id,
        )
    if act.outcome == "granted_in_part":
        case.unended(sanction.id)
    case.emit(
        e.AppealDecided(
            at=case.at,
            by=case.by,
            appeal=found.id,
            sanction=sanction.id,
            outcome=act.outcome,
            narrative=e.Narrative(reason=act.reason),
        )
    )
    match act.outcome:
        case "granted":
            overturn_with_dependents(case, sanction, reason=None, appeal=found.id)
        case "granted_in_part":
            change_in_part(case, act, sanction)
        case "denied":
            pass
        case _:
            assert_never(act.outcome)


def _open_appeal(case: Case, appeal_id: str) -> Appeal:
    found = case.builder.appeal(appeal_id)
    if found is None:
        raise UnknownAppeal(f"this account has no appeal {appeal_id!r}", appeal=appeal_id)
    if found.status != "open":
        raise AlreadyDecided(f"appeal {appeal_id!r} is {found.status}", appeal=appeal_id, status=found.status)
    return found
