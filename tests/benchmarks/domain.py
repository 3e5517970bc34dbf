"""Deciding, evolving and replaying, without any store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from account_sanctions.domain.commands import Command, read_command
from account_sanctions.domain.deciding import decide, handle
from account_sanctions.domain.due import advance
from account_sanctions.domain.events import Event
from account_sanctions.domain.evolve import evolve, fold
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.state import NOTHING, State
from msgspec.structs import replace

from .measuring import cpu, ratio, report

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def _restriction(number: int) -> Command:
    command = read_command(
        {
            "command": "restrict",
            "account": "a",
            "by": {"kind": "moderator", "id": "m"},
            "basis": {"clause": "spam"},
            "functions": ["mass_send", "publish"],
            "for": "P10D",
            "sanction": f"s-{number}",
        }
    )
    return replace(command, at=T0 + timedelta(days=3 * number))


def history(size: int) -> tuple[State, list[Event], int]:
    """An account with at least `size` events: restrictions that overlap and expire."""
    state, events, number = NOTHING, list[Event](), 0
    while state.version < size:
        decision = handle(_restriction(number), state, DEFAULT)
        events += [*decision.due, *decision.events]
        state, number = decision.state, number + 1
    return state, events, number


def deciding() -> None:
    for size in (0, 10, 50, 500, 5000):
        state, _, number = history(size)
        command = _restriction(number)
        assert command.at is not None
        current = advance(state, command.at)

        def one(current: State = current, command: Command = command) -> State:
            after = current
            for event in decide(command, current, DEFAULT):
                after = evolve(after, event)
            return after

        found = cpu({"decide": (one, 500)})["decide"]
        target = "at most 25 us" if size <= 50 else "growth"
        report(
            f"decide + evolve, one command, account of {state.version} events",
            f"{found.least * 1e6:.1f} us ({found.median * 1e6:.1f}) CPU",
            target,
        )


def replaying() -> None:
    for size in (50, 500, 5000):
        _, events, _ = history(size)
        calls = max(1, 20_000 // size)
        found = cpu(
            {
                "fold": (partial(fold, NOTHING, events), calls),
                "hand": (partial(by_hand, events), calls),
            }
        )
        each = found["fold"].least / len(events) * 1e6
        report(
            f"replay of {len(events)} events against a hand-written mutable fold ({each:.2f} us an event)",
            f"{ratio(found['fold'], found['hand']):.2f} x",
            "at most 1.5 x",
        )


def by_hand(events: list[Event]) -> dict[str, Any]:
    """What one would write by hand for these two types of events: the same facts, in dictionaries, changed in place."""
    live: dict[str, dict[str, Any]] = {}
    ended: dict[str, dict[str, Any]] = {}
    version = 0
    last_at = None
    for event in events:
        version += 1
        last_at = event.at
        kind = type(event).__name__
        given: Any = event
        if kind == "FunctionsRestricted":
            live[given.sanction] = {
                "id": given.sanction,
                "kind": "restriction",
                "status": "scheduled" if given.from_ > given.at else "in_force",
                "number": version,
                "at": given.at,
                "from": given.from_,
                "until": given.until,
                "functions": given.functions,
                "terms": [(given.at, given.until, given.functions)],
                "basis": given.basis,
                "policy": given.policy,
                "by": given.by,
                "approved_by": given.approved_by,
                "caused_by": given.caused_by,
                "priors": given.priors,
                "step": given.step,
                "touched_by": {given.by.id},
                "appeal_terms": given.appealable,
                "window_from": given.at,
                "appeals_left": 0 if given.appealable is None else given.appealable.limit,
                "notice_at": None,
                "ended_at": None,
                "overturned_at": None,
                "order": None,
            }
        elif kind == "SanctionExpired":
            sanction = live.pop(given.sanction)
            sanction["status"] = "expired"
            sanction["ended_at"] = given.at
            ended[given.sanction] = sanction
        else:
            raise LookupError(kind)
    return {"version": version, "last_at": last_at, "live": live, "ended": ended}
