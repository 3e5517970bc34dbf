"""Where what is in force and what the policy says now differ: a function that has left the catalogue, a clock that is named."""

from __future__ import annotations

from typing import Any

from account_sanctions.domain.commands import read_command
from account_sanctions.domain.deciding import handle
from account_sanctions.domain.vocabulary import Actor

from tests.unit.scenario import MODERATOR, Account, actor, command, t
from tests.unit.test_report_discretion import bounded, choose
from tests.unit.test_report_violation import policy, restrict


def _order(days: int, **fields: Any) -> dict[str, Any]:
    return {"order": {"within": f"P{days}D", "on_default": [], **fields}}


def test_function_that_was_taken_may_keep_its_place_after_it_has_left_the_catalogue() -> None:
    account = Account(policy()).given(
        "restrict", at="+0d", sanction="r", basis={"clause": "spam"}, functions=["publish", "comments"], until="+9d"
    )
    later = policy(version="2", functions=["comments"])
    kept = [{"function": "publish", "until": "+5d"}]
    asked = command("change_sanction", account="gh_1", by=actor(MODERATOR), at="+1d", sanction="r", functions=kept)
    after = handle(read_command(asked), account.state, later).state
    assert after.live["r"].functions == {"publish": t("+5d")}


def test_naming_the_clock_that_the_policy_has_is_no_deviation_from_it() -> None:
    """The order alone is made longer, within the bounds: nobody else has to confirm that."""
    named = _order(5, clock="acceptance_by_deadline")
    account = bounded(_order(4))
    choose(account, named).then("ViolationRecorded", "RectificationOrdered")
    assert account.state.live["v/s1"].by == Actor("moderator", "m-1")
    other = _order(5, clock="submission_stops_clock")
    choose(bounded(_order(4)), other).then("ViolationRecorded", "SanctionProposed")


def test_who_is_excepted_from_an_exemption_chooses_as_elsewhere() -> None:
    account = Account(policy({"impose": [restrict(7)]})).given("exempt", at="+0d", unless=["moderator"])
    choose(account, {"ban": {"for": "P1D"}}, at="+1d").then("ViolationRecorded", "AccountBanned")
