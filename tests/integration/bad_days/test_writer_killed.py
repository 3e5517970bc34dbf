"""A writer is killed with SIGKILL, at random points and at every call of the driver; its connections are cut as well.

Whatever was acknowledged is there, nothing is half there, and sending everything again makes it whole.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

import pytest
from account_sanctions.application import Sanctions

from tests.integration.support import assert_sound, database, restrict, rows
from tests.integration.worker import CHUNK, command
from tests.integration.workers import Victim, line, recorded_ids, worker
from tests.postgres import fresh_store

from .counts import CYCLES

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

# So many writers die on one database before everything in it is looked at and the next one is taken.
_LIFETIME: Final = 50
_WHOLE: Final = CHUNK + 1
_OTHERS: Final = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'"
)
_CUT: Final = _OTHERS.replace("SELECT pid", "SELECT pg_terminate_backend(pid)")


@pytest.fixture(params=["sqlite", "postgres"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes databases, as many as wanted."""
    numbers = count(1)
    if request.param == "postgres":
        return fresh_store
    return lambda: database(tmp_path, f"{next(numbers)}.db")


def test_killed_writer_leaves_every_acknowledged_command_and_none_half(
    fresh: Callable[[], str], record_property: Callable[[str, object], None]
) -> None:
    random = Random(os.environ.get("ACCOUNT_SANCTIONS_TEST_SEED", "1"))  # noqa: S311 - not a secret
    done = commands = cuts = 0
    while done < CYCLES:
        url, lifetime = fresh(), min(_LIFETIME, CYCLES - done)
        acknowledged: set[str] = set()
        with worker("zygote") as zygote:
            assert line(zygote) == "ready"
            for cycle in range(lifetime):
                victim = Victim(zygote, f"until {url} k{cycle}")
                for _ in range(random.randrange(12)):  # at times before the first acknowledgement
                    victim.hear()
                while _is_postgres(url) and random.random() < 0.4:
                    cuts += len(rows(url, _CUT))
                    victim.hear(random.random() / 100)
                victim.hear(random.random() / 200)
                victim.kill()
                victim.bury()
                assert victim.status == -signal.SIGKILL
                acknowledged |= victim.acknowledged
                _assert_acknowledged(url, victim.acknowledged, f"k{cycle}-")
        assert len(acknowledged) > lifetime
        _assert_whole(url, acknowledged)
        _send_again(url, [f"k{cycle}" for cycle in range(lifetime)])
        done += lifetime
        commands += len(acknowledged)
    for name, count_ in (("cycles", done), ("acknowledged", commands), ("connections cut", cuts)):
        record_property(name, count_)


def test_writer_that_dies_at_any_call_of_the_driver_leaves_all_or_nothing(fresh: Callable[[], str]) -> None:
    url = fresh()
    with Sanctions.open(url) as sanctions:
        sanctions.execute(restrict("gh_0", command_id="first"))
    acknowledged: set[str] = set()
    names: list[str] = []
    with worker("zygote") as zygote:
        assert line(zygote) == "ready"
        for step in count(1):
            names.append(f"d{step}")
            victim = Victim(zygote, f"at {step} {url} d{step}")
            victim.bury()
            acknowledged |= victim.acknowledged
            if victim.status == 0:
                break
            assert victim.status == -signal.SIGKILL
    assert len(names) > 20, "the writer called the driver more often than that"
    _assert_whole(url, acknowledged)
    _send_again(url, names)


def _is_postgres(url: str) -> bool:
    return url.startswith("postgresql")


def _wait_for_the_server(url: str) -> None:
    """A server goes on for a moment with what a dead client had sent."""
    if _is_postgres(url):
        for _ in iter(partial(rows, url, _OTHERS), []):
            pass


def _assert_acknowledged(url: str, acknowledged: set[str], names: str) -> None:
    """One cycle: cheap enough to be done each time."""
    if acknowledged:
        found = rows(url, "SELECT command_id FROM sanctions_commands WHERE command_id LIKE ?", f"{names}%")
        assert acknowledged <= {name for (name,) in found}


def _assert_whole(url: str, acknowledged: set[str]) -> None:
    _wait_for_the_server(url)
    recorded = recorded_ids(url)
    assert acknowledged <= recorded.keys()
    assert set(recorded.values()) == {1}
    remembered = {name for (name,) in rows(url, "SELECT command_id FROM sanctions_commands")}
    assert remembered == recorded.keys()
    chunks = Counter(
        f"{writer}-{(number - 1) // _WHOLE}"
        for writer, dash, digits in (name.partition("-") for name in recorded)
        if digits.isdecimal() and (number := int(digits)) % _WHOLE
    )
    assert set(chunks.values()) <= {CHUNK}, "a chunk is one transaction"
    assert_sound(url)


def _send_again(url: str, names: list[str]) -> None:
    """What is recorded comes back as a duplicate, the rest is decided now: then everything is there once."""
    before = recorded_ids(url)
    again = [command(name, number) for name in names for number in range(_WHOLE)]
    with Sanctions.open(url) as sanctions:
        outcomes = sanctions.execute_many(again)
    expected = {True: "duplicate", False: "accepted"}
    assert [outcome.status for outcome in outcomes] == [expected[one["command_id"] in before] for one in again]
    after = recorded_ids(url)
    assert after == before | Counter({one["command_id"]: 1 for one in again})
    assert_sound(url)
