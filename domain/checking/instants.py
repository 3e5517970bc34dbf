"""The instants to which time can pass: the next one at which something falls due or something can be decided otherwise.

Between two of them nothing depends on the time, but for the weight of violations that fade, so one step of time goes from each
to the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from msgspec import UNSET, Struct

from ..period import Period
from ..policies.policy import Policy
from ..state import Sanction, State
from .reckoning import stands_still

__all__ = ["Clocks", "asking_again", "clocks_of", "next_instant", "window_end"]


class Clocks(Struct, frozen=True):
    """What a policy counts by: how long earlier violations count, and when clauses come into force or go out of it."""

    lengths: tuple[Period, ...]
    dates: tuple[datetime, ...]


def clocks_of(policy: Policy) -> Clocks:
    """The clocks of a policy, without those that each violation carries."""
    clauses = (policy.clauses or {}).values()
    dates = [date for one in clauses for date in (one.effective_from, one.effective_until) if date is not UNSET]
    return Clocks(_lengths_of(policy), tuple(sorted(set(dates))))


def _lengths_of(policy: Policy) -> tuple[Period, ...]:
    ladders = policy.ladders.values()
    found = [ladder.within for ladder in ladders]
    found += [ladder.prior_warning.within for ladder in ladders if ladder.prior_warning is not UNSET]
    found += [rule.within for rule in policy.escalations]
    return tuple(dict.fromkeys(one for one in found if one is not UNSET))


def next_instant(state: State, now: datetime, clocks: Clocks, *, more: bool) -> datetime | None:
    """The next instant after `now`, None when time changes nothing any more; `more`: something new can still be opened."""
    first: datetime | None = None
    # A clause that goes out of force can be cited by nothing new, and by no proposal that waits.
    dates = clocks.dates if more or state.open_proposals else ()
    for instant in chain(_by_itself(state), dates, _ahead(state, clocks.lengths) if more else ()):
        if instant is not None and instant > now and (first is None or instant < first):
            first = instant
    return first


def _by_itself(state: State) -> Iterator[datetime | None]:
    """When something starts, ends or lapses; `State.next_due` is not asked, because it is what is checked."""
    for sanction in state.live.values():
        yield sanction.from_
        yield None if sanction.order is not None and stands_still(sanction.order) else sanction.until
        yield from sanction.functions.values()
    for proposal in state.open_proposals.values():
        # Half of its time: what is approved then began to count then, and not when it was proposed.
        yield proposal.at + (proposal.lapses_at - proposal.at) / 2
        yield proposal.lapses_at


def _ahead(state: State, lengths: tuple[Period, ...]) -> Iterator[datetime | None]:
    for sanction in state.sanctions():
        yield window_end(sanction)
        yield asking_again(sanction, state)
        for length in lengths:
            yield _after(length, sanction.from_)
    for violation in state.violations.values():
        yield violation.counts_until
        for length in lengths:
            yield _after(length, violation.at)


def window_end(sanction: Sanction) -> datetime | None:
    """When the window closes in which it can be appealed against; None where it stays open, or there is none."""
    terms = sanction.appeal_terms
    if terms is None or terms.window is None or sanction.appeals_left <= 0 or sanction.overturned_at is not None:
        return None
    return _after(Period(terms.window), sanction.notice_at or sanction.window_from)


def asking_again(sanction: Sanction, state: State) -> datetime | None:
    """When reinstatement can be asked for, if ever."""
    terms = sanction.appeal_terms
    if terms is None or terms.reinstatement_after is None or sanction.id not in state.live:
        return None
    since = max(sanction.window_from, sanction.last_appeal_at or sanction.window_from)
    return _after(Period(terms.reinstatement_after), since)


def _after(length: Period, start: datetime) -> datetime | None:
    try:
        return length.after(start)
    except OverflowError:
        return None
