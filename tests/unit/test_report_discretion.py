"""Human discretion: a person chooses otherwise than the policy says, alone within bounds, with a second person beyond."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain import events as e
from account_sanctions.domain.vocabulary import Actor

from tests.unit.scenario import MODERATOR, OTHER_MODERATOR, SYSTEM, Account, Result
from tests.unit.test_report_violation import BAN, WARN, policy, recorded, report, reported, restrict

Json = dict[str, Any]
BOUNDS: Final = {"at_least": "P3D", "at_most": "P10D"}


def bounded(*impose: Json, **bounds: Any) -> Account:
    return Account(policy({"impose": list(impose) or [restrict(7)], "bounds": bounds or BOUNDS}))


def choose(account: Account, *penalties: Json, violation: str = "v", by: str = MODERATOR, at: str = "+0d") -> Result:
    return report(account, violation, at, by=by, choose=list(penalties), reason="a first mistake")


def grounds(result: Result) -> e.Grounds:
    found = recorded(result).grounds
    assert found is not None
    return found


def test_person_chooses_otherwise_in_own_name_and_the_deviation_is_recorded() -> None:
    account = Account(policy({"impose": [restrict(7)]}))
    result = choose(account, {"ban": {"for": "P1D"}}).then("ViolationRecorded", "AccountBanned")
    sanction = account.at("+0d").sanction("v/s1")
    assert (sanction.by, sanction.approved_by, sanction.step) == (Actor("moderator", "m-1"), None, "main/1")
    assert sanction.basis.automated_decision == "not"
    assert grounds(result).deviates
    assert [penalty.kind for penalty in grounds(result).said] == ["restriction"]
    narrative = recorded(result).narrative
    assert narrative is not None
    assert narrative.reason == "a first mistake"


def test_person_chooses_to_impose_nothing() -> None:
    account = Account(policy({"impose": [restrict(7)]}))
    result = choose(account).then("ViolationRecorded")
    assert (grounds(result).deviates, len(grounds(result).said)) == (True, 1)
    assert account.at("+0d").strikes == (1, 1)


def test_person_chooses_something_where_the_policy_says_nothing() -> None:
    account = Account(policy({"at": 5, "impose": [restrict(7)]}))
    result = choose(account, WARN).then("ViolationRecorded", "WarningIssued")
    assert (grounds(result).deviates, grounds(result).said, grounds(result).withheld) == (True, (), "below_first_step")


def test_choosing_what_the_policy_says_leaves_the_decision_to_it() -> None:
    account = bounded({"warn": {"for": "P4D"}}, restrict(7))
    result = choose(account, restrict(7), {"warn": {"for": "P4D"}})
    result.then("ViolationRecorded", "WarningIssued", "FunctionsRestricted")
    assert (grounds(result).deviates, grounds(result).said) == (False, ())
    assert account.at("+0d").sanction("v/s1").by == Actor("system", "community@1")
    narrative = recorded(result).narrative
    assert narrative is not None
    assert narrative.reason == "a first mistake"


def test_choosing_what_the_policy_proposes_does_not_confirm_it() -> None:
    account = Account(policy({"propose": True, "impose": [restrict(7)]}))
    choose(account, restrict(7)).then("ViolationRecorded", "SanctionProposed")
    account.when("approve", at="+0d", by=MODERATOR, proposal="v/p1").refused("same_person")


def test_system_may_not_choose() -> None:
    choose(Account(policy()), WARN, by=SYSTEM).refused("not_permitted", actor="system")


@pytest.mark.parametrize("right", ["change", "ban"])
def test_person_chooses_with_own_rights_only(right: str) -> None:
    account = Account(policy(withheld_rights={"moderator": [right]}))
    choose(account, {"ban": {"for": "P1D"}}).refused("not_permitted", right=right)


@pytest.mark.parametrize("fields", [{"choose": [WARN]}, {"reason": "seen"}])
def test_choice_and_reason_come_together(fields: Json) -> None:
    report(Account(policy()), "v", by=MODERATOR, **fields).refused("malformed", field="reason")


def test_chosen_permanent_ban_needs_a_second_person() -> None:
    account = Account(policy())
    choose(account, BAN, WARN).then("ViolationRecorded", "WarningIssued", "SanctionProposed")
    account.when("approve", at="+1d", by=MODERATOR, proposal="v/p1").refused("same_person")
    account.when("approve", at="+1d", by=OTHER_MODERATOR, proposal="v/p1").then("ProposalApproved", "AccountBanned")
    ban = account.at("+1d").sanction("v/s2")
    assert (ban.by, ban.approved_by) == (Actor("moderator", "m-1"), Actor("moderator", "m-2"))


def test_chosen_function_outside_the_catalogue_is_refused() -> None:
    choose(Account(policy()), {"restrict": ["fly"], "for": "P1D"}).refused("unknown_function", function="fly")


# Bounds.


@pytest.mark.parametrize("period", ["P3D", "P10D", "PT240H"])
def test_length_within_bounds_is_chosen_alone(period: str) -> None:
    result = choose(bounded(), {"restrict": ["publish"], "for": period}).then(
        "ViolationRecorded", "FunctionsRestricted"
    )
    assert grounds(result).deviates


@pytest.mark.parametrize(
    "chosen",
    [
        [{"restrict": ["publish"], "for": "PT71H"}],
        [{"restrict": ["publish"], "for": "P10DT1S"}],
        [{"restrict": ["publish"], "permanent": True}],
        [{"restrict": ["publish", "comments"], "for": "P7D"}],
        [{"restrict": ["comments"], "for": "P7D"}],
        [{"ban": {"for": "P7D"}}],
        [{"restrict": ["publish"], "for": "P7D"}, {"warn": {"for": "P7D"}}],
    ],
    ids=["shorter", "longer", "for ever", "more functions", "other functions", "other kind", "one more"],
)
def test_choice_beyond_the_bounds_waits_for_a_second_person(chosen: list[Json]) -> None:
    account = bounded()
    result = choose(account, *chosen)
    assert {type(event) for event in result.events[1:]} == {e.SanctionProposed}
    assert len(result.events) == 1 + len(chosen)
    assert account.at("+0d").standing == "clear"
    account.when("approve", at="+1d", by=MODERATOR, proposal="v/p1").refused("same_person")
    assert account.when("approve", at="+1d", by=OTHER_MODERATOR, proposal="v/p1").error is None


def test_choice_beyond_the_bounds_needs_the_right_to_propose() -> None:
    rules = policy({"impose": [restrict(7)], "bounds": BOUNDS}, withheld_rights={"moderator": ["propose"]})
    choose(Account(rules), restrict(11)).refused("not_permitted", right="propose")
    report(Account(policy({"propose": True, "impose": [restrict(7)]})), "v").then(
        "ViolationRecorded", "SanctionProposed"
    )


def test_imposing_nothing_lies_beyond_the_bounds() -> None:
    choose(bounded()).refused("second_person_required")


def test_one_penalty_of_a_kind_does_not_cover_another_kind_in_place_of_a_second() -> None:
    account = bounded({"warn": {"for": "P4D"}}, {"warn": {"for": "P5D"}})
    choose(account, {"warn": {"for": "P4D"}}, {"ban": {"for": "P5D"}}).then(
        "ViolationRecorded", "SanctionProposed", "SanctionProposed"
    )


def test_bounds_cover_the_deadline_of_an_order_and_not_what_it_announces() -> None:
    def order(days: int, hours: int) -> Json:
        return {"order": {"within": f"P{days}D", "on_default": [{"ban": {"for": f"PT{hours}H"}}]}}

    choose(bounded(order(7, 1)), order(5, 1)).then("ViolationRecorded", "RectificationOrdered")
    choose(bounded(order(7, 1)), order(5, 9999)).then("ViolationRecorded", "SanctionProposed")


def test_bounds_cover_an_order_that_announces_several_things_and_asks_for_others() -> None:
    def order(days: int, *ahead: str, **fields: str) -> Json:
        announced: dict[str, Json] = {"warn": {"warn": {"for": "P1D"}}, "ban": {"ban": {"for": "P2D"}}}
        return {"order": {"within": f"P{days}D", "on_default": [announced[name] for name in ahead], **fields}}

    said = order(7, "warn", "ban", requirements="take it down")
    choose(bounded(said), order(5, "ban", "warn")).then("ViolationRecorded", "RectificationOrdered")
    choose(bounded(said), order(5, "ban", "warn", requirements="say sorry")).then(
        "ViolationRecorded", "RectificationOrdered"
    )
    choose(bounded(said), order(5, "ban")).then("ViolationRecorded", "SanctionProposed")


def test_length_within_bounds_that_leaves_the_calendar_is_refused() -> None:
    account = bounded(at_least="P3D", at_most="P9999Y")
    choose(account, {"restrict": ["publish"], "for": "P9000Y"}).refused("invalid_period", field="choose")


@pytest.mark.parametrize(("bound", "alone"), [("at_least", "SanctionProposed"), ("at_most", "FunctionsRestricted")])
def test_bound_beyond_the_calendar_is_longer_than_any_end(bound: str, alone: str) -> None:
    choose(bounded(**{bound: "P9999Y"}), restrict(9)).then("ViolationRecorded", alone)


def test_step_without_bounds_leaves_the_length_to_the_person() -> None:
    account = reported(Account(policy({"impose": [restrict(7)]})), "v-1")
    choose(account, restrict(3000), violation="v-2").then("ViolationRecorded", "FunctionsRestricted")


# The same in other words.

_ORDER: Final = {"within": "P7D", "on_default": [{"restrict": ["publish", "comments"], "for": "P7D"}]}
REWRITTEN: Final[tuple[tuple[Json, list[Json]], ...]] = (
    ({"restrict": ["publish", "comments"], "for": "P7D"}, [{"restrict": ["comments", "publish"], "for": "P1W"}]),
    (
        {"restrict": ["publish", "comments"], "for": "P7D"},
        [{"restrict": ["publish", {"function": "comments", "for": "PT168H"}], "for": "P7D"}],
    ),
    ({"restrict": ["publish"], "for": "P7D"}, [{"restrict": ["publish"], "until": "2026-01-08T01:00:00+01:00"}]),
    ({"ban": {"for": "P30D"}}, [{"ban": {"for": "PT720H"}}]),
    ({"warn": {"for": "P30D"}}, [{"warn": {"for": "PT720H"}}]),
    (
        {"order": _ORDER},
        [
            {
                "order": {
                    "within": "PT168H",
                    "on_default": [{"restrict": ["comments", {"function": "publish", "for": "P1W"}], "for": "P7D"}],
                    "clock": "acceptance_by_deadline",
                }
            }
        ],
    ),
)


@pytest.mark.parametrize(("said", "chosen"), REWRITTEN)
@pytest.mark.parametrize("propose", [False, True])
def test_same_penalty_in_other_words_is_no_deviation(said: Json, chosen: list[Json], *, propose: bool) -> None:
    account = Account(policy({"impose": [said], "propose": propose}))
    result = choose(account, *chosen)
    assert (grounds(result).deviates, grounds(result).said) == (False, ())
    assert len(result.events) == 2
    assert isinstance(result.events[1], e.SanctionProposed) == propose
    assert result.events[1].by == Actor("system", "community@1")


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        ({"order": _ORDER}, {"order": {**_ORDER, "within": "P8D"}}),
        ({"order": _ORDER}, {"order": {**_ORDER, "clock": "submission_stops_clock"}}),
        ({"order": _ORDER}, {"order": {**_ORDER, "requirements": "Take it down."}}),
        ({"order": _ORDER}, {"order": {**_ORDER, "on_default": [{"ban": {"for": "P7D"}}]}}),
        ({"ban": {"for": "P30D"}}, {"ban": {"for": "P1M"}}),
    ],
)
def test_other_terms_are_a_deviation(said: Json, chosen: Json) -> None:
    assert grounds(choose(Account(policy({"impose": [said]})), chosen)).deviates


# In place of what waits for a second person.


@pytest.mark.parametrize(
    "chosen",
    [
        [{"restrict": ["publish"], "for": "P8D"}],
        [{"restrict": ["publish", "comments"], "for": "P1D"}],
        [{"restrict": ["publish"], "for": "P7D"}, {"restrict": ["publish"], "for": "P7D"}],
        [{"restrict": ["publish"], "for": "P1D"}, {"warn": {"for": "P1D"}}],
        [{"ban": {"for": "PT1S"}}],
        [{"order": {"within": "PT1S", "on_default": [{"ban": {"for": "P900D"}}]}}],
        [{"order": {"within": "PT1S", "on_default": [{"restrict": ["publish"], "for": "P7D"}]}}],
    ],
    ids=["longer", "more functions", "twice", "one beside", "a harder kind", "announced", "as hard by way of an order"],
)
def test_choice_that_is_not_milder_than_what_waits_waits_too(chosen: list[Json]) -> None:
    account = Account(policy({"propose": True, "impose": [restrict(7)]}))
    result = choose(account, *chosen)
    assert {type(event) for event in result.events[1:]} == {e.SanctionProposed}
    assert grounds(result).deviates
    account.when("approve", at="+0d", by=MODERATOR, proposal="v/p1").refused("same_person")


@pytest.mark.parametrize(
    "chosen",
    [
        [],
        [{"warn": {"permanent": True}}],
        [{"restrict": ["publish"], "for": "P6D"}],
        [{"restrict": ["publish"], "for": "P7D"}],
        [{"order": {"within": "P1D"}}],
    ],
)
def test_milder_choice_than_what_waits_is_made_alone(chosen: list[Json]) -> None:
    account = Account(policy({"propose": True, "impose": [{"restrict": ["publish", "comments"], "for": "P7D"}]}))
    result = choose(account, *chosen)
    assert len(result.events) == 1 + len(chosen)
    assert not any(isinstance(event, e.SanctionProposed) for event in result.events)


def test_order_with_an_earlier_deadline_is_not_milder_than_the_order_that_waits() -> None:
    account = Account(policy({"propose": True, "impose": [{"order": _ORDER}]}))
    choose(account, {"order": {**_ORDER, "within": "PT1S"}}).then("ViolationRecorded", "SanctionProposed")
    choose(account, {"warn": {"for": "P1D"}}, violation="w").then("ViolationRecorded", "WarningIssued")
