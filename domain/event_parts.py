"""What events are made of beside their own fields. A storage format, like the events."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from .period import Period
from .policies.penalties import Penalty
from .vocabulary import Actor

__all__ = ["AppealTerms", "Bounds", "Grounds", "Narrative", "PolicyRef"]


class Narrative(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Free text and evidence: personal data, never part of the state."""

    reason: str | None = None
    facts: str | None = None
    evidence: tuple[str, ...] = ()
    requirements: str | None = None
    statement: str | None = None
    text: str | None = None


class PolicyRef(Struct, frozen=True, omit_defaults=True):
    """The policy by which something was decided: its name, version and the digest of its whole body."""

    id: str
    version: str
    digest: str

    @property
    def name(self) -> str:
        """`id@version`."""
        return f"{self.id}@{self.version}"


class AppealTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The right of appeal as it was when the sanction was decided: how long (None: no limit), how often.

    `reinstatement_after`: besides, the holder may ask again each time this long has passed since the decision or the last
    appeal, as long as the sanction has not ended.
    """

    window: str | None = None
    limit: int = 1
    reinstatement_after: str | None = None


class Bounds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How far a moderator may choose another length alone; beyond these a second person is needed. Both ends belong to it."""

    at_least: Period | UnsetType = UNSET
    at_most: Period | UnsetType = UNSET


class Grounds(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """How a policy came to a decision on a reported violation.

    `step`: the ladder's step (`ladder/step`), None where none applied. `level`: what was reached, the new violation included;
    `weight`: what the new one weighs; `counted`: the earlier violations counted. `severity` and `account_class`: as which it
    was treated. `withheld`: why nothing followed. `deviates`: a person chose something else than `said`. `appeal`: the right
    of appeal that the step gives. `bounds`: within which one person may choose another length, then or later. `reporter`: who
    reported.
    """

    reporter: Actor
    step: str | None = None
    level: str = "0"
    weight: str = "1"
    counted: tuple[str, ...] = ()
    severity: str | None = None
    account_class: str | None = None
    withheld: str | None = None
    deviates: bool = False
    said: tuple[Penalty, ...] = ()
    appeal: AppealTerms | None = None
    bounds: Bounds | None = None
