"""What rests on an event by name: it could not have been recorded without it, and goes with it."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.explaining.without import resting_on

from tests.unit.explaining import member, policy, report
from tests.unit.scenario import OTHER_MODERATOR, Account

_SPAM: Final = {"clause": "spam"}
_ABOUT: Final = {"Appeal": "appeal", "Proposal": "proposal", "SanctionProposed": "proposal", "Violation": "violation"}


def _restricted(account: Account, *names: str) -> Account:
    for name in names:
        account.given("restrict", at="+0d", sanction=name, functions=["post"], for_="P30D", basis=_SPAM)
    return account


def _proposed(account: Account, proposal: str, sanction: str, **fields: Any) -> Account:
    warning = {"command": "warn", "sanction": sanction, "for": "P9D", "basis": {**_SPAM, **fields}}
    return account.given("propose", at="+1d", proposal=proposal, sanction=warning)


def _change(account: Account, proposal: str, sanction: str) -> Account:
    change = {"command": "change_sanction", "sanction": sanction, "until": "+90d", "reason": "again"}
    return account.given("propose", at="+1d", proposal=proposal, sanction=change)


def _goes(account: Account, removed: str) -> list[str]:
    """What goes with an event, each by its type and what it is about; the event itself goes, and is not among them."""
    named = {record.version: _named(record.event) for record in account.history}
    (version,) = [number for number, name in named.items() if name == removed]
    gone = resting_on(account.history, version)
    assert version in gone
    return [named[one] for one in sorted(gone - {version})]


def _named(event: object) -> str:
    kind = type(event).__name__
    about = next((field for start, field in _ABOUT.items() if kind.startswith(start)), "sanction")
    return f"{kind} {getattr(event, about, '')}".rstrip()


def test_everything_that_is_about_a_sanction_goes_with_it_and_nothing_about_another() -> None:
    account = _restricted(member(), "r", "s").given("serve_notice", at="+1d", sanction="r")
    account.given("change_sanction", at="+1d", sanction="r", until="+60d")
    for appeal, sanction in (("a", "r"), ("b", "s")):
        account.given("appeal", at="+2d", appeal=appeal, sanction=sanction)
        account.given("decide_appeal", at="+2d", appeal=appeal, outcome="denied")
    account.given("note", at="+4d", text="seen").given("lift", at="+5d", sanction="r").given(
        "lift", at="+5d", sanction="s"
    )

    assert _goes(account, "FunctionsRestricted r") == [
        "NoticeServed r",
        "SanctionChanged r",
        "AppealFiled a",
        "AppealDecided a",
        "SanctionLifted r",
    ]


@pytest.mark.parametrize("event", ["SanctionLifted r", "NoticeServed r", "SanctionChanged r", "NoteAdded"])
def test_nothing_goes_with_what_nothing_names(event: str) -> None:
    account = _restricted(member(), "r").given("serve_notice", at="+1d", sanction="r")
    account.given("change_sanction", at="+1d", sanction="r", until="+60d").given("note", at="+2d", text="seen")

    assert _goes(account.given("lift", at="+3d", sanction="r"), event) == []


def test_end_of_what_was_replaced_goes_with_what_replaces_it() -> None:
    account = _restricted(member(), "r", "s")
    account.given("warn", at="+1d", sanction="w", for_="P9D", basis=_SPAM, supersedes=["r"])

    assert _goes(account, "WarningIssued w") == ["SanctionSuperseded r"]
    # What replaces it was decided by itself.
    assert _goes(account, "FunctionsRestricted r") == ["SanctionSuperseded r"]
    assert _goes(account, "FunctionsRestricted s") == []


@pytest.mark.parametrize(
    ("command", "outcome"),
    [("withdraw_appeal", "AppealWithdrawn a"), ("overturn", "AppealClosed a"), ("decide_appeal", "AppealDecided a")],
)
def test_what_became_of_an_appeal_goes_with_it(command: str, outcome: str) -> None:
    account = _restricted(member(), "r", "s")
    account.given("appeal", at="+1d", appeal="a", sanction="r").given("appeal", at="+1d", appeal="b", sanction="s")
    account.given("withdraw_appeal", at="+1d", appeal="b")
    fields = {
        "withdraw_appeal": {"appeal": "a"},
        "overturn": {"sanction": "r"},
        "decide_appeal": {"appeal": "a", "outcome": "denied"},
    }
    account.given(command, at="+2d", **fields[command])

    assert _goes(account, "AppealFiled a") == [outcome]


@pytest.mark.parametrize(
    ("outcome", "fields", "followed"),
    [("granted", {}, "SanctionOverturned"), ("granted_in_part", {"until": "+9d"}, "SanctionChanged")],
)
def test_change_goes_with_the_appeal_that_brought_it_and_not_with_another(
    outcome: str, fields: dict[str, Any], followed: str
) -> None:
    account = _restricted(member(), "r", "s")
    for appeal, sanction in (("a", "r"), ("b", "s")):
        account.given("appeal", at="+1d", appeal=appeal, sanction=sanction)
        account.given("decide_appeal", at="+1d", appeal=appeal, outcome=outcome, **fields)

    assert _goes(account, "AppealFiled a") == ["AppealDecided a", f"{followed} r"]
    assert _goes(account, "AppealDecided b") == [f"{followed} s"]


def test_sanction_and_approval_go_with_the_proposal_and_the_sanction_with_the_approval() -> None:
    account = _proposed(_proposed(member(), "p", "w"), "q", "x")
    for proposal in ("p", "q"):
        account.given("approve", at="+2d", proposal=proposal, by=OTHER_MODERATOR)
    account.given("lift", at="+3d", sanction="w")

    assert _goes(account, "SanctionProposed p") == ["ProposalApproved p", "WarningIssued w", "SanctionLifted w"]
    assert _goes(account, "ProposalApproved p") == ["WarningIssued w", "SanctionLifted w"]
    assert _goes(account, "WarningIssued w") == ["SanctionLifted w"]


def test_end_of_a_proposal_goes_with_it() -> None:
    account = _proposed(_proposed(_proposed(member(), "p", "w"), "q", "x"), "closed", "y")
    account.given("dismiss", at="+2d", proposal="p", by=OTHER_MODERATOR)
    account.given("dismiss", at="+2d", proposal="q", by=OTHER_MODERATOR)
    ban = {"command": "ban", "sanction": "b", "permanent": True, "basis": _SPAM}
    account.given("propose", at="+2d", proposal="ban", sanction=ban)
    account.given("approve", at="+3d", proposal="ban", by=OTHER_MODERATOR)

    assert _goes(account, "SanctionProposed p") == ["ProposalDismissed p"]
    assert _goes(account, "SanctionProposed closed") == ["ProposalClosed closed"]


def test_lapse_of_a_proposal_goes_with_it() -> None:
    account = _proposed(_proposed(member(), "p", "w"), "q", "x")
    assert account.sweep("+90d") == ("ProposalLapsed", "ProposalLapsed")

    assert _goes(account, "SanctionProposed q") == ["ProposalLapsed q"]


def test_proposed_change_goes_with_the_sanction_that_it_would_change() -> None:
    account = _change(_change(_restricted(member(), "r", "s"), "p", "r"), "q", "s")
    account.given("approve", at="+2d", proposal="p", by=OTHER_MODERATOR)

    assert _goes(account, "FunctionsRestricted r") == ["SanctionProposed p", "ProposalApproved p", "SanctionChanged r"]
    assert _goes(account, "SanctionProposed p") == ["ProposalApproved p", "SanctionChanged r"]
    assert _goes(account, "ProposalApproved p") == ["SanctionChanged r"]
    assert _goes(account, "FunctionsRestricted s") == ["SanctionProposed q"]


def test_what_rests_on_a_violation_goes_with_it_and_a_proposal_that_rests_on_another_stays() -> None:
    account = member()
    for name in ("v", "other"):
        account.given("record_violation", at="+0d", violation=name, clause="gossip")
    account.given("warn", at="+0d", sanction="w", for_="P9D", basis={**_SPAM, "violations": ["v"]})
    _proposed(_proposed(account, "p", "x", violations=["v"]), "q", "y", violations=["other"])
    _proposed(account, "none", "z")

    assert _goes(account, "ViolationRecorded v") == ["WarningIssued w", "SanctionProposed p"]
    assert _goes(account, "ViolationRecorded other") == ["SanctionProposed q"]


def test_sanction_or_proposal_that_a_report_brought_goes_with_the_report() -> None:
    account = report(report(report(member(), "v-1", "+0d"), "v-2", "+1d"), "v-3", "+2d")

    assert _goes(account, "ViolationRecorded v-3") == ["SanctionProposed v-3/p1"]
    assert _goes(account, "ViolationRecorded v-1") == ["WarningIssued v-1/s1"]


def _order_of_a_report(*ends: str) -> Account:
    """A report brings two orders; then both deadlines have passed, and what was announced has followed."""
    order = {"order": {"within": "P2D", "on_default": [{"restrict": ["post"], "for": "P30D"}]}}
    rules = policy(clauses={"spam": {"ladder": "spam"}}, ladders={"spam": {"steps": [{"impose": [order]}]}})
    account = report(member(rules), "v", "+0d")
    follows = [{"restrict": ["comment"], "for": "P30D"}]
    account.given("order_rectification", at="+0d", sanction="o", basis=_SPAM, deadline="+2d", on_default=follows)
    for name in ends:
        account.given("submit_rectification", at="+1d", sanction=name)
    account.sweep("+3d")
    return account


def test_what_followed_an_order_goes_with_it_and_with_the_report() -> None:
    account = _order_of_a_report()
    followed = ["RectificationDefaulted v/s1", "FunctionsRestricted v/s1/1"]

    assert _goes(account, "RectificationOrdered v/s1") == followed
    assert _goes(account, "ViolationRecorded v") == ["RectificationOrdered v/s1", *followed]


def test_end_of_what_had_followed_goes_with_the_late_acceptance() -> None:
    """The order came out of a report: its own name has a part of its own."""
    account = _order_of_a_report("v/s1", "o")
    account.given("accept_rectification", at="+5d", sanction="v/s1", reason="good after all")
    account.given("accept_rectification", at="+5d", sanction="o", reason="good after all")

    assert _goes(account, "RectificationAccepted v/s1") == ["SanctionLifted v/s1/1"]
    assert _goes(account, "RectificationAccepted o") == ["SanctionLifted o/1"]


def test_end_of_what_had_followed_goes_with_the_overturned_order() -> None:
    account = (
        _order_of_a_report().given("overturn", at="+5d", sanction="v/s1").given("overturn", at="+5d", sanction="o")
    )

    assert _goes(account, "SanctionOverturned v/s1") == ["SanctionOverturned v/s1/1"]
    assert _goes(account, "SanctionOverturned v/s1/1") == []
