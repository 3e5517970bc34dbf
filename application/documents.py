"""The state of an account as services and people read it: section 3 of the contract, field by field. And its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ..domain import queries
from ..domain.due import LinkEnd
from ..domain.instants import as_utc
from ..domain.period import period_to_text
from ..domain.state import Sanction, State
from ..domain.terms import RENAMED, Consequence, Link
from ..domain.vocabulary import (
    Actor,
    AppealStatus,
    Kind,
    ProposalStatus,
    RectificationStatus,
    SanctionStatus,
    Standing,
)
from ..projections.history import AccountHistory, history_of

__all__ = ["AccountHistory", "AccountState", "SanctionView", "account_state", "as_json", "history_of"]


class RestrictionView(Struct, frozen=True):
    """A function that is taken away, until when (None: no end), and by which sanctions."""

    function: str
    until: datetime | None
    because: tuple[str, ...]


class TermsView(Struct, frozen=True):
    """What a sanction said from `at` on."""

    at: datetime
    functions: tuple[str, ...]
    until: datetime | None


class SanctionView(Struct, frozen=True, kw_only=True, rename=RENAMED):
    """One sanction, ended or not."""

    id: str
    kind: Kind
    status: SanctionStatus
    at: datetime
    from_: datetime
    until: datetime | None
    functions: tuple[str, ...]
    ends: Mapping[str, datetime | None]
    ended_at: datetime | None
    overturned_at: datetime | None
    clause: str
    violations: tuple[str, ...]
    policy: str
    by: Actor
    approved_by: Actor | None
    caused_by: str | None
    because_of: Link | None
    priors: tuple[str, ...]
    notice_at: datetime | None
    terms: tuple[TermsView, ...]


class RectificationView(Struct, frozen=True):
    """How far an order to rectify has come, and what was announced."""

    sanction: str
    status: RectificationStatus
    deadline: datetime
    on_default: tuple[Consequence, ...]


class AppealView(Struct, frozen=True):
    """An appeal."""

    id: str
    sanction: str
    status: AppealStatus
    at: datetime


class ProposalView(Struct, frozen=True):
    """A proposal; `sanction` is the id that it reserves or would change."""

    id: str
    status: ProposalStatus
    sanction: str
    by: Actor
    lapses_at: datetime


class ViolationView(Struct, frozen=True):
    """A recorded breach and whether it counts."""

    id: str
    clause: str
    at: datetime
    weight: int | str
    counts: bool


class StrikesView(Struct, frozen=True):
    """Sums of weights: integers, or fractions as text."""

    active: int | str
    total: int | str


class AccountState(Struct, frozen=True, kw_only=True):
    """The state of an account at `valid_at` as known at `known_at`; `version` counts the events known.

    `known_position`: the place in the log (`partition:position`) up to which it was known, where one was asked for; `known_at` is
    then when the last entry up to there was recorded.
    """

    account: str
    valid_at: datetime
    known_at: datetime
    version: int
    standing: Standing
    exempt: bool
    restrictions: tuple[RestrictionView, ...]
    sanctions: tuple[SanctionView, ...]
    rectifications: tuple[RectificationView, ...]
    appeals: tuple[AppealView, ...]
    proposals: tuple[ProposalView, ...]
    violations: tuple[ViolationView, ...]
    strikes: StrikesView
    known_position: str | UnsetType = UNSET


def account_state(
    account: str,
    state: State,
    *,
    version: int,
    valid_at: datetime,
    known_at: datetime,
    links: Sequence[LinkEnd] = (),
    known_position: str | None = None,
) -> AccountState:
    """The document for a state that has been advanced to `valid_at`. `links`: as in `due`."""
    sanctions = list(state.sanctions())
    counts, strikes = queries.counting(state), queries.strikes(state, valid_at)
    proposals = sorted((*state.settled_proposals.values(), *state.open_proposals.values()), key=lambda p: p.at)
    return AccountState(
        account=account,
        valid_at=as_utc(valid_at),
        known_at=as_utc(known_at),
        version=version,
        standing=state.standing,
        exempt=state.exemption is not None,
        restrictions=tuple(
            RestrictionView(r.function, r.until, r.because) for r in queries.restrictions(state, valid_at, links)
        ),
        sanctions=tuple(map(_sanction, sanctions)),
        rectifications=tuple(
            RectificationView(s.id, s.order.status, s.order.deadline, s.order.on_default)
            for s in sanctions
            if s.order is not None
        ),
        appeals=tuple(AppealView(a.id, a.sanction, a.status, a.at) for a in state.appeals.values()),
        proposals=tuple(ProposalView(p.id, p.status, p.sanction, p.by, p.lapses_at) for p in proposals),
        violations=tuple(
            ViolationView(v.id, v.clause, v.at, _number(Fraction(v.weight)), counts[v.id])
            for v in state.violations.values()
        ),
        strikes=StrikesView(_number(strikes.active), _number(strikes.total)),
        known_position=UNSET if known_position is None else known_position,
    )


def _sanction(sanction: Sanction) -> SanctionView:
    return SanctionView(
        id=sanction.id,
        kind=sanction.kind,
        status=sanction.status,
        at=sanction.at,
        from_=sanction.from_,
        until=sanction.until,
        functions=tuple(sanction.functions),
        ends=sanction.functions,
        ended_at=sanction.ended_at,
        overturned_at=sanction.overturned_at,
        clause=sanction.basis.clause,
        violations=sanction.basis.violations,
        policy=sanction.policy.name,
        by=sanction.by,
        approved_by=sanction.approved_by,
        caused_by=sanction.caused_by,
        because_of=sanction.because_of,
        priors=sanction.priors,
        notice_at=sanction.notice_at,
        terms=tuple(TermsView(t.at, tuple(t.functions), t.until) for t in sanction.terms),
    )


def _number(value: Fraction) -> int | str:
    return value.numerator if value.denominator == 1 else str(value)


_ENCODER = msgspec.json.Encoder(enc_hook=period_to_text)


def as_json(document: Any) -> bytes:
    """One line of JSON."""
    return _ENCODER.encode(document)
