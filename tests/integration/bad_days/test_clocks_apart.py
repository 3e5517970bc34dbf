"""Processes whose clocks differ: one an hour behind, one an hour ahead."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import OutOfOrder

from tests.integration.support import T0, assert_sound, command, database, restrict
from tests.postgres import fresh_store

_HOUR = timedelta(hours=1)


class Skewed:
    """A clock that goes wrong by a fixed span, and on by a second whenever somebody looks at it."""

    def __init__(self, wrong_by: timedelta = timedelta()) -> None:
        self._now = T0 + wrong_by

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return database(tmp_path) if request.param == "sqlite" else fresh_store()


@pytest.mark.parametrize("wrong_by", [-_HOUR, _HOUR], ids=["behind", "ahead"])
def test_times_of_an_account_never_run_back_whoever_writes(url: str, wrong_by: timedelta) -> None:
    with Sanctions.open(url, clock=Skewed()) as right, Sanctions.open(url, clock=Skewed(wrong_by)) as wrong:
        for number in range(6):
            (wrong if number % 2 else right).execute(command("note", text=f"{number}"))
            outcome = (right if number % 2 else wrong).execute_many([command("note", text=f"{number}, in a batch")])
            assert outcome[0].status == "accepted"
        events = right.history("gh_1").events
    assert len(events) == 12
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert [event.recorded_at for event in events] == sorted(event.recorded_at for event in events)
    if wrong_by < timedelta():
        assert events[-1].at < T0 + timedelta(minutes=1), (
            "a clock that is behind leaves no trace: at = max(now, last at)"
        )
    else:
        assert events[-1].at > T0 + _HOUR, "what was recorded with a clock that is ahead stands"
    assert_sound(url)


def test_process_that_is_behind_answers_by_its_own_clock_and_as_known_to_all(url: str) -> None:
    with Sanctions.open(url, clock=Skewed()) as right, Sanctions.open(url, clock=Skewed(-_HOUR)) as behind:
        right.execute(restrict(sanction="s-1", for_="PT2H"))
        assert not right.may("gh_1", "mass_send")
        # For the process that is behind, the restriction begins in an hour: it says so, and of when.
        assert behind.may("gh_1", "mass_send")
        assert not behind.may("gh_1", "mass_send", T0 + timedelta(minutes=1))
        assert behind.state("gh_1").version == 1
        assert behind.execute(restrict(sanction="s-2", for_="PT2H")).status == "accepted"
        assert right.may("gh_1", "mass_send").because == ("s-1", "s-2")
        with pytest.raises(OutOfOrder):
            behind.execute(command("note", text="-", at=(T0 - _HOUR).isoformat()))
    assert_sound(url)


def test_process_that_is_ahead_imposes_for_its_own_hour_and_holds_up_only_commands_with_a_time_before(url: str) -> None:
    with Sanctions.open(url, clock=Skewed()) as right, Sanctions.open(url, clock=Skewed(_HOUR)) as ahead:
        ahead.execute(restrict(sanction="s-1", for_="PT2H"))
        assert not ahead.may("gh_1", "mass_send")
        assert right.may("gh_1", "mass_send"), "it begins in an hour, by the clocks that are right"
        assert not right.may("gh_1", "mass_send", T0 + _HOUR + timedelta(minutes=1))
        with pytest.raises(OutOfOrder) as caught:
            right.execute(command("note", text="-", at=(T0 + timedelta(seconds=1)).isoformat()))
        assert not caught.value.retriable
        outcome = right.execute(command("lift", sanction="s-1", reason="The clock was wrong."))
        assert outcome.status == "accepted", "without a time of its own, a command takes that of the last event"
        assert right.may("gh_1", "mass_send", T0 + _HOUR + timedelta(minutes=1))
        assert right.execute(restrict("gh_2", at=(T0 + timedelta(seconds=1)).isoformat())).status == "accepted"
    assert_sound(url)


def test_sweeps_of_clocks_apart_record_what_fell_due_once_and_at_its_own_instant(url: str) -> None:
    with Sanctions.open(url, clock=Skewed()) as right, Sanctions.open(url, clock=Skewed(_HOUR)) as ahead:
        right.execute(restrict(sanction="s-1", for_="PT30M"))
        assert right.sweep().events == 0
        assert ahead.sweep().events == 1
        assert ahead.sweep().events == right.sweep().events == 0
        ended = right.history("gh_1").events[-1]
        assert (ended.type, ended.at) == ("SanctionExpired", right.history("gh_1").events[0].at + timedelta(minutes=30))
        assert not right.may("gh_1", "mass_send"), "by the right clock it is still in force"
        assert right.may("gh_1", "mass_send", T0 + timedelta(minutes=31))
    assert_sound(url)


# A process may move itself into another time, as if its machine had been suspended: alone the clock that counts this jumps.
_SUSPENDED = """
import ctypes
from time import monotonic
from account_sanctions.application import Sanctions

libc = ctypes.CDLL(None, use_errno=True)
with Sanctions.open("sqlite://") as sanctions:
    index = sanctions.index(max_staleness=60, when_stale="deny")
    print(index.may("gh_1", "mass_send").failure)
    before = monotonic()
    assert libc.unshare(0x80) == 0
    open("/proc/self/timens_offsets", "w").write("boottime 3600 0")
    with open("/proc/self/ns/time_for_children") as other:
        assert libc.setns(other.fileno(), 0x80) == 0, ctypes.get_errno()
    assert monotonic() - before < 60
    print(index.may("gh_1", "mass_send").failure)
    index.refresh()
    print(index.may("gh_1", "mass_send").failure)
"""


def _may_change_time() -> bool:
    if not Path("/proc/self/timens_offsets").exists():
        return False
    code = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x80))"
    return not subprocess.run([sys.executable, "-c", code], check=False).returncode


@pytest.mark.skipif(not _may_change_time(), reason="a time of one's own needs Linux and the rights of root")
def test_index_on_a_machine_that_was_suspended_knows_that_it_is_old() -> None:
    done = subprocess.run([sys.executable, "-c", _SUSPENDED], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.split() == ["None", "index_stale", "None"], done.stderr
