"""What a new violation weighs: its clause, its severity, the age of its content, its batch, the account's good standing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct

from ..acts import RecordViolation, ReportViolation
from ..instants import as_utc
from ..period import Period
from ..vocabulary import Kind
from .clauses import Clause, Counting
from .numbers import Exact, exact
from .tally import Cited, Record

if TYPE_CHECKING:
    from .policy import Policy

__all__ = ["Weight", "weigh"]


class Weight(Struct, frozen=True, kw_only=True, gc=False):
    """What a violation weighs, until when and how it counts; as the event records it."""

    exact: Exact
    counts_until: datetime | None = None
    decay: Literal["step", "linear"] = "step"
    frozen_while: tuple[Kind, ...] = ()
    discounted: Literal["content_age", "batch"] | None = None
    good_standing: bool = False


def weigh(
    policy: Policy, record: Record, violation: RecordViolation | ReportViolation, cited: Cited, at: datetime
) -> Weight:
    """What the violation weighs when it is recorded at `at`."""
    clause = policy.clause(cited.clause, at)
    counting = policy.counting if clause.counting is UNSET else clause.counting
    lifetime = counting.lifetime
    discounted = _discounted(record, counting, violation, at)
    base, good = (0, False) if discounted else _dampened(policy, record, clause, _base(record, clause, cited))
    return Weight(
        exact=base,
        counts_until=None if lifetime is None else _after(lifetime, at),
        decay=counting.decay,
        frozen_while=() if lifetime is None else counting.frozen_while,
        discounted=discounted,
        good_standing=good,
    )


def _after(lifetime: Period, at: datetime) -> datetime | None:
    try:
        return lifetime.after(at)
    except OverflowError:
        return None


def _discounted(
    record: Record, counting: Counting, violation: RecordViolation | ReportViolation, at: datetime
) -> Literal["content_age", "batch"] | None:
    limit = counting.max_content_age
    if limit is not UNSET and violation.content_at is not UNSET:
        try:
            if limit.after(as_utc(violation.content_at)) < at:
                return "content_age"
        except OverflowError:
            pass
    if counting.batch_once and violation.batch is not UNSET:
        batch = violation.batch
        if any(one.batch == batch for one in record.eligible):
            return "batch"
    return None


def _base(record: Record, clause: Clause, cited: Cited) -> Exact:
    if clause.first_weight is not UNSET and not any(one.clause == cited.clause for one in record.eligible):
        return exact(clause.first_weight)
    return clause.base_weight(cited.severity)


def _dampened(policy: Policy, record: Record, clause: Clause, base: Exact) -> tuple[Exact, bool]:
    rule = policy.good_standing
    if rule is UNSET:
        return base, False
    if record.score() >= exact(rule.below):
        return base, False
    earlier = sum(one.good_standing for one in record.eligible)
    if clause.severe or earlier >= len(rule.curve):
        return base, True
    return min(base, exact(rule.curve[earlier])), True
