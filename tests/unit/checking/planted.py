"""Faults as programmers make them, planted into the real rules one at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from account_sanctions.domain import acts, builder, building, deciding, drafting, due, state
from account_sanctions.domain import events as e
from account_sanctions.domain.authority import RIGHTS
from account_sanctions.domain.builder import Builder
from account_sanctions.domain.checking import search
from account_sanctions.domain.commands import Command
from account_sanctions.domain.deciding import Decision, changing, ending, imposing, proposing, recording
from account_sanctions.domain.deciding.case import Case
from account_sanctions.domain.drafting import Draft
from account_sanctions.domain.errors import NotPermitted
from account_sanctions.domain.events import PolicyRef
from account_sanctions.domain.instants import LAST_INSTANT
from account_sanctions.domain.lifecycle import Facts
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.state import State
from msgspec.structs import replace

__all__ = ["PLANTED", "Plant"]

Plant = Callable[[pytest.MonkeyPatch], None]

HANDLERS: Final[dict[Any, Any]] = builder._HANDLERS


def lifting_one_lifts_all(patch: pytest.MonkeyPatch) -> None:
    def lift(case: Case, act: acts.Lift) -> None:
        ending.lift_all(case, acts.LiftAll(reason=act.reason))

    patch.setattr(deciding, "lift", lift)


def overturning_forgets_consequences(patch: pytest.MonkeyPatch) -> None:
    def overturn(case: Case, act: acts.Overturn) -> None:
        case.require("overturn")
        if case.sanction(act.sanction).overturned_at is None:
            case.emit(e.SanctionOverturned(at=case.at, by=case.by, sanction=act.sanction))

    patch.setattr(deciding, "overturn", overturn)


def overturning_twice(patch: pytest.MonkeyPatch) -> None:
    def overturn(case: Case, act: acts.Overturn) -> None:
        case.require("overturn")
        case.emit(e.SanctionOverturned(at=case.at, by=case.by, sanction=act.sanction))

    patch.setattr(deciding, "overturn", overturn)


def an_end_is_overlooked(patch: pytest.MonkeyPatch) -> None:
    def next_due_of(live: dict[str, Any], proposals: dict[str, Any]) -> Any:
        return due_of({name: one for name, one in live.items() if one.kind != "ban"}, proposals)

    due_of = state.next_due_of
    patch.setattr(building, "next_due_of", next_due_of)


def proposals_never_lapse(patch: pytest.MonkeyPatch) -> None:
    due_of = state.next_due_of
    patch.setattr(building, "next_due_of", lambda live, _proposals: due_of(live, {}))


def _after_imposing(patch: pytest.MonkeyPatch, **fields: Any) -> None:
    """A sanction comes into being with some fields other than the event says."""
    impose = Builder.impose

    def spoilt(self: Builder, event: Any, *more: Any, **named: Any) -> None:
        impose(self, event, *more, **named)
        self.update(event.sanction, **fields)

    patch.setattr(Builder, "impose", spoilt)


def what_is_announced_starts_at_once(patch: pytest.MonkeyPatch) -> None:
    _after_imposing(patch, status="in_force")


def the_proposer_approves(patch: pytest.MonkeyPatch) -> None:
    def approve(case: Case, act: acts.Approve) -> None:
        case.require("resolve_proposal")
        proposal = proposing._open_proposal(case, act.proposal)
        case.emit(e.ProposalApproved(at=case.at, by=case.by, proposal=proposal.id, sanction=proposal.sanction))
        proposing._carry_out(case, proposal.act, imposing.Origin(proposal.by, case.by, proposal.id))

    patch.setattr(deciding, "approve", approve)


def one_person_is_enough(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(imposing, "require_second_person", lambda _case, _origin: None)


def one_person_is_enough_for_a_change(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(changing, "require_second_person", lambda _case, _origin: None)


def the_system_decides_appeals(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(RIGHTS, "system", RIGHTS["system"] | {"decide_appeal"})


def the_holder_lifts(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(RIGHTS, "holder", RIGHTS["holder"] | {"review"})


def nobody_remembers_who_took_part(patch: pytest.MonkeyPatch) -> None:
    _after_imposing(patch, touched_by=frozenset())


def one_slot_for_bans(patch: pytest.MonkeyPatch) -> None:
    """What the platforms of the field notes do: the end of one ban ends them all."""

    def expired(self: Builder, event: Any) -> None:
        banned = self.known(event.sanction).kind == "ban"
        for name in [event.sanction, *(one.id for one in self.live.values() if banned and one.permanent_ban)]:
            self.end(name, event.at, "expired")

    patch.setitem(HANDLERS, e.SanctionExpired, expired)


def orders_do_not_count(patch: pytest.MonkeyPatch) -> None:
    survey = state.survey
    patch.setattr(building, "survey", lambda live: survey({n: s for n, s in live.items() if s.kind != "rectification"}))


def a_refusal_leaves_traces(patch: pytest.MonkeyPatch) -> None:
    note = recording.note

    def careless(case: Case, act: acts.Note) -> None:
        case.state.live.clear()  # type: ignore[attr-defined]
        note(case, act)

    patch.setattr(deciding, "note", careless)


def something_changes_without_an_event(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deciding, "lift", lambda case, act: case.builder.end(act.sanction, case.at, "lifted"))


def what_was_accepted_defaults(patch: pytest.MonkeyPatch) -> None:
    def accepted(self: Builder, event: e.RectificationAccepted) -> None:
        self.review(event.sanction, "accepted", None)

    patch.setitem(HANDLERS, e.RectificationAccepted, accepted)


def exemptions_are_overlooked(patch: pytest.MonkeyPatch) -> None:
    begin = Draft.__init__

    def unprotected(self: Draft, *given: Any) -> None:
        begin(self, *given)
        self.ignore_exemption()

    patch.setattr(Draft, "__init__", unprotected)


def a_permanent_ban_forbids_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(drafting, "Facts", lambda highest, _terminal, exempt: Facts(highest, terminal=False, exempt=exempt))


def what_is_swept_late_is_dated_late(patch: pytest.MonkeyPatch) -> None:
    happen = due._happen
    patch.setattr(due, "_happen", lambda draft, sanction, _at: happen(draft, sanction, draft.at))


def a_decision_fails(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deciding, "withdraw_appeal", lambda case, act: case.builder.appeals()[act.appeal])


def a_lapse_fails(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(due, "_lapse", lambda draft, proposal, _at: draft.builder.appeals()[proposal.id])


def deciding_runs_ahead_of_reading(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deciding, "due", lambda before, _until, links: due.due(before, LAST_INSTANT, links))


def what_was_decided_is_lost(patch: pytest.MonkeyPatch) -> None:
    def lost(asked: Command, before: State, policy: Policy) -> Decision:
        return replace(deciding.handle(asked, before, policy), state=before)

    patch.setattr(search, "handle", lost)


def an_appeal_stays_open(patch: pytest.MonkeyPatch) -> None:
    def nobody(case: Case, _act: acts.DecideAppeal | acts.WithdrawAppeal) -> None:
        raise NotPermitted("nobody may do this", actor=case.by.kind)

    patch.setattr(deciding, "decide_appeal", nobody)
    patch.setattr(deciding, "withdraw_appeal", nobody)
    patch.setitem(HANDLERS, e.AppealClosed, lambda _builder, _event: None)


def nobody_remembers_the_policy(patch: pytest.MonkeyPatch) -> None:
    _after_imposing(patch, policy=PolicyRef("", "", ""))


PLANTED: Final[tuple[tuple[Plant, str, int], ...]] = (
    (lifting_one_lifts_all, "every_command_does_what_it_is_for", 2),
    (overturning_forgets_consequences, "every_command_does_what_it_is_for", 3),
    (overturning_twice, "history_is_kept", 3),
    (an_end_is_overlooked, "nothing_outlives_its_end", 2),
    (proposals_never_lapse, "nothing_outlives_its_end", 3),
    (what_is_announced_starts_at_once, "nothing_outlives_its_end", 1),
    (the_proposer_approves, "nobody_decides_alone_what_needs_two", 2),
    (one_person_is_enough, "nobody_decides_alone_what_needs_two", 1),
    (one_person_is_enough_for_a_change, "nobody_decides_alone_what_needs_two", 2),
    (the_system_decides_appeals, "appeals_are_decided_by_another_person", 3),
    (the_holder_lifts, "everybody_keeps_to_his_part", 2),
    (nobody_remembers_who_took_part, "appeals_are_decided_by_another_person", 3),
    (one_slot_for_bans, "a_permanent_ban_is_left_only_by_a_decision", 4),
    (orders_do_not_count, "standing_is_the_highest_in_force", 1),
    (a_refusal_leaves_traces, "refusals_change_nothing", 1),
    (something_changes_without_an_event, "what_is_recorded_replays", 2),
    (what_was_accepted_defaults, "events_do_what_they_say", 2),
    (exemptions_are_overlooked, "protection_is_respected", 2),
    (a_permanent_ban_forbids_nothing, "protection_is_respected", 3),
    (what_is_swept_late_is_dated_late, "sweeping_changes_no_answer", 2),
    (a_decision_fails, "decisions_do_not_fail", 3),
    (a_lapse_fails, "decisions_do_not_fail", 3),
    (deciding_runs_ahead_of_reading, "nothing_outlives_its_end", 2),
    (what_was_decided_is_lost, "what_is_recorded_replays", 1),
    (an_appeal_stays_open, "appeals_are_heard_as_laid_down", 3),
    (nobody_remembers_the_policy, "nothing_in_force_without_a_basis", 1),
)
"""The fault, the rule that it breaks, and how many moves the shortest history has that shows it."""
