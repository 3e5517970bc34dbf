"""Whom an exemption and a permanent ban protect from what, by a decision and by time; and who may hear an appeal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from account_sanctions.domain import events as e
from account_sanctions.domain.checking import Step
from account_sanctions.domain.checking.rules_people import (
    appeals_are_decided_by_another_person,
    protection_is_respected,
)
from account_sanctions.domain.state import Exemption
from account_sanctions.domain.vocabulary import Actor, ActorKind
from msgspec.structs import replace

from tests.unit.scenario import t

from .courses import COURSES, banned_for_good
from .stepping import Forged, changed, event_changed

_PROTECTED: Final = protection_is_respected
_HEARD: Final = appeals_are_decided_by_another_person


def _exempt(*unless: ActorKind) -> Callable[[Step], Step]:
    """The account was exempt already."""
    return lambda step: replace(step, before=replace(step.before, exemption=Exemption(t("+0d"), unless)))


def _not_exempt(step: Step) -> Step:
    return replace(step, before=replace(step.before, exemption=None))


def _banned(step: Step) -> Step:
    """A permanent ban was in force already."""
    ban = banned_for_good("z").state.live["z"]
    before, after = ({**state.live, "z": ban} for state in (step.before, step.after))
    return replace(step, before=replace(step.before, live=before), after=replace(step.after, live=after, terminal=True))


def _announced(step: Step) -> Step:
    """A permanent ban was announced, and has not begun."""
    return replace(_banned(step), before=changed(_banned(step).before, "z", status="scheduled"))


def _decided_by(kind: ActorKind, name: str) -> Callable[[Step], Step]:
    def forge(step: Step) -> Step:
        by = Actor(kind, name)
        events = tuple(replace(one, by=by) if isinstance(one, e.AppealDecided) else one for one in step.events)
        return replace(step, events=events)

    return forge


def _touched(name: str, **fields: Any) -> Callable[[Step], Step]:
    """Nobody is written down as having taken part; who decided is, and who ordered what led to it."""
    return lambda step: replace(step, before=changed(step.before, name, touched_by=frozenset(), **fields))


def _ordered_by_who_decides(step: Step) -> Step:
    """The consequence came of itself; the reviewer who decides about it had given the order."""
    forged = _touched("o/2", by=Actor("system", "rules"))(step)
    return replace(forged, before=changed(forged.before, "o", by=Actor("reviewer", "r-2"), touched_by=frozenset()))


def _approved_by_who_decides(step: Step) -> Step:
    forged = _touched("o/2", by=Actor("system", "rules"))(step)
    before = changed(forged.before, "o", approved_by=Actor("reviewer", "r-2"), touched_by=frozenset())
    return replace(forged, before=before)


def _gone(step: Step) -> Step:
    return replace(step, after=replace(step.after, live={}, ended=type(step.after.ended)()))


_WHILE_BANNED: Final = "came while a permanent ban was in force"
_WHILE_EXEMPT: Final = "came while the account was exempt from a moderator"

_FORGED: Final[dict[str, Forged]] = {
    "warning of somebody banned": Forged(
        _PROTECTED, COURSES["warning"], _banned, f"WarningIssued of w {_WHILE_BANNED}"
    ),
    "harsher terms of somebody banned": Forged(
        _PROTECTED, COURSES["longer restriction"], _banned, f"SanctionChanged of r {_WHILE_BANNED}"
    ),
    "warning of somebody exempt": Forged(
        _PROTECTED, COURSES["warning"], _exempt(), f"WarningIssued of w {_WHILE_EXEMPT}"
    ),
    "warning of somebody exempt from others": Forged(
        _PROTECTED, COURSES["warning"], _exempt("system"), f"WarningIssued of w {_WHILE_EXEMPT}"
    ),
    "ban of somebody exempt": Forged(_PROTECTED, COURSES["ban"], _exempt(), f"AccountBanned of b {_WHILE_EXEMPT}"),
    "harsher terms of somebody exempt": Forged(
        _PROTECTED, COURSES["longer ban"], _exempt(), f"SanctionChanged of b {_WHILE_EXEMPT}"
    ),
    "start of what an exemption keeps from beginning": Forged(
        _PROTECTED, COURSES["start"], _exempt(), "b began while the account was exempt"
    ),
    "start that no decision can except": Forged(
        _PROTECTED, COURSES["start"], _exempt("moderator"), "b began while the account was exempt"
    ),
    "consequence that an exemption does not keep from beginning": Forged(
        _PROTECTED,
        lambda: _only_ban(COURSES["default"]()),
        _exempt(),
        "o/2 began, and the account was exempt",
    ),
    "consequence that nothing keeps from beginning": Forged(
        _PROTECTED,
        lambda: _only_ban(COURSES["default that is withheld"]()),
        _not_exempt,
        "o/1 was withheld, and the account was not exempt",
    ),
    "appeal that a moderator decides": Forged(
        _HEARD, COURSES["appeal denied"], _decided_by("moderator", "m-9"), "appeal a was decided by a moderator"
    ),
    "appeal that who imposed it decides": Forged(
        _HEARD,
        COURSES["appeal denied"],
        lambda step: _touched("b")(_decided_by("reviewer", "m-1")(step)),
        "appeal a was decided by m-1, who took part in b",
    ),
    "appeal that who approved it decides": Forged(
        _HEARD,
        COURSES["appeal denied"],
        _touched("b", approved_by=Actor("reviewer", "r-1")),
        "appeal a was decided by r-1, who took part in b",
    ),
    "appeal that who changed it decides": Forged(
        _HEARD,
        COURSES["appeal denied"],
        lambda step: replace(step, before=changed(step.before, "b", touched_by=frozenset({"r-1"}))),
        "appeal a was decided by r-1, who took part in b",
    ),
    "appeal against a consequence that who gave the order decides": Forged(
        _HEARD,
        COURSES["appeal against a consequence"],
        _ordered_by_who_decides,
        "appeal a was decided by r-2, who took part in o/2",
    ),
    "appeal against a consequence that who approved the order decides": Forged(
        _HEARD,
        COURSES["appeal against a consequence"],
        _approved_by_who_decides,
        "appeal a was decided by r-2, who took part in o/2",
    ),
    "appeal that a moderator decides after something else": Forged(
        _HEARD,
        COURSES["appeal denied"],
        lambda step: replace(
            _decided_by("moderator", "m-9")(step),
            events=(
                e.NoteAdded(at=step.at, by=step.events[0].by),
                *_decided_by("moderator", "m-9")(step).events,
            ),
        ),
        "appeal a was decided by a moderator",
    ),
    "grant that leaves nothing": Forged(
        _HEARD, COURSES["appeal granted"], _gone, "appeal a was granted, and b was not overturned"
    ),
}


def _only_ban(step: Step) -> Step:
    """Of what follows, the ban alone."""
    events = tuple(one for one in step.events if not isinstance(one, e.WarningIssued | e.FunctionsRestricted))
    return replace(step, events=events)


@pytest.mark.parametrize("name", _FORGED)
def test_a_rule_is_silent_on_a_step_as_it_came_and_finds_what_was_done_to_it(name: str) -> None:
    assert _FORGED[name].said() == ([], [_FORGED[name].sentence])


@pytest.mark.parametrize(
    ("course", "forge"),
    [
        ("ban", _banned),
        ("warning", _announced),
        ("function given back", _banned),
        ("note", _banned),
        ("warning", _exempt("moderator")),
        ("warning", _exempt("system", "moderator")),
        ("shorter ban", _exempt()),
        ("lift", _exempt()),
    ],
)
def test_protection_is_from_what_is_imposed_or_made_harsher_by_those_whom_it_does_not_except(
    course: str, forge: Callable[[Step], Step]
) -> None:
    """More bans beside a permanent one are no harm; what is announced forbids nothing until it begins."""
    assert list(_PROTECTED(forge(COURSES[course]()))) == []


def test_permanent_ban_that_is_replaced_forbids_nothing() -> None:
    step = COURSES["warning in place of a ban for good"]()
    assert list(_PROTECTED(step)) == []
    assert list(_PROTECTED(_banned(step))) == [f"WarningIssued of w {_WHILE_BANNED}"]


def test_somebody_who_took_part_may_decide_where_the_policy_asks_for_nobody_else() -> None:
    step = _decided_by("reviewer", "m-1")(COURSES["appeal denied"]())
    assert list(_HEARD(replace(step, policy=replace(step.policy, separate_reviewer=False)))) == []


def test_appeal_against_what_is_unknown_was_decided_by_nobody_who_took_part() -> None:
    step = COURSES["appeal denied"]()
    assert list(_HEARD(replace(step, before=replace(step.before, live={})))) == []
    assert list(_HEARD(event_changed(step, sanction="z"))) == []


def test_who_took_part_in_a_consequence_is_known_where_its_order_is_not() -> None:
    step = COURSES["appeal against a consequence"]()
    before = changed(step.before, "o/2", caused_by="z", touched_by=frozenset())
    assert list(_HEARD(replace(step, before=before))) == []
