"""The state of one account: what is active apart from what is settled, and the next instant at which something falls due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from .acts import Proposable
from .archive import Archive
from .events import AppealTerms, Grounds, PolicyRef
from .terms import Basis, Consequence, Link
from .vocabulary import (
    RANK,
    STANDING_OF,
    STANDINGS,
    Actor,
    ActorKind,
    AppealStatus,
    Clock,
    Kind,
    ProposalStatus,
    RectificationStatus,
    SanctionStatus,
    Standing,
)

__all__ = [
    "NOTHING",
    "Appeal",
    "Exemption",
    "Hold",
    "Order",
    "Proposal",
    "Retention",
    "Sanction",
    "State",
    "Terms",
    "Violation",
    "next_due_of",
    "survey",
]

_RANK_OF: Final[dict[Kind, int]] = {kind: RANK[standing] for kind, standing in STANDING_OF.items()}


# gc=False: these trees have no cycles, and the collector need not walk thousands of them while an account is folded.
class Terms(Struct, frozen=True, array_like=True, gc=False):
    """What a sanction said from `at` on: its end, and the end of each function of a restriction."""

    at: datetime
    until: datetime | None
    functions: Mapping[str, datetime | None]


class Order(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """The rectification side of a sanction of kind `rectification`."""

    status: RectificationStatus
    deadline: datetime
    on_default: tuple[Consequence, ...]
    clock: Clock
    submitted_at: datetime | None = None

    @property
    def stopped(self) -> bool:
        """Whether an open submission suspends the deadline."""
        return self.submitted_at is not None and self.clock == "submission_stops_clock"


class Sanction(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One sanction, from its decision on.

    `touched_by`: the ids of all who imposed, proposed, approved or changed it; none of them may decide an appeal.
    `window_from`: where the appeal window starts unless a notice was served since; `appeals_left`: how many more may be filed.
    """

    id: str
    kind: Kind
    status: SanctionStatus
    number: int
    at: datetime
    from_: datetime
    until: datetime | None
    functions: Mapping[str, datetime | None]
    terms: tuple[Terms, ...]
    basis: Basis
    policy: PolicyRef
    by: Actor
    approved_by: Actor | None
    caused_by: str | None
    priors: tuple[str, ...]
    step: str | None
    touched_by: frozenset[str]
    appeal_terms: AppealTerms | None
    window_from: datetime
    appeals_left: int
    notice_at: datetime | None = None
    ended_at: datetime | None = None
    overturned_at: datetime | None = None
    order: Order | None = None
    grounds: Grounds | None = None
    last_appeal_at: datetime | None = None
    because_of: Link | None = None

    @property
    def permanent_ban(self) -> bool:
        return self.kind == "ban" and self.until is None

    @property
    def due_at(self) -> datetime | None:
        """When something happens to it by itself, while it has not ended."""
        if self.status == "scheduled":
            return self.from_
        if self.order is not None:
            return None if self.order.stopped else self.order.deadline
        return self.until


class Appeal(Struct, frozen=True, array_like=True, gc=False):
    """An objection of the holder."""

    id: str
    sanction: str
    status: AppealStatus
    at: datetime


