"""When a sanction ends, for those of other accounts that exist because of it; and what its end does to them."""

from __future__ import annotations

import pytest
from account_sanctions.domain.commands import read_command
from account_sanctions.domain.deciding import handle
from account_sanctions.domain.due import LinkEnd, advance, bearer, consequence_functions, due, end_of
from account_sanctions.domain.errors import AlreadyEnded
from account_sanctions.domain.events import SanctionLifted
from account_sanctions.domain.naming import with_ids
from account_sanctions.domain.terms import Consequence, EndOnly
from msgspec.structs import replace

from tests.unit.scenario import OTHER_MODERATOR, Account, actor, command, t


def _linked(name: str = "warn", sanction: str = "w", **fields: object) -> Account:
    terms = fields or {"until": "+9d"}
    because = {"because_of_account": "gh_2", "because_of_sanction": "s"}
    return Account().given(name, at="+0d", sanction=sanction, **because, **terms)


@pytest.mark.parametrize(("overturned", "because"), [(False, "linked_ended"), (True, "linked_overturned")])
def test_sanction_is_lifted_when_what_it_exists_because_of_ends(because: str, *, overturned: bool) -> None:
    state = _linked().state
    (event,) = due(state, t("+4d"), (LinkEnd("w", t("+4d"), overturned),))
    assert isinstance(event, SanctionLifted)
    assert (event.sanction, event.at, event.because) == ("w", t("+4d"), because)
    assert due(state, t("+4d-1us"), (LinkEnd("w", t("+4d"), overturned),)) == ()


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


def test_end_of_a_sanction_in_force_is_the_one_that_is_decided() -> None:
    account = (
        Account().given("warn", at="+0d", sanction="w", until="+9d").given("ban", at="+0d", sanction="b", for_="P1D")
    )
    assert end_of(account.state, "w") == LinkEnd("w", t("+9d"))
    assert end_of(account.state, "b") == LinkEnd("b", t("+1d"))


def test_end_of_a_sanction_comes_with_what_it_exists_because_of() -> None:
    state = _linked().state
    assert end_of(state, "w", LinkEnd("x", t("+4d"), overturned=True)) == LinkEnd("w", t("+4d"))
    assert end_of(state, "w", LinkEnd("x", t("+20d"))) == LinkEnd("w", t("+9d"))


def test_no_end_is_known_of_what_is_permanent_or_unknown() -> None:
    account = Account().given("warn", at="+0d", sanction="w", permanent=True)
    assert end_of(account.state, "w") is None
    assert end_of(account.state, "x") is None


@pytest.mark.parametrize(
    ("overturned", "end"), [("+1d", LinkEnd("w", t("+1d"), True)), ("+3d", LinkEnd("w", t("+2d")))]
)
def test_overturned_sanction_ended_by_that_unless_it_had_ended_before(overturned: str, end: LinkEnd) -> None:
    account = (
        Account().given("warn", at="+0d", sanction="w", until="+2d").given("overturn", at=overturned, sanction="w")
    )
    assert end_of(account.state, "w") == end


def test_order_bears_what_it_announces() -> None:
    mute = {"restrict": ["publish"], "for": "P2D"}
    account = Account().given("order_rectification", at="+0d", sanction="o", deadline="+3d", on_default=[mute])
    order = bearer(account.state, "o/1")
    assert order is not None
    assert (order.id, bearer(account.state, "x/1")) == ("o", None)
    assert end_of(account.state, "o/1") == LinkEnd("o/1", t("+5d"))
    account.given("lift", at="+1d", sanction="o")
    assert end_of(account.state, "o/1") == LinkEnd("o/1", t("+1d"))


def test_announced_warning_takes_no_function() -> None:
    assert consequence_functions(Consequence(warn=EndOnly(permanent=True)), t("+0d")) == {}
