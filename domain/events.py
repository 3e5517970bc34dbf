"""Events: what was decided or fell due, in the past tense, immutable. These types are the storage format.

A field of a released type is never renamed, removed or given another meaning; a new shape is a new `VERSION`. The header
(codes, ids, times, functions) is what state is folded from; `narrative` holds free text and evidence and is stored apart, so
that it can be destroyed. No event knows its account, its version or when it was recorded: those belong to the envelope.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Final, Literal, get_args

from msgspec import Struct

from .acts import Proposable, Reason
from .event_parts import AppealTerms, Bounds, Grounds, Narrative, PolicyRef
from .terms import RENAMED, Basis, Consequence, Link
from .vocabulary import Actor, ActorKind, AppealOutcome, Clock, Kind, Standing

__all__ = [
    "EVENT_TYPES",
    "AccountBanned",
    "AccountExempted",
    "AppealClosed",
    "AppealDecided",
    "AppealFiled",
    "AppealTerms",
    "AppealWithdrawn",
    "Bounds",
    "Decided",
    "Event",
    "ExemptionEnded",
    "FunctionsRestricted",
    "Grounds",
    "Imposed",
    "LegalHoldPlaced",
    "LegalHoldReleased",
    "Narrative",
    "NoteAdded",
    "NoticeServed",
    "PersonalDataErased",
    "PolicyRef",
    "ProposalApproved",
    "ProposalClosed",
    "ProposalDismissed",
    "ProposalLapsed",
    "RectificationAccepted",
    "RectificationDefaulted",
    "RectificationExtended",
    "RectificationOrdered",
    "RectificationRejected",
    "RectificationSubmitted",
    "SanctionChanged",
    "SanctionExpired",
    "SanctionLifted",
    "SanctionOverturned",
    "SanctionProposed",
    "SanctionStarted",
    "SanctionSuperseded",
    "ViolationRecorded",
    "WarningIssued",
]


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, rename=RENAMED, gc=False):
    """One thing that happened to one account.

    `at`: the instant of the decision, or of falling due. `by`: who decided. `standing`: the account's standing afterwards.
    """

    VERSION: ClassVar[int] = 1

    at: datetime
    by: Actor
    standing: Standing = "clear"
    narrative: Narrative | None = None


class ViolationRecorded(Event, frozen=True, kw_only=True):
    """A breach was put on record. `weight`: what it counts, an integer or a fraction as text.

    It counts until `counts_until` (None: always), fully or less and less (`decay`); the clock stands still while a sanction of
    the kinds in `frozen_while` is in force. `discounted`: why it weighs nothing (`content_age`, `batch`). `good_standing`:
    the account was in good standing. `reasons`: the other clauses of the same report. `grounds`: what the policy made of it.
    """

    violation: str
    clause: str
    category: str | None = None
    severity: str | None = None
    content_at: datetime | None = None
    batch: str | None = None
    detected: str | None = None
    weight: str = "1"
    policy: PolicyRef
    counts_until: datetime | None = None
    decay: Literal["step", "linear"] = "step"
    frozen_while: tuple[Kind, ...] = ()
    discounted: str | None = None
    good_standing: bool = False
    reasons: tuple[Reason, ...] = ()
    grounds: Grounds | None = None


class Decided(Event, frozen=True, kw_only=True):
    """A decision of a person; `policy` is the one under which it was taken (None for what fell due)."""

    policy: PolicyRef | None = None


class Imposed(Event, frozen=True, kw_only=True):
    """What every new sanction carries.

    `from_` is the start (later than `at`: announced), `until` the end (None: permanent). `approved_by` and `proposal` name
    the second person and where the narrative stands; `caused_by` the order of which this is a consequence. `withheld`: an
    announced consequence that does not start, the account being exempt. `appealable` None: the policy gives no appeal.
    """

    sanction: str
    basis: Basis
    from_: datetime
    until: datetime | None = None
    policy: PolicyRef
    step: str | None = None
    priors: tuple[str, ...] = ()
    approved_by: Actor | None = None
    proposal: str | None = None
    caused_by: str | None = None
    supersedes: tuple[str, ...] = ()
    withheld: bool = False
    appealable: AppealTerms | None = None
    grounds: Grounds | None = None
    because_of: Link | None = None


class WarningIssued(Imposed, frozen=True, kw_only=True):
    """The account was warned."""


class RectificationOrdered(Imposed, frozen=True, kw_only=True):
    """The account was ordered to put something right; `until` is the deadline."""

    on_default: tuple[Consequence, ...] = ()
    clock: Clock = "acceptance_by_deadline"


class FunctionsRestricted(Imposed, frozen=True, kw_only=True):
    """Functions were taken from the account; `functions` maps each to its end, `until` is the latest."""

    functions: dict[str, datetime | None]


class AccountBanned(Imposed, frozen=True, kw_only=True):
    """The account was barred from everything."""


class RectificationExtended(Decided, frozen=True, kw_only=True):
    """The deadline moved; both are on record."""

    sanction: str
    deadline: datetime
    previous: datetime


class RectificationSubmitted(Event, frozen=True, kw_only=True):
    """The holder says that the order has been followed."""

    sanction: str


class RectificationAccepted(Decided, frozen=True, kw_only=True):
    """The rectification is good; `late` after the order had defaulted."""

    sanction: str
    late: bool = False


class RectificationRejected(Decided, frozen=True, kw_only=True):
    """The submission does not do; `deadline` is a new one where the submission had stopped the clock."""

    sanction: str
    deadline: datetime | None = None


class RectificationDefaulted(Event, frozen=True, kw_only=True):
    """The deadline passed without acceptance."""

    sanction: str


class SanctionStarted(Event, frozen=True, kw_only=True):
    """A scheduled sanction came into force."""

    sanction: str


class SanctionChanged(Decided, frozen=True, kw_only=True):
    """The terms changed without a gap. `harsher` opens a new appeal window; `appeal` names a partial grant."""

    sanction: str
    until: datetime | None = None
    functions: dict[str, datetime | None] | None = None
    harsher: bool = False
    appeal: str | None = None
    approved_by: Actor | None = None
    proposal: str | None = None


class SanctionExpired(Event, frozen=True, kw_only=True):
    """Its end came."""

    sanction: str


class SanctionLifted(Decided, frozen=True, kw_only=True):
    """It was right and ends now.

    `because`: `exempt`, `rectified`, `linked_ended` or `linked_overturned` where no person gave a reason.
    """

    sanction: str
    because: str | None = None


class SanctionOverturned(Decided, frozen=True, kw_only=True):
    """It was wrong: void from its beginning. `affected`: later decisions that counted it among their priors."""

    sanction: str
    caused_by: str | None = None
    appeal: str | None = None
    affected: tuple[str, ...] = ()


class SanctionSuperseded(Decided, frozen=True, kw_only=True):
    """Replaced by a later decision that names it."""

    sanction: str
    superseded_by: str | None = None


class AppealFiled(Event, frozen=True, kw_only=True):
    """The holder objected."""

    appeal: str
    sanction: str


class AppealWithdrawn(Event, frozen=True, kw_only=True):
    """The holder took the appeal back."""

    appeal: str
    sanction: str


class AppealDecided(Decided, frozen=True, kw_only=True):
    """A reviewer granted, granted in part or denied."""

    appeal: str
    sanction: str
    outcome: AppealOutcome


class AppealClosed(Event, frozen=True, kw_only=True):
    """Moot: the sanction was overturned otherwise."""

    appeal: str
    sanction: str


class SanctionProposed(Decided, frozen=True, kw_only=True):
    """Put forward for a second person; `sanction` is reserved from here on. Free text stands in the narrative."""

    proposal: str
    sanction: str
    act: Proposable
    lapses_at: datetime
    step: str | None = None
    priors: tuple[str, ...] = ()
    grounds: Grounds | None = None


class ProposalApproved(Decided, frozen=True, kw_only=True):
    """The second person said yes; what follows was decided anew at this instant."""

    proposal: str
    sanction: str


class ProposalDismissed(Decided, frozen=True, kw_only=True):
    """The second person said no."""

    proposal: str
    sanction: str


class ProposalLapsed(Event, frozen=True, kw_only=True):
    """Nobody decided in time."""

    proposal: str
    sanction: str


class ProposalClosed(Event, frozen=True, kw_only=True):
    """A permanent ban came into force."""

    proposal: str
    sanction: str


class NoticeServed(Event, frozen=True, kw_only=True):
    """The holder was told of a sanction."""

    sanction: str
    channel: str | None = None


class AccountExempted(Decided, frozen=True, kw_only=True):
    """Protected from new sanctions, except by the kinds in `unless`."""

    unless: tuple[ActorKind, ...] = ()


class ExemptionEnded(Decided, frozen=True, kw_only=True):
    """No longer protected."""


class LegalHoldPlaced(Decided, frozen=True, kw_only=True):
    """Nothing of the account may be erased until this hold is released."""

    hold: str


class LegalHoldReleased(Decided, frozen=True, kw_only=True):
    """Another person ended the hold."""

    hold: str


class PersonalDataErased(Decided, frozen=True, kw_only=True):
    """The free text and the evidence of all earlier events are destroyed. Its own reason is recorded after that."""


class NoteAdded(Event, frozen=True, kw_only=True):
    """A remark was put on file."""


_ALL = (
    ViolationRecorded
    | WarningIssued
    | RectificationOrdered
    | RectificationExtended
    | RectificationSubmitted
    | RectificationAccepted
    | RectificationRejected
    | RectificationDefaulted
    | FunctionsRestricted
    | AccountBanned
    | SanctionStarted
    | SanctionChanged
    | SanctionExpired
    | SanctionLifted
    | SanctionOverturned
    | SanctionSuperseded
    | AppealFiled
    | AppealWithdrawn
    | AppealDecided
    | AppealClosed
    | SanctionProposed
    | ProposalApproved
    | ProposalDismissed
    | ProposalLapsed
    | ProposalClosed
    | NoticeServed
    | AccountExempted
    | ExemptionEnded
    | LegalHoldPlaced
    | LegalHoldReleased
    | PersonalDataErased
    | NoteAdded
)

EVENT_TYPES: Final[Mapping[str, type[Event]]] = {kind.__name__: kind for kind in get_args(_ALL)}
"""Every event type by the name under which the contract knows it."""
