"""Breaches: what every act has in common, and the two acts that put a violation on record.

An act is the part of a command that differs from command to command; the others are in `acts`.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from .instants import Instant
from .policies.penalties import Penalty
from .terms import RENAMED, check_time
from .vocabulary import Code, Id, NewId, Text

__all__ = ["BaseAct", "Reason", "RecordViolation", "ReportViolation"]


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")


class BaseAct(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename=RENAMED,
    tag_field="command",
    tag=_snake,
):
    """What every act is: frozen, strict, tagged by its name."""


class Reason(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One of several clauses that a report names."""

    clause: Code
    category: Code | UnsetType = UNSET
    severity: Code | UnsetType = UNSET


class _Violation(BaseAct, frozen=True, kw_only=True):
    violation: NewId | UnsetType = UNSET
    clause: Code
    category: Code | UnsetType = UNSET
    severity: Code | UnsetType = UNSET
    facts: Text | UnsetType = UNSET
    evidence: tuple[Text, ...] = ()
    content_at: Instant | UnsetType = UNSET
    batch: Id | UnsetType = UNSET
    detected: Code | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.detected is not UNSET and self.detected not in ("automated", "notice", "own_initiative"):
            raise ValueError("`detected`: it is automated, notice or own_initiative")
        if len(self.evidence) > 100:
            raise ValueError("`evidence`: a violation has at most 100 pieces")
        if self.content_at is not UNSET:
            check_time("content_at", self.content_at)


class RecordViolation(_Violation, frozen=True, kw_only=True):
    """Put a breach on record, without any sanction."""


class ReportViolation(_Violation, frozen=True, kw_only=True):
    """Put a breach on record; then the policy decides, and imposes or proposes what it says.

    `account_class`: as what the account counts today, where the policy has classes. `reasons`: further clauses of the same
    breach; the gravest decides. `choose`: what a person imposes instead of what the policy says, with a `reason`.
    """

    account_class: Code | UnsetType = UNSET
    reasons: tuple[Reason, ...] = ()
    choose: tuple[Penalty, ...] | UnsetType = UNSET
    reason: Text | UnsetType = UNSET

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.choose is UNSET) != (self.reason is UNSET):
            raise ValueError("`reason`: who chooses otherwise than the policy says gives a reason, and only then")
        if self.choose is not UNSET and len(self.choose) > 20:
            raise ValueError("`choose`: at most 20 sanctions")
        if len(self.reasons) > 100:
            raise ValueError("`reasons`: a report names at most 100")
