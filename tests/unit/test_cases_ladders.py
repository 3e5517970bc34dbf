"""Behaviour cases from the field, part three: strikes, scores and ladders. The number is that of the collected case."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from account_sanctions.domain.events import AccountBanned, Imposed, SanctionOverturned, ViolationRecorded
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.clauses import Clause, Counting
from account_sanctions.domain.policies.ladders import Ladder, Step
from account_sanctions.domain.policies.penalties import Penalty
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.queries import strikes
from account_sanctions.domain.terms import EndOnly
from msgspec.structs import replace

from tests.unit.presets.walking import preset, report, under
from tests.unit.scenario import HOLDER, MODERATOR, OTHER_MODERATOR, SYSTEM, Account

_WARN = Penalty(warn=EndOnly(permanent=True))
_RESTRICT = Penalty(restrict=("publish",), for_=Period("P7D"))
_BAN = Penalty(ban=EndOnly(permanent=True))


def _policy(clauses: dict[str, Clause], *steps: Step, **ladder: Any) -> Policy:
    """A policy of one ladder, `score`, without a second person."""
    ladders = {"score": Ladder(count="weight", **{"steps": steps, **ladder})}
    return replace(DEFAULT, id="case", clauses=clauses, ladders=ladders, second_person=())


def _weighing(*weights: int, **clause: Any) -> dict[str, Clause]:
    """Clauses `w1`, `w2`, ... that weigh as much."""
    return {f"w{weight}": Clause(weight=weight, ladder="score", **clause) for weight in weights}


def _expiring(weight: int, days: int) -> Clause:
    return Clause(weight=weight, counting=Counting(expires_after=Period(f"P{days}D")))


def test_first_offence_fades_evenly_to_nothing() -> None:
    """Row 30: weight 4 fading over 90 days: 2 at +45d, 0 at +90d and at +200d."""
    counting = Counting(fades_over=Period("P90D"))
    account = Account(replace(_policy(_weighing(4)), counting=counting))
    account.given("record_violation", at="+0d", clause="w4")
    found = [
        strikes(account.at(at).state, account.at(at).instant) for at in ("+0d", "+45d", "+90d-1us", "+90d", "+200d")
    ]
    assert [one.active for one in found] == [4, 2, Fraction(4, 90 * 86_400_000_000), 0, 0]
    assert {one.total for one in found} == {4}


def test_strikes_expire_each_at_its_own_time() -> None:
    """Row 2: +2 expiring at +2d, +1 expiring at +3d: active 3, 1, 0 and total 3, 3, 3."""
    account = Account(_policy({"two": _expiring(2, 2), "one": _expiring(1, 3)}))
    account.given("record_violation", at="+0d", clause="two").given("record_violation", at="+0d", clause="one")
    assert [account.at(at).strikes for at in ("+0d", "+2d", "+3d")] == [(3, 3), (1, 3), (0, 3)]
    assert [account.at(at).strikes for at in ("+2d-1us", "+3d-1us")] == [(3, 3), (1, 3)]


def test_strikes_of_two_accounts_expire_at_one_instant_without_a_job() -> None:
    """Row 4: two accounts, strikes 1 and 2, the same expiry: both 0 at it."""
    policy = _policy({"two": _expiring(2, 5), "one": _expiring(1, 5)})
    one, two = Account(policy, name="gh_1"), Account(policy, name="gh_2")
    one.given("record_violation", at="+0d", clause="one")
    two.given("record_violation", at="+0d", clause="two")
    assert [account.at("+5d-1us").strikes for account in (one, two)] == [(1, 1), (2, 2)]
    assert [account.at("+5d").strikes for account in (one, two)] == [(0, 1), (0, 2)]
    assert [account.log for account in (one, two)] == [["ViolationRecorded"], ["ViolationRecorded"]]


def test_reversed_decision_takes_its_strikes_back_and_stays_listed() -> None:
    """Row 6: strikes 2 + 2 + 1 from decisions with ids; the first reversed: active 3, still listed, with who and why."""
    account = Account(_policy(_weighing(1, 2), Step(at=1, impose=(_WARN,))))
    first = report(account, "+0d", "w2")
    report(account, "+0d", "w2")
    report(account, "+0d", "w1")
    assert account.at("+0d").strikes == (5, 5)
    result = account.when("overturn", at="+1d", by=MODERATOR, sanction=first.sanction, reason="wrong account")
    (event,) = result.then("SanctionOverturned").events
    assert isinstance(event, SanctionOverturned)
    assert event.by.id == "m-1"
    assert event.narrative is not None
    assert event.narrative.reason == "wrong account"
    assert account.at("+1d").strikes == (3, 3)
    assert account.at("+1d").statuses[first.sanction] == "overturned"


def test_score_is_frozen_while_suspended() -> None:
    """Row 32: weight 4 at -120d, suspension (weight 1) from -90d to -30d: at T0 4/3 + 2/3 = 2, and nothing in force."""
    counting = Counting(fades_over=Period("P90D"), frozen_while=("ban",))
    account = Account(replace(_policy(_weighing(1, 4)), counting=counting))
    account.given("record_violation", at="-120d", violation="v-4", clause="w4")
    account.given("record_violation", at="-90d", violation="v-1", clause="w1")
    account.given("ban", at="-90d", basis={"clause": "w1", "violations": ["v-1"]}, until="-30d")
    view = account.at("+0d")
    assert strikes(view.state, view.instant).active == Fraction(4, 3) + Fraction(2, 3) == 2
    assert view.standing == "clear"


def test_offences_in_good_standing_are_dampened() -> None:
    """Row 34: threshold 3, curve [1, 2], base 4: applied 1, 2, 4, 4, running 1, 3, 7, 11."""
    account = under("cairn-mod")
    found = [report(account, "+0d", "hate") for _ in range(4)]
    assert [(one.weight, one.level) for one in found] == [("1", "1"), ("2", "3"), ("4", "7"), ("4", "11")]


_LIGHT, _HEAVY, _EQUAL, _SEVERE = ({"clause": name} for name in ("light", "heavy", "equal", "severe"))


@pytest.mark.parametrize(
    ("cited", "decides"),
    [
        ([_LIGHT, _HEAVY, _SEVERE], "severe"),
        ([_SEVERE, _HEAVY, _LIGHT], "severe"),
        ([_LIGHT, _HEAVY], "heavy"),
        ([_HEAVY, _EQUAL], "heavy"),
        ([_EQUAL, _HEAVY], "equal"),
    ],
)
def test_gravest_of_several_reasons_decides(cited: list[dict[str, str]], decides: str) -> None:
    """Row 36: weights 2, 4 and a severe 1: the severe one decides, without it the 4; ties: the first; all are stored."""
    weights = {"light": 2, "heavy": 4, "equal": 4}
    clauses = {name: Clause(weight=weight, ladder="score") for name, weight in weights.items()}
    account = Account(_policy({**clauses, "severe": Clause(weight=1, severe=True, ladder="score")}))
    first, *others = cited
    found = report(account, "+0d", first["clause"], reasons=others)
    assert found.event.clause == decides
    assert found.weight == str({**weights, "severe": 1}[decides])
    assert [one.clause for one in found.event.reasons] == [one["clause"] for one in cited]
    assert account.at("+0d").strikes == (int(found.weight), int(found.weight))


@pytest.mark.parametrize(
    ("before", "new", "fires"), [("w4", "w1", True), ("w2", "w5", True), ("w5", "w1", False), ("w7", "w2", False)]
)
@pytest.mark.parametrize("when", ["crossing", "once"])
def test_threshold_fires_on_the_upward_crossing_alone(before: str, new: str, fires: bool, when: str) -> None:
    """Row 38: a rule at 5: 4 -> 5 and 2 -> 7 fire, 5 -> 6 and 7 -> 9 do not."""
    policy = _policy(_weighing(1, 2, 4, 5, 7), Step(at=5, impose=(_RESTRICT,)), fires=when)
    account = Account(policy).given("record_violation", at="+0d", clause=before)
    found = report(account, "+0d", new)
    if fires:
        found.brings("restrict publish 7d")
    else:
        found.brings_nothing("no_crossing")


@pytest.mark.parametrize("when", ["crossing", "once"])
def test_threshold_does_not_fire_on_the_way_down(when: str) -> None:
    """Row 38: 7 -> 3 does not fire: part of the 7 has expired when the next violation comes."""
    clauses = {**_weighing(1, 2), **_weighing(5, counting=Counting(expires_after=Period("P9D")))}
    account = Account(_policy(clauses, Step(at=5, impose=(_RESTRICT,)), fires=when))
    report(account, "+0d", "w2").brings_nothing("below_first_step")
    report(account, "+0d", "w5").brings("restrict publish 7d")
    found = report(account, "+9d", "w1")
    found.brings_nothing("below_first_step")
    assert found.level == "3"


def test_several_thresholds_crossed_at_once_bring_the_most_severe_alone() -> None:
    """Row 40: rules at 5 (restrict) and 10 (ban), one violation of 12: one sanction, with its rule and its cause."""
    steps = Step(at=5, impose=(_RESTRICT,)), Step(at=10, impose=(_BAN,))
    account = Account(_policy(_weighing(12), *steps, fires="crossing"))
    found = report(account, "+0d", "w12").brings("ban for ever")
    event = account.events[-1]
    assert isinstance(event, AccountBanned)
    assert event.by.kind == "system"
    assert event.by.id == "case@1"
    assert event.step == "score/10"
    assert event.basis.violations == (found.violation,)


def _awaiting() -> tuple[Account, str]:
    """An account with a pending automatic ban, and the proposal's id."""
    policy = _policy(_weighing(5), Step(at=5, impose=(Penalty(ban=EndOnly(for_=Period("P7D"))),), propose=True))
    account = Account(policy)
    result = account.when("report_violation", at="+0d", by=SYSTEM, clause="w5", violation="v")
    result.then("ViolationRecorded", "SanctionProposed")
    return account, "v/p1"


