"""Deadlines move to a later instant that somebody set, or by what was left of them; proposals lapse when the policy says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import pytest
from account_sanctions.domain.checking import Step
from account_sanctions.domain.checking.rules_asked import what_changes_was_asked_for
from msgspec.structs import replace

from tests.unit.scenario import t

from .courses import COURSES
from .stepping import Forged, changed, event_changed

_ASKED: Final = what_changes_was_asked_for
_REJECTED: Final = "rejection that starts the clock again"


def _order(**fields: Any) -> Callable[[Step], Step]:
    """The order was otherwise before."""

    def forge(step: Step) -> Step:
        order = step.before.live["o"].order
        assert order is not None
        return replace(step, before=changed(step.before, "o", order=replace(order, **fields)))

    return forge


def _no_order(step: Step) -> Step:
    return replace(step, before=changed(step.before, "o", order=None))


def _unknown(step: Step) -> Step:
    return replace(step, before=replace(step.before, live={}))


def _event(**fields: Any) -> Callable[[Step], Step]:
    return lambda step: event_changed(step, **fields)


def _rejected(deadline: str | None, left: datetime | None) -> str:
    found = None if deadline is None else t(deadline)
    return f"after the rejection the deadline of o is {found}, and by what was left it is {left}"


_NOT_LATER: Final = f"the deadline of o moved to {t('+4d').isoformat()}, which is not later"

_FORGED: Final[dict[str, Forged]] = {
    "extension to the deadline that there was": Forged(
        _ASKED, COURSES["extension"], _order(deadline=t("+4d")), _NOT_LATER
    ),
    "extension to an earlier deadline": Forged(_ASKED, COURSES["extension"], _order(deadline=t("+5d")), _NOT_LATER),
    "extension of what is no order": Forged(_ASKED, COURSES["extension"], _no_order, _NOT_LATER),
    "extension of what is unknown": Forged(_ASKED, COURSES["extension"], _unknown, _NOT_LATER),
    "clock that is not started again": Forged(
        _ASKED, COURSES[_REJECTED], _event(deadline=None), _rejected(None, t("+10d"))
    ),
    "clock that is started with more than was left": Forged(
        _ASKED, COURSES[_REJECTED], _event(deadline=t("+11d")), _rejected("+11d", t("+10d"))
    ),
    "clock that had run on and is started again": Forged(
        _ASKED, COURSES["rejection"], _event(deadline=t("+2d")), _rejected("+2d", None)
    ),
    "clock of what is no order": Forged(_ASKED, COURSES[_REJECTED], _no_order, _rejected("+10d", None)),
    "clock of what is unknown": Forged(_ASKED, COURSES[_REJECTED], _unknown, _rejected("+10d", None)),
    "clock of an order for which nothing was submitted": Forged(
        _ASKED, COURSES[_REJECTED], _order(submitted_at=None), _rejected("+10d", None)
    ),
    "proposal that waits for longer": Forged(
        _ASKED,
        COURSES["proposal"],
        _event(lapses_at=t("+99d")),
        f"proposal p lapses at {t('+99d').isoformat()}, by the policy {t('+31d').isoformat()}",
    ),
}


@pytest.mark.parametrize("name", _FORGED)
def test_a_rule_is_silent_on_a_step_as_it_came_and_finds_what_was_done_to_it(name: str) -> None:
    assert _FORGED[name].said() == ([], [_FORGED[name].sentence])
