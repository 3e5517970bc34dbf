"""A state under construction: what it holds, finding and replacing things in it, and freezing it. No event is known here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from .state import (
    Appeal,
    Proposal,
    Sanction,
    State,
    Violation,
    next_due_of,
    survey,
)
from .vocabulary import RectificationStatus, SanctionStatus, Standing

__all__ = ["Building"]

_UNFINISHED: Final = frozenset({"ordered", "submitted", "rejected"})


class Building:
    """What a `Builder` holds. Private to the domain: nobody outside sees it half done."""

    __slots__ = (
        "_appeals",
        "_ended",
        "_origin",
        "_proposals",
        "_reserved",
        "_surveyed",
        "_violations",
        "_voided",
        "exemption",
        "last_at",
        "live",
        "open_proposals",
        "retention",
        "version",
    )

    def __init__(self, state: State, voided: Mapping[str, datetime] | None = None) -> None:
        self._origin = state
        self._voided = voided or {}
        self.version: int = state.version
        self.last_at: datetime | None = state.last_at
        self.exemption = state.exemption
        self.retention = state.retention
        self.live: dict[str, Sanction] = dict(state.live)
        self.open_proposals: dict[str, Proposal] = dict(state.open_proposals)
        self._ended: dict[str, Sanction] = {}
        self._violations: dict[str, Violation] = {}
        self._appeals: dict[str, Appeal] = {}
        self._proposals: dict[str, Proposal] = {}
        self._reserved: dict[str, str] = {}
        self._surveyed: tuple[Standing, bool] | None = (state.standing, state.terminal)

    def freeze(self) -> State:
        """The state as it stands. The builder may go on afterwards."""
        origin = self._origin
        return State(
            version=self.version,
            last_at=self.last_at,
            live=dict(self.live),
            ended=origin.ended.with_entries(self._ended),
            violations=origin.violations.with_entries(self._violations),
            appeals=origin.appeals.with_entries(self._appeals),
            open_proposals=dict(self.open_proposals),
            settled_proposals=origin.settled_proposals.with_entries(self._proposals),
            reserved=origin.reserved.with_entries(self._reserved),
            exemption=self.exemption,
            retention=self.retention,
            standing=self.standing,
            terminal=self.terminal,
            next_due=self.next_due,
        )

    @property
    def standing(self) -> Standing:
        return self.survey()[0]

    @property
    def terminal(self) -> bool:
        return self.survey()[1]

    def survey(self) -> tuple[Standing, bool]:
        """The standing, and whether a permanent ban is in force; worked out once per event."""
        found = self._surveyed
        if found is None:
            found = self._surveyed = survey(self.live)
        return found

    @property
    def next_due(self) -> datetime | None:
        return next_due_of(self.live, self.open_proposals)

    def sanction(self, sanction_id: str) -> Sanction | None:
        return self.live.get(sanction_id) or self._ended.get(sanction_id) or self._origin.ended.find(sanction_id)

    def sanctions(self) -> list[Sanction]:
        ended = {**self._origin.ended, **self._ended}
        return sorted((*ended.values(), *self.live.values()), key=lambda sanction: sanction.number)

    def appeal(self, appeal_id: str) -> Appeal | None:
        return self._appeals.get(appeal_id) or self._origin.appeals.find(appeal_id)

    def appeals(self) -> list[Appeal]:
        return list({**self._origin.appeals, **self._appeals}.values())

    def proposal(self, proposal_id: str) -> Proposal | None:
        return (
            self.open_proposals.get(proposal_id)
            or self._proposals.get(proposal_id)
            or self._origin.settled_proposals.find(proposal_id)
        )

    def has_violation(self, violation_id: str) -> bool:
        return violation_id in self._violations or violation_id in self._origin.violations

    def reserved_for(self, sanction_id: str) -> str | None:
        """The proposal that holds this sanction id, if any."""
        return self._reserved.get(sanction_id) or self._origin.reserved.find(sanction_id)

    # What the events do. `put` and `end` are the only ways in which a sanction changes.

    def put(self, sanction: Sanction) -> None:
        if sanction.id in self.live:
            self.live[sanction.id] = sanction
        else:
            self._ended[sanction.id] = sanction

    def update(self, sanction_id: str, **changes: Any) -> None:
        self.put(replace(self.known(sanction_id), **changes))

    def known(self, sanction_id: str) -> Sanction:
        sanction = self.sanction(sanction_id)
        if sanction is None:
            raise LookupError(f"the events mention sanction {sanction_id!r} before it was decided")
        return sanction

    def end(
        self,
        sanction_id: str,
        at: datetime,
        status: SanctionStatus,
        rectification: RectificationStatus = "ended",
    ) -> None:
        sanction = self.live.pop(sanction_id, None)
        if sanction is None:  # Known to be overturned later: it stays so, and its own end is only noted.
            sanction = self.known(sanction_id)
            status = sanction.status
        order = sanction.order
        if order is not None and (order.status in _UNFINISHED or rectification != "ended"):
            order = replace(order, status=rectification)
        self._ended[sanction_id] = replace(sanction, status=status, ended_at=at, order=order)
