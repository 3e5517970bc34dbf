"""Fixtures for hosts' tests; pytest loads this module by its entry point in every run, so it imports nothing heavy.

    def test_banned_account_cannot_publish(sanctions, sanctions_clock): ...

Override `sanctions_policy`, `sanctions_url` or `sanctions_clock` in a conftest to test under your own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from account_sanctions.application import Sanctions
    from account_sanctions.testing import Case, FrozenClock


@pytest.fixture
def sanctions_policy() -> Any:
    """The policy under which `sanctions` decides: a name, a path or an object. Override it."""
    return "default"


@pytest.fixture
def sanctions_url() -> Any:
    """The database of `sanctions`, an URL or an SQLAlchemy engine: in memory unless overridden. It should be empty."""
    return "sqlite://"


@pytest.fixture
def sanctions_clock() -> FrozenClock:
    """A clock that stands at 2026-01-01 until the test moves it."""
    from account_sanctions.testing import FrozenClock

    return FrozenClock()


@pytest.fixture
def sanctions(sanctions_url: Any, sanctions_policy: Any, sanctions_clock: FrozenClock) -> Iterator[Sanctions]:
    """An open store with that policy and clock; closed after the test."""
    from account_sanctions.application import Sanctions

    with Sanctions.open(sanctions_url, policy=sanctions_policy, clock=sanctions_clock) as opened:
        yield opened


@pytest.fixture
def sanctions_case(sanctions: Sanctions, sanctions_clock: FrozenClock) -> Callable[..., Case]:
    """Given, when, then on that store: `sanctions_case("gh_1").given("restrict", ...)`."""
    from account_sanctions.testing import Case

    def case(account: str = "gh_1", **hooks: Any) -> Case:
        return Case(sanctions, account, clock=sanctions_clock, **hooks)

    return case
