"""A table of offences by occurrences, and the law that wants a warning first."""

from __future__ import annotations

import pytest

from tests.unit.presets.walking import Report, lift, overturn, report, under, walk
from tests.unit.scenario import HOLDER, Account

_DSA = "dsa-article-23"
_ILLEGAL, _NOTICES = "manifestly-illegal", "manifestly-unfounded-notices"
_WARNED, _BANNED = "warn for ever", "ban 30d"

# All on 1 January 2026: one month is 31 days, three are 90, six are 181, a year is 365.
_TABLE = {
    "vandalism": [_WARNED, "ban 1d", "ban 3d", "ban 7d"],
    "swearing": ["ban 3d", "ban 7d", "ban 21d", "ban 31d"],
    "racism": ["ban 42d", "ban 90d", "ban 181d", "ban 365d"],
    "impersonation": [_WARNED, "ban 3d", "ban 7d", "ban 31d"],
}


@pytest.mark.parametrize("offence", _TABLE)
def test_wiki_row_is_walked_and_its_last_column_repeats(offence: str) -> None:
    columns = _TABLE[offence]
    walk(under("wiki-matrix"), offence, *(("+0d", followed) for followed in (*columns, columns[-1])))


def test_wiki_month_is_one_of_the_calendar() -> None:
    account = under("wiki-matrix")
    steps = [("+30d", "ban 3d"), ("+30d", "ban 7d"), ("+30d", "ban 21d"), ("+30d", "ban 28d")]
    walk(account, "swearing", *steps)


def test_wiki_rows_are_counted_by_themselves() -> None:
    account = under("wiki-matrix")
    for _ in range(2):
        for offence in _TABLE:
            report(account, "+0d", offence)
    for offence, columns in _TABLE.items():
        report(account, "+0d", offence).brings(columns[2])


def test_wiki_offences_are_never_forgotten() -> None:
    walk(under("wiki-matrix"), "vandalism", ("+0d", _WARNED), ("+9000d", "ban 1d"))


def test_wiki_overturned_block_does_not_count_and_a_lifted_one_does() -> None:
    account = under("wiki-matrix")
    overturn(account, "+1d", report(account, "+0d", "racism"))
    again = report(account, "+2d", "racism").brings("ban 42d")
    lift(account, "+3d", again)
    assert report(account, "+4d", "racism").level == "2"


def _warned(clause: str = _ILLEGAL) -> tuple[Account, Report]:
    account = under(_DSA)
    return account, report(account, "+0d", clause).brings(_WARNED)


def test_law_warns_before_it_suspends() -> None:
    account, _ = _warned()
    walk(account, _ILLEGAL, ("+1d", "-"), ("+2d", "-"), ("+3d", _BANNED), ("+40d", _BANNED))


def test_law_suspends_nobody_without_a_warning_however_many_violations_there_were() -> None:
    account = under(_DSA)
    for _ in range(10):
        account.given("record_violation", at="+0d", clause=_ILLEGAL)
    report(account, "+0d", _ILLEGAL).brings(_WARNED)
    walk(account, _ILLEGAL, ("+1d", "-"), ("+1d", "-"), ("+1d", _BANNED))


@pytest.mark.parametrize(("third", "followed"), [("+91d-1us", _BANNED), ("+91d", "-")])
def test_law_counts_the_violations_of_ninety_days(third: str, followed: str) -> None:
    account, _ = _warned()
    walk(account, _ILLEGAL, ("+1d", "-"), ("+2d", "-"), (third, followed))


def test_law_warning_lasts() -> None:
    account, _ = _warned()
    walk(account, _ILLEGAL, ("+2000d", "-"), ("+2001d", "-"), ("+2002d", _BANNED))


def test_law_warning_by_a_person_is_a_prior_warning() -> None:
    account = under(_DSA).given("warn", at="+0d", sanction="w", basis={"clause": _ILLEGAL}, until="+1d")
    walk(account, _ILLEGAL, ("+2d", "-"), ("+3d", "-"), ("+4d", _BANNED))


def test_law_order_to_rectify_is_a_prior_warning() -> None:
    account = under(_DSA).given("order_rectification", at="+0d", basis={"clause": _ILLEGAL}, deadline="+1d")
    walk(account, _ILLEGAL, ("+2d", "-"), ("+3d", "-"), ("+4d", _BANNED))


def test_law_overturned_warning_is_none() -> None:
    account, warning = _warned()
    walk(account, _ILLEGAL, ("+1d", "-"), ("+2d", "-"))
    overturn(account, "+3d", warning)
    walk(account, _ILLEGAL, ("+4d", _WARNED), ("+5d", "-"), ("+6d", "-"), ("+7d", _BANNED))


def test_law_lifted_warning_is_one() -> None:
    account, warning = _warned()
    lift(account, "+1d", warning)
    walk(account, _ILLEGAL, ("+2d", "-"), ("+3d", "-"), ("+4d", _BANNED))


def test_law_keeps_content_and_notices_apart() -> None:
    account, _ = _warned()
    report(account, "+1d", _NOTICES).brings(_WARNED)
    for clause in (_ILLEGAL, _NOTICES, _ILLEGAL, _NOTICES):
        report(account, "+2d", clause).brings_nothing("below_first_step")
    report(account, "+3d", _ILLEGAL).brings(_BANNED)
    report(account, "+3d", _NOTICES).brings(_BANNED)


def test_law_names_the_warning_among_the_priors_of_the_suspension() -> None:
    account, warning = _warned()
    for _ in range(2):
        report(account, "+1d", _ILLEGAL)
    ban = report(account, "+1d", _ILLEGAL).brings(_BANNED)
    sanction = account.state.sanction(ban.sanction)
    assert sanction is not None
    assert warning.sanction in sanction.priors


@pytest.mark.parametrize(("at", "heard"), [("+182d-1us", True), ("+182d", False)])
def test_law_gives_six_months_to_appeal(at: str, heard: bool) -> None:
    """From 2 January to 2 July."""
    account, _ = _warned()
    for _ in range(2):
        report(account, "+1d", _ILLEGAL)
    ban = report(account, "+1d", _ILLEGAL).brings(_BANNED)
    result = account.when("appeal", at=at, by=HOLDER, sanction=ban.sanction)
    if heard:
        result.then("AppealFiled")
    else:
        result.refused("appeal_window_closed")
