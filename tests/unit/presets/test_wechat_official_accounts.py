"""WeChat's article on virtual currency: severity decides, repetition is treated as the next severity, two versions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from account_sanctions.application.policies import find_policy
from account_sanctions.domain.errors import PolicyNotInForce

from tests.unit.presets.walking import lift, overturn, report, under
from tests.unit.scenario import HOLDER, Account

_CRYPTO = "illegal-business.virtual-currency"
_COLLECTIBLES = "illegal-business.digital-collectibles-secondary-trading"
_TAKEN = "be_followed be_found_in_search mass_send monetize"

_MINOR = ["warn 90d"]
_MODERATE = [f"order 7d, else restrict {_TAKEN} P30D"]
_SERIOUS = [f"restrict {_TAKEN} 30d", "order 7d, else ban for ever"]
_CRITICAL = ["ban for ever"]

both_versions = pytest.mark.parametrize("version", ["2022-03", "2022-06"])


def _account(version: str = "2022-06") -> Account:
    return under(f"wechat-official-accounts@{version}")


@both_versions
@pytest.mark.parametrize(
    ("severity", "followed"),
    [("minor", _MINOR), ("moderate", _MODERATE), ("serious", _SERIOUS), ("critical", _CRITICAL)],
)
def test_first_violation_brings_the_step_of_its_severity(version: str, severity: str, followed: list[str]) -> None:
    found = report(_account(version), "+0d", _CRYPTO, severity=severity).brings(*followed)
    assert found.grounds.step == f"article/{severity}"


def test_minor_violations_never_add_up() -> None:
    account = _account()
    for day in range(5):
        report(account, f"+{day}d", _CRYPTO, severity="minor").brings(*_MINOR)
    assert account.at("+94d-1us").standing == "warned"
    assert account.at("+94d").standing == "clear"


def test_moderate_order_missed_takes_four_functions_for_thirty_days() -> None:
    account = _account()
    report(account, "+0d", _CRYPTO, severity="moderate")
    assert account.at("+7d-1us").standing == "rectifying"
    assert account.at("+7d-1us").restrictions == {}
    assert account.at("+7d").restrictions == dict.fromkeys(_TAKEN.split(), "+37d")
    assert account.at("+37d-1us").standing == "restricted"
    assert account.at("+37d").standing == "clear"


def test_moderate_order_followed_takes_nothing() -> None:
    account = _account()
    found = report(account, "+0d", _CRYPTO, severity="moderate")
    account.given("submit_rectification", at="+2d", by=HOLDER, sanction=found.sanction)
    account.given("accept_rectification", at="+7d-1us", sanction=found.sanction)
    assert account.at("+7d").standing == "clear"


def test_serious_order_missed_bans_for_ever_while_the_restriction_runs() -> None:
    account = _account()
    report(account, "+0d", _CRYPTO, severity="serious")
    assert account.at("+7d-1us").restrictions == dict.fromkeys(_TAKEN.split(), "+30d")
    assert account.at("+7d").standing == "banned"
    assert account.at("+7d").restrictions["*"] is None


@pytest.mark.parametrize(("second", "followed"), [("+365d-1us", _SERIOUS), ("+365d", _MODERATE)])
def test_second_moderate_within_a_year_is_treated_as_serious(second: str, followed: list[str]) -> None:
    account = _account()
    report(account, "+0d", _CRYPTO, severity="moderate")
    found = report(account, second, _CRYPTO, severity="moderate").brings(*followed)
    assert found.event.severity == "moderate"


@pytest.mark.parametrize(("second", "followed"), [("+365d-1us", _CRITICAL), ("+365d", _SERIOUS)])
def test_second_serious_within_a_year_is_treated_as_critical(second: str, followed: list[str]) -> None:
    account = _account()
    first = report(account, "+0d", _CRYPTO, severity="serious")
    account.given("accept_rectification", at="+1d", sanction=f"{first.violation}/s2")
    report(account, second, _CRYPTO, severity="serious").brings(*followed)


def test_moderate_after_a_moderate_treated_as_serious_is_critical() -> None:
    account = _account()
    report(account, "+0d", _CRYPTO, severity="moderate").brings(*_MODERATE)
    second = report(account, "+1d", _CRYPTO, severity="moderate").brings(*_SERIOUS)
    assert second.grounds.severity == "serious"
    report(account, "+2d", _CRYPTO, severity="moderate").brings(*_CRITICAL)


def test_moderate_after_a_serious_stays_moderate() -> None:
    account = _account()
    report(account, "+0d", _CRYPTO, severity="serious")
    report(account, "+1d", _CRYPTO, severity="moderate").brings(*_MODERATE)


def test_serious_after_a_single_moderate_stays_serious() -> None:
    account = _account()
    report(account, "+0d", _CRYPTO, severity="moderate")
    report(account, "+1d", _CRYPTO, severity="serious").brings(*_SERIOUS)


def test_overturned_moderate_does_not_make_the_next_one_serious() -> None:
    account = _account()
    overturn(account, "+1d", report(account, "+0d", _CRYPTO, severity="moderate"))
    report(account, "+2d", _CRYPTO, severity="moderate").brings(*_MODERATE)


def test_lifted_moderate_makes_the_next_one_serious() -> None:
    account = _account()
    lift(account, "+1d", report(account, "+0d", _CRYPTO, severity="moderate"))
    report(account, "+2d", _CRYPTO, severity="moderate").brings(*_SERIOUS)


def test_after_the_permanent_ban_a_violation_is_only_recorded() -> None:
    account = _account()
    ban = report(account, "+0d", _CRYPTO, severity="critical")
    report(account, "+1d", _CRYPTO, severity="critical").brings_nothing("terminal")
    lift(account, "+2d", ban)
    report(account, "+3d", _CRYPTO, severity="critical").brings(*_CRITICAL)


def test_violation_without_a_severity_of_the_policy_is_refused() -> None:
    _account().when("report_violation", at="+0d", clause=_CRYPTO).refused("unknown_severity")
    _account().when("report_violation", at="+0d", clause=_CRYPTO, severity="grave").refused("unknown_severity")


def test_secondary_trading_is_no_clause_before_the_amendment() -> None:
    account = _account("2022-03")
    account.when("report_violation", at="+0d", clause=_COLLECTIBLES, severity="minor").refused("unknown_clause")
    account.when("record_violation", at="+0d", clause=_COLLECTIBLES).refused("unknown_clause")


@pytest.mark.parametrize(("severity", "second"), [("moderate", _SERIOUS), ("serious", _CRITICAL)])
def test_secondary_trading_is_dealt_with_by_the_same_article(severity: str, second: list[str]) -> None:
    account = _account()
    report(account, "+0d", _COLLECTIBLES, severity=severity)
    report(account, "+1d", _CRYPTO, severity=severity).brings(*second)


def test_violation_before_the_amendment_counts_after_it() -> None:
    account = _account("2022-03")
    report(account, "+0d", _CRYPTO, severity="moderate").brings(*_MODERATE)
    account.policy = _account("2022-06").policy
    report(account, "+1d", _COLLECTIBLES, severity="moderate").brings(*_SERIOUS)


def test_version_in_force_is_that_of_the_day() -> None:
    book = find_policy("wechat-official-accounts")
    march, june = datetime(2022, 3, 1, tzinfo=UTC), datetime(2022, 6, 1, tzinfo=UTC)
    instants = [march, june - timedelta(microseconds=1), june, datetime(2026, 1, 1, tzinfo=UTC)]
    assert [book.at(instant).version for instant in instants] == ["2022-03", "2022-03", "2022-06", "2022-06"]
    assert book.newest.replaces == "2022-03"
    with pytest.raises(PolicyNotInForce):
        book.at(march - timedelta(microseconds=1))
