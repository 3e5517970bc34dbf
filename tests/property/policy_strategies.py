"""The kit's policies, under the name by which the properties know them."""

from __future__ import annotations

from account_sanctions.testing.drawn_policies import (
    CLASSES,
    CLAUSES,
    DAY,
    HARSHER,
    KINDS,
    PERIODS,
    SEVERITIES,
    happenings,
    policies,
    policy_of,
    reports,
)

__all__ = [
    "CLASSES",
    "CLAUSES",
    "DAY",
    "HARSHER",
    "KINDS",
    "PERIODS",
    "SEVERITIES",
    "happenings",
    "policies",
    "policy_of",
    "reports",
]
