"""`statistics`: figures over all accounts of a database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import Malformed

from tests.integration.support import (
    HOLDER,
    REVIEWER,
    SYSTEM,
    T0,
    MovingClock,
    as_lines,
    cli,
    command,
    restrict,
)

_DAY = "2026-01-{:02d}T00:00:00Z"


@pytest.fixture
def counted(url: str) -> str:
    """Two accounts: three restrictions, an appeal that was granted, a proposal that lapsed."""
    ban = {"command": "ban", "sanction": "b", "basis": {"clause": "fraud"}, "permanent": True}
    given = [
        restrict("gh_1", sanction="s", at=_DAY.format(1)),
        restrict("gh_1", sanction="s-2", by=SYSTEM, at=_DAY.format(2)),
        command("appeal", "gh_1", by=HOLDER, appeal="a", sanction="s", statement="no", at=_DAY.format(3)),
        command("decide_appeal", "gh_1", by=REVIEWER, appeal="a", outcome="granted", reason="so", at=_DAY.format(4)),
        restrict("gh_2", sanction="s", at=_DAY.format(5)),
        command("propose", "gh_2", proposal="p", sanction=ban, at=_DAY.format(6)),
        command("report_violation", "gh_2", by=SYSTEM, violation="v", clause="fraud", at=_DAY.format(7)),
    ]
    done = cli(url, "apply", "--trusted-times", "-", given=as_lines(given))
    assert done.status == 0, done
    return url


def _figures(url: str, *arguments: str) -> Any:
    answer = cli(url, "statistics", *arguments, "--json")
    assert answer.status == 0, answer
    return answer.document


def test_figures_are_one_document(counted: str) -> None:
    found = _figures(counted)
    assert (found["accounts"], found["by_persons"], found["automatic"], found["overturned"]) == (2, 2, 1, 1)
    assert (found["violations"], found["reports"]) == (1, 1)
    assert found["withheld"] == [{"reason": "no_ladder", "count": 1}]
    assert found["decisions"] == [
        {"clause": "4.2", "kind": "restriction", "policy": "default@1", "step": None, "how": how, "count": count}
        for how, count in (("automatic", 1), ("by_person", 2))
    ]
    assert found["appeals"]["granted"] == 1
    assert (found["proposals"]["made"], found["proposals"]["lapsed"]) == (1, 1)


def test_time_asked_for_limits_the_figures(counted: str) -> None:
    found = _figures(counted, "--from", _DAY.format(2), "--until", _DAY.format(5))
    assert (found["accounts"], found["automatic"], found["by_persons"]) == (1, 1, 0)
    assert (found["since"], found["until"]) == (_DAY.format(2), _DAY.format(5))


def test_people_get_tables(counted: str) -> None:
    shown = cli(counted, "statistics").out
    for words in ("2 accounts", "By clause, policy and step", "default@1", "no ladder", "Proposals", "Appeals"):
        assert words in shown
    assert "\x1b" not in shown


def test_empty_database_has_figures_too(url: str) -> None:
    assert _figures(url)["accounts"] == 0
    assert cli(url, "statistics").out.startswith("From the beginning until now: 0 accounts")


def test_times_in_the_wrong_order_are_refused_with_what_must_be(counted: str) -> None:
    answer = cli(counted, "statistics", "--from", _DAY.format(3), "--until", _DAY.format(2))
    assert answer.status == 2
    assert "--from must lie before --until" in answer.err


@pytest.mark.parametrize(
    "arguments",
    [("--from", _DAY.format(2), "--until", _DAY.format(2)), ("--from", "yesterday"), ("--until", "2026-01-01")],
)
def test_wrong_time_is_wrong_usage(counted: str, arguments: tuple[str, ...]) -> None:
    answer = cli(counted, "statistics", *arguments)
    assert (answer.status, answer.out) == (2, "")


def test_hostile_clause_cannot_drive_the_terminal(url: str) -> None:
    given = [restrict(basis={"clause": "c\u202e\u2066"})]
    assert cli(url, "apply", "-", given=as_lines(given)).status == 0
    for more in ((), ("--json",)):
        shown = cli(url, "statistics", *more).out
        assert "\\u202e" in shown
        assert "\u202e" not in shown


def test_door_counts_account_by_account_and_refuses_naive_times(url: str) -> None:
    clock = MovingClock()
    with Sanctions.open(url, clock=clock) as sanctions:
        for number in range(3):
            sanctions.execute(restrict(f"gh_{number}"))
        seen: list[str] = []
        assert sanctions.statistics(progress=seen.append).by_persons == 3
        assert seen == ["gh_0", "gh_1", "gh_2"]
        assert sanctions.statistics(since=T0 + timedelta(microseconds=1)).by_persons == 0
        with pytest.raises(Malformed):
            sanctions.statistics(since=T0.replace(tzinfo=None))
