"""What an explanation says, field by field. Every reason stands there as a code and as a sentence."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from ..policies.deviating import Direction
from ..policies.numbers import Number
from ..queries import Restriction
from ..terms import RENAMED, Link
from ..vocabulary import Actor, Kind, ProposalStatus, SanctionStatus, Standing

__all__ = [
    "AccountExplanation",
    "BearingEvent",
    "Check",
    "CountedView",
    "DecisionKind",
    "DeviationView",
    "Difference",
    "Discarded",
    "Explanation",
    "LadderView",
    "Later",
    "LeftView",
    "PolicyView",
    "PriorView",
    "ProofReference",
    "Reconsidered",
    "Resolution",
    "Result",
    "SeverityView",
    "StepView",
    "Subject",
    "ViolationView",
    "WithheldView",
]

Subject = Literal["sanction", "violation", "proposal"]
DecisionKind = Literal["by_policy", "by_person", "direct", "recorded", "consequence"]
"""How it was decided: by the policy alone; by a person on a report; by somebody without a report; not at all (a violation was
only put on record); or in an order whose deadline was missed."""
Check = Literal["same", "differs", "policy_missing", "nothing_to_check"]
"""What deciding again on the recorded state, by the recorded policy, came to."""


class PolicyView(Struct, frozen=True):
    """The policy of the decision. `kept`: whether its text is at hand, so that the decision could be taken again."""

    name: str
    digest: str
    kept: bool


class ViolationView(Struct, frozen=True, kw_only=True):
    """The violation that was decided on. `weight`: what was recorded for it; `others`: further clauses of the same report."""

    id: str
    clause: str
    category: str | None
    severity: str | None
    weight: Number
    counts_until: datetime | None
    discounted: str | None
    good_standing: bool
    content_at: datetime | None
    batch: str | None
    detected: str | None
    others: tuple[str, ...]


class SeverityView(Struct, frozen=True):
    """As which severity a violation was reported and treated; `why`: one sentence for each rule that made it graver."""

    reported: str | None
    treated_as: str | None
    why: tuple[str, ...]


class StepView(Struct, frozen=True, kw_only=True):
    """One step that was open to this violation; `at` None: it does not depend on the level. `taken`: the one that fired."""

    name: str
    at: Number | None
    says: tuple[str, ...]
    propose: bool
    text: str | None
    taken: bool


class LadderView(Struct, frozen=True, kw_only=True):
    """The ladder of the clause: what it measures, the level before and after, and the steps that were open.

    `why`: why this step, or why none.
    """

    name: str
    text: str | None
    measure: str
    fires: str
    before: Number
    weight: Number
    level: Number
    account_class: str | None
    step: str | None
    why: str
    steps: tuple[StepView, ...]


class CountedView(Struct, frozen=True, kw_only=True):
    """An earlier violation that counted, and how much; 0: for the severity alone; None: the policy's text is not at hand.

    `overturned_at`: since when it is void.
    """

    violation: str
    clause: str
    at: datetime
    severity: str | None
    value: Number | None
    overturned_at: datetime | None


class LeftView(Struct, frozen=True, kw_only=True):
    """An earlier violation that did not count, and why."""

    violation: str
    clause: str
    at: datetime
    because: str
    reason: str


class PriorView(Struct, frozen=True, kw_only=True):
    """An earlier sanction that was taken into account: its status then and now."""

    sanction: str
    kind: Kind
    clause: str
    at: datetime
    then: SanctionStatus
    now: SanctionStatus
    overturned_at: datetime | None


class WithheldView(Struct, frozen=True):
    """Why nothing followed."""

    code: str
    reason: str


class DeviationView(Struct, frozen=True, kw_only=True):
    """That a person chose otherwise than the policy said."""

    by: Actor
    said: tuple[str, ...]
    chosen: tuple[str, ...]
    direction: Direction
    reason: str | None


class Resolution(Struct, frozen=True):
    """What became of a proposal; `by` and `at` are None while it is open."""

    status: ProposalStatus
    by: Actor | None
    at: datetime | None
    reason: str | None


class Result(Struct, frozen=True, kw_only=True, rename=RENAMED):
    """What followed: a sanction, or a proposal of one (or of a change) that had not become one.

    `status`, `ended_at` and `overturned_at` are those of the sanction as of the explanation; `status` None: there is none.
    `linked`: the sanction of another account with which it ends.
    """

    sanction: str
    kind: Kind | Literal["change"]
    says: str
    at: datetime
    by: Actor
    from_: datetime | None
    until: datetime | None
    proposal: str | None
    resolution: Resolution | None
    approved_by: Actor | None
    status: SanctionStatus | None
    ended_at: datetime | None
    overturned_at: datetime | None
    linked: Link | None


class Later(Struct, frozen=True):
    """What happened since to something that the decision counted."""

    at: datetime
    what: str


class Reconsidered(Struct, frozen=True, kw_only=True):
    """What the same policy would say of the same report without what was overturned since."""

    step: str | None
    level: Number
    severity: str | None
    says: tuple[str, ...]
    withheld: WithheldView | None


class Difference(Struct, frozen=True):
    """A field that is recorded otherwise than deciding again gives it: somebody changed the record, or there is a defect."""

    event: str
    field: str
    recorded: str
    found: str


class Explanation(Struct, frozen=True, kw_only=True):
    """Why one decision was taken, and what has become of what it rests on.

    `decision` is the id that was asked for and `subject` what it names. `affected`: something that it counted was overturned
    since. `violations`, `legal_ground`, `facts`, `evidence`: what the decision, or the report behind it, names. `because_of`: the
    order whose missed deadline brought a consequence about; then all but `results` is about the order.
    """

    account: str
    decision: str
    subject: Subject
    kind: DecisionKind
    summary: str
    version: int
    at: datetime
    recorded_at: datetime
    by: Actor
    reporter: Actor | None = None
    policy: PolicyView | None = None
    clause: str | None = None
    clause_text: str | None = None
    violation: ViolationView | None = None
    violations: tuple[str, ...] = ()
    legal_ground: str | None = None
    facts: str | None = None
    evidence: tuple[str, ...] = ()
    severity: SeverityView | None = None
    ladder: LadderView | None = None
    counted: tuple[CountedView, ...] = ()
    left: tuple[LeftView, ...] = ()
    priors: tuple[PriorView, ...] = ()
    withheld: WithheldView | None = None
    deviation: DeviationView | None = None
    results: tuple[Result, ...] = ()
    because_of: str | None = None
    affected: bool = False
    since_then: tuple[Later, ...] = ()
    reconsidered: Reconsidered | None = None
    check: Check = "nothing_to_check"
    differences: tuple[Difference, ...] = ()


class ProofReference(Struct, frozen=True):
    """Where in the log an event stands. `checkpoint`: the size of the smallest checkpoint that covers it; None: not sealed yet.

    `prove ACCOUNT VERSION` makes the proof.
    """

    partition: int
    position: int
    checkpoint: int | None


class BearingEvent(Struct, frozen=True, kw_only=True):
    """An event without which the answer would be another one.

    `says`: what it decided. `by` and `approved_by`: who, and the second person. `clause` and `policy`: by which rule.
    `proof` None: the event has no place in the log yet.
    """

    version: int
    type: str
    says: str
    at: datetime
    recorded_at: datetime
    by: Actor
    approved_by: Actor | None
    sanction: str | None
    clause: str | None
    policy: PolicyView | None
    reason: str | None
    proof: ProofReference | None


class Discarded(Struct, frozen=True, kw_only=True):
    """A sanction or proposal that was looked at and bars nothing of what was asked, and why.

    `version`: the event that put it on record, None for what fell due and is not recorded yet.
    """

    id: str
    kind: Kind | Literal["proposal"]
    clause: str | None
    at: datetime
    because: str
    reason: str
    version: int | None = None
    proof: ProofReference | None = None


class AccountExplanation(Struct, frozen=True, kw_only=True):
    """Why an account may or may not do something at an instant, as known at another.

    `allowed` and `until` are None where no function was asked for. `decisions`: those behind what is in the way, newest first;
    `events`: those that carry the answer, newest first; without any of them it would be another one. `discarded`: what was
    considered besides, and carries nothing. `known_position`: as in the state's document.
    """

    account: str
    function: str | None
    valid_at: datetime
    known_at: datetime
    version: int
    standing: Standing
    exempt: bool
    allowed: bool | None
    until: datetime | None
    restrictions: tuple[Restriction, ...]
    decisions: tuple[Explanation, ...]
    discarded: tuple[Discarded, ...]
    events: tuple[BearingEvent, ...]
    known_position: str | None = None
