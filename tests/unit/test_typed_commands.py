"""Commands that a program builds itself are held to what JSON is held to; nothing is decided before its parts are settled."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain import acts
from account_sanctions.domain.commands import Command, checked, read_account, read_command, read_json
from account_sanctions.domain.deciding import handle
from account_sanctions.domain.errors import Malformed
from account_sanctions.domain.naming import with_ids
from account_sanctions.domain.period import Period
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.state import NOTHING, State
from account_sanctions.domain.terms import Basis
from account_sanctions.domain.vocabulary import Actor

from tests.unit.scenario import Account, t
from tests.unit.scenario import command as short

_BY = Actor("moderator", "m-1")
_WARN = acts.Warn(sanction="w", basis=Basis(clause="3.1"), for_=Period("P7D"))


def _command(act: Any, **fields: Any) -> Command:
    return Command(**{"account": "gh_1", "by": _BY, "at": t("+0d"), **fields}, act=act)


def _field(command: Command) -> object:
    with pytest.raises(Malformed) as raised:
        checked(command)
    return raised.value.details["field"]


@pytest.mark.parametrize("fields", [{}, {"at": None}, {"command_id": "c-1", "expected_version": 0}])
def test_typed_command_comes_back_as_it_is(fields: dict[str, Any]) -> None:
    assert checked(_command(_WARN, **fields)) == _command(_WARN, **fields)


def test_typed_command_is_held_to_what_json_is_held_to() -> None:
    assert _field(_command(_WARN, account="")) == "account"
    assert _field(_command(_WARN, at=t("+0d").replace(tzinfo=None))) == "at"
    assert _field(_command(_WARN, expected_version="1")) == "expected_version"
    assert _field(_command(acts.Note(text="a\0b"))) == "text"


@pytest.mark.parametrize(("what", "field"), [(object(), None), (7, "text"), (None, "text")])
def test_typed_command_of_something_else_is_malformed(what: Any, field: str | None) -> None:
    assert _field(_command(what)) is None
    assert _field(_command(acts.Note(text=what))) == field


def test_line_is_read_as_json() -> None:
    assert read_json('{"a": [1]}') == {"a": [1]}
    for line in (b"{", b'"\xff"', "[" * 100_000):
        with pytest.raises(Malformed) as raised:
            read_json(line)
        assert raised.value.details == {"field": None}


@pytest.mark.parametrize("wrong", ["", "a\nb", "a" * 201, 7, None])
def test_name_of_an_account_is_short_text(wrong: object) -> None:
    assert read_account("gh_1") == "gh_1"
    with pytest.raises(Malformed) as raised:
        read_account(wrong)
    assert raised.value.details["field"] == "account"


def _decide(act: acts.Act, state: State = NOTHING) -> None:
    actor = Actor("holder", "h-1") if isinstance(act, acts.Appeal) else _BY
    handle(Command(account="gh_1", by=actor, act=act, at=t("+1d")), state, DEFAULT)


def test_command_without_its_instant_is_not_decided() -> None:
    with pytest.raises(ValueError, match="the instant of a command"):
        handle(_command(_WARN, at=None), NOTHING, DEFAULT)


@pytest.mark.parametrize(
    ("name", "fields", "what"),
    [
        ("record_violation", {"clause": "3.1"}, "a violation"),
        ("report_violation", {"clause": "3.1"}, "a violation"),
        ("warn", {"permanent": True}, "a sanction"),
        ("appeal", {"sanction": "w"}, "an appeal"),
        ("propose", {"sanction": {"command": "warn", "basis": {"clause": "3.1"}, "permanent": True}}, "a proposal"),
    ],
)
def test_act_without_an_id_is_not_decided_and_is_with_one(name: str, fields: dict[str, Any], what: str) -> None:
    warned = Account().given("warn", at="+0d", sanction="w", permanent=True).state
    act = read_command(short(name, account="gh_1", by={"kind": "moderator", "id": "m-1"}, **fields)).act
    with pytest.raises(ValueError, match=f"{what} needs its id"):
        _decide(act, warned)
    _decide(with_ids(act, lambda letter: f"{letter}#1"), warned)


def test_proposed_sanction_without_an_id_is_not_decided() -> None:
    with pytest.raises(ValueError, match="a sanction needs its id"):
        _decide(acts.Propose(proposal="p", sanction=acts.Warn(basis=Basis(clause="3.1"), permanent=True)))


def test_sanction_because_of_another_account_is_not_decided_before_it_is_known_which() -> None:
    with pytest.raises(ValueError, match="the sanction of the other account"):
        _decide(acts.Warn(sanction="w", basis=Basis(clause="3.1"), permanent=True, because_of_account="gh_2"))


def test_hold_gets_an_id_where_none_is_given() -> None:
    account = Account().given("hold", at="+0d").given("hold", at="+0d", hold="mine")
    assert account.state.retention.holds.keys() == {"h#1", "mine"}
