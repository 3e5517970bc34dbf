"""Faults in the query are noticed: otherwise its agreement with the fold would say nothing."""

from __future__ import annotations

from contextlib import closing
from typing import Any, Final

import pytest
from account_sanctions.domain.queries import state_at

from . import asking_sql
from .asking_sql import CLEAR, answer_of, ask, stored
from .running import FOREVER, last_tick, play
from .strategies import ACCOUNT, Json, instant, iso

_REVIEWER: Final = {"kind": "reviewer", "id": "r1"}
_HOLDER: Final = {"kind": "holder", "id": "h"}


def told(tick: int, command: str, *, by: Json = _REVIEWER, **fields: Any) -> Json:
    return {"command": command, "account": ACCOUNT, "by": by, "at": iso(tick), **fields}


def imposed(tick: int, command: str, **fields: Any) -> Json:
    return told(tick, command, sanction="s1", basis={"clause": "4.3"}, **fields)


_ORDER: Final = imposed(0, "order_rectification", within="P3D", on_default=[{"restrict": ["publish"], "for": "P3D"}])
FAULTS: Final[dict[str, tuple[str, str, list[Json]]]] = {
    "the void is not left out": (
        " AND void.sanction IS NULL",
        "",
        [imposed(0, "ban", **{"for": "P7D"}), told(2, "overturn", sanction="s1", reason="-")],
    ),
    "an end is still in force": (
        "until > :valid_at OR stopped",
        "until >= :valid_at OR stopped",
        [{**_ORDER, "on_default": []}],
    ),
    "the first word on the terms counts": (
        "PARTITION BY account, sanction ORDER BY version DESC",
        "PARTITION BY account, sanction ORDER BY version",
        [
            imposed(0, "ban", **{"for": "P2D"}),
            told(1, "change_sanction", sanction="s1", reason="-", until=iso(6)),
        ],
    ),
    "deadlines never stop": (
        "= 'submission_stops_clock' AND",
        "= 'no_clock' AND",
        [{**_ORDER, "clock": "submission_stops_clock"}, told(1, "submit_rectification", by=_HOLDER, sanction="s1")],
    ),
    "nothing follows a default": ("AND o.until <= :valid_at AND NOT o.exempt", "AND 0", [_ORDER]),
    "what is announced is in force": (
        " AND i.start <= :valid_at",
        "",
        [imposed(0, "ban", **{"for": "P3D", "from": iso(2)})],
    ),
    "an exemption stops nothing": (
        "OR p.account IS NULL)",
        "OR 1)",
        [imposed(0, "ban", **{"for": "P3D", "from": iso(3)}), told(1, "exempt", reason="-")],
    ),
}


def differs(commands: list[Json]) -> bool:
    run = play(commands)
    assert all(step.decision for step in run.steps)
    known = instant(last_tick(commands))
    with closing(stored(run.records)) as table:
        for tick in range(last_tick(commands) + FOREVER):
            state, _ = state_at(run.records, valid_at=instant(tick), known_at=known)
            if ask(table, instant(tick), known, ACCOUNT).get(ACCOUNT, CLEAR) != answer_of(state, instant(tick)):
                return True
    return False


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_query_is_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right, wrong, commands = FAULTS[fault]
    assert right in asking_sql.QUESTION
    assert not differs(commands)

    monkeypatch.setattr(asking_sql, "QUESTION", asking_sql.QUESTION.replace(right, wrong))

    assert differs(commands)
