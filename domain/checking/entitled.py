"""What nobody may be refused: the way out. An overturning, an appeal in time, a decision on it, the end of what is open."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from .. import acts
from ..commands import Command
from ..policies.policy import Policy
from ..state import Sanction, State
from .instants import window_end

__all__ = ["due_to_the_asker"]

_STAFF: Final = ("moderator", "reviewer")


def due_to_the_asker(command: Command, state: State, policy: Policy, now: datetime) -> bool:  # noqa: PLR0911
    """Whether the command is one that nothing in this state may refuse, so that nobody is kept under a sanction wrongly.

    Where the policy withholds rights from people of the asker's kind, nothing is due to them.
    """
    kind, act = command.by.kind, command.act
    if kind in policy.withheld_rights:
        return False
    match act:
        case acts.Overturn():
            one = state.sanction(act.sanction)
            return kind == "reviewer" and one is not None and one.overturned_at is None
        case acts.Lift():
            return kind == "reviewer" and act.sanction in state.live
        case acts.LiftAll() | acts.EndExemption():
            return kind == "reviewer"
        case acts.Appeal():
            return kind == "holder" and act.appeal not in state.appeals and _in_time(state.sanction(act.sanction), now)
        case acts.WithdrawAppeal():
            return kind == "holder" and _is_open(state, act.appeal)
        case acts.DecideAppeal():
            return kind == "reviewer" and act.outcome != "granted_in_part" and _may_hear(command, act, state, policy)
        case acts.Dismiss():
            return kind in _STAFF and act.proposal in state.open_proposals
        case acts.SubmitRectification():
            return kind == "holder" and _is_running(state, act.sanction)
        case acts.AcceptRectification():
            return kind in _STAFF and _is_running(state, act.sanction)
        case _:
            return False


def _in_time(one: Sanction | None, now: datetime) -> bool:
    if one is None or one.appeal_terms is None or one.overturned_at is not None or one.appeals_left <= 0:
        return False
    closes = window_end(one)
    return closes is None or now < closes


def _is_open(state: State, name: str) -> bool:
    found = state.appeals.find(name)
    return found is not None and found.status == "open"


def _may_hear(command: Command, act: acts.DecideAppeal, state: State, policy: Policy) -> bool:
    found = state.appeals.find(act.appeal)
    one = None if found is None else state.sanction(found.sanction)
    if found is None or one is None or found.status != "open":
        return False
    return not policy.separate_reviewer or command.by.id not in one.touched_by


def _is_running(state: State, name: str) -> bool:
    one = state.live.get(name)
    return one is not None and one.order is not None
