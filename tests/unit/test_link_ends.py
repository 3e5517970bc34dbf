"""What the end of a sanction does to what exists, or is proposed, because of it; `test_ends_of_causes.py` says when it ends."""

from __future__ import annotations

import pytest
from account_sanctions.domain.commands import read_command
from account_sanctions.domain.deciding import handle
from account_sanctions.domain.due import LinkEnd, advance, consequence_functions, due
from account_sanctions.domain.errors import AlreadyEnded
from account_sanctions.domain.naming import with_ids
from account_sanctions.domain.terms import Consequence, EndOnly
from msgspec.structs import replace

from tests.unit.scenario import OTHER_MODERATOR, Account, actor, command, t


def _linked(name: str = "warn", sanction: str = "w", **fields: object) -> Account:
    terms = fields or {"until": "+9d"}
    because = {"because_of_account": "gh_2", "because_of_sanction": "s"}
    return Account().given(name, at="+0d", sanction=sanction, **because, **terms)


def test_sanction_that_has_ended_is_not_lifted_by_what_it_exists_because_of() -> None:
    account = _linked().given("lift", at="+1d", sanction="w")
    assert due(account.state, t("+5d"), (LinkEnd("w", t("+4d")),)) == ()
    assert advance(account.state, t("+5d"), (LinkEnd("w", t("+4d")),)) == account.state


def test_proposal_because_of_a_sanction_that_has_ended_is_not_approved() -> None:
    ban = {"command": "ban", "sanction": "b", "basis": {"clause": "1.1"}, "permanent": True}
    ban |= {"because_of_account": "gh_2", "because_of_sanction": "s"}
    account = Account().given("propose", at="+0d", proposal="p", sanction=ban)
    asked = command("approve", account="gh_1", by=actor(OTHER_MODERATOR), at="+5d", proposal="p")
    approve = read_command(asked)
    assert len(handle(approve, account.state, account.policy, (LinkEnd("b", t("+5d+1us")),)).events) == 2
    with pytest.raises(AlreadyEnded) as raised:
        handle(approve, account.state, account.policy, (LinkEnd("b", t("+5d")),))
    assert raised.value.details == {"account": "gh_2", "sanction": "s"}


def test_proposed_change_does_not_exist_because_of_anything() -> None:
    change = {"command": "change_sanction", "sanction": "w", "until": "+20d", "reason": "seen"}
    account = _linked().given("propose", at="+0d", proposal="p", sanction=change)
    asked = read_command(command("approve", account="gh_1", by=actor(OTHER_MODERATOR), at="+5d", proposal="p"))
    settled = replace(asked, act=with_ids(asked.act, str))
    assert len(handle(settled, account.state, account.policy, (LinkEnd("w", t("+7d")),)).events) == 2


def test_announced_warning_takes_no_function() -> None:
    assert consequence_functions(Consequence(warn=EndOnly(permanent=True)), t("+0d")) == {}