def test_pending_automatic_ban_has_no_effect() -> None:
    """Row 42: an automatic ban that awaits confirmation restricts nothing."""
    account, proposal = _awaiting()
    assert account.at("+1d").standing == "clear"
    assert account.at("+1d").proposal(proposal) == "open"
    assert account.may("publish", "+1d")


def test_confirmed_automatic_ban_starts_then_and_names_person_and_rule() -> None:
    """Row 42: confirmed, it starts at the confirmation, attributed to who confirmed and to the rule."""
    account, proposal = _awaiting()
    account.when("approve", at="+2d", by=OTHER_MODERATOR, proposal=proposal).then("ProposalApproved", "AccountBanned")
    assert account.at("+2d").restrictions == {"*": "+9d"}
    sanction = account.at("+2d").sanction("v/s1")
    assert (sanction.by.kind, sanction.by.id) == ("system", "case@1")
    assert sanction.approved_by is not None
    assert sanction.approved_by.id == "m-2"
    assert sanction.step == "score/5"


@pytest.mark.parametrize("first", ["approve", "dismiss"])
@pytest.mark.parametrize("second", ["approve", "dismiss"])
def test_pending_automatic_ban_is_resolved_once(first: str, second: str) -> None:
    """Row 42: a second resolution is rejected; a dismissed ban has had no effect."""
    account, proposal = _awaiting()
    account.given(first, at="+1d", by=OTHER_MODERATOR, proposal=proposal)
    account.when(second, at="+2d", by=OTHER_MODERATOR, proposal=proposal).refused("already_decided")
    assert account.at("+2d").standing == {"approve": "banned", "dismiss": "clear"}[first]


