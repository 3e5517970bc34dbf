"""Who decides: steps in which everybody kept to his part, and the same in the hands of somebody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from account_sanctions.domain.checking import Step, rules_parts, rules_people
from account_sanctions.domain.events import SanctionChanged
from account_sanctions.domain.vocabulary import Actor
from msgspec.structs import replace

from tests.unit.scenario import OTHER_MODERATOR, Account

from .stepping import Forged, changed, stepped

_FOR_GOOD: Final[dict[str, Any]] = {"command": "ban", "sanction": "b", "basis": {"clause": "1"}, "permanent": True}


def _proposed(*names: str) -> Account:
    account = Account()
    for name in names:
        account.given("propose", at="+0d", proposal=name, sanction={**_FOR_GOOD, "sanction": f"b-{name}"})
    return account


def _approved() -> Step:
    return stepped(_proposed("p"), "approve", at="+1d", proposal="p", by=OTHER_MODERATOR)


def _closed() -> Step:
    return stepped(_proposed("p", "q"), "approve", at="+1d", proposal="p", by=OTHER_MODERATOR)


def _appealed() -> Account:
    account = Account().given("warn", at="+0d", sanction="w", until="+99d")
    return account.given("appeal", at="+1d", appeal="a", sanction="w")


def _granted() -> Step:
    return stepped(_appealed(), "decide_appeal", at="+2d", appeal="a", outcome="granted")


def _milder() -> Step:
    terms = {"outcome": "granted_in_part", "until": "+9d"}
    return stepped(_appealed(), "decide_appeal", at="+2d", appeal="a", **terms)


def _lifted() -> Step:
    return stepped(_appealed(), "lift", at="+2d", sanction="w")


def _approved_by(**by: Any) -> Callable[[Step], Step]:
    def forge(step: Step) -> Step:
        approval, imposed, *others = step.events
        return replace(step, events=(approval, replace(imposed, approved_by=Actor(**by)), *others))

    return forge


def _harsher(step: Step) -> Step:
    events = [replace(one, until=None) if isinstance(one, SanctionChanged) else one for one in step.events]
    return replace(step, events=tuple(events))


def _asked_by(kind: Any) -> Callable[[Step], Step]:
    def forge(step: Step) -> Step:
        assert step.command is not None
        return replace(step, command=replace(step.command, by=Actor(kind, "x")))

    return forge


def _left_open(step: Step) -> Step:
    return replace(step, after=replace(step.after, open_proposals={"q": step.before.open_proposals["q"]}))


_FORGED: Final[dict[str, Forged]] = {
    "second person who is a machine": Forged(
        rules_people.nobody_decides_alone_what_needs_two,
        _approved,
        _approved_by(kind="system", id="engine"),
        "b-p results in a permanent ban, and the second person is a machine, engine",
    ),
    "second person who is the first": Forged(
        rules_people.nobody_decides_alone_what_needs_two,
        _approved,
        _approved_by(kind="reviewer", id="m-1"),
        "b-p was proposed by m-1, and approved by m-1",
    ),
    "grant that changes nothing": Forged(
        rules_people.appeals_are_decided_by_another_person,
        _granted,
        lambda step: replace(step, after=changed(step.after, "w", status="lifted")),
        "appeal a was granted, and w was not overturned",
    ),
    "partial grant that makes it harsher": Forged(
        rules_people.appeals_are_decided_by_another_person,
        _milder,
        _harsher,
        "appeal a made the terms harsher",
    ),
    "lift by an auditor": Forged(
        rules_parts.everybody_keeps_to_his_part,
        _lifted,
        _asked_by("auditor"),
        "Lift was accepted from an auditor",
    ),
    "lift by the system": Forged(
        rules_parts.everybody_keeps_to_his_part,
        _lifted,
        _asked_by("system"),
        "Lift was accepted from a machine",
    ),
    "lift by the holder": Forged(
        rules_parts.everybody_keeps_to_his_part,
        _lifted,
        _asked_by("holder"),
        "Lift was accepted from a holder",
    ),
    "proposal that outlives a permanent ban": Forged(
        rules_people.protection_is_respected,
        _closed,
        _left_open,
        "a permanent ban is in force, and proposals are still open",
    ),
}


@pytest.mark.parametrize("name", _FORGED)
def test_a_rule_is_silent_on_a_step_as_it_came_and_finds_what_was_done_to_it(name: str) -> None:
    assert _FORGED[name].said() == ([], [_FORGED[name].sentence])


@pytest.mark.parametrize(
    ("kind", "fields", "alone"),
    [("ban", {}, True), ("warn", {}, False), ("restrict", {"functions": ["publish"]}, False)],
)
def test_only_a_ban_without_end_needs_two_when_terms_change(kind: str, fields: dict[str, Any], alone: bool) -> None:
    account = Account().given(kind, at="+0d", sanction="s", until="+9d", **fields)
    shorter = stepped(account, "change_sanction", at="+1d", sanction="s", until="+5d")
    (changed_,) = shorter.events
    endless = replace(shorter, events=(replace(changed_, until=None, harsher=True),))

    assert list(rules_people.nobody_decides_alone_what_needs_two(shorter)) == []
    found = ["s results in a permanent ban, and m-1 decided it alone"] if alone else []
    assert list(rules_people.nobody_decides_alone_what_needs_two(endless)) == found
