"""The n-th occurrence: plagiarism, sharing by mini programs, external contacts, digital collectibles, flooding."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from account_sanctions.application.policies import find_policy
from account_sanctions.domain.errors import PolicyNotInForce

from tests.unit.presets.walking import lift, overturn, report, under, walk
from tests.unit.scenario import HOLDER

_PLAGIARISM = "wechat-plagiarism-2015"
_SHARING = "wechat-mini-program-sharing"
_CONTACT = "wecom-external-contact"
_COLLECTIBLES = "whaletalk-digital-collectibles"
_FLOODING = "weibo-flooding"
_TO_RECTIFY = "order 3d, else restrict customer_service share P1D"


def test_plagiarism_climbs_five_steps_and_never_decays() -> None:
    account = under(_PLAGIARISM)
    steps = [("+0d", "warn for ever"), ("+1000d", "ban 7d"), ("+2000d", "ban 15d"), ("+3000d", "ban 30d")]
    walk(account, "plagiarism", *steps)
    fifth = report(account, "+9000d", "plagiarism").brings("ban for ever")
    lift(account, "+9001d", fifth)
    report(account, "+9002d", "plagiarism").brings("ban for ever")


def test_plagiarism_overturned_leaves_its_step_to_the_next() -> None:
    account = under(_PLAGIARISM)
    first = report(account, "+0d", "plagiarism").brings("warn for ever")
    second = report(account, "+1d", "plagiarism").brings("ban 7d")
    overturn(account, "+2d", second)
    report(account, "+3d", "plagiarism").brings("ban 7d")
    overturn(account, "+4d", first)
    report(account, "+5d", "plagiarism").brings("ban 7d")


def test_misused_mark_is_lost_for_good_and_climbs_no_ladder() -> None:
    account = under(_PLAGIARISM)
    report(account, "+0d", "original-mark-misuse").brings("restrict original_mark for ever")
    report(account, "+1d", "plagiarism").brings("warn for ever")
    report(account, "+2d", "original-mark-misuse").brings("restrict original_mark for ever")


def test_sharing_climbs_three_steps() -> None:
    account = under(_SHARING)
    walk(account, "share-abuse", ("+0d", _TO_RECTIFY), ("+10d", "restrict share for ever"))
    third = report(account, "+20d", "share-abuse").brings("ban for ever")
    report(account, "+21d", "share-abuse").brings_nothing("terminal")
    lift(account, "+22d", third)
    report(account, "+23d", "share-abuse").brings("ban for ever")


def test_sharing_not_rectified_in_three_days_costs_two_functions_for_one_day() -> None:
    account = under(_SHARING)
    report(account, "+0d", "share-abuse")
    assert account.at("+3d-1us").restrictions == {}
    assert account.at("+3d").restrictions == {"share": "+4d", "customer_service": "+4d"}
    assert account.at("+4d-1us").standing == "restricted"
    assert account.at("+4d").standing == "clear"


def test_malicious_sharing_bans_at_once_and_is_an_occurrence() -> None:
    account = under(_SHARING)
    ban = report(account, "+0d", "share-abuse-malicious").brings("ban for ever")
    lift(account, "+1d", ban)
    report(account, "+2d", "share-abuse").brings("restrict share for ever")
    overturn(account, "+3d", ban)
    report(account, "+4d", "share-abuse").brings("restrict share for ever")


def test_external_contact_climbs_to_the_loss_for_good_which_repeats() -> None:
    account = under(_CONTACT)
    short, lost = "restrict external_contact 3d", "restrict external_contact for ever"
    walk(account, "external-contact-abuse", ("+0d", short), ("+1d", short), ("+2d", lost), ("+3d", lost))
    assert account.at("+4d").standing == "restricted"


def test_external_contact_has_no_appeal_the_second_time() -> None:
    account = under(_CONTACT)
    found = [report(account, f"+{day}d", "external-contact-abuse") for day in range(3)]
    account.when("appeal", at="+3d", by=HOLDER, sanction=found[0].sanction).then("AppealFiled")
    account.when("appeal", at="+3d", by=HOLDER, sanction=found[1].sanction).refused("not_appealable")
    account.when("appeal", at="+3d", by=HOLDER, sanction=found[2].sanction).then("AppealFiled")


def test_collectibles_count_both_clauses_on_one_ladder() -> None:
    account = under(_COLLECTIBLES)
    report(account, "+0d", "otc-trading").brings("restrict transfer 30d")
    report(account, "+500d", "speculation-tools").brings("restrict buy transfer 180d")
    third = report(account, "+1000d", "otc-trading").brings("ban for ever")
    overturn(account, "+1001d", third)
    again = report(account, "+1002d", "speculation-tools").brings("ban for ever")
    lift(account, "+1003d", again)
    report(account, "+1004d", "otc-trading").brings("ban for ever")


def test_collectibles_have_no_rule_before_june_2022() -> None:
    book = find_policy(_COLLECTIBLES)
    june = datetime(2022, 6, 1, tzinfo=UTC)
    assert book.at(june).name == "whaletalk-digital-collectibles@2022-06"
    with pytest.raises(PolicyNotInForce):
        book.at(june - timedelta(microseconds=1))


def test_flooding_by_unverified_accounts_has_three_steps() -> None:
    account = under(_FLOODING)
    walk(account, "flooding", ("+0d", "ban 7d"), ("+100d", "ban 30d"), account_class="unverified")
    third = report(account, "+200d", "flooding", account_class="unverified").brings("ban for ever")
    lift(account, "+201d", third)
    report(account, "+202d", "flooding", account_class="unverified").brings("ban for ever")


def test_flooding_by_verified_accounts_has_four_steps() -> None:
    account = under(_FLOODING)
    steps = [("+0d", "warn for ever"), ("+100d", "ban 7d"), ("+200d", "ban 30d"), ("+300d", "ban for ever")]
    walk(account, "flooding", *steps, account_class="verified")


def test_flooding_without_a_class_is_that_of_an_unverified_account() -> None:
    found = report(under(_FLOODING), "+0d", "flooding").brings("ban 7d")
    assert found.grounds.account_class == "unverified"


def test_flooding_by_a_class_that_is_none_is_refused() -> None:
    account = under(_FLOODING)
    account.when("report_violation", at="+0d", clause="flooding", account_class="gold").refused("unknown_account_class")


@pytest.mark.parametrize(("third", "followed"), [("verified", "ban 30d"), ("unverified", "ban for ever")])
def test_flooding_uses_the_ladder_of_the_class_on_the_day(third: str, followed: str) -> None:
    account = under(_FLOODING)
    report(account, "+0d", "flooding", account_class="unverified").brings("ban 7d")
    report(account, "+10d", "flooding", account_class="verified").brings("ban 7d")
    found = report(account, "+20d", "flooding", account_class=third).brings(followed)
    assert found.grounds.account_class == third


def test_flooding_overturned_does_not_count_and_lifted_does() -> None:
    account = under(_FLOODING)
    overturn(account, "+1d", report(account, "+0d", "flooding"))
    again = report(account, "+2d", "flooding").brings("ban 7d")
    lift(account, "+3d", again)
    report(account, "+4d", "flooding").brings("ban 30d")
