"""What must hold of sanctions and time in every step, said by other means than those by which it is decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .. import events as e
from ..queries import EVERYTHING, restrictions
from ..state import Sanction, State
from ..vocabulary import Kind, SanctionStatus, Standing
from .reckoning import stands_still
from .steps import Step

__all__ = [
    "a_permanent_ban_is_left_only_by_a_decision",
    "events_do_what_they_say",
    "every_ban_has_a_decision",
    "nothing_in_force_without_a_basis",
    "nothing_outlives_its_end",
    "standing_is_the_highest_in_force",
]

# Written out once more: the tables that the library decides by are not asked.
_STANDING: Final[dict[Kind, tuple[int, Standing]]] = {
    "warning": (1, "warned"),
    "rectification": (2, "rectifying"),
    "restriction": (3, "restricted"),
    "ban": (4, "banned"),
}


def standing_is_the_highest_in_force(step: Step) -> Iterator[str]:
    """The standing equals the highest sanction in force, and the last event says the same."""
    state = step.after
    in_force = [one for one in state.live.values() if one.status == "in_force"]
    highest = max((_STANDING[one.kind] for one in in_force), default=(0, "clear"))[1]
    if state.standing != highest:
        yield f"the standing is {state.standing}, but the highest sanction in force makes it {highest}"
    if step.events and step.events[-1].standing != highest:
        yield f"the last event records the standing {step.events[-1].standing}, and it is {highest}"
    if state.terminal != any(one.kind == "ban" and one.until is None for one in in_force):
        yield f"`terminal` is {state.terminal}, which is not what the bans in force say"


def nothing_outlives_its_end(step: Step) -> Iterator[str]:
    """In force while `from <= t < until`, scheduled before; functions, deadlines and proposals likewise."""
    now = step.at
    for one in step.after.live.values():
        end = one.until
        if one.status not in ("scheduled", "in_force"):
            yield f"{one.id} is {one.status} and still counts as live"
        if (one.status == "scheduled") != (now < one.from_):
            yield f"{one.id} is {one.status}, and starts at {one.from_.isoformat()}"
        running = one.order is None or not stands_still(one.order)
        if end is not None and end <= now and running:
            yield f"{one.id} is {one.status} after its end at {end.isoformat()}"
    for taken in restrictions(step.after, now):
        if taken.until is not None and taken.until <= now:
            yield f"{taken.function} is still taken after {taken.until.isoformat()}"
    for proposal in step.after.open_proposals.values():
        if proposal.lapses_at <= now:
            yield f"proposal {proposal.id} is open after it lapsed at {proposal.lapses_at.isoformat()}"


def every_ban_has_a_decision(step: Step) -> Iterator[str]:
    """Behind each ban that comes into force stands a decision, or an order in force that announced it."""
    for ban in step.after.live.values():
        if ban.kind != "ban" or ban.status != "in_force":
            continue
        if ban.caused_by is not None:
            cause = step.after.sanction(ban.caused_by)
            if cause is None or cause.overturned_at is not None:
                yield f"the ban {ban.id} is in force, and the order {ban.caused_by} that announced it is void"
        before = step.before.live.get(ban.id)
        if before is None or before.status != "in_force":
            yield from _began(step, ban, before)


def _began(step: Step, ban: Sanction, before: Sanction | None) -> Iterator[str]:
    if before is not None:
        started = any(isinstance(one, e.SanctionStarted) and one.sanction == ban.id for one in step.events)
        if not started or before.from_ > step.at:
            yield f"the scheduled ban {ban.id} is in force before its start"
        return
    event = next((one for one in step.events if isinstance(one, e.AccountBanned) and one.sanction == ban.id), None)
    if event is None:
        yield f"the ban {ban.id} is in force, and no event imposed it"
    elif ban.caused_by is None:
        if step.command is None:
            yield f"the ban {ban.id} came by itself, and nobody decided it"
    else:
        order = step.before.live.get(ban.caused_by)
        announced = () if order is None or order.order is None else order.order.on_default
        place = ban.id.removeprefix(f"{ban.caused_by}/")
        if not place.isdecimal() or not 0 < int(place) <= len(announced) or not announced[int(place) - 1].ban:
            yield f"the ban {ban.id} was announced by no order in force"


def a_permanent_ban_is_left_only_by_a_decision(step: Step) -> Iterator[str]:
    """Only a person's overturning, lifting, replacing or milder terms leads out of a permanent ban; time never does."""
    for name, ban in step.before.live.items():
        if not ban.permanent_ban or ban.status != "in_force":
            continue
        now = step.after.sanction(name)
        if now is not None and now.permanent_ban and now.status == "in_force":
            continue
        if step.command is None:
            yield f"the permanent ban {name} ended by the mere passing of time"
        elif now is None:
            yield f"the permanent ban {name} is gone"
        elif now.status not in ("overturned", "lifted", "superseded", "in_force"):
            yield f"the permanent ban {name} is now {now.status}"
        elif not any(isinstance(one, _LEAVING) and one.sanction == name for one in step.events):
            yield f"the permanent ban {name} ended, and no event says so"


