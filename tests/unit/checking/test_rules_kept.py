"""What is recorded says what was decided: on which clause, by which policy, by whom, when it ended, how it was settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from account_sanctions.domain import acts
from account_sanctions.domain import events as e
from account_sanctions.domain.archive import Archive
from account_sanctions.domain.checking import Step
from account_sanctions.domain.checking.rules_kept import history_is_kept, what_is_recorded_is_what_was_said
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.state import Exemption
from account_sanctions.domain.terms import Basis
from account_sanctions.domain.vocabulary import Actor
from msgspec.structs import replace

from tests.unit.scenario import Account, t

from .courses import COURSES
from .stepping import Forged, changed, event_changed, stepped, waited

_SAID: Final = what_is_recorded_is_what_was_said
_NONE: Final = Archive[Any]()
_OTHER: Final = e.PolicyRef("other", "9", "00")
_AS: Final = f"{DEFAULT.id}@{DEFAULT.version}"


def _after(**fields: Any) -> Callable[[Step], Step]:
    return lambda step: replace(step, after=replace(step.after, **fields))


def _with(name: str, **fields: Any) -> Callable[[Step], Step]:
    return lambda step: replace(step, after=changed(step.after, name, **fields))


def _event(kind: type[e.Event], **fields: Any) -> Callable[[Step], Step]:
    """What was recorded of this kind says something else."""

    def forge(step: Step) -> Step:
        events = tuple(replace(one, **fields) if isinstance(one, kind) else one for one in step.events)
        return replace(step, events=events)

    return forge


def _settled_otherwise(status: str) -> Callable[[Step], Step]:
    def forge(step: Step) -> Step:
        found = {name: replace(one, status=status) for name, one in step.after.settled_proposals.items()}
        return _after(settled_proposals=Archive(found))(step)

    return forge


def _overturned_after_its_end() -> Step:
    account = Account().given("warn", at="+0d", sanction="w", until="+2d")
    account.sweep("+3d")
    return stepped(account, "overturn", at="+4d", by="reviewer:r-1", sanction="w")


def _lapsed() -> Step:
    account = Account().given(
        "propose",
        at="+0d",
        proposal="p",
        sanction={"command": "warn", "sanction": "w", "basis": {"clause": "1"}} | {"permanent": True},
    )
    return waited(account, "+60d")


def _imposed(step: Step, clause: str) -> e.Imposed:
    """A warning of the clause, as if the report had imposed it at once."""
    return e.WarningIssued(
        at=step.at,
        by=Actor("system", "engine"),
        sanction="w",
        basis=Basis(clause=clause),
        from_=step.at,
        policy=step.policy.ref,
    )


def _ban_follows() -> Step:
    order = {"sanction": "o", "deadline": "+2d", "on_default": [{"ban": {"for": "P3D"}}]}
    return waited(Account().given("order_rectification", at="+0d", **order), "+2d")


def _noted_after_a_violation() -> Step:
    account = Account().given("record_violation", at="+0d", violation="v", clause="1")
    return stepped(account, "note", at="+1d", text="-")


_FORGED: Final[dict[str, Forged]] = {
    "clause of another decision": Forged(
        _SAID,
        COURSES["warning"],
        _event(e.Imposed, basis=Basis(clause="2")),
        f"w names 2 of {_AS}, and decided was 4.2 of {_AS}",
    ),
    "policy of another decision": Forged(
        _SAID, COURSES["ban"], _event(e.Imposed, policy=_OTHER), f"b names 4.2 of other@9, and decided was 4.2 of {_AS}"
    ),
    "clause of another report": Forged(
        _SAID,
        COURSES["report that proposes"],
        lambda step: replace(step, events=(_imposed(step, "fraud"),)),
        "w names fraud of community@1, and decided was spam of community@1",
    ),
    "policy of another report": Forged(
        _SAID,
        COURSES["report that proposes"],
        lambda step: replace(step, events=(replace(_imposed(step, "spam"), policy=_OTHER),)),
        "w names spam of other@9, and decided was spam of community@1",
    ),
    "clause of another proposal": Forged(
        _SAID,
        COURSES["approval"],
        _event(e.Imposed, basis=Basis(clause="2")),
        f"b names 2 of {_AS}, and decided was 1 of {_AS}",
    ),
    "clause of another order": Forged(
        _SAID,
        _ban_follows,
        _event(e.Imposed, basis=Basis(clause="2")),
        f"o/1 names 2 of {_AS}, and decided was 4.2 of {_AS}",
    ),
    "policy of another order": Forged(
        _SAID,
        _ban_follows,
        _event(e.Imposed, policy=_OTHER),
        f"o/1 names 4.2 of other@9, and decided was 4.2 of {_AS}",
    ),
    "end at another instant": Forged(
        _SAID,
        COURSES["lift"],
        _with("w", ended_at=t("+2d")),
        f"w ended at {t('+1d').isoformat()}, and what is recorded is {t('+2d')}",
    ),
    "end that is not recorded": Forged(
        _SAID,
        COURSES["lift"],
        _with("w", ended_at=None),
        f"w ended at {t('+1d').isoformat()}, and what is recorded is None",
    ),
    "acceptance at another instant": Forged(
        _SAID,
        COURSES["acceptance"],
        _with("o", ended_at=t("+2d")),
        f"o ended at {t('+1d').isoformat()}, and what is recorded is {t('+2d')}",
    ),
    "overturning that forgets the end before it": Forged(
        _SAID,
        _overturned_after_its_end,
        _with("w", ended_at=None),
        f"w ended at {t('+4d').isoformat()}, and what is recorded is None",
    ),
    "change by somebody who is forgotten": Forged(
        _SAID,
        COURSES["shorter ban"],
        _event(e.SanctionChanged, by=Actor("moderator", "m-9")),
        "b was changed by m-9, and does not say so",
    ),
    "approval of a change by somebody who is forgotten": Forged(
        _SAID,
        COURSES["approval of a change"],
        _event(e.SanctionChanged, approved_by=Actor("reviewer", "a-9")),
        "b was changed by a-9, m-1, and does not say so",
    ),
    "exemption that protects nobody": Forged(
        _SAID,
        COURSES["exemption"],
        _after(exemption=None),
        "the account is not exempt, and AccountExempted was recorded",
    ),
    "exemption from others": Forged(
        _SAID,
        COURSES["other exemption"],
        _after(exemption=Exemption(t("+1d"), ("moderator",))),
        "the account is exempt, and AccountExempted was recorded",
    ),
    "exemption that goes on": Forged(
        _SAID,
        COURSES["end of an exemption"],
        _after(exemption=Exemption(t("+1d"), ())),
        "the account is exempt, and ExemptionEnded was recorded",
    ),
    "approval that is gone": Forged(
        _SAID,
        COURSES["approval"],
        _after(settled_proposals=_NONE),
        "ProposalApproved was recorded, and the proposal p is gone",
    ),
    "approval that dismisses": Forged(
        _SAID,
        COURSES["approval"],
        _settled_otherwise("dismissed"),
        "ProposalApproved was recorded, and the proposal p is dismissed",
    ),
    "dismissal that approves": Forged(
        _SAID,
        COURSES["dismissal"],
        _settled_otherwise("approved"),
        "ProposalDismissed was recorded, and the proposal p is approved",
    ),
    "lapse that dismisses": Forged(
        _SAID, _lapsed, _settled_otherwise("dismissed"), "ProposalLapsed was recorded, and the proposal p is dismissed"
    ),
    "closing that lapses": Forged(
        _SAID,
        COURSES["default that bans for good"],
        lambda step: _after(
            settled_proposals=step.after.settled_proposals.with_entries(
                {"q": replace(step.after.settled_proposals["q"], status="lapsed")}
            )
        )(step),
        "ProposalClosed was recorded, and the proposal q is lapsed",
    ),
    "violation that is not on record": Forged(
        _SAID, COURSES["violation"], _after(violations={}), "the violation v was recorded, and is not on record"
    ),
    "violation that disappears": Forged(
        history_is_kept,
        _noted_after_a_violation,
        _after(violations=_NONE),
        "the violation v is not on record any more as it was",
    ),
    "start that moves": Forged(
        history_is_kept,
        COURSES["notice"],
        _with("b", from_=t("+1d")),
        f"b has another from than it had: {t('+1d')} for {t('+0d')}",
    ),
}


@pytest.mark.parametrize("name", _FORGED)
def test_a_rule_is_silent_on_a_step_as_it_came_and_finds_what_was_done_to_it(name: str) -> None:
    assert _FORGED[name].said() == ([], [_FORGED[name].sentence])


def test_what_is_gone_is_not_missed_by_the_rule_of_what_was_said() -> None:
    """Another rule says that it is gone; this one has nothing to compare with."""
    lifted, altered = COURSES["lift"](), COURSES["shorter ban"]()
    assert list(_SAID(replace(lifted, after=replace(lifted.after, ended=_NONE)))) == []
    assert list(_SAID(replace(altered, after=replace(altered.after, live={})))) == []


def test_late_acceptance_leaves_the_end_that_the_default_made() -> None:
    step = COURSES["late acceptance"]()
    accepted = next(one for one in step.events if isinstance(one, e.RectificationAccepted))
    still_open = replace(step, before=COURSES["submission"]().before, events=(accepted,))
    assert list(_SAID(still_open)) == []
    assert len(list(_SAID(event_changed(still_open, late=False)))) == 1


@pytest.mark.parametrize(
    "command",
    [
        None,
        acts.Note(text="-"),
        acts.Approve(proposal="z"),
        acts.ChangeSanction(sanction="w", permanent=True, reason="-"),
    ],
)
def test_basis_is_compared_where_a_decision_names_one(command: acts.Act | None) -> None:
    """Whether there was such a decision at all, another rule asks."""
    step = event_changed(COURSES["warning"](), basis=Basis(clause="2"))
    assert step.command is not None
    without = replace(step, command=None if command is None else replace(step.command, act=command))
    assert list(_SAID(without)) == []


def test_basis_of_a_consequence_is_compared_where_its_order_is_known() -> None:
    step = _ban_follows()
    unknown = replace(step, before=replace(step.before, live={}))
    assert list(_SAID(_event(e.Imposed, basis=Basis(clause="2"))(unknown))) == []