class Proposal(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """A sanction or change that waits for a second person; `policy`: the one by which it was put forward."""

    id: str
    sanction: str
    act: Proposable
    by: Actor
    at: datetime
    lapses_at: datetime
    status: ProposalStatus = "open"
    policy: PolicyRef | None = None
    step: str | None = None
    priors: tuple[str, ...] = ()
    grounds: Grounds | None = None


class Violation(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """A recorded breach, its weight and how long it counts as they were when it was recorded.

    `number`: the version of the account that recorded it. `treated_as`: the severity as which the policy treated it.
    """

    id: str
    number: int
    clause: str
    at: datetime
    weight: str
    category: str | None
    severity: str | None
    content_at: datetime | None
    batch: str | None
    counts_until: datetime | None = None
    decay: Literal["step", "linear"] = "step"
    frozen_while: tuple[Kind, ...] = ()
    discounted: str | None = None
    good_standing: bool = False
    treated_as: str | None = None


class Exemption(Struct, frozen=True, array_like=True, gc=False):
    """Since when the account is protected, and from whom it is not."""

    at: datetime
    unless: tuple[ActorKind, ...]


class Hold(Struct, frozen=True, gc=False):
    """Since when nothing of the account may be erased, and who said so."""

    id: str
    at: datetime
    by: Actor


class Retention(Struct, frozen=True, gc=False):
    """What must be kept (`holds`: the legal holds in force, by id), and how often personal data was erased."""

    holds: Mapping[str, Hold] = {}
    erasures: int = 0

    def with_hold(self, hold: Hold) -> Retention:
        """With one more hold."""
        return Retention({**self.holds, hold.id: hold}, self.erasures)

    def without_hold(self, name: str) -> Retention:
        """Without one of the holds."""
        return Retention({key: hold for key, hold in self.holds.items() if key != name}, self.erasures)

    def after_erasure(self) -> Retention:
        """After one more erasure."""
        return Retention(self.holds, self.erasures + 1)


class State(Struct, frozen=True, kw_only=True):
    """Everything that deciding needs to know of one account.

    `live`: sanctions that are scheduled or in force; `ended`: all others. `standing`: the highest rank among those in force;
    `terminal`: whether a permanent ban is among them. `next_due`: the earliest instant at which `due` has something to say,
    None when nothing is pending. The last three follow from the others and are kept so that deciding does not scan.
    """

    version: int
    last_at: datetime | None
    live: Mapping[str, Sanction]
    ended: Archive[Sanction]
    violations: Archive[Violation]
    appeals: Archive[Appeal]
    open_proposals: Mapping[str, Proposal]
    settled_proposals: Archive[Proposal]
    reserved: Archive[str]
    exemption: Exemption | None
    retention: Retention
    standing: Standing
    terminal: bool
    next_due: datetime | None

    def sanction(self, sanction_id: str) -> Sanction | None:
        """The sanction of this id, ended or not."""
        return self.live.get(sanction_id) or self.ended.find(sanction_id)

    def sanctions(self) -> Iterator[Sanction]:
        """Every sanction ever decided, in the order of decision."""
        yield from sorted((*self.ended.values(), *self.live.values()), key=lambda sanction: sanction.number)

    def proposal(self, proposal_id: str) -> Proposal | None:
        """The proposal of this id, open or not."""
        return self.open_proposals.get(proposal_id) or self.settled_proposals.find(proposal_id)


def survey(live: Mapping[str, Sanction]) -> tuple[Standing, bool]:
    """The standing that these sanctions give (the highest rank in force), and whether one is a permanent ban in force."""
    kinds: set[Kind] = {sanction.kind for sanction in live.values() if sanction.status == "in_force"}
    if "ban" not in kinds:
        return STANDINGS[max([_RANK_OF[kind] for kind in kinds], default=0)], False
    return "banned", any(one.permanent_ban and one.status == "in_force" for one in live.values())


def next_due_of(live: Mapping[str, Sanction], proposals: Mapping[str, Proposal]) -> datetime | None:
    """The earliest instant at which one of these changes by itself."""
    first: datetime | None = None
    for sanction in live.values():
        simple = sanction.order is None and sanction.status == "in_force"
        instant = sanction.until if simple else sanction.due_at  # Mostly simple, and asked at every event.
        if instant is not None and (first is None or instant < first):
            first = instant
    for proposal in proposals.values():
        if first is None or proposal.lapses_at < first:
            first = proposal.lapses_at
    return first


NOTHING: Final = State(
    version=0,
    last_at=None,
    live={},
    ended=Archive(),
    violations=Archive(),
    appeals=Archive(),
    open_proposals={},
    settled_proposals=Archive(),
    reserved=Archive(),
    exemption=None,
    retention=Retention(),
    standing="clear",
    terminal=False,
    next_due=None,
)
"""The state of an account of which nothing is recorded."""
