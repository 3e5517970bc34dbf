"""Weights at the edges: of content whose age no calendar holds, and of more time than a length of time can be."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from account_sanctions.domain.acts import ReportViolation
from account_sanctions.domain.archive import Archive
from account_sanctions.domain.policies.weighing import Counted
from account_sanctions.domain.state import NOTHING, Violation
from msgspec.structs import replace

from tests.unit.scenario import Account, t
from tests.unit.test_report_counting import evaluated
from tests.unit.test_report_violation import policy

_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("counted", "value"),
    [
        (Counted("v"), 1),
        (Counted("v", "3/2"), Fraction(3, 2)),
        (Counted("v", "3", _DAY, 3 * _DAY), 1),
        (Counted("v", "1", _DAY, 3 * _DAY), Fraction(1, 3)),
    ],
)
def test_violation_that_fades_counts_what_is_left_of_its_time(counted: Counted, value: Fraction) -> None:
    assert counted.value == value


@pytest.mark.parametrize(("limit", "discounted"), [("P1D", "content_age"), ("P9999Y", None)])
def test_content_is_too_old_for_no_limit_beyond_the_calendar(limit: str, discounted: str | None) -> None:
    account = Account(policy(counting={"max_content_age": limit}))
    assert evaluated(account, "+9d", content_at="+0d").weight.discounted == discounted


def test_time_left_is_added_up_though_it_is_longer_than_a_length_of_time() -> None:
    """Half of the time of each is left: together more than any `timedelta` holds."""
    half, number = timedelta(days=700_000), 1430
    with pytest.raises(OverflowError):
        half * number
    one = Violation(
        id="v",
        number=1,
        clause="spam",
        at=t("+0d") - half,
        weight="1",
        category=None,
        severity=None,
        content_at=None,
        batch=None,
        counts_until=t("+0d") + half,
        decay="linear",
    )
    state = replace(NOTHING, violations=Archive({f"v{each}": replace(one, id=f"v{each}") for each in range(number)}))
    found = policy(ladder={"count": "weight"}).evaluate(state, ReportViolation(violation="w", clause="spam"), t("+0d"))
    assert (found.before, found.level) == (number // 2, number // 2 + 1)
