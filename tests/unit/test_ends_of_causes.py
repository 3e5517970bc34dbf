"""When a sanction ends, as far as is decided: what a sanction of another account that exists because of it has to know."""

from __future__ import annotations

import pytest
from account_sanctions.domain.due import LinkEnd, advance, bearer, due, end_of
from account_sanctions.domain.events import SanctionLifted
from account_sanctions.domain.queries import state_at
from account_sanctions.domain.vocabulary import DUE

from tests.unit.scenario import REVIEWER, Account, t

_BANNED = {"ban": {"for": "P3D"}}


def _restricted(**terms: object) -> Account:
    return Account().given("restrict", at="+0d", sanction="s", functions=["publish"], **terms)


def _ordered(*consequences: object) -> Account:
    return Account().given("order_rectification", at="+0d", sanction="o", within="P2D", on_default=list(consequences))


def _end(account: Account, sanction: str = "s", cause: LinkEnd | None = None) -> tuple[object, bool] | None:
    found = end_of(account.state, sanction, cause)
    assert found is None or found.sanction == sanction
    return None if found is None else (found.at, found.overturned)


def test_sanction_that_nobody_knows_has_no_end() -> None:
    assert _end(_restricted(until="+9d"), "other") is None


def test_end_that_was_decided_is_known_before_it_comes_and_after() -> None:
    one = _restricted(until="+9d")
    assert _end(one) == (t("+9d"), False)
    assert end_of(advance(one.state, t("+30d")), "s") == LinkEnd("s", t("+9d"))


def test_permanent_one_has_none() -> None:
    assert _end(_restricted(permanent=True)) is None


def test_scheduled_one_ends_after_it_has_begun() -> None:
    assert _end(_restricted(from_="+2d", until="+9d")) == (t("+9d"), False)


def test_lifted_one_ended_then() -> None:
    assert _end(_restricted(until="+9d").given("lift", at="+3d", sanction="s", reason="-")) == (t("+3d"), False)


def test_overturned_one_ended_then_and_was_wrong() -> None:
    one = _restricted(until="+9d").given("overturn", at="+3d", by=REVIEWER, sanction="s", reason="-")
    assert _end(one) == (t("+3d"), True)


def test_one_that_was_over_when_it_was_overturned_had_ended_by_itself() -> None:
    one = _restricted(until="+2d").given("overturn", at="+3d", by=REVIEWER, sanction="s", reason="-")
    assert _end(one) == (t("+2d"), False)


def test_consequence_that_has_not_begun_ends_after_the_deadline_of_its_order() -> None:
    assert _end(_ordered({"warn": {"for": "P1D"}}, _BANNED), "o/2") == (t("+5d"), False)
    assert _end(_ordered({"warn": {"for": "P1D"}}, _BANNED), "o/1") == (t("+3d"), False)


def test_consequence_that_will_not_come_ends_with_its_order() -> None:
    accepted = _ordered(_BANNED).given("submit_rectification", at="+1d", sanction="o", statement="done")
    accepted = accepted.given("accept_rectification", at="+1d+1h", by=REVIEWER, sanction="o", reason="it is")
    assert _end(accepted, "o/1") == (t("+1d+1h"), False)


def test_what_it_exists_because_of_ends_it_sooner_and_never_later() -> None:
    one = _restricted(until="+9d")
    assert _end(one, cause=LinkEnd("cause", t("+4d"))) == (t("+4d"), False)
    assert _end(one, cause=LinkEnd("cause", t("+12d"))) == (t("+9d"), False)
    assert _end(one, cause=LinkEnd("cause", t("+4d"), overturned=True)) == (t("+4d"), False)


def test_what_an_order_exists_because_of_ends_the_consequence_that_has_not_begun() -> None:
    assert _end(_ordered(_BANNED), "o/1", LinkEnd("cause", t("+1d"))) == (t("+1d"), False)
    assert _end(_ordered(_BANNED), "o/1", LinkEnd("cause", t("+4d"))) == (t("+5d"), False)


def test_nothing_else_of_the_account_is_looked_at() -> None:
    alone = _restricted(until="+9d")
    among = _restricted(until="+9d").given("warn", at="+1d", sanction="w", until="+3d")
    among = among.given("order_rectification", at="+1d", sanction="o", within="P2D", on_default=[_BANNED])
    among = among.given(
        "propose", at="+1d", proposal="p", sanction={"command": "ban", "basis": {"clause": "c"}, "permanent": True}
    )
    assert _end(among) == _end(alone)
    assert _end(among.given("lift", at="+2d", sanction="w", reason="-")) == _end(alone)


def test_bearer_of_a_consequence_that_has_not_begun_is_the_order() -> None:
    one = _ordered(_BANNED)
    order = one.state.sanction("o")
    assert bearer(one.state, "o") == bearer(one.state, "o/1") == order
    assert bearer(one.state, "other") is bearer(one.state, "other/1") is None
    begun = advance(one.state, t("+3d"))
    assert bearer(begun, "o/1") == begun.sanction("o/1") != begun.sanction("o")


@pytest.mark.parametrize(("overturned", "because"), [(False, "linked_ended"), (True, "linked_overturned")])
def test_end_of_the_cause_lifts_the_sanction_then_and_says_why(*, overturned: bool, because: str) -> None:
    one = _restricted(until="+9d")
    link = LinkEnd("s", t("+4d"), overturned)
    assert due(one.state, t("+3d"), (link,)) == ()
    assert due(one.state, t("+4d"), (link,)) == (SanctionLifted(at=t("+4d"), by=DUE, sanction="s", because=because),)


def test_end_of_the_cause_that_became_known_late_lifts_at_the_last_event() -> None:
    one = _restricted(until="+9d").given("warn", at="+5d", sanction="w", until="+6d")
    (lifted, *_) = due(one.state, t("+5d+1h"), (LinkEnd("s", t("+4d")),))
    assert (lifted.at, getattr(lifted, "sanction", None)) == (t("+5d"), "s")


def test_ends_of_causes_come_in_their_order_among_what_falls_due() -> None:
    one = _restricted(until="+9d").given("ban", at="+0d", sanction="b", until="+8d")
    one = one.given("warn", at="+0d", sanction="w", until="+3d")
    links = (LinkEnd("s", t("+4d")), LinkEnd("b", t("+2d")), LinkEnd("gone", t("+1d")))
    happened = [(event.at, getattr(event, "sanction", None)) for event in due(one.state, t("+9d"), links)]
    assert happened == [(t("+2d"), "b"), (t("+3d"), "w"), (t("+4d"), "s")]


def test_reading_ahead_applies_the_end_of_the_cause_where_nothing_else_falls_due() -> None:
    one = _restricted(permanent=True)
    ended = advance(one.state, t("+5d"), (LinkEnd("s", t("+4d")),))
    assert ended.ended["s"].ended_at == t("+4d")
    assert advance(one.state, t("+3d"), (LinkEnd("s", t("+4d")),)) == one.state
    seen, known = state_at(one.history, valid_at=t("+5d"), known_at=t("+5d"), links=(LinkEnd("s", t("+4d")),))
    assert (seen, known) == (ended, 1)


def test_cause_that_ends_at_the_instant_of_the_end_comes_first() -> None:
    one = _restricted(until="+4d")
    assert due(one.state, t("+4d"), (LinkEnd("s", t("+4d")),)) == (
        SanctionLifted(at=t("+4d"), by=DUE, sanction="s", because="linked_ended"),
    )
