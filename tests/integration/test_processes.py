"""Several real processes on one store."""

from __future__ import annotations

from collections import Counter

from account_sanctions.application import Sanctions

from tests.integration.support import assert_sound, rows
from tests.integration.workers import line, recorded_ids, tell, together, worker


def test_processes_on_the_same_accounts_record_every_command_once(url: str) -> None:
    said = together("write", url, 30, [f"w{number}" for number in range(4)])
    assert sorted(said) == sorted(f"accepted w{writer}-{number}" for writer in range(4) for number in range(30))
    assert recorded_ids(url) == Counter(line.split()[1] for line in said)
    assert rows(url, "SELECT count(*) FROM sanctions_events") == [(120,)]
    assert_sound(url)


def test_eight_processes_open_an_empty_database_at_once(url: str) -> None:
    said = together("write", url, 1, [f"w{number}" for number in range(8)])
    assert sorted(said) == [f"accepted w{number}-0" for number in range(8)]
    assert rows(url, "SELECT count(*) FROM sanctions_meta WHERE key = 'store_id'") == [(1,)]
    assert rows(url, "SELECT count(*) FROM sanctions_policies") == [(1,)]
    assert_sound(url)


def test_processes_that_send_the_same_commands_act_once(url: str) -> None:
    said = Counter(together("write", url, 20, ["same"] * 3))
    assert said == Counter(
        {f"{kind} same-{n}": times for n in range(20) for kind, times in (("accepted", 1), ("duplicate", 2))}
    )
    assert rows(url, "SELECT count(*) FROM sanctions_events") == [(20,)]
    assert_sound(url)


def test_ban_in_one_process_is_seen_by_the_next_question_in_another(url: str) -> None:
    with Sanctions.open(url) as asking, worker("write", url, "w", "3") as running:
        assert asking.may("gh_2", "publish")
        assert line(running) == "ready"
        tell(running, "go")
        for number in range(3):
            assert line(running) == f"accepted w-{number}"
            assert asking.may(f"gh_{number}", "publish").because == (f"s-w-{number}",)
