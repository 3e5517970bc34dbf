"""Who decides: two persons where two are asked for, another one on appeal, nobody beyond what belongs to him."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from .. import acts
from .. import events as e
from ..state import Sanction, State
from ..vocabulary import Actor
from .reckoning import is_harsher
from .steps import Step

__all__ = [
    "appeals_are_decided_by_another_person",
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
        if any(isinstance(one, e.SanctionChanged) and _made_harsher(step, one) for one in step.events):
            yield f"appeal {event.appeal} made the terms harsher"


def _made_harsher(step: Step, event: e.SanctionChanged) -> bool:
    before = step.before.sanction(event.sanction)
    return before is not None and is_harsher(before, event)


def _took_part(state: State, sanction: Sanction) -> set[str]:
    """Who imposed or approved it; for a consequence, who gave the order."""
    cause = sanction if sanction.caused_by is None else state.sanction(sanction.caused_by)
    people = [sanction.by, sanction.approved_by, *([] if cause is None else [cause.by, cause.approved_by])]
    return {one.id for one in people if one is not None} | sanction.touched_by


def protection_is_respected(step: Step) -> Iterator[str]:
    """What a permanent ban forbids does not happen, nor what an exemption does; proposals do not outlive a permanent ban."""
    command, before = step.command, step.before
    if step.after.terminal and not before.terminal and step.after.open_proposals:
        yield "a permanent ban is in force, and proposals are still open"
    if command is None:
        return
    replaced = set(command.act.superseded) if isinstance(command.act, acts.Imposition) else set[str]()
    banned = any(
        one.permanent_ban and one.status == "in_force" for one in before.live.values() if one.id not in replaced
    )
    exempt = before.exemption is not None and command.by.kind not in before.exemption.unless
    for event in step.events:
        if isinstance(event, e.Imposed) or (isinstance(event, e.SanctionChanged) and _made_harsher(step, event)):
            if banned and not isinstance(event, e.AccountBanned):
                yield f"{type(event).__name__} of {event.sanction} came while a permanent ban was in force"
            if exempt:
                yield f"{type(event).__name__} of {event.sanction} came while the account was exempt from a {command.by.kind}"
