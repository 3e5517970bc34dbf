"""The level is a count of strikes: Facebook before and after its reform, Xbox, Twitter, osu!."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.presets.walking import lift, overturn, report, under, walk

_RULE = "community-standards"
_OLD, _NEW = "facebook-2022", "facebook-2023"
_WARNED = "warn for ever"
both_versions = pytest.mark.parametrize("preset", [_OLD, _NEW])


def _create(days: int) -> str:
    return f"restrict create_content {days}d"


_GROUPS = "restrict groups_post 3d"
# What follows the strikes, the last one twice.
_FACEBOOK = {
    _OLD: [_WARNED, _create(1), _create(3), _create(7), _create(30), _create(30)],
    _NEW: [_WARNED, *5 * [_GROUPS], _create(1), _create(3), _create(7), _create(30), _create(30)],
}


@both_versions
def test_facebook_climbs_to_thirty_days_and_repeats_them(preset: str) -> None:
    walk(under(preset), _RULE, *((f"+{day}d", followed) for day, followed in enumerate(_FACEBOOK[preset])))


@both_versions
@pytest.mark.parametrize(("at", "step"), [("+365d-1us", 1), ("+365d", 0)])
def test_facebook_strike_lives_one_year(preset: str, at: str, step: int) -> None:
    walk(under(preset), _RULE, ("+0d", _WARNED), (at, _FACEBOOK[preset][step]))


@both_versions
@pytest.mark.parametrize(("at", "step"), [("+365d-1us", 3), ("+365d", 2), ("+375d", 1), ("+385d", 0)])
def test_facebook_strikes_expire_one_by_one(preset: str, at: str, step: int) -> None:
    account = under(preset)
    for day in (0, 10, 20):
        report(account, f"+{day}d", _RULE)
    walk(account, _RULE, (at, _FACEBOOK[preset][step]))


@both_versions
@pytest.mark.parametrize(("content_at", "counts"), [("-90d", True), ("-90d-1us", False), ("-1000d", False)])
def test_facebook_content_older_than_ninety_days_gives_no_strike(preset: str, content_at: str, counts: bool) -> None:
    account = under(preset)
    found = report(account, "+0d", _RULE, content_at=content_at)
    if counts:
        found.brings(_WARNED)
    else:
        found.brings_nothing("content_age")
    assert found.weight == str(int(counts))
    report(account, "+1d", _RULE).brings(_FACEBOOK[preset][int(counts)])


@both_versions
def test_facebook_batch_is_one_strike(preset: str) -> None:
    account = under(preset)
    report(account, "+0d", _RULE, batch="b-1").brings(_WARNED)
    for at in ("+0d", "+3d"):
        further = report(account, at, _RULE, batch="b-1")
        further.brings_nothing("batch")
        assert further.weight == "0"
    assert account.at("+3d").strikes == (1, 1)
    report(account, "+3d", _RULE, batch="b-2").brings(_FACEBOOK[preset][1])
    report(account, "+4d", _RULE).brings(_FACEBOOK[preset][2])


@both_versions
def test_facebook_batch_of_which_only_old_content_came_before_has_not_counted(preset: str) -> None:
    account = under(preset)
    report(account, "+0d", _RULE, batch="b-1", content_at="-91d").brings_nothing("content_age")
    report(account, "+0d", _RULE, batch="b-1").brings(_WARNED)
    report(account, "+0d", _RULE, batch="b-1").brings_nothing("batch")


@both_versions
def test_facebook_batch_counts_anew_when_its_strike_was_overturned(preset: str) -> None:
    account = under(preset)
    first = report(account, "+0d", _RULE, batch="b-1").brings(_WARNED)
    report(account, "+0d", _RULE, batch="b-1").brings_nothing("batch")
    overturn(account, "+1d", first)
    report(account, "+2d", _RULE, batch="b-1").brings(_WARNED)


@both_versions
def test_facebook_overturned_strike_does_not_count_and_a_lifted_one_does(preset: str) -> None:
    account = under(preset)
    overturn(account, "+1d", report(account, "+0d", _RULE))
    again = report(account, "+2d", _RULE).brings(_WARNED)
    lift(account, "+3d", again)
    report(account, "+4d", _RULE).brings(_FACEBOOK[preset][1])


def _social(days: int) -> str:
    return f"restrict chat messages multiplayer parties {days}d"


def test_xbox_minor_offences_climb_eight_levels_and_repeat_the_last() -> None:
    days = [1, 1, 3, 7, 14, 21, 60, 365, 365, 365]
    walk(under("xbox-2023"), "minor", *((f"+{day}d", _social(length)) for day, length in enumerate(days)))


@pytest.mark.parametrize(("offence", "level", "days"), [("minor", "1", 1), ("moderate", "2", 1), ("severe", "3", 3)])
def test_xbox_first_offence_goes_straight_to_its_level(offence: str, level: str, days: int) -> None:
    found = report(under("xbox-2023"), "+0d", offence).brings(_social(days))
    assert (found.weight, found.level) == (level, level)


def test_xbox_offences_of_every_weight_add_up() -> None:
    account = under("xbox-2023")
    found = [report(account, "+0d", offence) for offence in ("minor", "moderate", "severe", "severe")]
    assert [one.level for one in found] == ["1", "3", "6", "9"]
    assert [one.followed for one in found] == [[_social(days)] for days in (1, 3, 21, 365)]


@pytest.mark.parametrize(("at", "days"), [("+181d-1us", 14), ("+181d", 1)])
def test_xbox_strikes_live_six_months(at: str, days: int) -> None:
    """From 1 January to 1 July."""
    account = under("xbox-2023")
    report(account, "+0d", "severe")
    report(account, at, "moderate").brings(_social(days))


def test_xbox_overturned_offence_takes_all_its_strikes_back() -> None:
    account = under("xbox-2023")
    severe = report(account, "+0d", "severe")
    report(account, "+1d", "minor").brings(_social(7))
    overturn(account, "+2d", severe)
    report(account, "+3d", "minor").brings(_social(1))


_POST = {"12h": "restrict post 12h", "7d": "restrict post 7d"}


def test_twitter_climbs_five_steps_and_never_forgets() -> None:
    account = under("twitter-covid-2021")
    report(account, "+0d", "covid-misinformation").brings_nothing("below_first_step")
    steps = [("+1000d", _POST["12h"]), ("+2000d", _POST["12h"]), ("+3000d", _POST["7d"])]
    walk(account, "covid-misinformation", *steps)
    ban = report(account, "+9000d", "covid-misinformation").brings("ban for ever")
    lift(account, "+9001d", ban)
    report(account, "+9002d", "covid-misinformation").brings("ban for ever")


def test_twitter_overturned_strike_does_not_count() -> None:
    account = under("twitter-covid-2021")
    walk(account, "covid-misinformation", ("+0d", "-"))
    overturn(account, "+2d", report(account, "+1d", "covid-misinformation"))
    found = report(account, "+3d", "covid-misinformation").brings(_POST["12h"])
    assert found.level == "2"


def test_osu_doubles_from_five_minutes_to_twenty_eight_days() -> None:
    account = under("osu-silence")
    for number in range(16):
        found = report(account, f"+{number * 30}d", "chat-abuse")
        length = min(timedelta(minutes=5 * 2**number), timedelta(days=28))
        sanction = account.state.sanction(found.sanction)
        assert sanction is not None
        assert sanction.until is not None
        assert sanction.until - sanction.from_ == length
        assert set(sanction.functions) == {"chat"}


def test_osu_silence_ends_on_the_microsecond() -> None:
    account = under("osu-silence")
    report(account, "+0d", "chat-abuse").brings("restrict chat 5m")
    assert not account.may("chat", "+5m-1us")
    assert account.may("chat", "+5m")


def test_osu_overturned_silence_does_not_double_and_a_lifted_one_does() -> None:
    account = under("osu-silence")
    overturn(account, "+1m", report(account, "+0m", "chat-abuse"))
    again = report(account, "+2m", "chat-abuse").brings("restrict chat 5m")
    lift(account, "+3m", again)
    report(account, "+4m", "chat-abuse").brings("restrict chat 10m")
