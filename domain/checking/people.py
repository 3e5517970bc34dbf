"""Who takes part in a checked history: one of each kind, and two where the law asks for another person."""

from __future__ import annotations

from typing import Final

from ..policies.policy import Policy
from ..vocabulary import Actor

__all__ = ["AUDITOR", "FIRST", "HOLDER", "OTHER", "PROPOSER", "REVIEWERS", "RULES", "SECOND", "who_notes"]

RULES: Final = Actor("system", "rules")
PROPOSER: Final = Actor("moderator", "m1")
SECOND: Final = Actor("moderator", "m2")
FIRST: Final = Actor("reviewer", "r1")
"""Imposes, and so may decide no appeal against it."""
OTHER: Final = Actor("reviewer", "r2")
"""Overturns and decides appeals."""
HOLDER: Final = Actor("holder", "h")
AUDITOR: Final = Actor("auditor", "a")

REVIEWERS: Final = frozenset((FIRST.id, OTHER.id))


def who_notes(policy: Policy) -> Actor | None:
    """Somebody who may put a remark on file, whatever rights the policy withholds; None where nobody may."""
    withheld = policy.withheld_rights
    return next((one for one in (RULES, PROPOSER, FIRST) if "note" not in withheld.get(one.kind, ())), None)
