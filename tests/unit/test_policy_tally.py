"""Which of what is on record counts for a ladder: windows by the calendar, which warning decides, what has fired once."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import pytest
from account_sanctions.domain.acts import ReportViolation
from account_sanctions.domain.instants import LAST_INSTANT
from account_sanctions.domain.policies.evaluation import Evaluation
from account_sanctions.domain.policies.tally import Cited, Record
from account_sanctions.domain.state import NOTHING
from msgspec import UNSET

from tests.unit.scenario import T0, Account, t
from tests.unit.test_report_violation import WARN, policy, reported

Json = dict[str, Any]
_BAN: Final[Json] = {"ban": {"for": "P10D"}}


def _evaluated(account: Account, at: str | datetime, **fields: Any) -> Evaluation:
    """What the policy says of one more violation of `spam`, which is not recorded."""
    violation = ReportViolation(**{"violation": "one more", "clause": "spam", **fields})
    return account.policy.evaluate(account.events, violation, at if isinstance(at, datetime) else t(at))


def _counted(found: Evaluation) -> list[str]:
    return [one.violation for one in found.counted]


def _left(found: Evaluation) -> dict[str, str]:
    return {one.violation: one.because for one in found.left}


# Windows.


@pytest.mark.parametrize(
    ("within", "end"),
    [
        ("P1M10D", "+41d"),
        ("P1MT480H", "+51d"),
        ("P1M100DT480H", "+151d"),
        ("P1Y", "+365d"),
        ("P12M", "+365d"),
        ("P10Y", "+3652d"),
        ("P1M1D", "+32d"),
    ],
)
def test_window_of_months_and_something_ends_to_the_microsecond(within: str, end: str) -> None:
    """From the first of January 2026."""
    account = reported(Account(policy(ladder={"within": within})), "v")
    assert _counted(_evaluated(account, f"{end}-1us")) == ["v"]
    assert _left(_evaluated(account, end)) == {"v": "too_long_ago"}


def test_window_that_reaches_back_before_the_calendar_but_not_beyond_it_holds_everything() -> None:
    account = reported(Account(policy(ladder={"within": "P3000Y"})), "v")
    assert _counted(_evaluated(account, "+9d")) == ["v"]


def test_window_that_reaches_back_before_the_calendar_ends_where_it_ends() -> None:
    """Nearly three thousand years after the violation, at the same hour: one microsecond decides."""
    account = reported(Account(policy(ladder={"within": "P3000Y"})), "v")
    end = T0.replace(year=T0.year + 3000)
    assert _counted(_evaluated(account, end - (t("+1us") - T0))) == ["v"]
    assert _left(_evaluated(account, end)) == {"v": "too_long_ago"}


# What was overturned.


def test_violation_counts_for_nothing_once_every_sanction_that_rested_on_it_was_overturned() -> None:
    account = reported(Account(policy(ladder={"first": {"impose": [WARN]}})), "v")
    assert _counted(_evaluated(account, "+1d")) == ["v"]
    account.given("overturn", at="+1d", sanction="v/s1")
    found = _evaluated(account, "+1d")
    assert (found.step, found.before, _left(found)) == ("main/first", 0, {"v": "overturned"})
    assert Record(account.policy, account.state, t("+1d")).eligible == []
    account.given("record_violation", at="+1d", violation="w", clause="spam")
    assert [one.id for one in Record(account.policy, account.state, t("+1d")).eligible] == ["w"]
    assert Record(account.policy, account.state, t("+1d")).score() == 1


# The warning that has to come first.


def _warned_first(**fields: Any) -> Account:
    return Account(policy({"at": 2, "impose": [_BAN]}, ladder={"prior_warning": {"impose": [WARN]}, **fields}))


def _warned(account: Account, at: str, sanction: str, **fields: Any) -> Account:
    return account.given("warn", at=at, sanction=sanction, **{"basis": {"clause": "spam"}, "permanent": True, **fields})


def test_warning_lifted_at_the_instant_of_its_start_was_never_in_force() -> None:
    account = _warned(_warned_first(), "+0d", "w").given("lift", at="+0d", sanction="w")
    assert _evaluated(account, "+1d").step == "main/warning"
    account = _warned(_warned_first(), "+0d", "w").given("lift", at="+1us", sanction="w")
    assert _evaluated(account, "+1d").priors == ("w",)


def test_of_several_warnings_the_one_that_began_first_decides_whenever_it_was_given() -> None:
    account = _warned(_warned(_warned_first(), "+0d", "announced", from_="+5d"), "+1d", "at once")
    account.given("record_violation", at="+2d", violation="v", clause="spam")
    found = _evaluated(account, "+9d")
    assert (found.priors, _counted(found), found.step) == (("at once",), ["v"], "main/2")


def test_of_warnings_that_begin_together_the_one_that_was_given_first_decides() -> None:
    """Also where it is the other one that has ended."""
    account = _warned(_warned_first(), "+0d", "first")
    account.given("record_violation", at="+0d", violation="v", clause="spam")
    account = _warned(account, "+0d", "second").given("lift", at="+1d", sanction="second")
    found = _evaluated(account, "+9d")
    assert (found.priors, _counted(found)) == (("first",), ["v"])


def test_without_a_warning_nothing_counts_even_at_the_last_instant_of_the_calendar() -> None:
    account = _warned_first()
    account.given("record_violation", at="9999-12-31T23:59:59.999999Z", violation="v", clause="spam")
    found = _evaluated(account, LAST_INSTANT)
    assert (found.step, found.before, _left(found)) == ("main/warning", 0, {"v": "before_warning"})


def test_warning_belongs_to_the_category_on_which_it_was_based_and_not_to_that_of_its_clause() -> None:
    def step(**basis: str) -> str | None:
        clauses = {"spam": {"ladder": "main", "category": "noise"}}
        ladder = {"scope": "category", "prior_warning": {"impose": [WARN]}}
        account = Account(policy({"at": 2, "impose": [_BAN]}, clauses=clauses, ladder=ladder))
        return _evaluated(_warned(account, "+0d", "w", basis={"clause": "spam", **basis}), "+1d").step

    assert step(category="harm") == "main/warning"
    assert step(category="noise") is None
    assert step() is None


# Thresholds that fire once.


def _once(step: Json | None = None, **fields: Any) -> Account:
    """An account whose second violation crossed the threshold; what counted then has long ceased to count."""
    ladder = {"fires": "once", "same_severity": fields.pop("same_severity", False)}
    rules = policy(
        {"at": 2, "impose": [WARN], **(step or {})},
        ladder=ladder,
        severities=["a", "b"],
        counting={"expires_after": "P30D"},
        proposal_ttl="P90D",
    )
    account = reported(Account(rules), "v-1", "v-2", **fields)
    return reported(account, "v-3", at="+40d", **fields)


def test_threshold_that_waits_for_a_person_has_fired_until_the_person_says_no() -> None:
    account = _once({"propose": True})
    assert _evaluated(account, "+41d").withheld == "fired_before"
    account.given("dismiss", at="+41d", proposal="v-2/p1", reason="-")
    assert _evaluated(account, "+41d").step == "main/2"


def test_proposal_of_another_step_does_not_stand_for_a_threshold() -> None:
    account = Account(_once().policy)
    sanction = {"command": "warn", "basis": {"clause": "spam"}, "permanent": True}
    account.given("propose", at="+0d", proposal="p", sanction=sanction)
    assert _evaluated(reported(account, "v-1"), "+1d").step == "main/2"


@pytest.mark.parametrize("same_severity", [True, False])
@pytest.mark.parametrize("severity", [{"severity": "a"}, {}])
def test_threshold_has_fired_for_the_severity_for_which_it_fired(severity: Json, *, same_severity: bool) -> None:
    """Also for none, which is one of its own where severities are counted apart."""
    account = _once(same_severity=same_severity, **severity)
    assert _evaluated(account, "+41d", **severity).withheld == "fired_before"


def test_threshold_that_fired_for_one_severity_has_fired_for_another_that_is_not_counted_apart() -> None:
    assert _evaluated(_once(severity="a"), "+41d", severity="b").withheld == "fired_before"


def test_threshold_that_fired_for_one_severity_has_not_fired_for_another_that_is_counted_apart() -> None:
    account = reported(_once(severity="a", same_severity=True), "v-4", at="+41d", severity="b")
    assert _evaluated(account, "+41d", severity="b").step == "main/2"


# What climbs no ladder.


def test_clause_that_leads_to_no_ladder_has_no_steps() -> None:
    record = Record(policy(), NOTHING, T0)
    assert record.rungs(Cited("gossip", None, None, None), None).reached(9) == ()
    assert [name for _, name, _ in record.rungs(Cited("spam", None, None, "main"), None).reached(9)] == ["3"]


def test_everything_is_recent_where_there_is_no_period() -> None:
    assert Record(policy(), NOTHING, t("+9d")).recent([t("-9000d"), T0], UNSET) == [True, True]
