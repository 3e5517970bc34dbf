"""Who decides: two persons where two are asked for, another one on appeal, nobody beyond what belongs to him."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import UNSET

from .. import acts
from .. import events as e
from ..state import Sanction, State
from ..vocabulary import Actor
from .steps import Step

__all__ = [
    "appeals_are_decided_by_another_person",
    "everybody_keeps_to_his_part",
    "nobody_decides_alone_what_needs_two",
    "protection_is_respected",
]


def nobody_decides_alone_what_needs_two(step: Step) -> Iterator[str]:
    """Whatever results in a permanent ban has two persons behind it, where the policy asks for them."""
    if "permanent_ban" not in step.policy.second_person:
        return
    for event in step.events:
        if isinstance(event, e.Imposed) and event.caused_by is None and _bans_for_good(event):
            reporter = None if event.grounds is None else event.grounds.reporter.id
            yield from _by_two(event.sanction, event.by.id, event.approved_by, reporter)
        elif isinstance(event, e.SanctionChanged) and event.until is None:
            before = step.before.live.get(event.sanction)
            if before is not None and before.kind == "ban" and before.until is not None:
                yield from _by_two(event.sanction, event.by.id, event.approved_by, None)


def _bans_for_good(event: e.Imposed) -> bool:
    if isinstance(event, e.RectificationOrdered):
        return any(one.ban is not UNSET and one.ban.permanent is True for one in event.on_default)
    return isinstance(event, e.AccountBanned) and event.until is None


def _by_two(name: str, by: str, second: Actor | None, reporter: str | None) -> Iterator[str]:
    if second is None:
        yield f"{name} results in a permanent ban, and {by} decided it alone"
    elif second.id in (by, reporter):
        yield f"{name} results in a permanent ban, and the second person is the first one, {second.id}"
    elif second.kind == "system":
        yield f"{name} results in a permanent ban, and the second person is a machine, {second.id}"


def appeals_are_decided_by_another_person(step: Step) -> Iterator[str]:
    """A reviewer who took no part in the sanction decides, never the system; a grant makes nothing harsher."""
    for event in step.events:
        if not isinstance(event, e.AppealDecided):
            continue
        if event.by.kind != "reviewer":
            yield f"appeal {event.appeal} was decided by a {event.by.kind}"
        sanction = step.before.sanction(event.sanction)
        if sanction is not None and step.policy.separate_reviewer and event.by.id in _took_part(step.before, sanction):
            yield f"appeal {event.appeal} was decided by {event.by.id}, who took part in {sanction.id}"
        after = step.after.sanction(event.sanction)
        if event.outcome == "granted" and (after is None or after.status != "overturned"):
            yield f"appeal {event.appeal} was granted, and {event.sanction} was not overturned"
        if any(isinstance(one, e.SanctionChanged) and one.harsher for one in step.events):
            yield f"appeal {event.appeal} made the terms harsher"


def _took_part(state: State, sanction: Sanction) -> set[str]:
    """Who imposed or approved it; for a consequence, who gave the order."""
    cause = sanction if sanction.caused_by is None else state.sanction(sanction.caused_by)
    people = [sanction.by, sanction.approved_by, *([] if cause is None else [cause.by, cause.approved_by])]
    return {one.id for one in people if one is not None} | sanction.touched_by


_OF_THE_HOLDER: Final = (e.RectificationSubmitted, e.AppealFiled, e.AppealWithdrawn)
_OF_TIME_TOO: Final = (e.ProposalClosed,)


def everybody_keeps_to_his_part(step: Step) -> Iterator[str]:
    """The holder submits and appeals, and nobody else does; an auditor decides nothing; the system reviews nothing."""
    command = step.command
    if command is None:
        return
    for event in step.events:
        name, kind = type(event).__name__, command.by.kind
        if isinstance(event, _OF_TIME_TOO):
            continue
        if isinstance(event, _OF_THE_HOLDER) != (kind == "holder"):
            yield f"{name} came from a {kind}"
        if kind == "auditor":
            yield f"{name} came from an auditor"
        if kind == "system" and isinstance(event, _NOT_OF_MACHINES):
            yield f"{name} came from the system"


_NOT_OF_MACHINES: Final = (
    *(e.AppealDecided, e.SanctionOverturned, e.SanctionLifted, e.SanctionChanged, e.ProposalApproved),
    *(e.ProposalDismissed, e.AccountExempted, e.ExemptionEnded, e.RectificationAccepted),
)


def protection_is_respected(step: Step) -> Iterator[str]:
    """What a permanent ban forbids does not happen, nor what an exemption does; proposals do not outlive a permanent ban."""
    command, before = step.command, step.before
    if step.after.terminal and not before.terminal and step.after.open_proposals:
        yield "a permanent ban is in force, and proposals are still open"
    if command is None:
        return
    replaced = set(command.act.superseded) if isinstance(command.act, _IMPOSING) else set[str]()
    banned = any(
        one.permanent_ban and one.status == "in_force" for one in before.live.values() if one.id not in replaced
    )
    exempt = before.exemption is not None and command.by.kind not in before.exemption.unless
    for event in step.events:
        if isinstance(event, e.Imposed) or (isinstance(event, e.SanctionChanged) and event.harsher):
            if banned and not isinstance(event, e.AccountBanned):
                yield f"{type(event).__name__} of {event.sanction} came while a permanent ban was in force"
            if exempt:
                yield f"{type(event).__name__} of {event.sanction} came while the account was exempt from a {command.by.kind}"


_IMPOSING: Final = (acts.Warn, acts.OrderRectification, acts.Restrict, acts.Ban)
