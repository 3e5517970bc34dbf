"""What is put forward for later, and what one person may choose otherwise where a policy gives bounds for it."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.state import NOTHING
from msgspec.structs import replace

from tests.unit.test_report_violation import policy

from .wishes import tried

_BOUNDED: Final[dict[str, Any]] = {"impose": [{"warn": {"for": "P1D"}}], "bounds": {"at_most": "P9D"}}
_LONGER: Final = "r1 report_violation violation=v1 clause=spam choose=[(restrict=[publish] for=long)]"


def _rules(step: dict[str, Any]) -> Any:
    return policy(step, proposal_ttl="P3D", clauses={"spam": {"ladder": "main"}})


@pytest.mark.parametrize(("at", "later"), [("+0d", "+6d"), ("+3d", "+9d")])
def test_permanent_ban_is_put_forward_for_later_than_its_proposal_lapses(at: str, later: str) -> None:
    wanted = f"m1 propose proposal=p1 sanction=(ban sanction=s1 permanent=yes from={later})"
    assert tried(NOTHING, at=at).count(wanted) == 1


def test_longer_one_is_chosen_where_the_policy_gives_bounds() -> None:
    found = tried(NOTHING, rules=_rules(_BOUNDED))
    assert (
        found[found.index(_LONGER) - 1] == "r1 report_violation violation=v1 clause=spam choose=[(ban=(permanent=yes))]"
    )


def test_nothing_else_is_chosen_without_bounds_or_without_functions() -> None:
    assert _LONGER not in tried(NOTHING)
    without = replace(_rules(_BOUNDED), functions=())
    assert not [one for one in tried(NOTHING, rules=without) if "restrict" in one]