def test_permanently_banned_account_gets_nothing_automatic_but_notes() -> None:
    """Row 44: a rule would fire, a new warning: no automatic firing; a note by hand is allowed."""
    steps = Step(at=5, impose=(_BAN,)), Step(at=10, impose=(_RESTRICT,))
    account = Account(_policy(_weighing(5), *steps, may_get_milder=True))
    report(account, "+0d", "w5").brings("ban for ever")
    report(account, "+1d", "w5").brings_nothing("terminal")
    account.when("warn", at="+2d", by=SYSTEM, basis={"clause": "w5"}, permanent=True).refused("terminal")
    account.when("note", at="+3d", text="the owner has written again").then("NoteAdded")


@pytest.mark.parametrize(
    ("running_counts", "banned_for", "level"), [(True, "P1Y", "2"), (False, "P1Y", "1"), (True, "P6M", "1")]
)
def test_penalty_still_running_counts_although_it_began_before_the_window(
    running_counts: bool, banned_for: str, level: str
) -> None:
    """Row 62: a penalty that started seven months ago and still runs, a window of six months: it counts."""
    long = Penalty(ban=EndOnly(for_=Period(banned_for)))
    ladder = Ladder(within=Period("P6M"), running_counts=running_counts, steps=(Step(impose=(long,)),))
    policy = replace(_policy({"a": Clause(ladder="recent")}), ladders={"recent": ladder})
    account = Account(policy)
    report(account, "+0d", "a")
    assert report(account, "+212d", "a").level == level


