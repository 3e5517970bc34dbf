"""Strikes that expire: YouTube in two versions, Twitch."""

from __future__ import annotations

import pytest

from tests.unit.presets.walking import lift, overturn, report, under, walk
from tests.unit.scenario import HOLDER

_NEW, _OLD, _TWITCH = "youtube-2023", "youtube-2018", "twitch-2025"
_WARNED = "warn for ever"
_ONE_WEEK, _TWO_WEEKS = (f"restrict live playlist post thumbnail upload {days}d" for days in (7, 14))
_RULE = "community-guidelines"


def test_youtube_warns_first_and_bans_at_the_third_strike() -> None:
    account = under(_NEW)
    walk(account, _RULE, ("+0d", _WARNED), ("+1d", _ONE_WEEK), ("+2d", _TWO_WEEKS))
    ban = report(account, "+3d", _RULE).brings("ban for ever")
    report(account, "+4d", _RULE).brings_nothing("terminal")
    lift(account, "+5d", ban)
    report(account, "+6d", _RULE).brings("ban for ever")


def test_youtube_warning_is_no_strike() -> None:
    account = under(_NEW)
    assert report(account, "+0d", _RULE).weight == "0"
    assert account.at("+0d").strikes == (0, 0)
    assert report(account, "+1d", _RULE).weight == "1"
    assert account.at("+1d").strikes == (1, 1)


@pytest.mark.parametrize(("at", "followed"), [("+91d-1us", _TWO_WEEKS), ("+91d", _ONE_WEEK)])
def test_youtube_strike_lives_ninety_days(at: str, followed: str) -> None:
    account = under(_NEW)
    walk(account, _RULE, ("+0d", _WARNED), ("+1d", _ONE_WEEK), (at, followed))


@pytest.mark.parametrize(("at", "followed"), [("+91d-1us", "ban for ever"), ("+91d", _TWO_WEEKS)])
def test_youtube_later_strike_does_not_restart_an_earlier_one(at: str, followed: str) -> None:
    account = under(_NEW)
    walk(account, _RULE, ("+0d", _WARNED), ("+1d", _ONE_WEEK), ("+80d", _TWO_WEEKS), (at, followed))


def test_youtube_warns_once_however_long_ago_it_was() -> None:
    account = under(_NEW)
    walk(account, _RULE, ("+0d", _WARNED), ("+2000d", _ONE_WEEK), ("+4000d", _ONE_WEEK))


def test_youtube_warns_again_when_the_warning_was_overturned() -> None:
    account = under(_NEW)
    overturn(account, "+1d", report(account, "+0d", _RULE))
    warned = report(account, "+2d", _RULE).brings(_WARNED)
    lift(account, "+3d", warned)
    report(account, "+4d", _RULE).brings(_ONE_WEEK)


def test_youtube_overturned_strike_does_not_count_and_a_lifted_one_does() -> None:
    account = under(_NEW)
    walk(account, _RULE, ("+0d", _WARNED))
    overturn(account, "+2d", report(account, "+1d", _RULE))
    again = report(account, "+3d", _RULE).brings(_ONE_WEEK)
    lift(account, "+4d", again)
    report(account, "+5d", _RULE).brings(_TWO_WEEKS)


def test_youtube_severe_abuse_bans_at_once_and_is_a_first_violation() -> None:
    account = under(_NEW)
    ban = report(account, "+0d", "severe-abuse").brings("ban for ever")
    lift(account, "+1d", ban)
    report(account, "+2d", _RULE).brings(_TWO_WEEKS)
    overturn(account, "+3d", ban)
    report(account, "+4d", _RULE).brings(_TWO_WEEKS)


def test_youtube_severe_abuse_overturned_was_never_there() -> None:
    account = under(_NEW)
    overturn(account, "+1d", report(account, "+0d", "severe-abuse"))
    report(account, "+2d", _RULE).brings(_WARNED)


def test_old_youtube_counts_the_warning_as_a_strike() -> None:
    account = under(_OLD)
    walk(account, _RULE, ("+0d", _WARNED), ("+1d", "restrict live upload 14d"))
    ban = report(account, "+2d", _RULE).brings("ban for ever")
    lift(account, "+3d", ban)
    report(account, "+4d", _RULE).brings("ban for ever")


