"""Who decides: two persons where two are asked for, another one on appeal, nobody beyond what belongs to him."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from .. import acts
from .. import events as e
from ..policies.numbers import exact
from ..policies.policy import Policy
from ..state import Sanction, State
from ..vocabulary import Actor
from .reckoning import bans_for_good, imposed, is_harsher, within_bounds
from .steps import Step

__all__ = [
    "appeals_are_decided_by_another_person",
    "nobody_decides_alone_what_needs_two",
    "protection_is_respected",
]


def nobody_decides_alone_what_needs_two(step: Step) -> Iterator[str]:
    """A permanent ban, what waits for a person and what goes beyond bounds has two persons behind it, where two are asked for."""
    for event in step.events:
        if isinstance(event, e.Imposed | e.SanctionChanged) and event.proposal is not None:
            yield from _approved(event, step.before)
        elif isinstance(event, e.Imposed) and event.grounds is not None:
            yield from _reported(event, event.grounds, step.policy)
        elif isinstance(event, e.SanctionChanged) and step.command is not None:
            yield from _beyond(event, step)
    if "permanent_ban" not in step.policy.second_person:
        return
    for event in step.events:
        if isinstance(event, e.Imposed) and event.caused_by is None and _bans_for_good(event):
            yield from _by_two(event)
        elif isinstance(event, e.SanctionChanged) and event.until is None:
            before = step.before.live.get(event.sanction)
            if before is not None and before.kind == "ban" and before.until is not None:
                yield from _by_two(event)


def _approved(event: e.Imposed | e.SanctionChanged, before: State) -> Iterator[str]:
    """What was proposed is approved by somebody else than who proposed it, or reported what it rests on."""
    proposal = before.open_proposals.get(event.proposal or "")
    if proposal is None:
        yield f"{event.sanction} came of a proposal that was not open"
        return
    first = _first(proposal.by, proposal.grounds)
    if event.approved_by is None or event.approved_by.id in first:
        who = "nobody" if event.approved_by is None else event.approved_by.id
        yield f"{event.sanction} was proposed by {', '.join(sorted(first))}, and approved by {who}"


def _reported(event: e.Imposed, grounds: e.Grounds, policy: Policy) -> Iterator[str]:
    """What a ladder only proposes is not imposed on the word of one report; a choice of one person stays within the bounds."""
    if not grounds.deviates:
        if any(event.step == one for one in _proposing(policy, grounds)):
            yield f"{event.sanction} came of a report at once, and the step {event.step} only proposes it"
    elif grounds.bounds is not None:
        ends = event.functions.values() if isinstance(event, e.FunctionsRestricted) else (event.until,)
        alike = imposed(event).kind in {one.kind for one in grounds.said}
        if not alike or not all(within_bounds(grounds.bounds, event.from_, end) for end in ends):
            yield f"{event.sanction} goes beyond what the policy lets one person choose"


def _proposing(policy: Policy, grounds: e.Grounds) -> Iterator[str]:
    """The steps that only propose, as they are called for this severity and class of account: by name, level or place."""
    for name, ladder in policy.ladders.items():
        steps = (
            one
            for one in ladder.steps
            if one.severity in (UNSET, grounds.severity) and one.account_class in (UNSET, grounds.account_class)
        )
        for place, one in enumerate(steps, 1):
            if one.propose:
                level = place if one.at is UNSET else exact(one.at)
                yield f"{name}/{level if one.name is UNSET else one.name}"


def _beyond(event: e.SanctionChanged, step: Step) -> Iterator[str]:
    """Terms that a policy gave bounds for are changed beyond them by two persons; an appeal may go below them."""
    before = step.before.live.get(event.sanction)
    bounds = None if before is None or before.grounds is None else before.grounds.bounds
    if before is None or bounds is None or event.appeal is not None:
        return
    new = {"": event.until} if before.kind != "restriction" else dict(event.functions or {})
    old = {"": before.until} if before.kind != "restriction" else dict(before.functions)
    if new.keys() != old.keys() or not all(
        end == old[name] or within_bounds(bounds, before.from_, end) for name, end in new.items()
    ):
        yield f"{event.by.id} alone changed {event.sanction} beyond the bounds of the policy"


def _bans_for_good(event: e.Imposed) -> bool:
    if isinstance(event, e.RectificationOrdered):
        return bans_for_good(event.on_default)
    return isinstance(event, e.AccountBanned) and event.until is None


def _first(by: Actor, grounds: e.Grounds | None) -> set[str]:
    """Who decided first: whoever did, and whoever reported what it rests on."""
    return {by.id} if grounds is None else {by.id, grounds.reporter.id}


def _by_two(event: e.Imposed | e.SanctionChanged) -> Iterator[str]:
    second, grounds = event.approved_by, event.grounds if isinstance(event, e.Imposed) else None
    if second is None:
        yield f"{event.sanction} results in a permanent ban, and {event.by.id} decided it alone"
    elif event.proposal is None and second.id in _first(event.by, grounds):
        yield f"{event.sanction} results in a permanent ban, and the second person is the first one, {second.id}"
    elif second.kind == "system":
        yield f"{event.sanction} results in a permanent ban, and the second person is a machine, {second.id}"


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
        yield from _withheld(step)
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


def _withheld(step: Step) -> Iterator[str]:
    """What falls due into an exemption does not begin, and only that is kept from beginning."""
    exempt = step.before.exemption is not None
    for event in step.events:
        if isinstance(event, e.SanctionStarted) and exempt:
            yield f"{event.sanction} began while the account was exempt"
        elif isinstance(event, e.Imposed) and event.withheld != exempt:
            what, whether = ("began", "") if exempt else ("was withheld", "not ")
            yield f"{event.sanction} {what}, and the account was {whether}exempt"
