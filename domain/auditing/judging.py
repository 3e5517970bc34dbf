"""Replay that does judge: every recorded decision is taken again on the recorded state before it, and compared.

State is folded, never decided again; this is a separate reading of the same record. It finds what hashes and signatures cannot:
an illegal act by somebody who held the keys, a second person who was not there, a clock that ran back, a deadline that
was passed over. The first finding of an account ends the judging of that account: what follows it rests on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from .. import events as e
from ..commands import Command
from ..deciding import handle
from ..due import LinkEnd, due
from ..errors import Refused
from ..evolve import fold
from ..explaining.documents import Difference
from ..explaining.rerun import approval_differences, pairwise_differences, report_differences, report_of, still_said
from ..policies.policy import Policy
from ..presets import DEFAULT
from ..record import Recorded
from ..state import NOTHING, State
from ..vocabulary import DUE
from .rebuilding import CannotRebuildError, act_of, chosen_of

__all__ = ["FindPolicy", "Finding", "judge"]

FindPolicy = Callable[[str], Policy | None]
"""The policy of a digest, None where its text is not at hand."""

# For what is recorded without a policy: the table of rights alone.
_BARE: Final = replace(DEFAULT, withheld_rights={}, clauses=None)
_COMMAND_ID: Final = attrgetter("command_id")
_READ: Final[dict[type[e.Event], attrgetter[Any]]] = {}
_LINKED: Final = {"linked_ended": False, "linked_overturned": True}


class Finding(Struct, frozen=True):
    """What is wrong with an account's record, and with which of its events it begins.

    Codes: `version_gap`, `at_backwards`, `recorded_backwards`, `illegal`, `due_skipped`, `due_wrong`, `policy_missing`.
    """

    code: str
    version: int
    message: str


class _Wrong(Exception):
    def __init__(self, code: str, record: Recorded, message: str) -> None:
        super().__init__(message)
        self.finding = Finding(code, record.version, f"{type(record.event).__name__}: {message}")


def judge(records: Sequence[Recorded], policies: FindPolicy) -> tuple[State | None, Finding | None]:
    """The state that an account's records make (None where they make none), and the first thing that is wrong with them.

    The records are all of the account's, oldest first.
    """
    state = NOTHING
    try:
        _check_order(records)
        for group in _decisions(records):
            state = _judged(state, group, policies)
    except _Wrong as wrong:
        return _folded(records), wrong.finding
    return state, None


def _folded(records: Sequence[Recorded]) -> State | None:
    try:
        return fold(NOTHING, [record.event for record in records])
    except (LookupError, ValueError):
        return None


def _check_order(records: Sequence[Recorded]) -> None:
    before: Recorded | None = None
    for number, record in enumerate(records, 1):
        if record.version != number:
            raise _Wrong("version_gap", record, f"version {record.version} stands where {number} belongs")
        if before is not None and record.event.at < before.event.at:
            raise _Wrong("at_backwards", record, f"{record.event.at} lies before the event before it")
        if before is not None and record.recorded_at < before.recorded_at:
            raise _Wrong("recorded_backwards", record, f"recorded at {record.recorded_at}, before the event before it")
        before = record


def _decisions(records: Sequence[Recorded]) -> Iterator[list[Recorded]]:
    """The records by what added them: the passing of time (no command), or one command."""
    seen: set[str] = set()
    for name, group in groupby(records, key=_COMMAND_ID):
        found = list(group)
        if name is not None:
            if name in seen:
                raise _Wrong("illegal", found[0], f"the command {name!r} acted before: it acts once")
            seen.add(name)
        yield found


def _judged(state: State, group: Sequence[Recorded], policies: FindPolicy) -> State:
    first, events = group[0], [record.event for record in group]
    after: State | None = None
    if first.command_id is None:
        _check_due(state, group)
    else:
        if state.next_due is not None and state.next_due <= first.event.at:
            raise _Wrong("due_skipped", first, f"what fell due at {state.next_due} was not recorded before it")
        after = _check_decision(state, group, policies)
    return fold(state, events) if after is None else after


def _check_due(state: State, group: Sequence[Recorded]) -> None:
    events = [record.event for record in group]
    links = [
        LinkEnd(event.sanction, event.at, _LINKED[event.because])
        for event in events
        if isinstance(event, e.SanctionLifted) and event.because in _LINKED
    ]
    again = due(state, events[-1].at, links)
    for record, expected in zip(group, again, strict=False):
        if record.event.by != DUE:
            raise _Wrong("due_wrong", record, "without a command, only what falls due by itself is recorded")
        if not _same(record.event, expected):
            raise _Wrong("due_wrong", record, _said(next(pairwise_differences((record.event,), (expected,)))))
    if len(again) < len(group):
        raise _Wrong("due_wrong", group[len(again)], "nothing of the kind fell due")
    if len(again) > len(group):
        raise _Wrong("due_skipped", group[-1], f"{type(again[len(group)]).__name__} fell due and was not recorded")


def _check_decision(state: State, group: Sequence[Recorded], policies: FindPolicy) -> State | None:
    """The state after the decision, where deciding it again has led to one; it is the one that the record gives."""
    first = group[0]
    events = [record.event for record in group]
    if any(event.at != first.event.at for event in events):
        raise _Wrong("illegal", first, "one decision has one instant")
    if (apart := next((one for one in group if one.recorded_at != first.recorded_at), None)) is not None:
        raise _Wrong("illegal", apart, "one decision becomes known at one instant")
    policy = _policy_of(first, policies)
    for record in group:
        _policy_of(record, policies)
    try:
        if (command := _command(events, first)) is not None:
            decision = handle(command, state, policy)
            if len(decision.events) == len(events) and all(map(_same, events, decision.events)):
                return decision.state
            different = next(pairwise_differences(events, decision.events), None)
        else:
            different = next(iter(_differences(state, events, policy)), None)
    except Refused as refusal:
        raise _Wrong("illegal", first, f"the rules refuse it: {refusal.code}: {refusal.message}") from None
    except (CannotRebuildError, LookupError, ValueError) as error:
        raise _Wrong("illegal", first, str(error)) from None
    if different is not None:
        raise _Wrong("illegal", first, _said(different))
    return None


def _differences(state: State, events: Sequence[e.Event], policy: Policy) -> Sequence[Difference]:
    """Of an approval, or of a report on which the policy decided."""
    event, followed = events[0], events[1:]
    if isinstance(event, e.ProposalApproved):
        return approval_differences(event, followed, policy, state)
    assert isinstance(event, e.ViolationRecorded)
    return report_differences(event, followed, policy, state, still_said(event, policy, state))


def _command(events: Sequence[e.Event], first: Recorded) -> Command | None:
    """The command that led to these events, None where they are judged otherwise."""
    event, followed = events[0], events[1:]
    if isinstance(event, e.ProposalApproved):
        return None
    by, act = event.by, None
    if isinstance(event, e.ViolationRecorded) and event.grounds is not None:
        if not event.grounds.deviates:
            return None
        by = event.grounds.reporter
        act = replace(report_of(event), choose=chosen_of(followed), reason="-")
    return Command(account=first.account, by=by, act=act or act_of(events), at=event.at)


def _same(one: e.Event, other: e.Event) -> bool:
    """Whether two events say the same, free text aside: what most of them do, found without naming a field."""
    kind = type(one)
    if kind is not type(other):
        return False
    read = _READ.get(kind)
    if read is None:
        read = _READ[kind] = attrgetter(*(name for name in kind.__struct_fields__ if name != "narrative"))
    return bool(read(one) == read(other))


def _policy_of(record: Recorded, policies: FindPolicy) -> Policy:
    reference = getattr(record.event, "policy", None)
    if reference is None:
        return _BARE
    found = policies(reference.digest)
    if found is None:
        raise _Wrong("policy_missing", record, f"the text of {reference.name} with this digest is not kept")
    if found.ref != reference:
        raise _Wrong("policy_missing", record, f"the digest of {reference.name} belongs to {found.name}")
    return found


def _said(found: Difference) -> str:
    return f"{found.event}.{found.field} is {found.recorded}, and deciding it again gives {found.found}"
