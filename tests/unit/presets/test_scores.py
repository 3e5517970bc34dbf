"""Weights that add up: Ozone's sum of strikes, cairn-mod's fading score, Coop's thresholds."""

from __future__ import annotations

from fractions import Fraction

import pytest
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.ladders import Step
from account_sanctions.domain.policies.penalties import Penalty
from account_sanctions.domain.queries import strikes
from msgspec.structs import replace

from tests.unit.presets.walking import lift, overturn, report, under
from tests.unit.scenario import OTHER_MODERATOR, Account

_RESTRICTED = "restrict post 7d"
_PROPOSED = "propose: restrict post P7D"


def _score(account: Account, at: str) -> Fraction:
    view = account.at(at)
    return strikes(view.state, view.instant).active


def test_ozone_sums_strikes_and_does_nothing_with_them() -> None:
    account = under("ozone-test")
    for clause, weight, level in (
        ("sev-0", "0", "0"),
        ("sev-1", "0", "0"),
        ("sev-1", "1", "1"),
        ("sev-1", "1", "2"),
        ("sev-2", "2", "4"),
        ("sev-4", "4", "8"),
        ("sev-4", "4", "12"),
    ):
        found = report(account, "+0d", clause)
        found.brings_nothing("no_weight" if weight == "0" else "below_first_step")
        assert (clause, found.weight, found.level) == (clause, weight, level)
    assert account.at("+0d").strikes == (12, 12)
    assert account.at("+0d").standing == "clear"


@pytest.mark.parametrize(("at", "active"), [("+365d-1us", 7), ("+365d", 4), ("+9000d", 4)])
def test_ozone_strikes_expire_but_for_the_gravest(at: str, active: int) -> None:
    account = under("ozone-test")
    for clause in ("sev-1", "sev-1", "sev-2", "sev-4"):
        report(account, "+0d", clause)
    assert account.at(at).strikes == (active, 7)


def test_ozone_first_occurrence_is_the_first_ever() -> None:
    account = under("ozone-test")
    assert report(account, "+0d", "sev-1").weight == "0"
    assert report(account, "+2000d", "sev-1").weight == "1"


def test_ozone_gravest_level_bans_at_once() -> None:
    account = under("ozone-test")
    ban = report(account, "+0d", "sev-5").brings("ban for ever")
    report(account, "+1d", "sev-5").brings_nothing("terminal")
    lift(account, "+2d", ban)
    assert report(account, "+3d", "sev-2").level == "2"
    report(account, "+4d", "sev-5").brings("ban for ever")


def test_cairn_weighs_and_does_nothing() -> None:
    weights = {"hate": 4, "harassment": 4, "threats": 12, "spam": 2, "misinformation": 3, "nsfw": 2, "other": 2}
    account = under("cairn-mod")
    report(account, "+0d", "threats")
    for clause, weight in weights.items():
        found = report(account, "+0d", clause)
        found.brings_nothing("below_first_step")
        assert found.weight == str(weight)
    assert account.at("+0d").standing == "clear"
    assert _score(account, "+0d") == 12 + sum(weights.values())


def test_cairn_dampens_the_first_two_offences() -> None:
    account = under("cairn-mod")
    found = [report(account, "+0d", "hate") for _ in range(4)]
    assert [one.weight for one in found] == ["1", "2", "4", "4"]
    assert [one.level for one in found] == ["1", "3", "7", "11"]


def test_cairn_dampened_offence_weighs_no_more_than_its_base() -> None:
    account = under("cairn-mod")
    assert [report(account, f"+{day}d", "spam").weight for day in (0, 100, 200)] == ["1", "2", "2"]
    account = under("cairn-mod")
    assert [report(account, f"+{day}d", "hate").weight for day in (0, 100, 200)] == ["1", "2", "4"]


@pytest.mark.parametrize(("at", "weight"), [("+67d+12h", "4"), ("+67d+12h+1us", "2")])
def test_cairn_good_standing_is_below_three(at: str, weight: str) -> None:
    """Of 12 there are 3 left when three quarters of the 90 days are over."""
    account = under("cairn-mod")
    assert report(account, "+0d", "threats").weight == "12"
    assert report(account, at, "hate").weight == weight


def test_cairn_severe_offence_is_not_dampened_but_is_an_offence() -> None:
    account = under("cairn-mod")
    assert report(account, "+0d", "threats").weight == "12"
    assert report(account, "+90d", "hate").weight == "2"
    assert report(account, "+180d", "hate").weight == "4"


def test_cairn_overturned_offence_is_none() -> None:
    account = under("cairn-mod")
    first = report(account, "+0d", "hate")
    basis = {"clause": "hate", "violations": [first.violation]}
    account.given("warn", at="+0d", sanction="w", basis=basis, until="+9d")
    assert report(account, "+1d", "hate").weight == "2"
    account.given("overturn", at="+2d", sanction="w")
    assert report(account, "+100d", "hate").weight == "2"


