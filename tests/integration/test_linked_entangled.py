"""Accounts that are linked both ways, in long chains and beside one another: what is read of them, and how much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.linking import link_ends
from account_sanctions.domain.errors import SanctionsError
from account_sanctions.domain.state import State
from account_sanctions.domain.terms import Link
from account_sanctions.infrastructure.store import Store
from msgspec.structs import replace

from tests.integration.support import MODERATOR, MovingClock, assert_sound, command

_BASIS = {"clause": "ring"}


class _Loads(Counter[str]):
    """How often each account was loaded; far too often stops the test rather than let it run for ever."""

    def note(self, account: str) -> None:
        self[account] += 1
        assert self.total() < 500, "this does not end"


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> _Loads:
    """Counts what is read of each account."""
    counted = _Loads()
    for name in ("load", "read", "headers", "history"):
        read = getattr(Store, name)

        def noting(store: Store, cursor: Any, account: str, *rest: Any, read: Any = read) -> Any:
            counted.note(account)
            return read(store, cursor, account, *rest)

        monkeypatch.setattr(Store, name, noting)
    return counted


@pytest.fixture
def sanctions(url: str, clock: MovingClock) -> Iterator[Sanctions]:
    with Sanctions.open(url, clock=clock) as opened:
        yield opened


def _restrict(account: str, sanction: str, cause: tuple[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    named = {} if cause is None else {"because_of_account": cause[0], "because_of_sanction": cause[1]}
    until = {} if "for" in fields else {"permanent": True}
    return command(
        "restrict",
        account,
        MODERATOR,
        **{"sanction": sanction, "basis": _BASIS, "functions": ["mass_send"], **until, **named, **fields},
    )


def _lift(account: str, sanction: str) -> dict[str, Any]:
    return command("lift", account, MODERATOR, sanction=sanction, reason="seen")


def test_accounts_linked_both_ways_are_each_read_once(
    sanctions: Sanctions, clock: MovingClock, url: str, loads: _Loads
) -> None:
    for account in "AB":
        sanctions.execute(_restrict(account, "root"))
    for turn in range(6):
        for account, other in ("AB", "BA"):
            loads.clear()
            sanctions.execute(_restrict(account, f"{account}{turn}", (other, "root")))
            assert loads == {"A": 1, "B": 1}
    clock.move(days=1)
    asked: list[Callable[[], object]] = [
        lambda: sanctions.may("A", "mass_send"),
        lambda: sanctions.state("A"),
        lambda: sanctions.state("A", known_at=clock()),
        lambda: sanctions.explain_account("A"),
    ]
    for ask in asked:
        loads.clear()
        ask()
        assert loads == {"A": 1, "B": 1}
    for account in "AB":
        assert not sanctions.may(account, "mass_send")
        sanctions.execute(_lift(account, "root"))
    assert sanctions.may("A", "mass_send")
    assert sanctions.may("B", "mass_send")
    assert (sanctions.sweep().accounts, sanctions.sweep().accounts) == (1, 0)
    assert_sound(url)


def test_long_chain_ends_from_its_beginning(sanctions: Sanctions, url: str, loads: _Loads) -> None:
    length = 60
    names = [f"a{number:02}" for number in range(length)]
    sanctions.execute(_restrict(names[0], "r"))
    sanctions.execute_many(_restrict(one, "r", (before, "r")) for before, one in pairwise(names))
    loads.clear()
    assert not sanctions.may(names[-1], "mass_send")
    assert loads == dict.fromkeys(names, 1)
    sanctions.execute(_lift(names[0], "r"))
    index = sanctions.index()
    for name in names:
        loads.clear()
        assert sanctions.may(name, "mass_send")
        assert sanctions.state(name).standing == "clear"
        assert max(loads.values()) <= 3
    assert (sanctions.sweep().accounts, sanctions.sweep().accounts) == (length - 1, 0)
    index.refresh()
    assert all(index.may(name, "mass_send") for name in names)
    assert_sound(url)


def test_only_the_accounts_of_the_causes_are_read(sanctions: Sanctions, loads: _Loads) -> None:
    for account in ("one", "two"):
        sanctions.execute(_restrict(account, "r"))
    sanctions.execute(_restrict("middle", "r", ("one", "r")))
    sanctions.execute(_restrict("middle", "aside", ("two", "r")))
    sanctions.execute(_restrict("last", "r", ("middle", "r")))
    loads.clear()
    sanctions.state("last")
    assert loads == {"last": 1, "middle": 1, "one": 1}
    loads.clear()
    sanctions.execute(command("note", "last", MODERATOR, text="seen"))
    assert loads == {"last": 1, "middle": 1, "one": 1}
    loads.clear()
    sanctions.execute(_restrict("new", "r", ("middle", "aside")))
    assert loads == {"new": 1, "middle": 1, "two": 1}
    loads.clear()
    assert sanctions.may("two", "payment")
    assert not loads


def test_cause_is_judged_at_the_time_of_the_command_not_by_what_is_recorded(
    sanctions: Sanctions, clock: MovingClock
) -> None:
    sanctions.execute(_restrict("main", "r", None, **{"for": "P1D"}))
    sanctions.execute(_restrict("middle", "r", ("main", "r")))
    clock.move(days=2)
    codes = []
    for given in (
        _restrict("new", "r", ("main", "r")),
        _restrict("new", "r", ("middle", "r")),
        {**_restrict("new", "r"), "because_of_account": "middle"},
    ):
        with pytest.raises(SanctionsError) as caught:
            sanctions.execute(given)
        codes.append(caught.value.code)
    assert codes == ["already_ended", "already_ended", "not_in_force"]


def test_circle_in_a_forged_store_comes_to_a_stop(sanctions: Sanctions) -> None:
    for account in "AB":
        sanctions.execute(_restrict(account, "r"))
    with sanctions.store.database.reading() as cursor:
        honest = {account: sanctions.store.load(cursor, account).state for account in "AB"}
    forged = {
        account: replace(state, live={"r": replace(state.live["r"], because_of=Link(other, "r"))})
        for (account, state), other in zip(honest.items(), "BA", strict=True)
    }
    asked = list[str]()

    def find(account: str) -> State:
        asked.append(account)
        return forged[account]

    assert link_ends(forged["A"].live.values(), find) == ()
    assert sorted(asked) == ["A", "B"]
