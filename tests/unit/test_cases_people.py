"""Behaviour cases from the field, part two: proposals, appeals, exemptions, orders. The number is that of the case."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.events import AppealTerms, RectificationExtended
from account_sanctions.domain.presets import DEFAULT
from msgspec.structs import replace

from tests.unit.scenario import (
    HOLDER,
    MODERATOR,
    OTHER_MODERATOR,
    REVIEWER,
    SYSTEM,
    Account,
    t,
)
from tests.unit.test_cases_sanctions import permanently_banned

_BAN = {"command": "ban", "sanction": "ban", "basis": {"clause": "1.1"}, "for": "P30D"}


def _order(clock: str = "acceptance_by_deadline", **fields: Any) -> Account:
    consequence = {"restrict": ["mass_send"], "for": "P30D"}
    return Account().given(
        "order_rectification",
        at="+0d",
        **{"sanction": "o", "deadline": "+3d", "on_default": [consequence], "clock": clock, **fields},
    )


def test_pending_ban_has_no_effect() -> None:
    """Row 42: an automatic ban awaiting confirmation."""
    account = Account().given("propose", at="+0d", by=SYSTEM, proposal="p", sanction=_BAN)
    assert account.at("+1d").standing == "clear"
    assert account.at("+1d").restrictions == {}
    assert account.at("+1d").statuses == {}
    assert account.at("+1d").proposal("p") == "open"


def test_pending_ban_confirmed_starts_then_and_names_both() -> None:
    """Row 42: starts at confirmation time, attributed to proposer and confirmer; a second resolution is refused."""
    account = Account().given("propose", at="+0d", by=SYSTEM, proposal="p", sanction=_BAN)
    account.when("approve", at="+2d", by=MODERATOR, proposal="p").then("ProposalApproved", "AccountBanned")
    view = account.at("+2d")
    ban = view.sanction("ban")
    assert ban.from_ == t("+2d")
    assert view.ends("ban") == "+32d"
    assert (ban.by.id, ban.approved_by and ban.approved_by.id) == ("engine", "m-1")
    account.when("approve", at="+3d", by=OTHER_MODERATOR, proposal="p").refused("already_decided")
    account.when("dismiss", at="+3d", by=OTHER_MODERATOR, proposal="p").refused("already_decided")


def test_pending_ban_dismissed_has_no_effect() -> None:
    """Row 42."""
    account = Account().given("propose", at="+0d", by=SYSTEM, proposal="p", sanction=_BAN)
    account.when("dismiss", at="+2d", proposal="p").then("ProposalDismissed")
    assert account.at("+2d").standing == "clear"
    assert account.at("+2d").proposal("p") == "dismissed"
    account.when("approve", at="+3d", proposal="p").refused("already_decided")


def test_banned_account_takes_notes_and_no_warning() -> None:
    """Row 44: permanently banned: no new warning; a note is allowed."""
    account = permanently_banned()
    account.when("warn", at="+1d", until="+9d").refused("terminal")
    account.when("note", at="+1d", text="asked for the reasons by post").then("NoteAdded")
    account.when("record_violation", at="+1d", clause="3.1").then("ViolationRecorded")


def test_second_appeal_against_one_decision_is_refused() -> None:
    """Row 46: the policy allows one for each decision."""
    account = Account().given("warn", at="+0d", sanction="w", until="+90d").given("appeal", at="+1d", sanction="w")
    account.when("appeal", at="+2d", sanction="w").refused("appeal_limit")


def test_second_appeal_under_a_policy_of_several_is_filed() -> None:
    """Row 46: with a policy that allows several, the later one is taken in."""
    policy = replace(DEFAULT, appeal=AppealTerms(window="P6M", limit=2))
    account = Account(policy).given("warn", at="+0d", sanction="w", until="+90d")
    account.given("appeal", at="+1d", appeal="a-1", sanction="w").given("appeal", at="+2d", appeal="a-2", sanction="w")
    assert account.state.appeals["a-2"].at == t("+2d")
    account.when("appeal", at="+3d", sanction="w").refused("appeal_limit")


@pytest.mark.parametrize("statement", ["", "x" * 10_001])
def test_appeal_text_empty_or_too_long_is_malformed(statement: str) -> None:
    """Row 48."""
    account = Account().given("warn", at="+0d", sanction="w", until="+90d")
    account.when("appeal", at="+1d", sanction="w", statement=statement).refused("malformed", field="statement")


@pytest.mark.parametrize("statement", ["x", "x" * 10_000])
def test_appeal_text_at_the_limits_is_filed(statement: str) -> None:
    """Row 48, the other side of the boundary."""
    account = Account().given("warn", at="+0d", sanction="w", until="+90d")
    account.when("appeal", at="+1d", sanction="w", statement=statement).then("AppealFiled")


def test_appealed_sanction_stays_in_force_until_resolved() -> None:
    """Row 50: "appealed" is a thing of its own: unrelated reports and sanctions do not clear it, only resolution does."""
    account = Account().given("restrict", at="+0d", sanction="s", functions=["publish"], until="+90d")
    account.given("appeal", at="+1d", appeal="a", sanction="s")
    account.given("record_violation", at="+2d", clause="3.1").given("ban", at="+3d", until="+5d")
    assert account.at("+6d").statuses["s"] == "in_force"
    assert account.at("+6d").restrictions == {"publish": "+90d"}
    assert account.at("+6d").appeal("a") == "open"
    account.given("decide_appeal", at="+7d", appeal="a", outcome="denied")
    assert account.at("+7d").appeal("a") == "denied"
    assert account.at("+7d").statuses["s"] == "in_force"


def test_sanctioning_person_deciding_the_appeal_is_refused() -> None:
    """Row 52: M sanctioned; M, though now a reviewer, does not decide the appeal."""
    account = Account().given("warn", at="+0d", by="moderator:m", sanction="w", until="+90d")
    account.given("appeal", at="+1d", appeal="a", sanction="w")
    account.when("decide_appeal", at="+2d", by="reviewer:m", appeal="a", outcome="denied").refused("same_person")
    account.when("decide_appeal", at="+2d", by=REVIEWER, appeal="a", outcome="denied").then("AppealDecided")


def test_exempt_account_refuses_unlisted_kinds() -> None:
    """Rows 54 and 64: a sanction on an exempt account by an actor whose kind is not listed."""
    account = Account().given("exempt", at="+0d", unless=["reviewer"])
    account.when("ban", at="+1d", by=MODERATOR, until="+9d").refused("exempt")
    account.when("warn", at="+1d", by=SYSTEM, until="+9d").refused("exempt")
    account.when("ban", at="+1d", by=REVIEWER, until="+9d").then("AccountBanned")


def test_sanction_scheduled_before_an_exemption_does_not_start_and_says_so() -> None:
    """Row 54."""
    account = Account().given("ban", at="+0d", sanction="b", from_="+2d", until="+9d").given("exempt", at="+1d")
    assert account.at("+2d").standing == "clear"
    assert account.sweep("+3d") == ("SanctionLifted",)
    assert getattr(account.events[-1], "because", None) == "exempt"
    assert account.at("+3d").statuses == {"b": "lifted"}
    assert account.at("+3d").ended("b") == "+2d"


def test_proof_accepted_late_ends_the_consequence() -> None:
    """Row 70, `acceptance_by_deadline`: consequence from +3d, lifted at +5d."""
    account = _order().given("submit_rectification", at="+2d", sanction="o")
    account.given("accept_rectification", at="+5d", sanction="o")
    assert account.may("mass_send", "+3d-1us")
    assert not account.may("mass_send", "+3d")
    assert not account.may("mass_send", "+5d-1us")
    assert account.may("mass_send", "+5d")
    assert account.at("+5d").statuses == {"o": "defaulted", "o/1": "lifted"}
    assert account.at("+5d").rectification("o")[0] == "accepted"


def test_proof_under_review_stops_the_clock() -> None:
    """Row 70, `submission_stops_clock`: no consequence, order satisfied at +5d."""
    account = _order("submission_stops_clock").given("submit_rectification", at="+2d", sanction="o")
    account.given("accept_rectification", at="+5d", sanction="o")
    assert account.may("mass_send", "+4d")
    assert account.at("+5d").statuses == {"o": "satisfied"}
    assert account.at("+5d").ended("o") == "+5d"
    assert account.log == ["RectificationOrdered", "RectificationSubmitted", "RectificationAccepted"]


def test_order_extended_in_time_has_no_consequence_before_the_new_deadline() -> None:
    """Row 71b, first half: old and new deadline in history."""
    account = _order()
    result = account.when("extend_rectification", at="+2d", sanction="o", deadline="+5d").then("RectificationExtended")
    event = result.events[0]
    assert isinstance(event, RectificationExtended)
    assert (event.previous, event.deadline) == (t("+3d"), t("+5d"))
    assert account.may("mass_send", "+5d-1us")
    assert not account.may("mass_send", "+5d")


def test_order_extended_after_its_deadline_is_refused() -> None:
    """Row 71b, second half: the deadline has passed."""
    _order().when("extend_rectification", at="+4d", sanction="o", deadline="+5d").refused("deadline_passed")


@pytest.mark.parametrize("deadline", ["+0d-1us", "+0d"])
def test_order_with_deadline_before_its_own_time_is_refused(deadline: str) -> None:
    """Row 72."""
    Account().when("order_rectification", at="+0d", deadline=deadline).refused("invalid_period", field="deadline")


def test_adversarial_offence_leads_straight_to_a_permanent_ban() -> None:
    """Row 74: no earlier step is needed; the reason is recorded."""
    basis = {"clause": "1.1", "category": "adversarial", "severity": "emergency", "facts": "emergency"}
    ban = {"command": "ban", "sanction": "b", "basis": basis, "permanent": True}
    account = Account().given("propose", at="+0d", by=MODERATOR, proposal="p", sanction=ban)
    account.when("approve", at="+0d", by=OTHER_MODERATOR, proposal="p").then("ProposalApproved", "AccountBanned")
    assert account.at("+0d").standing == "banned"
    assert account.at("+0d").sanction("b").basis.severity == "emergency"
    assert [event.narrative.facts for event in account.events if event.narrative] == ["emergency"]


def test_adversarial_offence_by_one_person_where_the_policy_allows() -> None:
    """Row 74, under a policy without a second person."""
    account = Account(replace(DEFAULT, second_person=()))
    account.when("ban", at="+0d", permanent=True).then("AccountBanned")
    account.when("submit_rectification", at="+1d", by=HOLDER, sanction="nothing").refused("unknown_sanction")