@pytest.mark.parametrize(
    ("at", "score"),
    [("+0d", 12), ("+30d", 8), ("+45d", 6), ("+90d-1us", Fraction(12, 90 * 86_400_000_000)), ("+90d", 0)],
)
def test_cairn_score_fades_to_nothing_in_ninety_days(at: str, score: Fraction) -> None:
    account = under("cairn-mod")
    report(account, "+0d", "threats")
    assert _score(account, at) == score


@pytest.mark.parametrize(("at", "score"), [("+15d", 10), ("+45d", 10), ("+60d", 8), ("+120d", 0)])
def test_cairn_score_does_not_fade_while_suspended(at: str, score: int) -> None:
    account = under("cairn-mod")
    report(account, "+0d", "threats")
    account.given("ban", at="+15d", basis={"clause": "threats"}, for_="P30D")
    assert _score(account, at) == score


def test_cairn_threshold_of_a_host_fires_once_until_it_is_overturned_and_crossed_anew() -> None:
    """The preset has no thresholds; this is what becomes of one that is added."""
    account = under("cairn-mod")
    score = account.policy.ladders["score"]
    step = Step(at=5, impose=(Penalty(restrict=("publish",), for_=Period("P7D")),))
    account.policy = replace(account.policy, ladders={"score": replace(score, steps=(step,))})
    fired = report(account, "+0d", "threats").brings("restrict publish 7d")
    report(account, "+1d", "hate").brings_nothing("no_crossing")
    report(account, "+90d", "threats").brings_nothing("fired_before")
    overturn(account, "+91d", fired)
    report(account, "+91d", "spam").brings_nothing("no_crossing")
    report(account, "+190d", "threats").brings("restrict publish 7d")


def test_coop_clauses_weigh_one_five_and_ten() -> None:
    account = under("coop-example")
    found = {clause: report(account, "+0d", clause).weight for clause in ("spam", "harassment", "hate")}
    assert found == {"spam": "1", "harassment": "5", "hate": "10"}


def test_coop_threshold_of_five_proposes_the_sanction_of_ten_once() -> None:
    account = under("coop-example")
    for _ in range(4):
        report(account, "+0d", "spam").brings_nothing("below_first_step")
    report(account, "+0d", "spam").brings(_PROPOSED)
    report(account, "+0d", "spam").brings_nothing("no_crossing")


@pytest.mark.parametrize(
    ("clauses", "followed"),
    [
        (["harassment", "harassment"], [_PROPOSED, _RESTRICTED]),
        (["hate", "hate"], [_RESTRICTED, "ban for ever"]),
        (["harassment", "hate", "harassment"], [_PROPOSED, _RESTRICTED, "ban for ever"]),
        (["spam", "hate", "harassment"], ["-", _RESTRICTED, "-"]),
    ],
)
def test_coop_violation_brings_one_sanction_for_all_it_crosses(clauses: list[str], followed: list[str]) -> None:
    account = under("coop-example")
    found = [report(account, "+0d", clause).followed or ["-"] for clause in clauses]
    assert found == [[one] for one in followed]


@pytest.mark.parametrize(("at", "followed"), [("+90d-1us", []), ("+90d", [_PROPOSED])])
def test_coop_threshold_fires_again_once_the_score_has_fallen(at: str, followed: list[str]) -> None:
    account = under("coop-example")
    report(account, "+0d", "hate").brings(_RESTRICTED)
    report(account, at, "harassment").brings(*followed)


@pytest.mark.parametrize(("at", "followed"), [("+90d-1us", "ban for ever"), ("+90d", _RESTRICTED)])
def test_coop_violation_counts_for_ninety_days(at: str, followed: str) -> None:
    account = under("coop-example")
    report(account, "+0d", "hate").brings(_RESTRICTED)
    report(account, at, "hate").brings(followed)


def test_coop_proposal_starts_when_it_is_confirmed() -> None:
    account = under("coop-example")
    found = report(account, "+0d", "harassment").brings(_PROPOSED)
    assert account.may("post", "+1d-1us")
    account.given("approve", at="+1d", by=OTHER_MODERATOR, proposal=f"{found.violation}/p1")
    assert account.at("+1d").restrictions == {"post": "+8d"}


def test_coop_dismissed_proposal_does_not_come_again_without_a_new_crossing() -> None:
    account = under("coop-example")
    found = report(account, "+0d", "harassment").brings(_PROPOSED)
    account.given("dismiss", at="+1d", by=OTHER_MODERATOR, proposal=f"{found.violation}/p1")
    report(account, "+2d", "spam").brings_nothing("no_crossing")
    report(account, "+100d", "harassment").brings(_PROPOSED)


def test_coop_overturned_violation_leaves_the_score() -> None:
    account = under("coop-example")
    overturn(account, "+1d", report(account, "+0d", "hate"))
    report(account, "+2d", "hate").brings(_RESTRICTED)


def test_coop_last_threshold_fires_again_after_a_new_crossing_alone() -> None:
    account = under("coop-example")
    report(account, "+0d", "hate")
    ban = report(account, "+0d", "hate").brings("ban for ever")
    lift(account, "+1d", ban)
    report(account, "+2d", "hate").brings_nothing("no_crossing")
    report(account, "+90d", "hate").brings("ban for ever")
