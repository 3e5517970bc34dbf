"""The followers of the asynchronous door pass the tests of the synchronous one, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

import pytest

from tests.integration import (
    following,
    test_follower_parking,
    test_follower_rebuild,
    test_followers,
    test_followers_elsewhere,
)
from tests.integration.awaited import AwaitedFollower, AwaitedSanctions

_MODULES: Final = (test_follower_parking, test_follower_rebuild, test_followers, test_followers_elsewhere)
_OF_THREADS: Final = frozenset(
    {
        "test_building_beside_that_was_stopped_goes_on_where_it_was",
        "test_building_afresh_hands_everything_over_again",
        "test_closing_the_door_ends_what_works_behind_it",
        "test_exchange_waits_for_a_follower_that_is_handing_over",
        "test_hosts_engine_that_commits_by_itself_does_not_do_so_here",
        "test_one_that_was_overtaken_does_not_move_the_position_back",
        "test_stopping_lets_the_next_process_go_on_at_once",
        "test_thread_can_be_stopped_by_its_own_handler",
        "test_thread_takes_in_what_comes_until_it_is_stopped",
        "test_two_followers_of_one_name_share_the_work_and_hand_nothing_over_twice",
        "test_whatever_is_poisoned_and_cured_each_account_is_handed_over_once_and_in_order",
    }
)
"""What a thread of the test does beside the follower would hold up the event loop; their like is in `test_async_followers`."""

globals().update(
    {
        name: test
        for module in _MODULES
        for name, test in vars(module).items()
        if name.startswith("test_") and name not in _OF_THREADS
    }
)


@pytest.fixture(autouse=True)
def event_loop_of_the_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.Runner]:
    """The tests run inside a greenlet of this loop (see conftest), and `Sanctions` is the asynchronous door to them."""
    for module in (following, *_MODULES):
        monkeypatch.setattr(module, "Sanctions", AwaitedSanctions)
    monkeypatch.setattr(test_followers_elsewhere, "Follower", AwaitedFollower)
    with asyncio.Runner() as runner:
        yield runner