_LEAVING: Final = (e.SanctionOverturned, e.SanctionLifted, e.SanctionSuperseded, e.SanctionChanged)


def nothing_in_force_without_a_basis(step: Step) -> Iterator[str]:
    """Each sanction names a clause, the policy that was applied and who decided; a consequence, an order that defaulted."""
    for one in step.after.live.values():
        if not one.basis.clause or not one.policy.digest or not one.by.id:
            yield f"{one.id} does not say on what it rests"
        if step.policy.clauses is not None and one.basis.clause not in step.policy.clauses:
            yield f"{one.id} rests on the clause {one.basis.clause}, and the policy has none of that name"
        if one.caused_by is None:
            continue
        cause = step.after.sanction(one.caused_by)
        if cause is None or cause.order is None or cause.status != "defaulted":
            yield f"{one.id} follows from {one.caused_by}, which did not default"
    for taken in restrictions(step.after, step.at):
        for name in taken.because:
            holder = step.after.live.get(name)
            if holder is None or (taken.function != EVERYTHING and taken.function not in holder.functions):
                yield f"{taken.function} is taken because of {name}, which does not take it"


_BECOMES: Final[dict[type[e.Event], SanctionStatus]] = {
    e.SanctionExpired: "expired",
    e.SanctionLifted: "lifted",
    e.SanctionOverturned: "overturned",
    e.SanctionSuperseded: "superseded",
    e.SanctionStarted: "in_force",
    e.RectificationDefaulted: "defaulted",
}


def events_do_what_they_say(step: Step) -> Iterator[str]:
    """What is lifted is lifted, what is accepted in time is satisfied, and what is settled is settled."""
    becomes: dict[str, SanctionStatus] = {}
    for event in step.events:
        if isinstance(event, e.Imposed | e.SanctionChanged):
            yield from _terms(step.after, event)
        status = _BECOMES.get(type(event))
        if status is not None:
            becomes[getattr(event, "sanction", "")] = status
        elif isinstance(event, e.RectificationAccepted) and not event.late:
            becomes[event.sanction] = "satisfied"
        elif isinstance(event, e.Imposed) and not event.withheld:
            becomes[event.sanction] = "scheduled" if event.from_ > event.at else "in_force"
        elif isinstance(event, _SETTLING) and event.proposal in step.after.open_proposals:
            yield f"proposal {event.proposal} is open after {type(event).__name__}"
    for name, status in becomes.items():
        now = step.after.sanction(name)
        if now is None or now.status != status:
            yield f"{name} is {'unknown' if now is None else now.status}, and the events say {status}"


def _terms(state: State, event: e.Imposed | e.SanctionChanged) -> Iterator[str]:
    now = state.sanction(event.sanction)
    functions = event.functions if isinstance(event, e.FunctionsRestricted | e.SanctionChanged) else None
    if now is not None and (now.until, dict(now.functions)) != (event.until, functions or {}):
        yield f"{event.sanction} has other terms than {type(event).__name__} says: until {now.until}, {dict(now.functions)}"


_SETTLING: Final = (e.ProposalApproved, e.ProposalDismissed, e.ProposalLapsed, e.ProposalClosed)
