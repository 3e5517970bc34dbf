"""Where two rules meet: the actor of what falls due, long ids, late reviews, announced ends that have passed."""

from __future__ import annotations

import pytest

from tests.unit.scenario import HOLDER, REVIEWER, Account, t

_MUTE = {"restrict": ["mass_send"], "for": "P30D"}


@pytest.mark.parametrize("exempt", [False, True])
def test_caller_that_calls_itself_what_falls_due_is_not_permitted(exempt: bool) -> None:
    account = Account()
    if exempt:
        account.given("exempt", at="+0d")
    account.when("warn", at="+1d", by="system:due", permanent=True).refused("not_permitted")
    account.when("note", at="+1d", by="system:due", text="-").refused("not_permitted")


@pytest.mark.parametrize("command", ["lift", "overturn"])
def test_consequence_of_an_order_with_the_longest_id_can_be_ended(command: str) -> None:
    order = "o" * 200
    account = Account().given(
        "order_rectification", at="+0d", sanction=order, deadline="+3d", on_default=[_MUTE, _MUTE]
    )
    account.given("serve_notice", at="+4d", sanction=f"{order}/2")
    account.given("appeal", at="+4d", by=HOLDER, sanction=f"{order}/2", statement="-")
    account.given(command, at="+5d", sanction=f"{order}/2")
    assert account.at("+5d").statuses[f"{order}/2"] == ("lifted" if command == "lift" else "overturned")


def test_submission_before_the_deadline_can_be_rejected_after_the_default() -> None:
    account = Account().given("order_rectification", at="+0d", sanction="o", deadline="+3d", on_default=[_MUTE])
    account.given("submit_rectification", at="+2d", sanction="o")
    account.when("reject_rectification", at="+5d", sanction="o").then("RectificationRejected")
    account.when("reject_rectification", at="+6d", sanction="o").refused("already_decided")
    assert account.at("+6d").restrictions.keys() == {"mass_send"}


def test_announced_consequence_whose_end_has_passed_when_a_restarted_clock_runs_out_does_not_start() -> None:
    account = Account().given(
        "order_rectification",
        at="+0d",
        sanction="o",
        deadline="+3d",
        clock="submission_stops_clock",
        on_default=[
            {"restrict": ["publish"], "until": "2026-01-06T00:00:00Z"},
            {"ban": {"until": "2026-01-06T00:00:00Z"}},
            {
                "restrict": ["payment", {"function": "publish", "until": "2026-01-06T00:00:00Z"}],
                "for": "P9D",
            },
        ],
    )
    account.given("submit_rectification", at="+2d", sanction="o")
    account.when("reject_rectification", at="+7d", sanction="o").then("RectificationRejected")
    assert account.at("+7d").rectification("o") == ("rejected", "+8d")
    assert account.at("+8d").restrictions == {"payment": "+17d"}
    assert account.at("+8d").state.sanction("o/3") is not None
    assert account.at("+8d").state.sanction("o/1") is None


def test_end_of_everything_in_force_leaves_what_is_announced() -> None:
    account = Account().given("warn", at="+0d", sanction="now", permanent=True)
    account.given("ban", at="+0d", sanction="later", until="+9d", **{"from": "+5d"})
    account.given("lift_all", at="+1d", by=REVIEWER, reason="-")
    assert (account.at("+1d").statuses["now"], account.at("+1d").statuses["later"]) == ("lifted", "scheduled")
    again = account.when("lift_all", at="+2d", by=REVIEWER, reason="-")
    assert again.events == ()


def test_decision_that_supersedes_everything_in_force_leaves_what_is_announced() -> None:
    account = Account().given("warn", at="+0d", sanction="now", permanent=True)
    account.given("ban", at="+0d", sanction="later", until="+9d", **{"from": "+5d"})
    new = {"command": "warn", "sanction": "new", "basis": {"clause": "c"}, "permanent": True}
    account.given("impose", at="+1d", by=REVIEWER, sanctions=[new], supersede_all=True)
    view = account.at("+1d")
    assert (view.statuses["now"], view.statuses["later"], view.statuses["new"]) == (
        "superseded",
        "scheduled",
        "in_force",
    )
    assert view.instant == t("+1d")
