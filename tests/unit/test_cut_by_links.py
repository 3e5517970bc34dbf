"""What is in force, where the sanction of another account ends it: found by changing the code and watching the tests."""

from __future__ import annotations

from datetime import datetime

import pytest
from account_sanctions.domain.due import LinkEnd
from account_sanctions.domain.queries import restrictions, verdict

from tests.unit.scenario import Account, t


def ends(cut: str, **terms: object) -> datetime | None:
    one = Account().given("restrict", at="+0d", sanction="s", functions=["publish"], **terms)
    link = LinkEnd(sanction="s", at=t(cut))
    (found,) = restrictions(one.state, t("+1d"), (link,))
    assert verdict(one.state, "publish", t("+1d"), (link,)).until == found.until
    return found.until


@pytest.mark.parametrize(
    ("cut", "terms", "end"),
    [
        ("+4d", {"until": "+9d"}, "+4d"),
        ("+9d", {"until": "+4d"}, "+4d"),
        ("+4d", {"permanent": True}, "+4d"),
        ("+1d", {"until": "+9d"}, "+9d"),
        ("+1d+1us", {"until": "+9d"}, "+1d+1us"),
    ],
)
def test_sooner_of_both_ends_is_said(cut: str, terms: dict[str, object], end: str) -> None:
    assert ends(cut, **terms) == t(end)
