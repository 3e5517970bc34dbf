"""`decide(command, state, policy) -> events`: the rules. Pure: no clock, no input or output, no randomness."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from msgspec import Struct

from .. import acts
from ..commands import Command
from ..due import LinkEnd, due
from ..errors import NotPermitted, OutOfOrder, VersionConflict
from ..events import Event
from ..evolve import fold
from ..policies.policy import Policy
from ..state import State
from ..vocabulary import DUE
from .appealing import appeal, decide_appeal, withdraw_appeal
from .case import Case
from .changing import change
from .ending import lift, lift_all, overturn
from .erasing import erase, hold, release
from .imposing import Origin, impose
from .proposing import approve, dismiss, propose
from .recording import end_exemption, exempt, note, serve_notice
from .rectifying import accept, extend, reject, submit
from .reporting import record_violation, report_violation

__all__ = ["Decision", "decide", "handle"]


class Decision(Struct, frozen=True):
    """What an accepted command adds: first what had fallen due, then its own events; `state` is the state after both."""

    due: tuple[Event, ...]
    events: tuple[Event, ...]
    state: State


def handle(command: Command, state: State, policy: Policy, links: Sequence[LinkEnd] = ()) -> Decision:
    """Decide a command, whose `at` is set, on the recorded state.

    Raises a `Refused` with a stable code; VersionConflict when `expected_version` is not the recorded version, OutOfOrder when
    `at` lies before the account's previous event. `links`: the ends of what sanctions of this account exist because of, the
    one that is to be approved among them.
    """
    at = _instant_of(command)
    _check_actor(command)
    expected = command.expected_version
    if expected is not None and expected != state.version:
        raise VersionConflict(
            f"the account is at version {state.version}, not {expected}", expected=expected, found=state.version
        )
    if state.last_at is not None and at < state.last_at:
        raise OutOfOrder(
            f"{at.isoformat()} lies before the account's previous event at {state.last_at.isoformat()}",
            at=at.isoformat(),
            last_at=state.last_at.isoformat(),
        )
    fallen = due(state, at, links)
    current = fold(state, fallen) if fallen else state
    case = _decided(command.act, Case(current, at, command.by, policy, links=links))
    return Decision(fallen, tuple(case.draft.events), case.builder.freeze())


def decide(command: Command, state: State, policy: Policy) -> tuple[Event, ...]:
    """The events that a command adds to a state in which nothing is overdue at its `at`; empty when it is already so.

    Raises a `Refused` with a stable code.
    """
    return tuple(_decided(command.act, Case(state, _instant_of(command), command.by, policy)).draft.events)


def _check_actor(command: Command) -> None:
    if command.by.id == DUE.id and command.by.kind == DUE.kind:
        raise NotPermitted(
            "what falls due by itself is recorded by the library alone; act under another name", actor=DUE.id
        )


def _instant_of(command: Command) -> datetime:
    if command.at is None:
        raise ValueError("the instant of a command must be settled before it is decided")
    return command.at


def _decided(act: acts.Act, case: Case) -> Case:
    _dispatch(act, case)
    return case


def _dispatch(act: acts.Act, case: Case) -> None:  # noqa: C901, PLR0912, PLR0915 - one branch per command, nothing else
    match act:
        case acts.RecordViolation():
            record_violation(case, act)
        case acts.ReportViolation():
            report_violation(case, act)
        case acts.Warn() | acts.OrderRectification() | acts.Restrict() | acts.Ban():
            impose(case, (act,), Origin(case.by))
        case acts.Impose():
            impose(case, act.sanctions, Origin(case.by), supersede_all=act.supersede_all)
        case acts.ExtendRectification():
            extend(case, act)
        case acts.SubmitRectification():
            submit(case, act)
        case acts.AcceptRectification():
            accept(case, act)
        case acts.RejectRectification():
            reject(case, act)
        case acts.ChangeSanction():
            change(case, act, Origin(case.by))
        case acts.Lift():
            lift(case, act)
        case acts.LiftAll():
            lift_all(case, act)
        case acts.Overturn():
            overturn(case, act)
        case acts.Appeal():
            appeal(case, act)
        case acts.WithdrawAppeal():
            withdraw_appeal(case, act)
        case acts.DecideAppeal():
            decide_appeal(case, act)
        case acts.Propose():
            propose(case, act)
        case acts.Approve():
            approve(case, act)
        case acts.Dismiss():
            dismiss(case, act)
        case acts.ServeNotice():
            serve_notice(case, act)
        case acts.Exempt():
            exempt(case, act)
        case acts.EndExemption():
            end_exemption(case, act)
        case acts.Hold():
            hold(case, act)
        case acts.ReleaseHold():
            release(case, act)
        case acts.ErasePersonalData():
            erase(case, act)
        case acts.Note():
            note(case, act)
        case _:
            assert_never(act)
