"""Faults in what is decided, told and allowed: something else comes about than was asked for, or somebody may what is not his."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from account_sanctions.domain import acts, deciding, due, queries
from account_sanctions.domain import events as e
from account_sanctions.domain.authority import RIGHTS
from account_sanctions.domain.checking import rules, rules_told
from account_sanctions.domain.deciding import changing, imposing
from account_sanctions.domain.deciding.case import Case
from account_sanctions.domain.drafting import Draft
from account_sanctions.domain.queries import Verdict
from account_sanctions.domain.state import Sanction
from account_sanctions.domain.terms import Consequence, EndOnly
from account_sanctions.domain.vocabulary import DUE
from msgspec import UNSET
from msgspec.structs import replace

__all__ = ["PLANTED_DEEDS"]

Plant = Callable[[pytest.MonkeyPatch], None]


def _after_an_end(patch: pytest.MonkeyPatch, also: Callable[[Draft, Sanction, Any], None]) -> None:
    """When one expires by itself, something happens to the others."""
    happen = due._happen

    def happens(draft: Draft, sanction: Sanction, at: Any) -> None:
        happen(draft, sanction, at)
        if sanction.status == "in_force" and sanction.order is None:
            for other in [one for one in draft.builder.live.values() if one.due_at != at]:
                also(draft, other, at)

    patch.setattr(due, "_happen", happens)


def expiry_of_one_lifts_all(patch: pytest.MonkeyPatch) -> None:
    _after_an_end(patch, lambda draft, other, at: draft.emit(e.SanctionLifted(at=at, by=DUE, sanction=other.id)))


def expiry_of_one_overturns_all(patch: pytest.MonkeyPatch) -> None:
    _after_an_end(patch, lambda draft, other, at: draft.emit(e.SanctionOverturned(at=at, by=DUE, sanction=other.id)))


def expiry_of_one_changes_all(patch: pytest.MonkeyPatch) -> None:
    _after_an_end(
        patch,
        lambda draft, other, at: draft.emit(
            e.SanctionChanged(at=at, by=DUE, sanction=other.id, until=None, functions=dict(other.functions) or None)
        ),
    )


def _besides(patch: pytest.MonkeyPatch, name: str, also: Callable[[Case, Any], None]) -> None:
    """A command does what it does, and something more."""
    does = getattr(deciding, name)

    def more(case: Case, act: Any, *others: Any) -> None:
        does(case, act, *others)
        also(case, act)

    patch.setattr(deciding, name, more)


def _change_the_others(case: Case, act: Any) -> None:
    for other in [one for one in case.builder.live.values() if one.id != act.sanction and one.kind == "ban"]:
        case.emit(e.SanctionChanged(at=case.at, by=case.by, sanction=other.id, until=other.until))


def lifting_one_changes_the_others(patch: pytest.MonkeyPatch) -> None:
    _besides(patch, "lift", _change_the_others)


def overturning_one_changes_the_others(patch: pytest.MonkeyPatch) -> None:
    _besides(patch, "overturn", _change_the_others)


def _ban(case: Case, _act: Any) -> None:
    about = case.builder.sanctions()[0]
    day = case.at + timedelta(days=1)
    ban = e.AccountBanned(
        at=case.at, by=case.by, sanction="extra", basis=about.basis, from_=case.at, until=day, policy=case.policy.ref
    )
    case.emit(ban)


def a_rejection_bans(patch: pytest.MonkeyPatch) -> None:
    _besides(patch, "reject", _ban)


def a_denied_appeal_bans(patch: pytest.MonkeyPatch) -> None:
    _besides(patch, "decide_appeal", _ban)


def a_notice_bans(patch: pytest.MonkeyPatch) -> None:
    _besides(patch, "serve_notice", _ban)


def _follows_as(patch: pytest.MonkeyPatch, other: Callable[[Consequence], Consequence]) -> None:
    follow = due._follow

    def follows(draft: Draft, order: Sanction, consequence: Consequence, *more: Any, **named: Any) -> None:
        follow(draft, order, other(consequence), *more, **named)

    patch.setattr(due, "_follow", follows)


def a_suspension_that_was_announced_is_for_ever(patch: pytest.MonkeyPatch) -> None:
    _follows_as(patch, lambda one: one if one.ban is UNSET else Consequence(ban=EndOnly(permanent=True)))


def a_restriction_that_was_announced_takes_another_function(patch: pytest.MonkeyPatch) -> None:
    _follows_as(patch, lambda one: one if one.restrict is UNSET else replace(one, restrict=("original_mark",)))


def nothing_follows(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(due, "_follow", lambda *_given, **_named: None)


def an_end_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    def endless(case: Case, planned: Any, *more: Any, **named: Any) -> None:
        planned = tuple(
            replace(one, for_=UNSET, permanent=True) if isinstance(one, acts.Warn) else one for one in planned
        )
        imposing.impose(case, planned, *more, **named)

    patch.setattr(deciding, "impose", endless)


def no_change_is_harsher(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(changing, "_is_harsher", lambda *_given: False)


def _told(patch: pytest.MonkeyPatch, answer: Callable[..., Any]) -> None:
    """What a host is told, wherever it asks."""
    for module in (queries, rules, rules_told):
        patch.setattr(module, "restrictions", answer)


def only_the_first_is_told(patch: pytest.MonkeyPatch) -> None:
    restrictions = queries.restrictions
    _told(patch, lambda *given: restrictions(*given)[:1])


def nothing_is_told(patch: pytest.MonkeyPatch) -> None:
    _told(patch, lambda *_given: ())


def bans_are_not_told(patch: pytest.MonkeyPatch) -> None:
    coverage = queries._coverage
    patch.setattr(queries, "_coverage", lambda one, at: {} if one.kind == "ban" else coverage(one, at))


def functions_are_told_beyond_their_ends(patch: pytest.MonkeyPatch) -> None:
    coverage = queries._coverage

    def common(one: Sanction, at: Any) -> Any:
        return dict.fromkeys(one.functions, one.until) if one.kind == "restriction" else coverage(one, at)

    patch.setattr(queries, "_coverage", common)


def everything_is_allowed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rules_told, "verdict", lambda *_given: Verdict(allowed=True))


def _granted(kind: Any, *rights: Any) -> Plant:
    def granted(patch: pytest.MonkeyPatch) -> None:
        patch.setitem(RIGHTS, kind, RIGHTS[kind] | set(rights))

    granted.__name__ = f"{kind}_may_{'_'.join(rights)}"
    return granted


_PART: Final = "everybody_keeps_to_his_part"
_ASKED: Final = "what_is_imposed_was_asked_for"
_TOLD: Final = "a_host_is_told_what_is_in_force"
_ANNOUNCED: Final = "what_follows_was_announced"

PLANTED_DEEDS: Final[tuple[tuple[Plant, str, int], ...]] = (
    (expiry_of_one_lifts_all, "only_what_is_due_happens", 3),
    (expiry_of_one_overturns_all, "only_what_is_due_happens", 3),
    (expiry_of_one_changes_all, "only_what_is_due_happens", 3),
    (lifting_one_changes_the_others, "ending_one_changes_no_other", 3),
    (overturning_one_changes_the_others, "ending_one_changes_no_other", 3),
    (a_rejection_bans, _ASKED, 3),
    (a_denied_appeal_bans, _ASKED, 3),
    (a_notice_bans, _ASKED, 2),
    (an_end_is_forgotten, _ASKED, 1),
    (a_suspension_that_was_announced_is_for_ever, _ANNOUNCED, 2),
    (a_restriction_that_was_announced_takes_another_function, _ANNOUNCED, 2),
    (nothing_follows, _ANNOUNCED, 2),
    (no_change_is_harsher, "what_changes_was_asked_for", 2),
    (only_the_first_is_told, _TOLD, 1),
    (nothing_is_told, _TOLD, 1),
    (bans_are_not_told, _TOLD, 1),
    (functions_are_told_beyond_their_ends, _TOLD, 1),
    (everything_is_allowed, _TOLD, 1),
    (_granted("holder", "lift"), _PART, 1),
    (_granted("holder", "overturn"), _PART, 2),
    (_granted("holder", "change"), _PART, 2),
    (_granted("holder", "exempt"), _PART, 1),
    (_granted("holder", "resolve_proposal"), _PART, 2),
    (_granted("holder", "ban"), _PART, 1),
    (_granted("auditor", "lift"), _PART, 1),
    (_granted("auditor", "note"), _PART, 1),
    (_granted("auditor", "resolve_proposal"), _PART, 2),
    (_granted("auditor", "appeal"), _PART, 2),
    (_granted("system", "lift"), _PART, 2),
    (_granted("system", "overturn"), _PART, 2),
    (_granted("system", "change"), _PART, 2),
    (_granted("system", "review"), _PART, 2),
    (_granted("moderator", "exempt"), _PART, 1),
    (_granted("moderator", "lift_permanent_ban"), _PART, 3),
    (_granted("moderator", "change_permanent_ban"), _PART, 3),
    (_granted("moderator", "overturn_permanent_ban"), _PART, 3),
)
"""The fault, the rule that it breaks, and how many moves the shortest history has that shows it."""
