"""What can be asked of an account: one frozen, keyword-only type per command of the contract.

An act is the part of a command that differs from command to command; `Command` adds who, for which account and when. The
JSON object of a command holds both side by side. Imperative names; the events have the same stems in the past tense.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType, ValidationError, convert

from .breaches import BaseAct, Reason, RecordViolation, ReportViolation
from .instants import Instant
from .period import Period
from .terms import Basis, Consequence, End, Functions, check_end, check_functions, check_time, end_of
from .vocabulary import ActorKind, AppealOutcome, Clock, Code, DerivedId, Id, NewId, SanctionId, Text
from .vocabulary import Statement as StatementText

__all__ = [
    "AcceptRectification",
    "Act",
    "Appeal",
    "Approve",
    "Ban",
    "ChangeSanction",
    "DecideAppeal",
    "Dismiss",
    "EndExemption",
    "ErasePersonalData",
    "Exempt",
    "ExtendRectification",
    "Hold",
    "Impose",
    "Imposition",
    "Lift",
    "LiftAll",
    "Note",
    "OrderRectification",
    "Overturn",
    "Proposable",
    "Propose",
    "Reason",
    "RecordViolation",
    "RejectRectification",
    "ReleaseHold",
    "ReportViolation",
    "Restrict",
    "ServeNotice",
    "SubmitRectification",
    "Warn",
    "WithdrawAppeal",
]


def _check_references(act: _Imposing) -> None:
    given = act.supersedes
    if isinstance(given, str):
        try:
            convert(given, SanctionId)
        except ValidationError as error:
            raise ValueError(f"`supersedes`: {error}") from None
    if act.because_of_account is UNSET and act.because_of_sanction is not UNSET:
        raise ValueError("`because_of_account`: name the account whose sanction this is")


class _Imposing(BaseAct, frozen=True, kw_only=True):
    """`because_of_account`: it exists because of a sanction of another account, and ends when that one ends."""

    sanction: NewId | UnsetType = UNSET
    basis: Basis
    # `str`, not `Id`: msgspec 0.22 corrupts memory on a union of a constrained text and an array.
    supersedes: str | tuple[SanctionId, ...] = ()
    because_of_account: Id | UnsetType = UNSET
    because_of_sanction: SanctionId | UnsetType = UNSET

    @property
    def superseded(self) -> tuple[str, ...]:
        """The ids of the sanctions that this one replaces."""
        return (self.supersedes,) if isinstance(self.supersedes, str) else self.supersedes


class _Limited(_Imposing, frozen=True, kw_only=True):
    until: Instant | UnsetType = UNSET
    for_: Period | UnsetType = UNSET
    permanent: bool | UnsetType = UNSET
    from_: Instant | UnsetType = UNSET

    @property
    def end(self) -> End | None:
        """The end that the command states; None where each function of a restriction has its own."""
        return end_of(self)

    def _check_start(self) -> None:
        if self.from_ is not UNSET:
            check_time("from", self.from_)
        _check_references(self)


class Warn(_Limited, frozen=True, kw_only=True):
    """Warn the account."""

    def __post_init__(self) -> None:
        check_end(self, needed=True)
        self._check_start()


class Ban(_Limited, frozen=True, kw_only=True):
    """Bar the account from everything, for a time or permanently."""

    def __post_init__(self) -> None:
        check_end(self, needed=True)
        self._check_start()


class Restrict(_Limited, frozen=True, kw_only=True):
    """Take functions from the account, each with an end of its own if wanted."""

    functions: Functions

    def __post_init__(self) -> None:
        check_functions(self, self.functions)
        self._check_start()


class OrderRectification(_Imposing, frozen=True, kw_only=True):
    """Order the account to put something right by a deadline, and announce what follows if it is missed."""

    deadline: Instant | UnsetType = UNSET
    within: Period | UnsetType = UNSET
    requirements: Text | UnsetType = UNSET
    on_default: tuple[Consequence, ...]
    clock: Clock | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.deadline is UNSET) == (self.within is UNSET):
            raise ValueError("`deadline`: exactly one of `deadline` and `within` is needed")
        if len(self.on_default) > 100:
            raise ValueError("`on_default`: an order announces at most 100 consequences")
        if self.deadline is not UNSET:
            check_time("deadline", self.deadline)
        _check_references(self)


class ChangeSanction(BaseAct, frozen=True, kw_only=True):
    """Change the terms of a sanction that has not ended, without a gap."""

    sanction: SanctionId
    functions: Functions | UnsetType = UNSET
    until: Instant | UnsetType = UNSET
    for_: Period | UnsetType = UNSET
    permanent: bool | UnsetType = UNSET
    reason: Text

    def __post_init__(self) -> None:
        check_end(self, needed=self.functions is UNSET)

    @property
    def end(self) -> End | None:
        """The new end, None where only the functions change."""
        return end_of(self)


Imposition = Warn | OrderRectification | Restrict | Ban
Proposable = Imposition | ChangeSanction


class Impose(BaseAct, frozen=True, kw_only=True):
    """Several sanctions as one decision, checked as a whole; `supersede_all` replaces everything in force."""

    sanctions: tuple[Imposition, ...]
    supersede_all: bool = False

    def __post_init__(self) -> None:
        if not self.sanctions or len(self.sanctions) > 100:
            raise ValueError("`sanctions`: one decision imposes 1 to 100")


class ExtendRectification(BaseAct, frozen=True, kw_only=True):
    """Move the deadline of a running order to a later instant."""

    sanction: SanctionId
    deadline: Instant

    def __post_init__(self) -> None:
        check_time("deadline", self.deadline)


class SubmitRectification(BaseAct, frozen=True, kw_only=True):
    """The holder says that the order has been followed."""

    sanction: SanctionId
    evidence: tuple[Text, ...] = ()
    statement: Text | UnsetType = UNSET

    def __post_init__(self) -> None:
        if len(self.evidence) > 100:
            raise ValueError("`evidence`: a submission has at most 100 pieces")


class AcceptRectification(BaseAct, frozen=True, kw_only=True):
    """The order has been followed."""

    sanction: SanctionId
    reason: Text | UnsetType = UNSET


class RejectRectification(BaseAct, frozen=True, kw_only=True):
    """What was submitted does not do; the holder may submit again before the deadline."""

    sanction: SanctionId
    reason: Text | UnsetType = UNSET


class Lift(BaseAct, frozen=True, kw_only=True):
    """The sanction was right, and ends now."""

    sanction: SanctionId
    reason: Text


class LiftAll(BaseAct, frozen=True, kw_only=True):
    """Everything in force ends now; what is announced stays announced."""

    reason: Text


class Overturn(BaseAct, frozen=True, kw_only=True):
    """The sanction was wrong: void from its beginning."""

    sanction: SanctionId
    reason: Text


class Appeal(BaseAct, frozen=True, kw_only=True):
    """The holder objects to a sanction."""

    appeal: NewId | UnsetType = UNSET
    sanction: SanctionId
    statement: StatementText


class WithdrawAppeal(BaseAct, frozen=True, kw_only=True):
    """The holder takes an appeal back."""

    appeal: Id


class DecideAppeal(BaseAct, frozen=True, kw_only=True):
    """Grant, grant in part (milder terms) or deny."""

    appeal: Id
    outcome: AppealOutcome
    reason: Text
    functions: Functions | UnsetType = UNSET
    until: Instant | UnsetType = UNSET
    for_: Period | UnsetType = UNSET
    permanent: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        in_part = self.outcome == "granted_in_part"
        check_end(self, needed=in_part and self.functions is UNSET)
        if not in_part and (self.functions is not UNSET or end_of(self) is not None):
            raise ValueError("`outcome`: new terms belong to an appeal that is granted in part")

    @property
    def end(self) -> End | None:
        """The new end of a partial grant."""
        return end_of(self)


class Propose(BaseAct, frozen=True, kw_only=True):
    """Put a sanction or a change forward; it has no effect until another person approves."""

    proposal: NewId | UnsetType = UNSET
    sanction: Proposable


class Approve(BaseAct, frozen=True, kw_only=True):
    """The second person's yes."""

    proposal: DerivedId
    reason: Text | UnsetType = UNSET


