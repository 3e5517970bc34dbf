"""When two states are one: the same future lies before them. Each state has a key, and equal keys mean equal futures.

What no rule looks at is left out: how sanctions are named and in which order they were imposed, which moderator acted, at which
date it is (times are relative to now; `calendar.py` says why that is right), and how long ago something was once no window and
no count reaches back so far. What only
a further report or appeal would look at is left out once no more may be opened. `tests/property/test_checking.py` draws pairs of
states with one key and compares all that can follow. A host's own rules may look at more: for them, states are kept apart by
their `appearance` as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import UNSET

from ..acts import ChangeSanction, OrderRectification
from ..instants import to_micros
from ..period import Period, period_to_text
from ..policies.policy import Policy
from ..state import Order, Proposal, Sanction, State
from .appearance import appearance
from .instants import asking_again, clocks_of, window_end
from .people import REVIEWERS

__all__ = ["Canon"]

_ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=period_to_text)
_MARGIN: Final = timedelta(days=400)
_Parts = tuple[Any, ...]


class Canon:
    """Keys for the states of accounts under one policy."""

    def __init__(self, policy: Policy, *, shown: bool = False) -> None:
        """`shown`: states that look different are kept apart, though the same future lies before them."""
        self._shown: Final = shown
        self.clocks: Final = clocks_of(policy)
        self._counts: Final = bool(policy.ladders)
        self._horizon: Final = _horizon(policy, self.clocks.lengths)
        self._last_date: Final = max(map(to_micros, self.clocks.dates), default=None)

    def key(self, state: State, now: datetime, left: int) -> bytes:
        """The key of a state in which nothing is overdue; `left`: how many things may still be opened.

        Right for a policy that counts in days, as `by_days` makes one.
        """
        # Once the last of the dates of clauses has passed, the same clauses can be cited for ever.
        waits = left or state.open_proposals
        date = None if not waits or self._last_date is None else min(to_micros(now), self._last_date)
        return _View(self._counts, self._horizon, state, now, left, shown=self._shown).key(date)


def _horizon(policy: Policy, lengths: tuple[Period, ...]) -> int | None:
    """So long ago (in microseconds) that nothing is told apart any more; None where clocks that stand still reach further."""
    clauses = (policy.clauses or {}).values()
    countings = [policy.counting, *(one.counting for one in clauses if one.counting is not UNSET)]
    if any(one.frozen_while for one in countings):
        return None
    periods = [*lengths, *(one.lifetime for one in countings if one.lifetime is not None)]
    days = sum((31 * one.months + one.days + one.seconds // 86_400 + 1 for one in periods), start=0)
    return (timedelta(days=days) + _MARGIN) // timedelta(microseconds=1)


class _View:
    """One state as its future sees it."""

    def __init__(
        self,
        counts: bool,  # noqa: FBT001
        horizon: int | None,
        state: State,
        now: datetime,
        left: int,
        *,
        shown: bool,
    ) -> None:
        self.shown = shown
        self.state = state
        self.left = left
        self.counts = counts and left > 0
        self._horizon = horizon
        self._now = to_micros(now)
        self._disputed = {one.sanction for one in state.appeals.values() if one.status == "open"}
        self._numbers = {name: number for number, name in enumerate(state.violations)} if self.counts else {}

    def key(self, date: int | None) -> bytes:
        state = self.state
        parts = (
            date,
            self.left,
            None if state.exemption is None else state.exemption.unless,
            self._in_order() if self.counts or self.shown else self._in_any_order(),
            len(state.settled_proposals),
            self._violations() if self.counts else (),
            appearance(state) if self.shown else (),
        )
        return hashlib.blake2b(_ENCODER.encode(parts), digest_size=16).digest()

    def _in_order(self) -> _Parts:
        """Sanctions, appeals and proposals where counting looks at the order in which sanctions were imposed."""
        state = self.state
        seen = list(state.sanctions())
        places = {one.id: place for place, one in enumerate(seen)}
        return (
            [(self._sanction(one), -1 if one.caused_by is None else places[one.caused_by]) for one in seen],
            sorted((places[one.sanction], one.status == "open") for one in state.appeals.values()),
            sorted(
                _ENCODER.encode((places.get(one.sanction, -1), self._proposal(one)))
                for one in state.open_proposals.values()
            ),
        )

    def _in_any_order(self) -> _Parts:
        """The same where no order is looked at: each sanction with what hangs on it, and what followed from it inside it.

        Sanctions that are alike are then alike wherever they stand; numbering them would tell apart by the numbers whether the
        one that followed from the first of two came before or after what followed from the second.
        """
        state = self.state
        seen = list(state.sanctions())
        followed: dict[str, list[Sanction]] = {one.id: [] for one in seen}
        appeals: dict[str, list[bool]] = {one.id: [] for one in seen}
        changes: dict[str, list[bytes]] = {one.id: [] for one in seen}
        others: list[bytes] = []
        for one in seen:
            if one.caused_by is not None:
                followed[one.caused_by].append(one)
        for appeal in state.appeals.values():
            appeals[appeal.sanction].append(appeal.status == "open")
        for proposal in state.open_proposals.values():
            changes.get(proposal.sanction, others).append(_ENCODER.encode(self._proposal(proposal)))

        def whole(one: Sanction) -> bytes:
            around = (sorted(appeals[one.id]), sorted(changes[one.id]), sorted(map(whole, followed[one.id])))
            return _ENCODER.encode((self._sanction(one), around))

        return sorted(whole(one) for one in seen if one.caused_by is None), sorted(others)

    def _ago(self, instant: datetime | None) -> int | None:
        if instant is None:
            return None
        distance = to_micros(instant) - self._now
        return distance if self._horizon is None else max(distance, -self._horizon)

    def _ends(self, ends: Mapping[str, datetime | None]) -> _Parts:
        return tuple((name, self._ahead(end)) for name, end in ends.items())

    def _ahead(self, instant: datetime | None) -> int | None:
        """How far ahead; what has passed is past."""
        return None if instant is None else max(0, to_micros(instant) - self._now)

    def _sanction(self, one: Sanction) -> _Parts:
        counted = self._counted(one) if self.counts else ()
        if one.overturned_at is not None:
            return ("overturned", counted)
        # Who took part matters to whoever decides an appeal.
        heard = one.id in self._disputed or (self.left > 0 and one.appeal_terms is not None)
        touched = sorted(one.touched_by & REVIEWERS) if heard else ()
        order = one.order
        reviewed = () if order is None else self._reviewed(order, live=one.id in self.state.live)
        if one.id not in self.state.live:
            # What it was and how it ended matters to no rule, unless an order defaulted: it can still be accepted.
            if self.left == 0:
                over = "defaulted" if one.status == "defaulted" else "ended"
                return (over, one.permanent_ban, touched, reviewed)
            return (one.kind, one.status, one.permanent_ban, touched, reviewed, self._appealable(one), counted)
        bounds = None if one.grounds is None else one.grounds.bounds
        return (
            *(one.kind, one.status, one.until is None, touched, reviewed, self._appealable(one), counted),
            self._ahead(one.until) if order is None else None,
            self._ends(one.functions),
            self._ahead(one.from_),
            None if bounds is None else (bounds, self._ago(one.from_)),
            None if order is None else (order.on_default, one.basis.clause),
        )

    def _reviewed(self, order: Order, *, live: bool) -> _Parts:
        """How far an order has come; one that is over is looked at only where it can still be accepted."""
        if not live and order.status not in ("defaulted", "submitted", "rejected"):
            return ()
        if order.submitted_at is not None and order.stopped and live:
            # What was left of the time starts again on a rejection, even where the deadline has passed meanwhile: as they are.
            clocks = (to_micros(order.deadline) - self._now, to_micros(order.submitted_at) - self._now)
            return (order.status, order.clock, True, clocks)
        return (order.status, order.clock, self._ahead(order.deadline) if live else 0, order.submitted_at is not None)

    def _appealable(self, one: Sanction) -> _Parts:
        if self.left == 0 or one.appeal_terms is None:
            return ()
        left = min(one.appeals_left, self.left)
        return (left, self._ahead(window_end(one)), self._ahead(asking_again(one, self.state)), one.notice_at is None)

    def _counted(self, one: Sanction) -> _Parts:
        basis = one.basis
        return (
            *(
                [self._numbers.get(name) for name in basis.violations],
                basis.clause,
                basis.category or None,
                basis.severity or None,
                one.step,
            ),
            *(self._ago(one.from_), self._ago(one.ended_at)),
        )

    def _proposal(self, one: Proposal) -> _Parts:
        act = one.act
        named = msgspec.to_builtins(act, enc_hook=period_to_text)
        del named["sanction"]
        start = UNSET if isinstance(act, ChangeSanction | OrderRectification) else act.from_
        if start is not UNSET:  # A start that has passed is when it is approved.
            named["from"] = self._ahead(start)
        touched = sorted({one.by.id, *_reporter(one)})
        grounds = None if one.grounds is None or not self.counts else one.step
        return (named, touched, self._ahead(one.lapses_at), grounds)

    def _violations(self) -> list[_Parts]:
        return [
            (
                *(one.clause, one.category, one.severity, one.treated_as, one.weight, one.discounted),
                *(self._ago(one.at), self._ago(one.counts_until), one.good_standing),
            )
            for one in self.state.violations.values()
        ]


def _reporter(proposal: Proposal) -> tuple[str, ...]:
    return () if proposal.grounds is None else (proposal.grounds.reporter.id,)
