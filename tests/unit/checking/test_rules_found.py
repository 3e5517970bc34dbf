"""What the rules of sanctions and time find in a step that did not come about so, sentence by sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from account_sanctions.domain.archive import Archive
from account_sanctions.domain.checking import RULES_OF_STEPS, Step, rules
from account_sanctions.domain.events import AccountBanned, NoticeServed, SanctionOverturned
from account_sanctions.domain.queries import Restriction
from msgspec.structs import replace

from tests.unit.scenario import OTHER_MODERATOR, Account, t

from .courses import COURSES, FOR_GOOD, banned_for_good, defaulted, ordered
from .stepping import Forged, changed, stepped, waited, without_events

_RULES: Final[dict[str, Any]] = {rule.__name__: rule for rule in RULES_OF_STEPS}
_WARN: Final[dict[str, Any]] = {"warn": {"for": "P9D"}}
_BAN: Final[dict[str, Any]] = {"ban": {"for": "P3D"}}


def _after(**fields: Any) -> Callable[[Step], Step]:
    return lambda step: replace(step, after=replace(step.after, **fields))


def _with(name: str, **fields: Any) -> Callable[[Step], Step]:
    return lambda step: replace(step, after=changed(step.after, name, **fields))


def _last(**fields: Any) -> Callable[[Step], Step]:
    return lambda step: replace(step, events=(*step.events[:-1], replace(step.events[-1], **fields)))


def _only_notice(step: Step) -> Step:
    """An event that names the ban, and says nothing of what became of it."""
    return replace(step, events=(NoticeServed(at=step.at, by=step.events[0].by, sanction="b"),))


def _warning_in_its_place(step: Step) -> Step:
    issued = COURSES["warning"]().events[0]
    return replace(step, events=(replace(issued, sanction="b"),))


def _called(name: str) -> Callable[[Step], Step]:
    """The consequence that is a ban has another name, in the state and in the event."""

    def forge(step: Step) -> Step:
        live = {one.id if one.kind != "ban" else name: one for one in step.after.live.values()}
        live[name] = replace(live[name], id=name)
        events = tuple(replace(one, sanction=name) if isinstance(one, AccountBanned) else one for one in step.events)
        return replace(step, after=replace(step.after, live=live), events=events)

    return forge


def _three_bans() -> Step:
    account = banned_for_good("b", Account().given("ban", at="+0d", sanction="a", until="+9d"))
    account.given("propose", at="+0d", proposal="q", sanction={**FOR_GOOD, "sanction": "c"})
    account.given("approve", at="+0d", proposal="q", by=OTHER_MODERATOR)
    return stepped(account, "note", at="+1d", text="-")


def _overturned() -> Step:
    account = Account().given("warn", at="+0d", sanction="w", until="+9d").given("overturn", at="+1d", sanction="w")
    return stepped(account, "note", at="+2d", text="-")


def _defaulted_beside_a_warning() -> Step:
    return waited(ordered(_BAN).given("warn", at="+0d", sanction="w", until="+9d"), "+2d")


def _defaulted() -> Step:
    return defaulted(_WARN, _BAN)


def _overturned_again(step: Step) -> Step:
    return replace(step, events=(SanctionOverturned(at=step.at, by=step.events[0].by, sanction="w"),))


def _gone(step: Step) -> Step:
    return _after(live={name: one for name, one in step.after.live.items() if name != "c"})(step)


_VOID: Final = "the ban o/2 is in force, and the order o that announced it is void"
_UNANNOUNCED: Final = "the ban o/2 was announced by no order in force"

_FORGED: Final[dict[str, Forged]] = {
    "last event with another standing": Forged(
        rules.standing_is_the_highest_in_force,
        defaulted,
        _last(standing="restricted"),
        "the last event records the standing restricted, and it is banned",
    ),
    "warning at its end": Forged(
        rules.nothing_outlives_its_end,
        COURSES["warning"],
        lambda step: replace(step, at=t("+5d")),
        "w is in_force after its end at 2026-01-06T00:00:00+00:00",
    ),
    "proposal at its end": Forged(
        rules.nothing_outlives_its_end,
        COURSES["proposal"],
        lambda step: _after(open_proposals={"p": replace(step.after.open_proposals["p"], lapses_at=step.at)})(step),
        "proposal p is open after it lapsed at 2026-01-02T00:00:00+00:00",
    ),
    "ban after a warning": Forged(
        rules.every_ban_has_a_decision,
        COURSES["ban"],
        without_events,
        "the ban b is in force, and no event imposed it",
    ),
    "ban by another event": Forged(
        rules.every_ban_has_a_decision,
        COURSES["ban"],
        _warning_in_its_place,
        "the ban b is in force, and no event imposed it",
    ),
    "start by another event": Forged(
        rules.every_ban_has_a_decision,
        COURSES["start"],
        _only_notice,
        "the scheduled ban b is in force before its start",
    ),
    "ban whose order is unknown": Forged(rules.every_ban_has_a_decision, _defaulted, _after(ended=Archive()), _VOID),
    "ban whose order is overturned": Forged(
        rules.every_ban_has_a_decision, _defaulted, _with("o", overturned_at=t("+2d")), _VOID
    ),
    "ban whose order was not in force": Forged(
        rules.every_ban_has_a_decision,
        _defaulted,
        lambda step: replace(step, before=replace(step.before, live={})),
        _UNANNOUNCED,
    ),
    "ban whose order was none": Forged(
        rules.every_ban_has_a_decision,
        _defaulted,
        lambda step: replace(step, before=changed(step.before, "o", order=None)),
        _UNANNOUNCED,
    ),
    "ban that is named after no place": Forged(
        rules.every_ban_has_a_decision, _defaulted, _called("o/x"), "the ban o/x was announced by no order in force"
    ),
    "ban that is named after the place before the first": Forged(
        rules.every_ban_has_a_decision, _defaulted, _called("o/0"), "the ban o/0 was announced by no order in force"
    ),
    "ban that is named after the place after the last": Forged(
        rules.every_ban_has_a_decision, _defaulted, _called("o/3"), "the ban o/3 was announced by no order in force"
    ),
    "one of two permanent bans vanishes": Forged(
        rules.a_permanent_ban_is_left_only_by_a_decision, _three_bans, _gone, "the permanent ban c is gone"
    ),
    "permanent ban that ends by another event": Forged(
        rules.a_permanent_ban_is_left_only_by_a_decision,
        COURSES["lift of a ban for good"],
        _only_notice,
        "the permanent ban b ended, and no event says so",
    ),
    "consequence beside a warning": Forged(
        rules.nothing_in_force_without_a_basis,
        _defaulted_beside_a_warning,
        _with("o", status="satisfied"),
        "o/1 follows from o, which did not default",
    ),
    "consequence of what is unknown": Forged(
        rules.nothing_in_force_without_a_basis,
        _defaulted_beside_a_warning,
        _after(ended=Archive()),
        "o/1 follows from o, which did not default",
    ),
    "consequence of what is no order": Forged(
        rules.nothing_in_force_without_a_basis,
        _defaulted_beside_a_warning,
        _with("o", order=None),
        "o/1 follows from o, which did not default",
    ),
    "lift that becomes an expiry": Forged(
        rules.events_do_what_they_say,
        COURSES["lift"],
        _with("w", status="expired"),
        "w is expired, and the events say lifted",
    ),
    "lift that leaves nothing": Forged(
        rules.events_do_what_they_say,
        COURSES["lift"],
        _after(ended=Archive()),
        "w is unknown, and the events say lifted",
    ),
    "announced ban that is in force": Forged(
        rules.events_do_what_they_say,
        COURSES["ban that is announced"],
        _with("b", status="in_force"),
        "b is in_force, and the events say scheduled",
    ),
    "acceptance that becomes a default": Forged(
        rules.events_do_what_they_say,
        COURSES["acceptance"],
        _with("o", status="defaulted"),
        "o is defaulted, and the events say satisfied",
    ),
    "restriction of something else": Forged(
        rules.events_do_what_they_say,
        COURSES["restriction"],
        _with("r", functions={"publish": t("+5d")}),
        f"r has other terms than FunctionsRestricted says: until {t('+9d')}, { {'publish': t('+5d')} }",
    ),
    "second overturning": Forged(
        _RULES["history_is_kept"], _overturned, _overturned_again, "w was overturned a second time"
    ),
}


@pytest.mark.parametrize("name", _FORGED)
def test_a_rule_is_silent_on_a_step_as_it_came_and_finds_what_was_done_to_it(name: str) -> None:
    assert _FORGED[name].said() == ([], [_FORGED[name].sentence])


def test_a_function_is_not_told_as_taken_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    step = COURSES["restriction"]()
    monkeypatch.setattr(rules, "restrictions", lambda _state, at: [Restriction("publish", at, ("r",))])

    assert list(rules.nothing_outlives_its_end(step)) == ["publish is still taken after 2026-01-02T00:00:00+00:00"]
