"""What the events of one decision have in common, and terms that keep what had ended before."""

from __future__ import annotations

from typing import Any, Final

from account_sanctions.domain.auditing import Finding, judge
from account_sanctions.domain.record import Recorded
from account_sanctions.testing.command_histories import ACCOUNT, Json, iso
from account_sanctions.testing.running import Run, play
from msgspec.structs import replace

from tests.unit.scenario import t

_BY: Final = {"kind": "reviewer", "id": "r-1"}
_BASIS: Final = {"clause": "4.2"}


def _command(name: str, day: int, **fields: Any) -> Json:
    return {"command": name, "account": ACCOUNT, "by": _BY, "at": iso(day), **fields}


def _found(run: Run, records: list[Recorded]) -> Finding | None:
    return judge(records, {run.policy.ref.digest: run.policy}.get)[1]


def test_function_that_had_ended_can_be_kept_in_changed_terms() -> None:
    functions = [{"function": "mass_send", "for": "P1D"}, "publish"]
    run = play(
        [
            _command("restrict", 0, sanction="s", functions=functions, permanent=True, basis=_BASIS),
            _command("change_sanction", 1, sanction="s", functions=["mass_send", "comments"], reason="-"),
        ]
    )

    assert len(run.records) == 2
    assert _found(run, run.records) is None


def test_events_of_one_decision_become_known_at_one_instant() -> None:
    warnings = [_command("warn", 0, sanction=name, basis=_BASIS, **{"for": "P9D"}) for name in ("one", "two")]
    run = play([*warnings, _command("lift_all", 1, reason="-")])
    *others, last = run.records
    assert _found(run, run.records) is None

    found = _found(run, [*others, replace(last, recorded_at=t("+900d"))])

    assert found is not None
    assert (found.code, found.version) == ("illegal", 4)
    assert found.message == "SanctionLifted: one decision becomes known at one instant"
