"""A state under construction: events are applied to a private mutable builder, which is frozen once at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from . import events as e
from .state import (
    Appeal,
    Exemption,
    Hold,
    Order,
    Proposal,
    Retention,
    Sanction,
    State,
    Terms,
    Violation,
    next_due_of,
    survey,
)
from .vocabulary import AppealStatus, Kind, ProposalStatus, RectificationStatus, SanctionStatus, Standing

__all__ = ["Builder"]

_UNFINISHED: Final = frozenset({"ordered", "submitted", "rejected"})


class Builder:
    """A state under construction. Private to the domain: nobody outside sees it half done."""

    __slots__ = (
        "_appeals",
        "_ended",
        "_origin",
        "_proposals",
        "_reserved",
        "_surveyed",
        "_violations",
        "_voided",
        "exemption",
        "last_at",
        "live",
        "open_proposals",
        "retention",
        "version",
    )

    def __init__(self, state: State, voided: Mapping[str, datetime] | None = None) -> None:
        self._origin = state
        self._voided = voided or {}
        self.version = state.version
        self.last_at = state.last_at
        self.exemption = state.exemption
        self.retention = state.retention
        self.live: dict[str, Sanction] = dict(state.live)
        self.open_proposals: dict[str, Proposal] = dict(state.open_proposals)
        self._ended: dict[str, Sanction] = {}
        self._violations: dict[str, Violation] = {}
        self._appeals: dict[str, Appeal] = {}
        self._proposals: dict[str, Proposal] = {}
        self._reserved: dict[str, str] = {}
        self._surveyed: tuple[Standing, bool] | None = (state.standing, state.terminal)

    def apply(self, event: e.Event) -> None:
        """Take one event in."""
        self.version += 1
        self.last_at = event.at
        self._surveyed = None
        _HANDLERS[type(event)](self, event)

    def apply_all(self, events: Iterable[e.Event]) -> None:
        """Take events in, one after the other: what `apply` does, without its cost for each."""
        event = None
        for event in events:
            self.version += 1
            _HANDLERS[type(event)](self, event)
        if event is not None:
            self.last_at = event.at
            self._surveyed = None

    def freeze(self) -> State:
        """The state as it stands. The builder may go on afterwards."""
        origin = self._origin
        return State(
            version=self.version,
            last_at=self.last_at,
            live=dict(self.live),
            ended=origin.ended.with_entries(self._ended),
            violations=origin.violations.with_entries(self._violations),
            appeals=origin.appeals.with_entries(self._appeals),
            open_proposals=dict(self.open_proposals),
            settled_proposals=origin.settled_proposals.with_entries(self._proposals),
            reserved=origin.reserved.with_entries(self._reserved),
            exemption=self.exemption,
            retention=self.retention,
            standing=self.standing,
            terminal=self.terminal,
            next_due=self.next_due,
        )

    @property
    def standing(self) -> Standing:
        return self.survey()[0]

    @property
    def terminal(self) -> bool:
        return self.survey()[1]

    def survey(self) -> tuple[Standing, bool]:
        """The standing, and whether a permanent ban is in force; worked out once per event."""
        found = self._surveyed
        if found is None:
            found = self._surveyed = survey(self.live)
        return found

    @property
    def next_due(self) -> datetime | None:
        return next_due_of(self.live, self.open_proposals)

    def sanction(self, sanction_id: str) -> Sanction | None:
        return self.live.get(sanction_id) or self._ended.get(sanction_id) or self._origin.ended.find(sanction_id)

    def sanctions(self) -> list[Sanction]:
        ended = {**self._origin.ended, **self._ended}
        return sorted((*ended.values(), *self.live.values()), key=lambda sanction: sanction.number)

    def appeal(self, appeal_id: str) -> Appeal | None:
        return self._appeals.get(appeal_id) or self._origin.appeals.find(appeal_id)

    def appeals(self) -> list[Appeal]:
        return list({**self._origin.appeals, **self._appeals}.values())

    def proposal(self, proposal_id: str) -> Proposal | None:
        return (
            self.open_proposals.get(proposal_id)
            or self._proposals.get(proposal_id)
            or self._origin.settled_proposals.find(proposal_id)
        )

    def violation(self, violation_id: str) -> Violation | None:
        return self._violations.get(violation_id) or self._origin.violations.find(violation_id)

    def has_violation(self, violation_id: str) -> bool:
        return violation_id in self._violations or violation_id in self._origin.violations

    def reserved_for(self, sanction_id: str) -> str | None:
        """The proposal that holds this sanction id, if any."""
        return self._reserved.get(sanction_id) or self._origin.reserved.find(sanction_id)

    # What the events do. `put` and `end` are the only ways in which a sanction changes.

    def put(self, sanction: Sanction) -> None:
        if sanction.id in self.live:
            self.live[sanction.id] = sanction
        else:
            self._ended[sanction.id] = sanction

    def update(self, sanction_id: str, **changes: Any) -> None:
        self.put(replace(self.known(sanction_id), **changes))

    def known(self, sanction_id: str) -> Sanction:
        sanction = self.sanction(sanction_id)
        if sanction is None:
            raise LookupError(f"the events mention sanction {sanction_id!r} before it was decided")
        return sanction

    def end(
        self,
        sanction_id: str,
        at: datetime,
        status: SanctionStatus,
        rectification: RectificationStatus = "ended",
    ) -> None:
        sanction = self.live.pop(sanction_id, None)
        if sanction is None:  # Known to be overturned later: it stays so, and its own end is only noted.
            sanction = self.known(sanction_id)
            status = sanction.status
        order = sanction.order
        if order is not None and (order.status in _UNFINISHED or rectification != "ended"):
            order = replace(order, status=rectification)
        self._ended[sanction_id] = replace(sanction, status=status, ended_at=at, order=order)

    def impose(
        self,
        event: e.Imposed,
        kind: Kind,
        functions: Mapping[str, datetime | None] | None = None,
        order: Order | None = None,
    ) -> None:
        at, approved_by, cause = event.at, event.approved_by, event.caused_by
        # A consequence is the decision of those who announced it.
        decided = event if cause is None else self.known(cause)
        deciders = {decided.by.id}
        if decided.approved_by is not None:
            deciders.add(decided.approved_by.id)
        if decided.grounds is not None:
            deciders.add(decided.grounds.reporter.id)
        ends: Mapping[str, datetime | None] = {} if functions is None else functions
        terms = event.appealable
        sanction = Sanction(
            id=event.sanction,
            kind=kind,
            status="scheduled" if event.withheld or event.from_ > at else "in_force",
            number=self.version,
            at=at,
            from_=event.from_,
            until=event.until,
            functions=ends,
            terms=(Terms(at, event.until, ends),),
            basis=event.basis,
            policy=event.policy,
            by=event.by,
            approved_by=approved_by,
            caused_by=cause,
            priors=event.priors,
            step=event.step,
            touched_by=frozenset(deciders),
            appeal_terms=terms,
            window_from=at,
            appeals_left=0 if terms is None else terms.limit,
            order=order,
            grounds=event.grounds,
            because_of=event.because_of,
        )
        voided_at = self._voided.get(event.sanction) if self._voided else None
        if voided_at is None:
            self.live[event.sanction] = sanction
            return
        if order is not None:
            order = replace(order, status="ended")
        self._ended[event.sanction] = replace(
            sanction, status="overturned", overturned_at=voided_at, ended_at=voided_at, order=order
        )

    def overturn(self, sanction_id: str, at: datetime) -> None:
        if self.known(sanction_id).overturned_at is not None:
            return
        if sanction_id in self.live:
            self.end(sanction_id, at, "overturned")
        self.update(sanction_id, status="overturned", overturned_at=at)

    def settle_appeal(self, appeal_id: str, status: AppealStatus) -> None:
        appeal = self.appeal(appeal_id)
        if appeal is not None:
            self._appeals[appeal_id] = replace(appeal, status=status)

    def settle_proposal(self, proposal_id: str, status: ProposalStatus) -> None:
        proposal = self.open_proposals.pop(proposal_id)
        self._proposals[proposal_id] = replace(proposal, status=status)

    # One method per event type.

    def violation_recorded(self, event: e.ViolationRecorded) -> None:
        self._violations[event.violation] = Violation(
            id=event.violation,
            number=self.version,
            clause=event.clause,
            at=event.at,
            weight=event.weight,
            category=event.category,
            severity=event.severity,
            content_at=event.content_at,
            batch=event.batch,
            counts_until=event.counts_until,
            decay=event.decay,
            frozen_while=event.frozen_while,
            discounted=event.discounted,
            good_standing=event.good_standing,
            treated_as=event.severity if event.grounds is None else event.grounds.severity,
        )

    def functions_restricted(self, event: e.FunctionsRestricted) -> None:
        self.impose(event, "restriction", event.functions)

    def sanction_expired(self, event: e.SanctionExpired) -> None:
        self.end(event.sanction, event.at, "expired")

    def rectification_ordered(self, event: e.RectificationOrdered) -> None:
        deadline = event.until
        if deadline is None:
            raise LookupError(f"order {event.sanction!r} was recorded without a deadline")
        order = Order(status="ordered", deadline=deadline, on_default=event.on_default, clock=event.clock)
        self.impose(event, "rectification", order=order)

    def rectification_extended(self, event: e.RectificationExtended) -> None:
        self.move_deadline(event.sanction, event.deadline, event.at)
        sanction = self.known(event.sanction)
        self.put(replace(sanction, touched_by=sanction.touched_by | {event.by.id}))

    def move_deadline(self, sanction_id: str, deadline: datetime, at: datetime) -> None:
        sanction = self.known(sanction_id)
        order = sanction.order
        if order is not None:
            self.update(
                sanction_id,
                until=deadline,
                order=replace(order, deadline=deadline),
                terms=(*sanction.terms, Terms(at, deadline, {})),
            )

    def review(self, sanction_id: str, status: RectificationStatus, submitted_at: datetime | None) -> None:
        sanction = self.known(sanction_id)
        if sanction.order is not None and sanction.overturned_at is None:
            self.update(sanction_id, order=replace(sanction.order, status=status, submitted_at=submitted_at))

    def rectification_submitted(self, event: e.RectificationSubmitted) -> None:
        order = self.known(event.sanction).order
        since = order.submitted_at if order is not None and order.status == "submitted" else None
        self.review(event.sanction, "submitted", since or event.at)

    def rectification_rejected(self, event: e.RectificationRejected) -> None:
        self.review(event.sanction, "rejected", None)
        if event.deadline is not None:
            self.move_deadline(event.sanction, event.deadline, event.at)

    def rectification_accepted(self, event: e.RectificationAccepted) -> None:
        if event.late:
            self.review(event.sanction, "accepted", None)
        else:
            self.end(event.sanction, event.at, "satisfied", "accepted")

    def sanction_changed(self, event: e.SanctionChanged) -> None:
        sanction = self.known(event.sanction)
        functions = sanction.functions if event.functions is None else event.functions
        touched = {event.by.id} if event.approved_by is None else {event.by.id, event.approved_by.id}
        changed = replace(
            sanction,
            until=event.until,
            functions=functions,
            terms=(*sanction.terms, Terms(event.at, event.until, functions)),
            touched_by=sanction.touched_by | touched,
        )
        if event.harsher and sanction.appeal_terms is not None:
            changed = replace(changed, window_from=event.at, notice_at=None, appeals_left=sanction.appeals_left + 1)
        self.put(changed)

    def sanction_started(self, event: e.SanctionStarted) -> None:
        if event.sanction in self.live:
            self.update(event.sanction, status="in_force")

    def appeal_filed(self, event: e.AppealFiled) -> None:
        self._appeals[event.appeal] = Appeal(event.appeal, event.sanction, "open", event.at)
        left = self.known(event.sanction).appeals_left
        self.update(event.sanction, appeals_left=max(0, left - 1), last_appeal_at=event.at)

    def sanction_proposed(self, event: e.SanctionProposed) -> None:
        self._reserved[event.sanction] = event.proposal
        self.open_proposals[event.proposal] = Proposal(
            id=event.proposal,
            sanction=event.sanction,
            # Out of a report, the id follows from the violation, and the command in the event does not repeat it.
            act=event.act if event.grounds is None else replace(event.act, sanction=event.sanction),
            by=event.by,
            at=event.at,
            lapses_at=event.lapses_at,
            policy=event.policy,
            step=event.step,
            priors=event.priors,
            grounds=event.grounds,
        )

    def notice_served(self, event: e.NoticeServed) -> None:
        if self.known(event.sanction).notice_at is None:
            self.update(event.sanction, notice_at=event.at)

    def account_exempted(self, event: e.AccountExempted) -> None:
        self.exemption = Exemption(event.at, event.unless)

    def keep(self, retention: Retention) -> None:
        self.retention = retention

    def exemption_ended(self, _event: e.ExemptionEnded) -> None:
        self.exemption = None


_Handler = Callable[[Builder, Any], None]

_HANDLERS: Final[dict[type[e.Event], _Handler]] = {
    e.ViolationRecorded: Builder.violation_recorded,
    e.WarningIssued: lambda b, event: b.impose(event, "warning"),
    e.RectificationOrdered: Builder.rectification_ordered,
    e.RectificationExtended: Builder.rectification_extended,
    e.RectificationSubmitted: Builder.rectification_submitted,
    e.RectificationAccepted: Builder.rectification_accepted,
    e.RectificationRejected: Builder.rectification_rejected,
    e.RectificationDefaulted: lambda b, event: b.end(event.sanction, event.at, "defaulted", "defaulted"),
    e.FunctionsRestricted: Builder.functions_restricted,
    e.AccountBanned: lambda b, event: b.impose(event, "ban"),
    e.SanctionStarted: Builder.sanction_started,
    e.SanctionChanged: Builder.sanction_changed,
    e.SanctionExpired: Builder.sanction_expired,
    e.SanctionLifted: lambda b, event: b.end(event.sanction, event.at, "lifted"),
    e.SanctionOverturned: lambda b, event: b.overturn(event.sanction, event.at),
    e.SanctionSuperseded: lambda b, event: b.end(event.sanction, event.at, "superseded"),
    e.AppealFiled: Builder.appeal_filed,
    e.AppealWithdrawn: lambda b, event: b.settle_appeal(event.appeal, "withdrawn"),
    e.AppealDecided: lambda b, event: b.settle_appeal(event.appeal, event.outcome),
    e.AppealClosed: lambda b, event: b.settle_appeal(event.appeal, "moot"),
    e.SanctionProposed: Builder.sanction_proposed,
    e.ProposalApproved: lambda b, event: b.settle_proposal(event.proposal, "approved"),
    e.ProposalDismissed: lambda b, event: b.settle_proposal(event.proposal, "dismissed"),
    e.ProposalLapsed: lambda b, event: b.settle_proposal(event.proposal, "lapsed"),
    e.ProposalClosed: lambda b, event: b.settle_proposal(event.proposal, "closed"),
    e.NoticeServed: Builder.notice_served,
    e.AccountExempted: Builder.account_exempted,
    e.ExemptionEnded: Builder.exemption_ended,
    e.LegalHoldPlaced: lambda b, event: b.keep(b.retention.with_hold(Hold(event.hold, event.at, event.by))),
    e.LegalHoldReleased: lambda b, event: b.keep(b.retention.without_hold(event.hold)),
    e.PersonalDataErased: lambda b, _event: b.keep(b.retention.after_erasure()),
    e.NoteAdded: lambda _b, _event: None,
}