def test_malicious_offence_is_banned_at_once_with_its_reason() -> None:
    """Row 74: a malicious offence: the direct permanent ban is allowed without the earlier steps, the reason recorded."""
    account = under("wechat-mini-program-sharing")
    found = report(account, "+0d", "share-abuse-malicious", facts="emergency").brings("ban for ever")
    assert account.log == ["ViolationRecorded", "AccountBanned"]
    assert found.event.narrative is not None
    assert found.event.narrative.facts == "emergency"


def test_moderator_may_skip_the_steps_in_an_emergency() -> None:
    """Row 74: the same, chosen by a person where the policy says less."""
    account = under("youtube-2023")
    result = account.when(
        "report_violation",
        at="+0d",
        by=MODERATOR,
        clause="community-guidelines",
        choose=[{"ban": {"permanent": True}}],
        reason="emergency",
    ).then("ViolationRecorded", "AccountBanned")
    recorded, ban = result.events
    assert isinstance(recorded, ViolationRecorded)
    assert isinstance(ban, Imposed)
    assert recorded.grounds is not None
    assert recorded.grounds.deviates
    assert recorded.narrative is not None
    assert recorded.narrative.reason == "emergency"
    assert (ban.by.kind, ban.by.id) == ("moderator", "m-1")


def test_second_step_has_no_appeal() -> None:
    """Row 78: first a short restriction with appeal, second the same without, third permanent."""
    account = under("wecom-external-contact")
    first = report(account, "+0d", "external-contact-abuse").brings("restrict external_contact 3d")
    account.when("appeal", at="+1d", by=HOLDER, sanction=first.sanction).then("AppealFiled")
    second = report(account, "+1d", "external-contact-abuse").brings("restrict external_contact 3d")
    account.when("appeal", at="+2d", by=HOLDER, sanction=second.sanction).refused("not_appealable")
    report(account, "+2d", "external-contact-abuse").brings("restrict external_contact for ever")


def test_ladder_is_that_of_the_class_when_it_is_decided() -> None:
    """Row 80: the account changes class after two offences: the third is decided by the new one's ladder, and says so."""
    account = under("weibo-flooding")
    report(account, "+0d", "flooding", account_class="verified").brings("warn for ever")
    report(account, "+1d", "flooding", account_class="verified").brings("ban 7d")
    third = report(account, "+2d", "flooding", account_class="unverified").brings("ban for ever")
    assert third.grounds.account_class == "unverified"


def test_old_content_gives_no_strike_and_the_decision_is_recorded() -> None:
    """Row 82: content 100 days old, limit 90: no strike, and the decision is on record."""
    account = under("facebook-2022")
    found = report(account, "+0d", "community-standards", content_at="-100d")
    found.brings_nothing("content_age")
    assert (found.weight, account.at("+0d").strikes) == ("0", (0, 0))
    assert found.event.policy == preset("facebook-2022").ref


def test_offence_worth_three_strikes_brings_the_third_level() -> None:
    """Row 84: Xbox, no strikes, one offence worth three: three days, not 1 + 1 + 3."""
    account = under("xbox-2023")
    report(account, "+0d", "severe").brings("restrict chat messages multiplayer parties 3d")
    assert account.at("+0d").ends("v#1/s1") == "+3d"
