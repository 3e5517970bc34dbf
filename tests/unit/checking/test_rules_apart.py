"""That sanctions do not touch one another and time asks nobody: steps as they came, and as they must not come."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.checking import Step, rules_apart
from account_sanctions.domain.vocabulary import Actor
from msgspec.structs import replace

from tests.unit.scenario import OTHER_MODERATOR, Account, iso, t

from .stepping import Forged, changed, event_changed, stepped, waited

_ENDED_AS_WELL: Final = "w ended as well, though it does not exist because of what the command names"


def _warned(*names: str) -> Account:
    account = Account()
    for name in names:
        account.given("warn", at="+0d", sanction=name, until="+5d")
    return account


def _lifted() -> Step:
    return stepped(_warned("v", "w"), "lift", at="+1d", sanction="v")


def _expired() -> Step:
    return waited(_warned("w"), "+5d")


def _proposed() -> Account:
    warning = {"command": "warn", "sanction": "x", "basis": {"clause": "1"}, "until": iso("+9d")}
    return _warned("w").given("propose", at="+0d", proposal="p", sanction=warning)


def _lapsed() -> Step:
    return waited(_proposed(), "+60d")


def _shorter(step: Step) -> Step:
    return replace(step, after=changed(step.after, "w", until=t("+4d")))


def _lapses_later(step: Step) -> Step:
    (proposal,) = step.before.open_proposals.values()
    later = replace(proposal, lapses_at=t("+99d"))
    return replace(step, before=replace(step.before, open_proposals={"p": later}))


_FORGED: Final[dict[str, Forged]] = {
    "sanction that changes because another one is lifted": Forged(
        rules_apart.ending_one_changes_no_other,
        _lifted,
        _shorter,
        "w changed, and no event names it",
    ),
    "end in somebody's name": Forged(
        rules_apart.only_what_is_due_happens,
        _expired,
        lambda step: event_changed(step, by=Actor("moderator", "m-1")),
        "SanctionExpired happened by itself, and is recorded as done by m-1",
    ),
    "end an hour late": Forged(
        rules_apart.only_what_is_due_happens,
        _expired,
        lambda step: event_changed(step, at=t("+5d+1h")),
        "SanctionExpired of w came at another time than was decided",
    ),
    "end of nothing": Forged(
        rules_apart.only_what_is_due_happens,
        _expired,
        lambda step: event_changed(step, sanction="x"),
        "SanctionExpired of x came at another time than was decided",
    ),
    "lapse before its time": Forged(
        rules_apart.only_what_is_due_happens,
        _lapsed,
        _lapses_later,
        "proposal p lapsed at another time than was laid down",
    ),
    "lapse of nothing": Forged(
        rules_apart.only_what_is_due_happens,
        _lapsed,
        lambda step: replace(step, events=(replace(step.events[-1], proposal="q"),)),
        "proposal q lapsed at another time than was laid down",
    ),
}


@pytest.mark.parametrize("name", _FORGED)
def test_a_rule_is_silent_on_a_step_as_it_came_and_finds_what_was_done_to_it(name: str) -> None:
    assert _FORGED[name].said() == ([], [_FORGED[name].sentence])


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("lift_all", {}),
        ("impose", {"sanctions": [{"command": "warn", "basis": {"clause": "1"}, "until": iso("+9d")}]}),
    ],
)
def test_commands_about_the_whole_account_may_end_whatever_there_is(name: str, fields: dict[str, Any]) -> None:
    ended = stepped(_warned("v", "w"), "lift_all", at="+1d", by="reviewer:r-1").events
    step = replace(stepped(_warned("v", "w"), name, at="+1d", by="reviewer:r-1", **fields), events=ended)

    assert not any("ended as well" in one for one in rules_apart.ending_one_changes_no_other(step))


def test_approving_ends_only_what_the_proposal_replaces() -> None:
    step = stepped(_proposed(), "approve", at="+1d", proposal="p", by=OTHER_MODERATOR)
    ended = stepped(_warned("w"), "lift", at="+1d", sanction="w").events

    assert list(rules_apart.ending_one_changes_no_other(step)) == []
    found = rules_apart.ending_one_changes_no_other(replace(step, events=(*step.events, *ended)))
    assert list(found) == [_ENDED_AS_WELL]


def test_what_was_recorded_on_time_must_be_what_reading_ahead_gives() -> None:
    step = waited(_warned("w").given("warn", at="+0d", sanction="x", until="+9d"), "+5d")
    forged = replace(step, after=changed(step.after, "x", until=t("+8d")))

    assert list(rules_apart.sweeping_changes_no_answer(step)) == []
    assert list(rules_apart.sweeping_changes_no_answer(forged)) == [
        "what falls due by 2026-01-10T00:00:00+00:00 depends on whether it was recorded in between",
        "reading ahead gives another state than recording what fell due",
        "a command is decided otherwise where what fell due had been recorded before it",
    ]


def test_where_nobody_may_make_a_remark_no_remark_is_compared() -> None:
    """With the wrong state after it: the rule would find that a note is decided otherwise."""
    step = _expired()
    nobody = replace(step.policy, withheld_rights=dict.fromkeys(("system", "moderator", "reviewer"), ("note",)))
    wrong = replace(step, after=changed(step.after, "w", step="x"))

    assert len(list(rules_apart.sweeping_changes_no_answer(wrong))) == 2
    assert list(rules_apart.sweeping_changes_no_answer(replace(wrong, policy=nobody))) == [
        "reading ahead gives another state than recording what fell due"
    ]
