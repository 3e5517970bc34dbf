"""A state under construction: events are applied to a private mutable builder, which is frozen once at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from . import events as e
from .building import Building
from .state import (
    Appeal,
    Exemption,
    Hold,
    Order,
    Proposal,
    Retention,
    Sanction,
    Terms,
    Violation,
)
from .vocabulary import AppealStatus, Kind, ProposalStatus, RectificationStatus

__all__ = ["Builder"]


class Builder(Building):
    """A state to which events are applied, one after the other."""

    __slots__ = ()

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
        since = None if order is None else order.submitted_at
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
