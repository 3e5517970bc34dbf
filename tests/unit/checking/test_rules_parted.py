"""What the rules of people, and of sanctions that do not touch one another, find in a step that did not come about so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from account_sanctions.domain import acts
from account_sanctions.domain import events as e
from account_sanctions.domain.checking import Step, rules_apart, rules_parts, rules_people
from account_sanctions.domain.state import Exemption
from account_sanctions.domain.vocabulary import Actor
from msgspec.structs import replace

from tests.unit.scenario import MODERATOR, OTHER_MODERATOR, Account
from tests.unit.test_report_violation import BAN, policy

from .courses import COURSES, banned_for_good, defaulted
from .stepping import Forged, changed, stepped

_MODERATOR: Final = Actor("moderator", "m-1")


def _as_well(name: str, what: str = "ended") -> str:
    return f"{name} {what} as well, though it does not exist because of what the command names"


def _and(event: Callable[[Step], e.Event]) -> Callable[[Step], Step]:
    return lambda step: replace(step, events=(*step.events, event(step)))


def _noticed(step: Step) -> e.Event:
    return e.NoticeServed(at=step.at, by=step.events[0].by, sanction="x")


def _lifted(name: str) -> Callable[[Step], e.Event]:
    return lambda step: e.SanctionLifted(at=step.at, by=step.events[0].by, sanction=name, because="exempt")


def _asked(act: acts.Act) -> Callable[[Step], Step]:
    def forge(step: Step) -> Step:
        assert step.command is not None
        return replace(step, command=replace(step.command, act=act))

    return forge


def _decided(**fields: Any) -> Callable[[Step], Step]:
    return _asked(acts.DecideAppeal(**{"appeal": "a", "outcome": "granted", "reason": "-", **fields}))


def _first(**fields: Any) -> Callable[[Step], Step]:
    return lambda step: replace(step, events=(replace(step.events[0], **fields), *step.events[1:]))


def _before(**fields: Any) -> Callable[[Step], Step]:
    return lambda step: replace(step, before=replace(step.before, **fields))


def _confirmed() -> Step:
    """A ban for good that m-1 reported, and somebody else approves."""
    account = Account(policy({"impose": [BAN]}))
    account.given("report_violation", at="+0d", by=MODERATOR, violation="v", clause="spam")
    return stepped(account, "approve", at="+1d", proposal="v/p1", by=OTHER_MODERATOR)


def _approved_by_who_reported(step: Step) -> Step:
    """It is not looked at here who proposed: that is the policy."""
    approval, imposed = step.events
    return replace(step, events=(approval, replace(imposed, approved_by=_MODERATOR, proposal=None)))


def _heard_by_who_ordered(step: Step) -> Step:
    """The consequence itself remembers nobody."""
    forgotten = changed(step.before, "o/2", touched_by=frozenset())
    heard = tuple(
        replace(one, by=Actor("reviewer", "m-1")) if isinstance(one, e.AppealDecided) else one for one in step.events
    )
    return replace(step, before=forgotten, events=heard)


def _under(before: Account) -> Callable[[Step], Step]:
    return lambda step: replace(step, before=before.state)


def _exempt(step: Step) -> Step:
    return _before(exemption=Exemption(step.at, ()))(step)


_UNKEPT: Final = "b was lifted by itself, and no exemption kept it from beginning"

_FORGED: Final[dict[str, Forged]] = {
    "notice of another one": Forged(
        rules_apart.ending_one_changes_no_other, COURSES["lift"], _and(_noticed), _as_well("x", "was touched")
    ),
    "end by a denied appeal": Forged(
        rules_apart.ending_one_changes_no_other,
        COURSES["appeal granted"],
        _decided(outcome="denied"),
        _as_well("b"),
    ),
    "end by an unknown appeal": Forged(
        rules_apart.ending_one_changes_no_other, COURSES["appeal granted"], _decided(appeal="z"), _as_well("b")
    ),
    "end by the approval of nothing": Forged(
        rules_apart.ending_one_changes_no_other,
        COURSES["approval of a replacement"],
        _asked(acts.Approve(proposal="z")),
        _as_well("w"),
    ),
    "start that is withheld for another reason": Forged(
        rules_apart.only_what_is_due_happens,
        COURSES["start that is withheld"],
        _first(because="rectified"),
        _UNKEPT,
    ),
    "start that is withheld without an exemption": Forged(
        rules_apart.only_what_is_due_happens, COURSES["start that is withheld"], _before(exemption=None), _UNKEPT
    ),
    "start that is withheld before its time": Forged(
        rules_apart.only_what_is_due_happens,
        COURSES["start that is withheld"],
        lambda step: replace(step, before=changed(step.before, "b", from_=step.since)),
        _UNKEPT,
    ),
    "running ban that is withheld": Forged(
        rules_apart.only_what_is_due_happens,
        COURSES["start that is withheld"],
        lambda step: replace(step, before=changed(step.before, "b", status="in_force")),
        _UNKEPT,
    ),
    "lift of what was not withheld": Forged(
        rules_apart.only_what_is_due_happens,
        COURSES["default that is withheld"],
        _and(_lifted("o/9")),
        "o/9 was lifted by itself, and no exemption kept it from beginning",
    ),
    "end of a ban for good by a moderator": Forged(
        rules_parts.everybody_keeps_to_his_part,
        COURSES["lift of a ban for good"],
        lambda step: replace(step, command=replace(step.command, by=_MODERATOR)) if step.command else step,
        "SanctionLifted of the permanent ban b came from a moderator",
    ),
    "second person who reported": Forged(
        rules_people.nobody_decides_alone_what_needs_two,
        _confirmed,
        _approved_by_who_reported,
        "v/s1 results in a permanent ban, and the second person is the first one, m-1",
    ),
    "appeal that is heard by who imposed": Forged(
        rules_people.appeals_are_decided_by_another_person,
        COURSES["appeal denied"],
        _first(by=Actor("reviewer", "m-1")),
        "appeal a was decided by m-1, who took part in b",
    ),
    "appeal that is heard by who ordered": Forged(
        rules_people.appeals_are_decided_by_another_person,
        COURSES["appeal against a consequence"],
        _heard_by_who_ordered,
        "appeal a was decided by m-1, who took part in o/2",
    ),
    "warning under a ban for good": Forged(
        rules_people.protection_is_respected,
        COURSES["warning"],
        _under(banned_for_good()),
        "WarningIssued of w came while a permanent ban was in force",
    ),
    "harsher change under a ban for good": Forged(
        rules_people.protection_is_respected,
        COURSES["longer restriction"],
        lambda step: _before(live={**step.before.live, **banned_for_good().state.live})(step),
        "SanctionChanged of r came while a permanent ban was in force",
    ),
    "warning to whom is exempt": Forged(
        rules_people.protection_is_respected,
        COURSES["warning"],
        _exempt,
        "WarningIssued of w came while the account was exempt from a moderator",
    ),
    "harsher change to whom is exempt": Forged(
        rules_people.protection_is_respected,
        COURSES["longer ban"],
        _exempt,
        "SanctionChanged of b came while the account was exempt from a moderator",
    ),
}


@pytest.mark.parametrize("name", _FORGED)
def test_a_rule_is_silent_on_a_step_as_it_came_and_finds_what_was_done_to_it(name: str) -> None:
    assert _FORGED[name].said() == ([], [_FORGED[name].sentence])


def test_partial_grant_ends_no_consequence() -> None:
    step = _decided(outcome="granted_in_part", permanent=True)(COURSES["appeal against an order"]())
    found = list(rules_apart.ending_one_changes_no_other(step))
    assert found == [_as_well("o/1"), _as_well("o/2")]


def test_appeal_is_heard_wherever_it_stands_among_the_events() -> None:
    step = COURSES["appeal denied"]()
    (heard,) = step.events
    others = (e.NoteAdded(at=step.at, by=heard.by), replace(heard, by=Actor("moderator", "m-9")))
    found = rules_people.appeals_are_decided_by_another_person(replace(step, events=others))
    assert list(found) == ["appeal a was decided by a moderator"]


def test_consequence_of_an_unknown_order_may_be_heard_by_others() -> None:
    step = COURSES["appeal against a consequence"]()
    lost = {name: one for name, one in step.before.ended.items() if name != "o"}
    unknown = replace(step, before=replace(step.before, ended=type(step.before.ended)(lost)))
    assert list(rules_people.appeals_are_decided_by_another_person(unknown)) == []


def test_what_is_milder_may_come_under_a_ban_for_good_and_to_whom_is_exempt() -> None:
    for name in ("shorter ban", "function given back"):
        step = COURSES[name]()
        live = {**step.before.live, "c": banned_for_good("c").state.live["c"]}
        both = _exempt(_before(live=live)(step))
        assert list(rules_people.protection_is_respected(both)) == []


def test_what_is_due_is_looked_at_in_every_event() -> None:
    step = defaulted()
    somebody = tuple(replace(one, by=_MODERATOR) for one in step.events)
    found = list(rules_apart.only_what_is_due_happens(replace(step, events=somebody)))
    assert found == [
        f"{name} happened by itself, and is recorded as done by m-1"
        for name in ("RectificationDefaulted", "WarningIssued", "AccountBanned", "FunctionsRestricted")
    ]
