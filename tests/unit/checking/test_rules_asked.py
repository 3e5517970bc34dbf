"""What comes about is what was asked for: steps as they came, and the same with something else in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from account_sanctions.domain import acts
from account_sanctions.domain import events as e
from account_sanctions.domain.checking import Step, rules, rules_apart, rules_asked, rules_parts
from account_sanctions.domain.checking.reckoning import Asked, announced
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.terms import Consequence, EndOnly, FunctionTerm
from msgspec.structs import replace

from tests.unit.scenario import OTHER_MODERATOR, Account, t
from tests.unit.test_report_violation import policy, restrict

from .stepping import Forged, changed, event_changed, stepped, waited

_ORDERED: Final[dict[str, Any]] = {"sanction": "o", "deadline": "+2d", "on_default": [{"ban": {"for": "P3D"}}]}
_ENDLESS: Final = {"command": "ban", "sanction": "b", "basis": {"clause": "1"}, "permanent": True}


def _banned() -> Step:
    return stepped(Account(), "ban", at="+0d", sanction="b", until="+5d")


def _noted() -> Step:
    return stepped(Account().given("warn", at="+0d", sanction="w", until="+9d"), "note", at="+1d", text="-")


def _defaulted() -> Step:
    return waited(Account().given("order_rectification", at="+0d", **_ORDERED), "+2d")


def _extended() -> Step:
    account = Account().given("order_rectification", at="+0d", **_ORDERED)
    return stepped(account, "extend_rectification", at="+1d", sanction="o", deadline="+5d")


def _changed() -> Step:
    account = Account().given("restrict", at="+0d", sanction="r", functions=["publish", "mass_send"], until="+9d")
    return stepped(account, "change_sanction", at="+1d", sanction="r", functions=["publish"])


def _lengthened() -> Step:
    account = Account().given("ban", at="+0d", sanction="b", until="+9d")
    return stepped(account, "change_sanction", at="+1d", sanction="b", until="+20d")


def _proposed() -> Account:
    return Account().given("propose", at="+0d", proposal="p", sanction=_ENDLESS)


def _approved() -> Step:
    return stepped(_proposed(), "approve", at="+1d", proposal="p", by=OTHER_MODERATOR)


def _rules() -> Policy:
    return policy(
        {"impose": [restrict(7), {"order": {"within": "P3D"}}]},
        {"impose": [{"ban": {"until": "2030-01-01T00:00:00Z"}}]},
    )


def _reported() -> Step:
    return stepped(Account(_rules()), "report_violation", at="+0d", by="system:engine", violation="v", clause="spam")


def _by_time(step: Step) -> Step:
    return replace(step, command=None)


def _with(act: acts.Act) -> Callable[[Step], Step]:
    def forge(step: Step) -> Step:
        assert step.command is not None
        return replace(step, command=replace(step.command, act=act))

    return forge


def _without(kind: type[e.Event]) -> Callable[[Step], Step]:
    return lambda step: replace(step, events=tuple(one for one in step.events if not isinstance(one, kind)))


def _last(**fields: Any) -> Callable[[Step], Step]:
    return lambda step: replace(step, events=(*step.events[:-1], replace(step.events[-1], **fields)))


_ASKED: Final = rules_asked.what_is_imposed_was_asked_for
_FOLLOWS: Final = rules_asked.what_follows_was_announced
_CHANGES: Final = rules_asked.what_changes_was_asked_for
_NOTE: Final = acts.Note(text="-")

_FORGED: Final[dict[str, Forged]] = {
    "ban by time": Forged(_ASKED, _banned, _by_time, "b was imposed by nobody"),
    "ban by a note": Forged(_ASKED, _banned, _with(_NOTE), "AccountBanned of b came of a command that imposes nothing"),
    "ban by the approval of nothing": Forged(
        _ASKED,
        _approved,
        _with(acts.Approve(proposal="z")),
        "AccountBanned of b came of a command that imposes nothing",
    ),
    "nothing by a ban": Forged(_ASKED, _banned, _without(e.AccountBanned), "b was asked for, and imposed was nothing"),
    "approval without its ban": Forged(
        _ASKED, _approved, _without(e.AccountBanned), "b was asked for, and imposed was nothing"
    ),
    "other end": Forged(
        _ASKED,
        _banned,
        lambda step: event_changed(step, until=t("+9d")),
        f"b is not what was asked for: {Asked('ban', t('+0d'), t('+9d'))}",
    ),
    "other length than a ladder gives": Forged(
        _ASKED,
        _reported,
        _last(until=t("+4d")),
        f"v/s2 is nothing that a ladder imposes, or that was chosen: {Asked('rectification', t('+0d'), t('+4d'))}",
    ),
    "named after another report": Forged(
        _ASKED, _reported, _last(sanction="w/s2"), "w/s2 came of the report v, and is named after another"
    ),
    "consequence that does not come": Forged(
        _FOLLOWS,
        _defaulted,
        _without(e.AccountBanned),
        f"o/1 was announced as {Asked('ban', t('+2d'), t('+5d'))}, and what followed is None",
    ),
    "consequence without a default": Forged(
        _FOLLOWS, _defaulted, _without(e.RectificationDefaulted), "o/1 follows from an order that did not default"
    ),
    "default of an order that is unknown": Forged(
        _FOLLOWS,
        _defaulted,
        lambda step: event_changed(step, sanction="x"),
        "o/1 follows from an order that did not default",
    ),
    "deadline that nobody set": Forged(
        _CHANGES,
        _extended,
        lambda step: event_changed(step, deadline=t("+7d")),
        "the deadline of o moved to 2026-01-08T00:00:00+00:00, and nobody set it",
    ),
    "deadline that moves by itself": Forged(
        _CHANGES, _extended, _by_time, "the deadline of o moved to 2026-01-06T00:00:00+00:00, and nobody set it"
    ),
    "change that nobody asked for": Forged(_CHANGES, _changed, _with(_NOTE), "r changed, and nobody asked for it"),
    "change by itself": Forged(_CHANGES, _changed, _by_time, "r changed, and nobody asked for it"),
    "change by the approval of nothing": Forged(
        _CHANGES, _changed, _with(acts.Approve(proposal="z")), "r changed, and nobody asked for it"
    ),
    "change to other terms": Forged(
        _CHANGES,
        _lengthened,
        lambda step: event_changed(step, until=t("+30d")),
        f"b changed to other terms than were asked for: until {t('+30d')}, None",
    ),
    "change that is not called harsher": Forged(
        _CHANGES,
        _lengthened,
        lambda step: event_changed(step, harsher=False),
        "the change of b is recorded as not harsher",
    ),
    "change that is called harsher": Forged(
        _CHANGES,
        _changed,
        lambda step: event_changed(step, harsher=True),
        "the change of r is recorded as harsher",
    ),
    "other terms in the state than in the event": Forged(
        rules.events_do_what_they_say,
        _banned,
        lambda step: replace(step, after=changed(step.after, "b", until=t("+9d"))),
        f"b has other terms than AccountBanned says: until {t('+9d')}, {{}}",
    ),
    "lift by itself": Forged(
        rules_apart.only_what_is_due_happens,
        _defaulted,
        lambda step: replace(
            step,
            events=(*step.events, e.SanctionLifted(at=step.at, by=step.events[0].by, sanction="o/1", because="exempt")),
        ),
        "o/1 was lifted by itself, and no exemption kept it from beginning",
    ),
    "closing of a proposal by itself": Forged(
        rules_apart.only_what_is_due_happens,
        _defaulted,
        lambda step: replace(
            step, events=(*step.events, e.ProposalClosed(at=step.at, by=step.events[0].by, proposal="p", sanction="s"))
        ),
        "proposal p was closed by itself, and no permanent ban had begun",
    ),
    "note by itself": Forged(
        rules_apart.only_what_is_due_happens,
        _defaulted,
        lambda step: replace(step, events=(*step.events, e.NoteAdded(at=step.at, by=step.events[0].by))),
        "NoteAdded happened by itself, and nothing was decided that it could follow from",
    ),
}


@pytest.mark.parametrize("name", _FORGED)
def test_a_rule_is_silent_on_a_step_as_it_came_and_finds_what_was_done_to_it(name: str) -> None:
    assert _FORGED[name].said() == ([], [_FORGED[name].sentence])


def test_a_note_imposes_nothing_and_changes_nothing() -> None:
    step = _noted()
    assert [*_ASKED(step), *_FOLLOWS(step), *_CHANGES(step)] == []


def test_change_that_was_proposed_is_the_change_that_is_approved() -> None:
    change = {"command": "change_sanction", "sanction": "b", "until": "+20d", "reason": "-"}
    account = (
        Account()
        .given("ban", at="+0d", sanction="b", until="+9d")
        .given("propose", at="+0d", proposal="p", sanction=change)
    )
    step = stepped(account, "approve", at="+1d", proposal="p", by=OTHER_MODERATOR)
    assert list(_CHANGES(step)) == []
    assert list(_ASKED(step)) == []
    assert list(_CHANGES(event_changed(step, at=t("+1d")))) == []


def test_a_permanent_ban_by_a_machine_is_found() -> None:
    step = _banned()
    assert step.command is not None
    machine = replace(step.command, by=replace(step.command.by, kind="system"))
    for_good = replace(machine, act=acts.Ban(sanction="b", basis=step.command.act.basis, permanent=True))  # type: ignore[union-attr]
    assert list(rules_parts.everybody_keeps_to_his_part(replace(step, command=machine))) == []
    assert list(rules_parts.everybody_keeps_to_his_part(replace(step, command=for_good))) == [
        "a permanent ban was accepted from a machine"
    ]


def test_an_announcement_is_reckoned_from_the_deadline() -> None:
    day = timedelta(days=1)
    own = FunctionTerm(function="live", until=t("+1d"))
    restricted = Consequence(restrict=("publish", "publish", own), until=t("+9d"))
    assert announced(restricted, t("+2d")) == Asked("restriction", t("+2d"), t("+9d"), {"publish": t("+9d")})
    assert announced(Consequence(restrict=(own,)), t("+2d")) is None
    assert announced(Consequence(warn=EndOnly(until=t("+2d"))), t("+2d")) is None
    assert announced(Consequence(ban=EndOnly(until=t("+2d") + day)), t("+2d")) == Asked("ban", t("+2d"), t("+3d"))


def test_a_permanent_ban_that_begins_by_itself_closes_proposals() -> None:
    order: dict[str, Any] = {
        "command": "order_rectification",
        "sanction": "o",
        "basis": {"clause": "1"},
        "deadline": "+5d",
    }
    order |= {"on_default": [{"ban": {"permanent": True}}]}
    account = Account().given("propose", at="+0d", proposal="p", sanction=order)
    account = account.given("approve", at="+0d", proposal="p", by=OTHER_MODERATOR)
    account = account.given("propose", at="+1d", proposal="q", sanction={**_ENDLESS, "sanction": "c"})
    step = waited(account, "+5d")
    assert [type(event).__name__ for event in step.events][-1] == "ProposalClosed"
    assert list(rules_apart.only_what_is_due_happens(step)) == []
    assert list(_FOLLOWS(step)) == []
