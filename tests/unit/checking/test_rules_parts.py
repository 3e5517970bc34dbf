"""Whose part it is: no machine bans for good or ends what it did not impose, and a permanent ban is a reviewer's to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from account_sanctions.domain import acts
from account_sanctions.domain.checking import Step
from account_sanctions.domain.checking.rules_parts import everybody_keeps_to_his_part
from account_sanctions.domain.period import Period
from account_sanctions.domain.terms import Basis, Consequence, EndOnly
from account_sanctions.domain.vocabulary import Actor, ActorKind
from msgspec.structs import replace

from .courses import COURSES
from .stepping import Forged

_PART: Final = everybody_keeps_to_his_part
_DAY: Final = EndOnly(for_=Period("P1D"))
_FOR_GOOD: Final = EndOnly(permanent=True)
_BASIS: Final = Basis(clause="1")
_REPORT: Final = acts.ReportViolation(violation="v", clause="spam")


def _asked(kind: ActorKind, act: acts.Act | None = None) -> Callable[[Step], Step]:
    """Somebody else asked, and maybe for something else."""

    def forge(step: Step) -> Step:
        assert step.command is not None
        return replace(step, command=replace(step.command, by=Actor(kind, "x"), act=act or step.command.act))

    return forge


def _order(*on_default: Consequence) -> acts.OrderRectification:
    return acts.OrderRectification(sanction="o", basis=_BASIS, within=Period("P1D"), on_default=on_default)


_BAN: Final = "a permanent ban was accepted from a machine"
_ANOTHER: Final = "of the permanent ban b came from a moderator"

_FORGED: Final[dict[str, Forged]] = {
    "permanent ban by a machine": Forged(
        _PART, COURSES["ban"], _asked("system", acts.Ban(sanction="b", basis=_BASIS, permanent=True)), _BAN
    ),
    "announcement of a permanent ban by a machine": Forged(
        _PART, COURSES["order"], _asked("system", _order(Consequence(warn=_DAY), Consequence(ban=_FOR_GOOD))), _BAN
    ),
    "replacement by a machine": Forged(
        _PART, COURSES["warning in place of a ban"], _asked("system"), "SanctionSuperseded of b came from a machine"
    ),
    "replacement of a permanent ban by a moderator": Forged(
        _PART, COURSES["warning in place of a ban for good"], _asked("moderator"), f"SanctionSuperseded {_ANOTHER}"
    ),
    "lift of a permanent ban by a moderator": Forged(
        _PART, COURSES["lift of a ban for good"], _asked("moderator"), f"SanctionLifted {_ANOTHER}"
    ),
    "overturning of a permanent ban by a moderator": Forged(
        _PART, COURSES["overturning a ban for good"], _asked("moderator"), f"SanctionOverturned {_ANOTHER}"
    ),
    "change of a permanent ban by a moderator": Forged(
        _PART, COURSES["ban that was for good"], _asked("moderator"), f"SanctionChanged {_ANOTHER}"
    ),
}


@pytest.mark.parametrize("name", _FORGED)
def test_a_rule_is_silent_on_a_step_as_it_came_and_finds_what_was_done_to_it(name: str) -> None:
    assert _FORGED[name].said() == ([], [_FORGED[name].sentence])


@pytest.mark.parametrize(
    "act",
    [
        acts.Ban(sanction="b", basis=_BASIS, for_=Period("P1D")),
        acts.Warn(sanction="b", basis=_BASIS, permanent=True),
        acts.Propose(proposal="p", sanction=acts.Ban(sanction="b", basis=_BASIS, permanent=True)),
        _order(),
        _order(Consequence(warn=_FOR_GOOD), Consequence(ban=_DAY)),
    ],
)
def test_machine_may_ban_for_a_time_warn_for_good_and_put_a_permanent_ban_forward(act: acts.Act) -> None:
    assert list(_PART(_asked("system", act)(COURSES["ban"]()))) == []


@pytest.mark.parametrize(("kind", "course"), [("system", "lift"), ("moderator", "lift of a ban for good")])
def test_what_a_ladder_does_is_nobodys_own_decision(kind: Any, course: str) -> None:
    assert list(_PART(_asked(kind, _REPORT)(COURSES[course]()))) == []


def test_end_of_what_is_unknown_is_no_end_of_a_permanent_ban() -> None:
    step = COURSES["lift"]()
    assert list(_PART(replace(step, before=replace(step.before, live={})))) == []


@pytest.mark.parametrize("kind", ["moderator", "reviewer"])
def test_people_ban_for_good_by_this_rule(kind: Any) -> None:
    """Whether two of them did, another rule asks."""
    ban = acts.Ban(sanction="b", basis=_BASIS, permanent=True)
    assert list(_PART(_asked(kind, ban)(COURSES["ban"]()))) == []
