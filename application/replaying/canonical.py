"""A state as canonical bytes: equal states give equal bytes, whatever machine, process or version of the library folded them.

JSON in UTF-8 with every name in alphabetical order, times as the events have them: in UTC. What is absent, or is as a state
of nothing has it, is left out: so a later version that can record more of a state still writes the same bytes for a history
that has none of it. Like the fold, it knows headers only: whether there is free text, and whether it can be read, makes no
difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec
from msgspec import NODEFAULT, Struct

from ...domain.period import period_to_text
from ...domain.state import Appeal, Exemption, Hold, Order, Proposal, Retention, Sanction, State, Terms, Violation

__all__ = ["state_bytes"]

T = TypeVar("T", bound=Struct)
Write = Callable[[Any], Any]

_ENCODER: Final = msgspec.json.Encoder(enc_hook=period_to_text, order="sorted")
_NO_RETENTION: Final = Retention()


def state_bytes(account: str, state: State) -> bytes:
    """The canonical bytes of an account's state, the account's name included."""
    return _ENCODER.encode(
        _Account(
            account=account,
            version=state.version,
            standing=state.standing,
            terminal=state.terminal,
            last_at=state.last_at,
            next_due=state.next_due,
            sanctions={one.id: _sanction(one) for one in (*state.ended.values(), *state.live.values())},
            violations=_each(state.violations, _violation),
            appeals=_each(state.appeals, _appeal),
            proposals={
                one.id: _proposal(one) for one in (*state.settled_proposals.values(), *state.open_proposals.values())
            },
            reserved=dict(state.reserved),
            exemption=None if state.exemption is None else _exemption(state.exemption),
            retention=None if state.retention == _NO_RETENTION else _retention(state.retention),
        )
    )


class _Account(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    account: str
    version: int
    standing: str
    terminal: bool = False
    last_at: Any = None
    next_due: Any = None
    sanctions: dict[str, Any] = {}
    violations: dict[str, Any] = {}
    appeals: dict[str, Any] = {}
    proposals: dict[str, Any] = {}
    reserved: dict[str, str] = {}
    exemption: Any = None
    retention: Any = None


def _named(kind: type[T]) -> Callable[[T], Any]:
    """Turns a part of the state, which snapshots keep as a bare row of values, into one with names and without the absent."""
    fields: list[tuple[str, Any, Any]] = []
    for field in msgspec.structs.fields(kind):
        default: Any = None if field.default is NODEFAULT else field.default
        if field.default_factory is not NODEFAULT:
            default = msgspec.field(default_factory=field.default_factory)
        fields.append((field.name.rstrip("_"), Any, default))
    shape: Any = msgspec.defstruct(kind.__name__, fields, omit_defaults=True, frozen=True, gc=False)
    values = msgspec.structs.astuple
    return lambda part: shape(*values(part))


_terms: Final = _named(Terms)
_order: Final = _named(Order)
_plain_sanction: Final = _named(Sanction)
_violation: Final = _named(Violation)
_appeal: Final = _named(Appeal)
_proposal: Final = _named(Proposal)
_exemption: Final = _named(Exemption)
_hold: Final = _named(Hold)
_plain_retention: Final = _named(Retention)
_replace: Final = msgspec.structs.force_setattr


def _sanction(one: Sanction) -> Any:
    named = _plain_sanction(one)
    _replace(named, "terms", tuple([_terms(each) for each in one.terms]))
    if one.order is not None:
        _replace(named, "order", _order(one.order))
    return named


def _retention(one: Retention) -> Any:
    named = _plain_retention(one)
    _replace(named, "holds", _each(one.holds, _hold))
    return named


def _each(parts: Mapping[str, Any], write: Write) -> dict[str, Any]:
    return {key: write(part) for key, part in parts.items()}
