"""What a refusal says, word for word, and which field or person it names: people read it, and programs the details."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain import acts
from account_sanctions.domain.commands import Command, read_command
from account_sanctions.domain.deciding import handle
from account_sanctions.domain.due import LinkEnd
from account_sanctions.domain.errors import AlreadyEnded
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.state import NOTHING
from account_sanctions.domain.terms import Basis
from account_sanctions.domain.vocabulary import Actor

from tests.unit.scenario import OTHER_MODERATOR, Account, actor, command, t

_FOR_GOOD: dict[str, Any] = {"command": "ban", "sanction": "b", "basis": {"clause": "1"}, "permanent": True}


def _refused(account: Account, name: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    error = account.when(name, **fields).error
    assert error is not None
    return error.message, dict(error.details)


def test_what_falls_due_is_nobodys_name() -> None:
    assert _refused(Account(), "note", at="+0d", by="system:due", text="-") == (
        "what falls due by itself is recorded by the library alone; act under another name",
        {"actor": "due"},
    )


def test_restriction_of_nothing_is_refused() -> None:
    message, _ = _refused(Account(), "restrict", at="+0d", functions=[], permanent=True)
    assert message == "name at least one function"


def test_start_before_the_decision_is_refused_by_its_field() -> None:
    assert _refused(Account(), "warn", at="+2d", from_="+1d", until="+9d") == (
        "a sanction does not start before its decision",
        {"field": "from"},
    )


@pytest.mark.parametrize(
    "announced", [{"restrict": ["publish"], "until": "2026-01-03T00:00:00Z"}, {"ban": {"for": "P9999Y"}}]
)
def test_announcement_that_cannot_follow_is_refused_by_its_field(announced: dict[str, Any]) -> None:
    """The first would have ended before the deadline, the second lies beyond the calendar."""
    _, details = _refused(
        Account(), "order_rectification", at="+0d", sanction="o", deadline="+5d", on_default=[announced]
    )
    assert details["field"] == "on_default"


def test_what_a_permanent_ban_forbids_is_refused_in_its_words() -> None:
    account = Account().given("propose", at="+0d", proposal="p", sanction=_FOR_GOOD)
    account.given("approve", at="+0d", proposal="p", by=OTHER_MODERATOR)
    message, _ = _refused(account, "warn", at="+1d", permanent=True)
    assert message == "a permanent ban is in force; only a ban, or milder terms, can follow"


def test_proposal_whose_cause_has_ended_says_which() -> None:
    ban = {**_FOR_GOOD, "because_of_account": "gh_2", "because_of_sanction": "s"}
    account = Account().given("propose", at="+0d", proposal="p", sanction=ban)
    asked = command("approve", account="gh_1", by=actor(OTHER_MODERATOR), at="+5d", proposal="p")
    with pytest.raises(AlreadyEnded) as raised:
        handle(read_command(asked), account.state, account.policy, (LinkEnd("b", t("+5d")),))
    assert raised.value.message == "sanction 's' of 'gh_2', because of which this was proposed, has ended"


_WARN = acts.Warn(basis=Basis(clause="3.1"), permanent=True)


@pytest.mark.parametrize(
    ("act", "what"),
    [
        (_WARN, "a sanction needs its id before it is decided"),
        (acts.RecordViolation(clause="3.1"), "a violation needs its id before it is decided"),
        (acts.Propose(sanction=_WARN), "a proposal needs its id before it is decided"),
        (
            acts.Warn(sanction="w", basis=Basis(clause="3.1"), permanent=True, because_of_account="gh_2"),
            "the sanction of the other account must be settled before the command is decided",
        ),
    ],
)
def test_what_a_program_left_open_is_told_in_full(act: acts.Act, what: str) -> None:
    with pytest.raises(ValueError, match=f"^{what}$"):
        handle(Command(account="gh_1", by=Actor("moderator", "m-1"), act=act, at=t("+1d")), NOTHING, DEFAULT)


def test_appeal_without_an_id_and_command_without_an_instant_are_told_in_full() -> None:
    warned = Account().given("warn", at="+0d", sanction="w", permanent=True).state
    appeal = acts.Appeal(sanction="w", statement="-")
    asked = Command(account="gh_1", by=Actor("holder", "h-1"), act=appeal, at=t("+1d"))
    with pytest.raises(ValueError, match=r"^an appeal needs its id before it is decided$"):
        handle(asked, warned, DEFAULT)
    note = Command(account="gh_1", by=Actor("moderator", "m-1"), act=acts.Note(text="-"))
    with pytest.raises(ValueError, match=r"^the instant of a command must be settled before it is decided$"):
        handle(note, NOTHING, DEFAULT)