class Dismiss(BaseAct, frozen=True, kw_only=True):
    """The second person's no."""

    proposal: DerivedId
    reason: Text | UnsetType = UNSET


class ServeNotice(BaseAct, frozen=True, kw_only=True):
    """The holder was told of a sanction: the appeal window runs from here."""

    sanction: SanctionId
    channel: Code | UnsetType = UNSET


class Exempt(BaseAct, frozen=True, kw_only=True):
    """Protect the account from new sanctions, except by the kinds of actor listed in `unless`."""

    reason: Text
    unless: tuple[ActorKind, ...] = ()


class EndExemption(BaseAct, frozen=True, kw_only=True):
    """End the protection."""

    reason: Text


class Hold(BaseAct, frozen=True, kw_only=True):
    """Keep everything that is recorded of the account: nothing of it may be erased while a legal hold is in force."""

    hold: NewId | UnsetType = UNSET
    reason: Text


class ReleaseHold(BaseAct, frozen=True, kw_only=True):
    """End a legal hold; another person than the one who placed it."""

    hold: Id
    reason: Text


class ErasePersonalData(BaseAct, frozen=True, kw_only=True):
    """Destroy the free text and the evidence of everything recorded so far; what was decided stays."""

    reason: Text


class Note(BaseAct, frozen=True, kw_only=True):
    """Put a remark on file."""

    text: Text


Act = (
    RecordViolation
    | ReportViolation
    | Warn
    | OrderRectification
    | ExtendRectification
    | SubmitRectification
    | AcceptRectification
    | RejectRectification
    | Restrict
    | Ban
    | Impose
    | ChangeSanction
    | Lift
    | LiftAll
    | Overturn
    | Appeal
    | WithdrawAppeal
    | DecideAppeal
    | Propose
    | Approve
    | Dismiss
    | ServeNotice
    | Exempt
    | EndExemption
    | Hold
    | ReleaseHold
    | ErasePersonalData
    | Note
)
