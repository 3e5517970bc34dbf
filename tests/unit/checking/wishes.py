"""What is tried in a state, as short lines: who, what, and the terms that differ from what is usual."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from account_sanctions.domain.checking.moves import moves
from account_sanctions.domain.checking.world import world_of
from account_sanctions.domain.commands import Command
from account_sanctions.domain.period import period_to_text
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.state import State

from tests.unit.scenario import iso, t
from tests.unit.test_report_violation import policy

__all__ = ["RULES", "forbidden", "line", "tried"]

# Two functions, a clause that leads to something, and proposals that wait for three days: the short length.
RULES: Final = policy({"impose": [{"warn": {"for": "P1D"}}]}, proposal_ttl="P3D", clauses={"spam": {"ladder": "main"}})
_USUAL: Final[dict[str, object]] = {"basis": {"clause": "spam"}, "reason": "-", "statement": "-"}
_SHORTS: Final = {iso(short).replace("+00:00", "Z"): short for short in (f"+{day}d" for day in range(40))}


def line(command: Command) -> str:
    """`m1 warn sanction=s1 for=short`: the clause of the world, `-` for a reason or a statement are left out."""
    act: dict[str, Any] = msgspec.to_builtins(command.act, enc_hook=period_to_text)
    return f"{command.by.id} {_told(act)}"


def tried(
    state: State, *, opened: int = 0, things: int = 9, at: str = "+0d", strangers: bool = False, rules: Policy = RULES
) -> list[str]:
    """Everything that is tried, of a history that has opened so many things."""
    return [line(one) for one in moves(world_of(rules, things), state, t(at), opened, strangers=strangers)]


def forbidden(state: State, *, at: str = "+0d") -> list[str]:
    """What only those try who may not."""
    usual = tried(state, opened=9, at=at)
    return tried(state, opened=9, at=at, strangers=True)[len(usual) :]


def _told(value: dict[str, Any]) -> str:
    rest = {name: part for name, part in value.items() if name != "command" and (name, part) not in _USUAL.items()}
    parts = [f"{name}={_part(part)}" for name, part in rest.items()]
    return " ".join([*([value["command"]] if "command" in value else []), *parts])


def _part(value: Any) -> str:
    if isinstance(value, dict):
        return f"({_told(value)})"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_part, value))}]"
    if value in _SHORTS:
        return _SHORTS[value]
    return {"PT259200S": "short", "PT518400S": "long", True: "yes"}.get(value, str(value))
