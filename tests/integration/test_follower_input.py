"""What makes no sense as a follower, an index or a store is refused at once, and nothing is lost by a slip of the pen."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import Any

import pytest
from account_sanctions.application import AsyncSanctions, Sanctions
from account_sanctions.application.following import HandlerNotAwaited
from account_sanctions.infrastructure.errors import PartitionsFixed

from tests.integration.following import Seen, log_of, notes, open_with_notes
from tests.integration.support import rows
from tests.integration.waiting import until

_NONSENSE = [
    ({"batch": 0}, ValueError, "at least one"),
    ({"batch": 1.5}, ValueError, "at least one"),
    ({"batch": "7"}, ValueError, "at least one"),
    ({"attempts": 0}, ValueError, "at least one"),
    ({"attempts": 1.5}, ValueError, "at least one"),
    ({"attemps": 5}, TypeError, "no setting 'attemps'"),
    ({"start": "Now"}, ValueError, "not 'Now'"),
    ({"poll": 0}, ValueError, "above 0"),
    ({"poll": -1}, ValueError, "above 0"),
    ({"poll": math.nan}, ValueError, "above 0"),
    ({"poll": math.inf}, ValueError, "above 0"),
    *(({"hold": seconds}, ValueError, "at most a day") for seconds in (0, -1, math.nan, math.inf, 86_401)),
]


def _handler(*_given: object) -> None:
    """Does nothing."""


async def _coroutine(*_given: object) -> None:
    """Does nothing, later."""


@pytest.mark.parametrize(("settings", "kind", "said"), _NONSENSE, ids=str)
@pytest.mark.parametrize("how", ["follow", "follow_elsewhere"])
def test_nonsense_in_the_settings_is_refused(
    file_url: str, how: str, settings: dict[str, Any], kind: type[Exception], said: str
) -> None:
    with Sanctions.open(file_url) as sanctions, pytest.raises(kind, match=said):
        getattr(sanctions, how)("seen", _handler, **settings)

    async def in_a_loop() -> None:
        async with await AsyncSanctions.open(file_url) as sanctions:
            with pytest.raises(kind, match=said):
                getattr(sanctions, how)("seen", _coroutine, **settings)

    asyncio.run(in_a_loop())


@pytest.mark.parametrize("name", ["", "x" * 201, "a\0b"])
def test_name_that_is_none_is_refused(file_url: str, name: str) -> None:
    with Sanctions.open(file_url) as sanctions, pytest.raises(ValueError, match="1 to 200"):
        sanctions.follow(name, _handler)


def test_what_cannot_be_called_is_no_handler(file_url: str) -> None:
    given: Any = None
    with Sanctions.open(file_url) as sanctions:
        for follow in (sanctions.follow, sanctions.follow_elsewhere):
            with pytest.raises(TypeError, match="not NoneType"):
                follow("seen", given)


@pytest.mark.parametrize("how", ["follow", "follow_elsewhere"])
def test_coroutine_function_is_refused_where_nobody_waits_for_it_and_no_event_is_lost(url: str, how: str) -> None:
    with open_with_notes(url, 3) as sanctions:
        follower = getattr(sanctions, how)("seen", _coroutine)
        for _ in range(4):
            with pytest.raises(HandlerNotAwaited) as caught:
                follower.step()
            assert (caught.value.code, caught.value.retriable) == ("handler_not_awaited", False)
        assert (follower.status().behind, follower.parked()) == (3, [])


@pytest.mark.parametrize("how", ["follow", "follow_elsewhere"])
def test_plain_function_is_refused_in_an_event_loop_and_no_event_is_lost(url: str, how: str) -> None:
    async def in_a_loop() -> None:
        async with await AsyncSanctions.open(url) as sanctions:
            await sanctions.execute_many(notes(3))
            follower = getattr(sanctions, how)("seen", _handler)
            with pytest.raises(HandlerNotAwaited, match="no coroutine function"):
                await follower.step()
            assert ((await follower.status()).behind, await follower.parked()) == (3, [])

    asyncio.run(in_a_loop())


@pytest.mark.parametrize("settings", [{"max_staleness": -1}, {"max_staleness": math.nan}, {"poll": 0}, {"poll": -1}])
def test_index_that_would_never_be_too_old_or_never_rest_is_refused(file_url: str, settings: dict[str, Any]) -> None:
    when: dict[str, Any] = {"when_stale": "deny"} if "max_staleness" in settings else {}
    with Sanctions.open(file_url) as sanctions, pytest.raises(ValueError, match="number of seconds"):
        sanctions.index(**settings, **when)


@pytest.mark.parametrize("partitions", [0, -3, 1025, 1.5, "4", True])
def test_number_of_partitions_that_is_none_leaves_no_half_made_store(file_url: str, partitions: Any) -> None:
    with pytest.raises(PartitionsFixed, match="1 to 1024"):
        Sanctions.open(file_url, partitions=partitions)
    with Sanctions.open(file_url, partitions=4) as sanctions:
        assert len(sanctions.log_status()) == 4


def test_alarm_that_fails_does_not_end_what_it_watches(file_url: str, caplog: pytest.LogCaptureFixture) -> None:
    absent, back = "ALTER TABLE sanctions_log RENAME TO mislaid", "ALTER TABLE mislaid RENAME TO sanctions_log"
    with open_with_notes(file_url, 2) as sanctions:
        seen = Seen(file_url)

        def alarm(_error: Exception) -> None:
            raise OSError("the pager does not answer")

        rows(file_url, absent)
        with caplog.at_level(logging.WARNING), sanctions.follow("seen", seen, poll=0.01, on_error=alarm) as follower:
            until(lambda: len(caplog.records) >= 2)
            rows(file_url, back)
            until(lambda: len(seen.ids()) == 2)
            assert follower.is_running
        assert seen.ids() == log_of(file_url)
    assert {getattr(record, "code", None) for record in caplog.records} >= {"store_replaced", "OSError"}