@pytest.mark.parametrize(("at", "followed"), [("+181d-1us", "restrict live upload 14d"), ("+181d", _WARNED)])
def test_old_youtube_strike_lives_six_months(at: str, followed: str) -> None:
    """From 1 January to 1 July."""
    walk(under(_OLD), _RULE, ("+0d", _WARNED), (at, followed))


def test_old_youtube_overturned_strike_does_not_count() -> None:
    account = under(_OLD)
    walk(account, _RULE, ("+0d", _WARNED))
    overturn(account, "+2d", report(account, "+1d", _RULE))
    report(account, "+3d", _RULE).brings("restrict live upload 14d")


def _taken(length: str) -> str:
    return f"restrict chat stream {length}"


def test_twitch_low_climbs_three_steps_and_repeats_the_last() -> None:
    steps = [("+0d", "1d"), ("+1d", "3d"), ("+2d", "7d"), ("+3d", "7d")]
    walk(under(_TWITCH), "low", *((at, _taken(length)) for at, length in steps))


def test_twitch_high_climbs_to_a_loss_without_end_and_repeats_it() -> None:
    steps = [("+0d", "7d"), ("+1d", "30d"), ("+2d", "for ever"), ("+3d", "for ever")]
    walk(under(_TWITCH), "high", *((at, _taken(length)) for at, length in steps))


@pytest.mark.parametrize(("at", "length"), [("+90d-1us", "3d"), ("+90d", "1d")])
def test_twitch_low_is_forgotten_after_ninety_days(at: str, length: str) -> None:
    walk(under(_TWITCH), "low", ("+0d", _taken("1d")), (at, _taken(length)))


@pytest.mark.parametrize(("at", "length"), [("+365d-1us", "30d"), ("+365d", "7d")])
def test_twitch_high_is_forgotten_after_one_year(at: str, length: str) -> None:
    walk(under(_TWITCH), "high", ("+0d", _taken("7d")), (at, _taken(length)))


def test_twitch_counts_each_severity_by_itself() -> None:
    account = under(_TWITCH)
    walk(account, "low", ("+0d", _taken("1d")))
    walk(account, "high", ("+1d", _taken("7d")))
    walk(account, "low", ("+2d", _taken("3d")))
    walk(account, "high", ("+3d", _taken("30d")))


def test_twitch_overturned_suspension_does_not_count_and_a_lifted_one_does() -> None:
    account = under(_TWITCH)
    overturn(account, "+1d", report(account, "+0d", "high"))
    again = report(account, "+2d", "high").brings(_taken("7d"))
    lift(account, "+3d", again)
    report(account, "+4d", "high").brings(_taken("30d"))


def test_twitch_reinstatement_may_be_asked_for_when_the_window_has_closed() -> None:
    """Six months from 1 January: to 1 July."""
    account = under(_TWITCH)
    sanction = [report(account, "+0d", "high") for _ in range(3)][-1].sanction
    account.when("appeal", at="+181d", by=HOLDER, sanction=sanction).then("AppealFiled")


def test_twitch_reinstatement_may_be_asked_for_six_months_after_a_denied_appeal() -> None:
    """Six months from 11 January: to 11 July."""
    account = under(_TWITCH)
    sanction = [report(account, "+0d", "high") for _ in range(3)][-1].sanction
    account.given("appeal", at="+10d", by=HOLDER, sanction=sanction, appeal="a-1")
    account.given("decide_appeal", at="+20d", appeal="a-1", outcome="denied")
    account.when("appeal", at="+191d-1us", by=HOLDER, sanction=sanction).refused("appeal_window_closed")
    account.when("appeal", at="+191d", by=HOLDER, sanction=sanction).then("AppealFiled")


def test_twitch_suspension_with_an_end_has_no_reinstatement() -> None:
    account = under(_TWITCH)
    first = report(account, "+0d", "high")
    account.given("appeal", at="+1d", by=HOLDER, sanction=first.sanction, appeal="a-1")
    account.given("decide_appeal", at="+2d", appeal="a-1", outcome="denied")
    account.when("appeal", at="+3d", by=HOLDER, sanction=first.sanction).refused("appeal_limit")
