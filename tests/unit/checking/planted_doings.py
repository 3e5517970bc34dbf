"""Faults in what a command does to the thing that it names, in clocks and windows, and in what is kept on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from account_sanctions.domain import acts, deciding, due, state
from account_sanctions.domain import events as e
from account_sanctions.domain.builder import Builder
from account_sanctions.domain.deciding import appealing, ending, imposing, proposing, rectifying
from account_sanctions.domain.deciding.case import Case
from account_sanctions.domain.drafting import Draft
from account_sanctions.domain.errors import NotAppealable, NotInForce
from account_sanctions.domain.events import Event, PolicyRef
from account_sanctions.domain.state import Order, Sanction
from account_sanctions.domain.terms import Basis, Consequence
from msgspec.structs import replace

from .planted import HANDLERS, Plant

__all__ = ["PLANTED_DOINGS"]


def _lifts_besides(name: str) -> Plant:
    """The command lifts the sanction that it names, as well."""
    done = getattr(deciding, name)

    def plant(patch: pytest.MonkeyPatch) -> None:
        def deed(case: Case, act: Any) -> None:
            done(case, act)
            if act.sanction in case.builder.live:
                case.emit(e.SanctionLifted(at=case.at, by=case.by, sanction=act.sanction))

        patch.setattr(deciding, name, deed)

    plant.__name__ = f"{name}_lifts"
    return plant


def _does_nothing(name: str) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(deciding, name, lambda case, act, *_more: case.require("lift") or case.unended(act.sanction))

    plant.__name__ = f"{name}_does_nothing"
    return plant


def overturning_only_lifts(patch: pytest.MonkeyPatch) -> None:
    def overturn(case: Case, act: acts.Overturn) -> None:
        case.require("overturn_permanent_ban" if case.unended(act.sanction).permanent_ban else "overturn")
        case.emit(e.SanctionLifted(at=case.at, by=case.by, sanction=act.sanction))

    patch.setattr(deciding, "overturn", overturn)


def lifting_all_takes_what_has_not_begun(patch: pytest.MonkeyPatch) -> None:
    def lift_all(case: Case, act: acts.LiftAll) -> None:
        case.require("lift")
        for one in list(case.builder.live.values()):
            ending.require_right_to_lift(case, one)
            case.emit(
                e.SanctionLifted(at=case.at, by=case.by, sanction=one.id, narrative=e.Narrative(reason=act.reason))
            )

    patch.setattr(deciding, "lift_all", lift_all)


def what_is_replaced_stays(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(imposing, "_superseded", lambda *_given, **_named: ())


def a_machine_may_replace(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(imposing, "require_right_to_lift", lambda *_given: None)


def late_acceptance_lifts_nothing(patch: pytest.MonkeyPatch) -> None:
    def accept(case: Case, act: acts.AcceptRectification) -> None:
        case.require("review")
        late = rectifying._still_open(case, case.order(act.sanction))
        case.emit(e.RectificationAccepted(at=case.at, by=case.by, sanction=act.sanction, late=late))

    patch.setattr(deciding, "accept", accept)


def a_clock_never_stops(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Order, "stopped", property(lambda _self: False))


def a_clock_always_stops(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Order, "stopped", property(lambda self: self.submitted_at is not None))


def a_rejection_leaves_a_second(patch: pytest.MonkeyPatch) -> None:
    def restarted(at: Any, order: Order) -> Any:
        return at + timedelta(seconds=1) if order.stopped else None

    patch.setattr(rectifying, "_restarted", restarted)


def a_deadline_moves_to_any_instant(patch: pytest.MonkeyPatch) -> None:
    def extend(case: Case, act: acts.ExtendRectification) -> None:
        case.require("extend")
        order = case.order(act.sanction).order
        if act.sanction in case.builder.live and order is not None and act.deadline not in (order.deadline, case.at):
            one = e.RectificationExtended(
                at=case.at, by=case.by, sanction=act.sanction, deadline=act.deadline, previous=order.deadline
            )
            case.emit(one)

    patch.setattr(deciding, "extend", extend)


def time_forgets_the_exemption(patch: pytest.MonkeyPatch) -> None:
    happen = due._happen

    def careless(draft: Draft, sanction: Sanction, at: Any) -> None:
        exemption, draft.builder.exemption = draft.builder.exemption, None
        happen(draft, sanction, at)
        draft.builder.exemption = exemption

    patch.setattr(due, "_happen", careless)


def a_consequence_has_the_next_number(patch: pytest.MonkeyPatch) -> None:
    follow = due._follow

    def follows(draft: Draft, order: Sanction, one: Consequence, name: str, *more: Any, **named: Any) -> None:
        follow(draft, order, one, f"{order.id}/{int(name.rpartition('/')[2]) + 1}", *more, **named)

    patch.setattr(due, "_follow", follows)


def an_id_is_used_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Case, "free_sanction_id", lambda *_given, **_named: None)


def _imposed_with(name: str, **fields: Any) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        made = imposing._event
        patch.setattr(imposing, "_event", lambda *given: replace(made(*given), **fields))

    plant.__name__ = name
    return plant


def windows_never_close(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(appealing, "_check_window", lambda *_given: None)


def _refuses(name: str, error: Exception) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        def refuse(_case: Case, _act: acts.Act) -> None:
            raise error

        patch.setattr(deciding, name, refuse)

    plant.__name__ = f"{name}_is_always_refused"
    return plant


def _after(event: type[Event], name: str, then: Callable[[Builder, Any, Any], None]) -> Plant:
    """What is done once an event has been applied; the last argument: the sanction as it was before."""
    handler = HANDLERS[event]

    def plant(patch: pytest.MonkeyPatch) -> None:
        def handled(builder: Builder, one: Any) -> None:
            before = builder.sanction(getattr(one, "sanction", ""))
            handler(builder, one)
            then(builder, one, before)

        patch.setitem(HANDLERS, event, handled)

    plant.__name__ = name
    return plant


def _handled(event: type[Event], name: str, handler: Callable[[Builder, Any], None]) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setitem(HANDLERS, event, handler)

    plant.__name__ = name
    return plant


def a_scheduled_ban_counts_as_terminal(patch: pytest.MonkeyPatch) -> None:
    survey = state.survey

    def early(live: Any) -> Any:
        return survey(live)[0], any(one.permanent_ban for one in live.values())

    patch.setattr("account_sanctions.domain.building.survey", early)


def a_proposal_waits_for_longer(patch: pytest.MonkeyPatch) -> None:
    emit = Case.emit

    def later(self: Case, event: Event) -> None:
        one = event
        if isinstance(event, e.SanctionProposed):
            one = replace(event, lapses_at=event.lapses_at + timedelta(days=60))
        emit(self, one)

    patch.setattr(Case, "emit", later)


def what_is_approved_counts_from_its_proposal(patch: pytest.MonkeyPatch) -> None:
    carry_out = proposing._carry_out

    def earlier(case: Case, act: acts.Proposable, origin: imposing.Origin) -> None:
        proposal = case.builder.proposal(origin.proposal or "")
        now = case.at
        if proposal is not None:
            case.at = proposal.at
        carry_out(case, act, origin)
        case.at = now

    patch.setattr(proposing, "_carry_out", earlier)


_DONE: Final = "every_command_does_what_it_is_for"
_KEPT: Final = "history_is_kept"
_SAID: Final = "what_is_recorded_is_what_was_said"
_HEARD: Final = "appeals_are_heard_as_laid_down"
_CHANGED: Final = "what_changes_was_asked_for"
_OUT: Final = "nobody_is_refused_the_way_out"

PLANTED_DOINGS: Final[tuple[tuple[Plant, str, int], ...]] = (
    (_lifts_besides("appeal"), _DONE, 2),
    (_lifts_besides("submit"), _DONE, 2),
    (_does_nothing("lift"), _DONE, 2),
    (overturning_only_lifts, _DONE, 2),
    (lifting_all_takes_what_has_not_begun, _DONE, 2),
    (what_is_replaced_stays, _DONE, 2),
    (late_acceptance_lifts_nothing, _DONE, 3),
    (a_machine_may_replace, "everybody_keeps_to_his_part", 2),
    (a_clock_never_stops, _CHANGED, 3),
    (a_clock_always_stops, _CHANGED, 3),
    (a_rejection_leaves_a_second, _CHANGED, 3),
    (a_deadline_moves_to_any_instant, _CHANGED, 2),
    (a_proposal_waits_for_longer, _CHANGED, 1),
    (what_is_approved_counts_from_its_proposal, "what_is_imposed_was_asked_for", 3),
    (time_forgets_the_exemption, "protection_is_respected", 3),
    (a_scheduled_ban_counts_as_terminal, "standing_is_the_highest_in_force", 2),
    (a_consequence_has_the_next_number, "every_ban_has_a_decision", 2),
    (an_id_is_used_again, _KEPT, 2),
    (
        _after(
            e.SanctionChanged,
            "old_terms_are_forgotten",
            lambda b, one, _: b.update(one.sanction, terms=b.known(one.sanction).terms[-1:]),
        ),
        _KEPT,
        2,
    ),
    (
        _after(e.SanctionChanged, "who_decided_is_rewritten", lambda b, one, _: b.update(one.sanction, by=one.by)),
        _KEPT,
        2,
    ),
    (
        _after(
            e.SanctionChanged,
            "who_changed_is_forgotten",
            lambda b, one, was: b.update(one.sanction, touched_by=was.touched_by),
        ),
        _SAID,
        2,
    ),
    (
        _after(
            e.SanctionExpired, "an_end_is_dated_back", lambda b, one, was: b.update(one.sanction, ended_at=was.from_)
        ),
        _SAID,
        2,
    ),
    (_imposed_with("another_policy_is_named", policy=PolicyRef("x", "9", "deadbeef")), _SAID, 1),
    (_imposed_with("another_clause_is_named", basis=Basis(clause="other")), _SAID, 1),
    (_handled(e.ExemptionEnded, "an_exemption_never_ends", lambda _b, _one: None), _SAID, 2),
    (
        _handled(
            e.ProposalDismissed, "a_dismissal_approves", lambda b, one: b.settle_proposal(one.proposal, "approved")
        ),
        _SAID,
        2,
    ),
    (windows_never_close, _HEARD, 4),
    (
        _handled(e.AppealDecided, "every_decision_grants", lambda b, one: b.settle_appeal(one.appeal, "granted")),
        _HEARD,
        3,
    ),
    (
        _after(
            e.AppealFiled,
            "appeals_are_without_number",
            lambda b, one, was: b.update(one.sanction, appeals_left=was.appeals_left),
        ),
        _HEARD,
        2,
    ),
    (
        _after(
            e.SanctionChanged,
            "harsher_terms_open_no_window",
            lambda b, one, was: b.update(one.sanction, window_from=was.window_from),
        ),
        _HEARD,
        3,
    ),
    (_refuses("appeal", NotAppealable("no", sanction="-")), _OUT, 2),
    (_refuses("overturn", NotInForce("no", sanction="-")), _OUT, 2),
    (_refuses("lift_all", NotInForce("no", sanction="-")), _OUT, 2),
)
"""The fault, the rule that it breaks, and how many moves the shortest history has that shows it."""
